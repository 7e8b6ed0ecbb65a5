"""A folder of image files as a source, with or without class sub-folders."""

import contextlib
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np

from keras_gan.core.progress import verbosity
from keras_gan.data import decoded, pictures
from keras_gan.data.fingerprint import fingerprint
from keras_gan.data.listing import PICTURES, REPEATED, FileType, Listing, few, listing, summary
from keras_gan.data.pictures import shown
from keras_gan.data.source import Source, in_memory
from keras_gan.data.splits import choose, classes_in, kind_of, number_classes

PART = 1000  # files that are decoded ahead of what is written
MANY = 5000  # files from which on a progress bar is worth its line
DEEP_FILES = 64  # files of over 8 bits whose values are looked at
DARK, BLACK = 1 / 4, 1 / 16  # of white: what 14 and 12 bits reach in a file of 16


def folder_source(
    path: str | Path,
    image_size: tuple[int, int] | None = None,
    split: str = "train",
    labels: bool | None = None,
    cache: bool | str | None = None,
    limit: int | None = None,
    errors: str = "raise",
    class_names: Sequence[str] | None = None,
) -> Source:
    """Read a folder; the arguments are those of `keras_gan.data.load`.

    Raises:
        NoSuchSplit: no such split.
        ValueError: no image in it, sizes that differ without an image_size, classes other than
            those recorded, an unreadable file or folder (named).
    """
    root, files, classes, names = classified(
        path, split, labels, errors, class_names, limit, PICTURES
    )
    pool = ThreadPoolExecutor(min(8, os.cpu_count() or 1))  # Pillow decodes outside the GIL
    with _without_warnings_of_pillow():
        if errors == "skip":
            headers = _walk(pool.map(_whole_or_none, files), len(files), "check", show=True)
            good = np.array([h is not None for h in headers])
            _report(files, good, root)
            files = [f for f, ok in zip(files, good, strict=True) if ok]
            classes = None if classes is None else classes[good]
            headers = [h for h in headers if h is not None]
        else:
            headers = _walk(pool.map(pictures.header, files), len(files), "header")
        _check_values(files, headers, pool)
    size = image_size or _common_size(files, headers)
    gray = all(h.gray for h in headers)
    image_shape = (*size, 1 if gray else 3)
    mark = fingerprint(root, files, pool)

    def one(i: int) -> np.ndarray:
        return pictures.read(files[i], size, gray)

    def fetch(indices: np.ndarray) -> np.ndarray:
        return np.stack(list(pool.map(one, indices)))

    if decoded.on_disk(len(files), image_shape, cache):
        name = decoded.key(mark, files, image_shape)
        parts = (range(k, min(k + PART, len(files))) for k in range(0, len(files), PART))
        found = (picture for part in parts for picture in pool.map(one, part))
        with _without_warnings_of_pillow():
            images = decoded.kept(
                name, _shown(found, len(files), "decode"), (len(files), *image_shape)
            )
        if images is not None:
            pool.shutdown()
            fetch = images.__getitem__
    elif in_memory(len(files), image_shape, cache):
        images = np.empty((len(files), *image_shape), np.uint8)
        with _without_warnings_of_pillow():
            found = pool.map(one, range(len(files)))
            _walk((images.__setitem__(i, x) for i, x in enumerate(found)), len(files), "decode")
        pool.shutdown()
        fetch = images.__getitem__
    return Source(
        size=len(files),
        image_shape=image_shape,
        dtype=np.dtype(np.uint8),
        fetch=fetch,
        labels=classes,
        num_classes=None if classes is None else len(names),
        class_names=None if classes is None else names,
        fingerprint=mark,
        names=[os.path.splitext(os.path.relpath(file, root))[0] for file in files],
        sizes=Counter(head.size for head in headers),
    )


def classified(
    path: str | Path,
    split: str,
    labels: bool | None,
    errors: str,
    class_names: Sequence[str] | None,
    limit: int | None,
    file_type: FileType,
) -> tuple[Path, list[str], np.ndarray | None, list[str]]:
    """The files of a folder's split, at most `limit` of them, and the classes that they are of.

    Args:
        path, split, labels, errors, class_names, limit: as in `keras_gan.data.load`.
        file_type: what files are taken.

    Returns:
        The split's folder, its files in a fixed order, their classes (or None), the class names.

    Raises:
        NoSuchSplit, ValueError: as `folder_source`.
    """
    if labels is not None and labels is not False:
        raise ValueError(
            f"A folder's labels are its sub-folders. Received: labels={labels!r}. Expected "
            f"labels=None, or labels=False to leave them out."
        )
    given, path = os.fspath(path), Path(path).expanduser()
    if not given or not path.is_dir():
        raise ValueError(
            f"There is no such folder. Received: source={shown(given)!r}. Expected an existing "
            f"folder, 'digits', a dataset of tensorflow-datasets or arrays."
        )
    root, files, classes, names = _list(
        path, split, labels is not False, errors, class_names, file_type
    )
    if limit is not None and limit < len(files):
        keep = np.sort(np.random.default_rng(0).choice(len(files), limit, replace=False))
        files = [files[i] for i in keep]
        classes = None if classes is None else classes[keep]
    return root, files, classes, names


def _list(
    folder: Path,
    split: str,
    labelled: bool,
    errors: str,
    recorded: Sequence[str] | None,
    file_type: FileType,
) -> tuple[Path, list[str], np.ndarray | None, list[str]]:
    """The split's folder, its files in a fixed order, their classes (or None), the class names."""
    root, splits, beside = choose(folder, split)
    found = listing(root, file_type)
    others = [listing(other, file_type) for other in splits if other != root]
    if found.unreadable and errors == "raise":
        inner, error = next(iter(found.unreadable.items()))
        raise ValueError(
            f"A folder cannot be read ({error.strerror}). Received: {shown(root / inner)}. "
            f"Expected one that may be listed; errors='skip' leaves such folders out."
        )
    loose, inside = (
        [parts for parts in found.files if (len(parts) > 1) is inner] for inner in (False, True)
    )
    if not found.files:
        raise ValueError(
            f"The folder has no {file_type.plural}. Received: {shown(root)}"
            f"{' with ' * bool(found.left_out)}{summary(found.left_out)}. Expected "
            f"{file_type.expected}, in it or in one sub-folder per class."
        )
    if loose and inside and labelled:
        raise ValueError(
            f"The folder has {file_type.plural} both beside and inside its sub-folders. Received: "
            f"{shown(root)} with {shown(loose[0][0])} and {shown(inside[0][0])}/. Expected one or "
            f"the other, or labels=False to take them all."
        )
    classes, names, order = None, [], loose + inside
    if labelled and (inside or recorded is not None):
        names = number_classes(found, others, recorded)
        number = {name: i for i, name in enumerate(names)}
        numbers = np.array([number[shown(parts[0])] for parts in inside], np.int32)
        ranks = np.argsort(numbers, kind="stable")
        classes, order = numbers[ranks], [inside[i] for i in ranks]
    _explain(root, split, found, others, beside, names, file_type.what)
    return root, [os.path.join(root, *parts) for parts in order], classes, names


def _explain(
    root: Path,
    split: str,
    found: Listing,
    others: list[Listing],
    beside: list[str],
    names: list[str],
    what: str,
) -> None:
    """One warning about what is not taken, and about classes that cannot be learnt."""
    full = set().union(*(classes_in(one) for one in (found, *others)))
    folders = {shown(name) for one in (found, *others) for name in one.folders}
    left_out = {
        **found.left_out,
        f"folders without {what}": sorted(folders - full - set(found.left_out.get(REPEATED, ()))),
        "beside the folders of the splits": beside,
        "folders that cannot be read": list(found.unreadable),
    }
    said = summary({reason: entries for reason, entries in left_out.items() if entries})
    if said:
        said = f"Of {shown(root)}, {len(found.files)} {what} are taken. Left out: {said}."
    inner = {kind_of(name) for name in {parts[1] for parts in found.files if len(parts) > 2}}
    if inner >= {"train", "test"} or inner >= {"train", "validation"}:
        said += " Splits that lie inside the sub-folders are taken together."
    untaught = sorted(set(names) - classes_in(found)) if kind_of(split) == "train" else []
    if untaught:
        said += f" Classes without a {what[:-1]} to learn from: {len(untaught)} ({few(untaught)})."
    if said:
        warnings.warn(said.strip(), stacklevel=5)


@contextlib.contextmanager
def _without_warnings_of_pillow() -> Iterator[None]:
    """Pillow warns of side information, and of each large picture: neither stops or is printed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _whole_or_none(path: str) -> pictures.Header | None:
    """The header of a file that decodes completely, else None."""
    try:
        found = pictures.header(path)
        pictures.read(path, found.size, found.gray)
    except ValueError:
        return None
    return found


def _report(files: list[str], good: np.ndarray, root: Path) -> None:
    """One warning that counts and names the files left out; an error if none is left."""
    bad = [f for f, ok in zip(files, good, strict=True) if not ok]
    if not bad:
        return
    named = few((os.path.relpath(f, root) for f in bad), most=5)
    if len(bad) == len(files):
        raise ValueError(
            f"No image file of the folder can be read. Received: {shown(root)} with {named}. "
            f"Expected whole pictures."
        )
    warnings.warn(
        f"{len(bad)} of {len(files)} image files cannot be read and are left out: {named}.",
        stacklevel=4,
    )


def _check_values(files: list[str], headers: list[pictures.Header], pool: Executor) -> None:
    """Warn where pictures of over 8 bits use so few of them that they come out dark."""
    deep = [file for file, head in zip(files, headers, strict=True) if head.deep]
    chosen = np.unique(np.linspace(0, len(deep) - 1, min(DEEP_FILES, len(deep))).astype(int))
    brightest = max(pool.map(pictures.brightest, [deep[i] for i in chosen]), default=1.0)
    if brightest > 1:
        said = f"reach {brightest:.1f} times white and are cut off there"
    elif brightest < (DARK if len(deep) == len(files) else BLACK):  # one of many may be of a night
        said = f"reach {brightest:.1%} of white only, so that they come out black or dark"
    else:
        return
    warnings.warn(
        f"The values of pictures of 16 or more bits {said} ({len(deep)} files such as "
        f"{shown(deep[0])}). Scale them so that white is 65535: values of 12 bits times 16.",
        stacklevel=4,
    )


def _common_size(files: list[str], headers: list[pictures.Header]) -> tuple[int, int]:
    first = headers[0].size
    for file, head in zip(files, headers, strict=True):
        if head.size != first:
            raise ValueError(
                f"The images differ in size. Received: {first[0]}x{first[1]} ({shown(files[0])}) "
                f"and {head.size[0]}x{head.size[1]} ({shown(file)}). "
                f"Expected image_size=(height, width)."
            )
    return first


def _walk(items: Iterable, count: int, what: str, show: bool = False) -> list:
    """Go through an iterator, with a progress bar where it may take long."""
    return list(_shown(items, count, what, show))


def _shown(items: Iterable, count: int, what: str, show: bool = False) -> Iterator:
    """The items, with a progress bar where it may take long."""
    if not show and count < MANY:
        yield from items
        return
    bar = keras.utils.Progbar(count, verbose=verbosity(), unit_name=what)
    for i, item in enumerate(items, 1):
        yield item
        if i % 100 == 0 or i == count:
            bar.update(i, finalize=i == count)

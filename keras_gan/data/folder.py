"""A folder of image files as a source, with or without class sub-folders."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np

from keras_gan.data import pictures
from keras_gan.data.source import Source, in_memory
from keras_gan.progress import verbosity

OTHER_SPLITS = {"test", "val", "valid", "validation"}
MANY = 5000  # files from which on a progress bar is worth its line


def folder_source(
    path: str | Path,
    image_size: tuple[int, int] | None = None,
    split: str = "train",
    labels: bool | None = None,
    cache: bool | None = None,
    limit: int | None = None,
    errors: str = "raise",
) -> Source:
    """Read a folder; the arguments are those of `keras_gan.data.load`.

    Raises:
        ValueError: no image in it, no such split, sizes that differ without an image_size, an
            unreadable file (named).
    """
    if labels is not None and labels is not False:
        raise ValueError(
            f"A folder's labels are its sub-folders. Received: labels={labels!r}. Expected None, "
            f"or False to leave them out."
        )
    root = _split(Path(path).expanduser(), split)
    files, classes, names = _list(root, labels is not False)
    if limit is not None and limit < len(files):
        keep = np.sort(np.random.default_rng(0).choice(len(files), limit, replace=False))
        files = [files[i] for i in keep]
        classes = None if classes is None else classes[keep]
    pool = ThreadPoolExecutor(min(8, os.cpu_count() or 1))  # Pillow decodes outside the GIL
    if errors == "skip":
        headers = _walk(pool.map(_whole_or_none, files), len(files), "check", show=True)
        good = np.array([h is not None for h in headers])
        _report(files, good, root)
        files = [f for f, ok in zip(files, good, strict=True) if ok]
        classes = None if classes is None else classes[good]
        headers = [h for h in headers if h is not None]
    else:
        headers = _walk(pool.map(pictures.header, files), len(files), "header")
    size = image_size or _common_size(files, headers)
    gray = all(h.gray for h in headers)
    image_shape = (*size, 1 if gray else 3)

    def one(i: int) -> np.ndarray:
        return pictures.read(files[i], size, gray)

    def fetch(indices: np.ndarray) -> np.ndarray:
        return np.stack(list(pool.map(one, indices)))

    if in_memory(len(files), image_shape, cache):
        images = np.empty((len(files), *image_shape), np.uint8)
        decoded = pool.map(one, range(len(files)))
        _walk((images.__setitem__(i, x) for i, x in enumerate(decoded)), len(files), "decode")
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
    )


def _split(root: Path, split: str) -> Path:
    """The sub-folder named like the split, or the whole folder for "train" where it has no splits.

    A folder `train` beside other folders is a split only if one of them is named like a split too:
    otherwise it is a class of trains.
    """
    names = {p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")}
    others = names - {"train"}
    if split in names and (split != "train" or not others or others & OTHER_SPLITS):
        return root / split
    if split != "train" or (names and names <= OTHER_SPLITS):
        raise ValueError(
            f"The folder {root} has no such split. Received: split={split!r}. Expected one of its "
            f"sub-folders {sorted(names)}, or 'train' for a folder without splits."
        )
    return root


def _list(root: Path, labelled: bool) -> tuple[list[str], np.ndarray | None, list[str]]:
    """Image files in a fixed order, their classes (or None) and the class names."""
    loose, classes = [], {}
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            classes[entry.name] = _images(entry)
        elif entry.suffix.lower() in pictures.SUFFIXES:
            loose.append(str(entry))
    classes = {name: files for name, files in classes.items() if files}
    if not loose and not classes:
        raise ValueError(
            f"The folder has no images. Received: {root}. Expected "
            f"{', '.join(sorted(pictures.SUFFIXES))} files, in it or in one sub-folder per class."
        )
    if loose and classes and labelled:
        raise ValueError(
            f"The folder has images both beside and inside its sub-folders. Received: {root} with "
            f"{Path(loose[0]).name} and {next(iter(classes))}/. Expected one or the other, or "
            f"labels=False to take them all."
        )
    files = loose + [f for group in classes.values() for f in group]
    if not classes or not labelled:
        return files, None, []
    counts = [len(group) for group in classes.values()]
    return files, np.repeat(np.arange(len(classes), dtype=np.int32), counts), list(classes)


def _images(folder: Path) -> list[str]:
    found = []
    for parent, children, names in os.walk(folder):
        children[:] = sorted(c for c in children if not c.startswith("."))
        found += [
            os.path.join(parent, name)
            for name in sorted(names)
            if not name.startswith(".") and Path(name).suffix.lower() in pictures.SUFFIXES
        ]
    return found


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
    named = ", ".join(os.path.relpath(f, root) for f in bad[:5]) + (", ..." if bad[5:] else "")
    if len(bad) == len(files):
        raise ValueError(
            f"No image file of the folder can be read. Received: {root} with {named}. "
            f"Expected whole PNG, JPEG, BMP, GIF or WebP files."
        )
    warnings.warn(
        f"{len(bad)} of {len(files)} image files cannot be read and are left out: {named}.",
        stacklevel=4,
    )


def _common_size(files: list[str], headers: list[pictures.Header]) -> tuple[int, int]:
    first = headers[0].size
    for file, head in zip(files, headers, strict=True):
        if head.size != first:
            raise ValueError(
                f"The images differ in size. Received: {first[0]}x{first[1]} ({files[0]}) and "
                f"{head.size[0]}x{head.size[1]} ({file}). Expected image_size=(height, width)."
            )
    return first


def _walk(items, count: int, what: str, show: bool = False) -> list:  # noqa: ANN001
    """Go through an iterator, with a progress bar where it may take long."""
    if not show and count < MANY:
        return list(items)
    bar, done = keras.utils.Progbar(count, verbose=verbosity(), unit_name=what), []
    for i, item in enumerate(items, 1):
        done.append(item)
        if i % 100 == 0 or i == count:
            bar.update(i, finalize=i == count)
    return done

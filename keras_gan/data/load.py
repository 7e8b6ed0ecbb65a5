"""`load`: every source of samples -> float32 batches, shuffled and prefetched."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core.arrays import stacked
from keras_gan.core.kinds import Clip, Kind, Picture, Tokens, Wave
from keras_gan.data import catalogue, clips, pictures, source_types, texts, waves
from keras_gan.data.checks import check_count, class_numbers
from keras_gan.data.decoded import CACHES
from keras_gan.data.folder import folder_source
from keras_gan.data.mirror import MirroredOrder, mirror_some, mirrored
from keras_gan.data.order import EpochOrder, Failure, batches, finish
from keras_gan.data.source import NoSuchSplit, Source


def load(
    source: str | Path | np.ndarray | tuple,
    image_size: int | tuple[int, int] | None = None,
    batch_size: int = 64,
    split: str = "train",
    data_dir: str | Path | None = None,
    labels: str | bool | np.ndarray | None = None,
    seed: int = 0,
    shuffle: bool = True,
    cache: bool | str | None = None,
    limit: int | None = None,
    errors: str = "raise",
    source_type: str | None = None,
    class_names: Sequence[str] | None = None,
    kind: Kind | None = None,
    length: int | None = None,
    mirror: bool = False,
) -> tf.data.Dataset:
    """Turn a source of pictures, sound or text into a dataset that a GAN can be fitted on.

    Pictures stay uint8 until they are batched. The order is a function of (seed, epoch) alone: set
    `dataset.order.epoch = k` before epoch k, and a resumed run sees what it would have seen.

    Args:
        source: where the pictures come from:
            "digits": scikit-learn's 1,797 handwritten digits, 8x8x1; "train" and "test" are a fixed
            stratified 60/40 split.
            A dataset of tensorflow-datasets by name, e.g. "mnist": downloaded if it is not there.
            A folder (one that is called like a dataset is meant by "./mnist"): files of the raster
            formats that Pillow decodes by itself, in it or in one sub-folder per class, links
            followed. What is left out is said in one warning. Gray if every file is, else RGB;
            transparent pixels are laid on white, 16 bits scaled to 8, the EXIF rotation applied.
            A folder without pictures that has .wav files, of one channel and one sampling rate:
            waves (length, 1) in [-1, 1].
            A text file that ends in .txt: its lines, one-hot characters as `tokens` makes them.
            Arrays: `images` or `(images, labels)`; images (n, h, w, channels), uint8 in 0..255 or
            floats in [-1, 1]; labels integers (n,) or one-hot (n, classes). Arrays of another
            `kind` than pictures are what that says.
        image_size: int or (height, width): the pictures are centre-cropped to this aspect and
            resized with antialiasing. None keeps their size, which must then be the same for all.
        batch_size: pictures per batch; the last batch of an epoch may be smaller.
        split: "train", "test", or what tensorflow-datasets calls a split. Of a folder the
            sub-folder of that name or meaning ("Train", "training_set", "val"); where it has no
            splits, "train" is the whole folder. Classes have the same numbers in all splits.
        data_dir: where tensorflow-datasets keeps its files.
        labels: for tensorflow-datasets the label feature, e.g. "gender", or a yes-or-no feature,
            e.g. "attributes/Male"; for arrays the labels; None takes the usual ones, False none.
        seed: integer >= 0 of the order.
        shuffle: whether to shuffle.
        cache: whether decoded pictures (folder, tensorflow-datasets) are kept in memory as uint8.
            "disk": those of a folder are decoded once into a file under `metrics.cache_dir()`,
            which holds until one of the folder's files is changed. None: memory if they take at
            most 1 GiB, for a folder the disk if they take at most half of what is free there.
            Otherwise they stream: a folder in an order of all its files, tensorflow-datasets
            through a shuffle buffer.
        limit: at most so many pictures: the first ones; of a folder a fixed choice that spreads
            over all files (made before unreadable ones are skipped).
        errors: for a folder, "raise" names an unreadable file or folder in an error; "skip" decodes
            every file once beforehand and leaves the unreadable out, counted in one warning.
        source_type: what the source is, as `source_type(source)` said when it was first read, so
            that a name goes on meaning the same; None asks again.
        class_names: the names that an earlier `load` gave: they fix the numbers of a folder's
            classes, and name those of arrays. None numbers a folder's classes anew: all that have a
            picture in some split, by name, or by value where all names are numbers.
        kind: what the samples of arrays are, such as `keras_gan.kinds.Wave()`; pictures if not
            given. For a text file the `Tokens` whose vocabulary it is to have, for a folder of
            WAV files the `Wave` whose rate. `Clip()` has a folder's GIF and other files read
            whole and not their first frames alone.
        length: samples of each wave, which are cut or filled up with silence; None keeps their
            lengths, which must then be the same. Of text, the characters of a line; of clips the
            frames, the first ones.
        mirror: whether each epoch mirrors about half of the pictures, left for right, drawn from
            (seed, epoch): for faces and views from above, not for digits or letters.

    Returns:
        A `tf.data.Dataset` of one epoch: `images`, float32 (batch, height, width, channels), or
        `(images, labels)` with int32 labels (batch,). Attributes: `num_classes` and `class_names`
        (None without labels; names None for arrays), `image_shape`, `kind`, `size` (number of
        samples), `source_type`, `fingerprint` (of a folder or text, else None: the same for the
        same files in another place), `order` (EpochOrder), `failure` (Failure), `source` (what
        `unpaired` reads).
        `keras_gan.data.find(dataset, "order")` still finds them after `dataset.map(...)`.

    Raises:
        NoSuchSplit: the source can be read, but has no such split (a ValueError).
        ValueError: bad arguments or data; says what was received and what was expected.
        RuntimeError: a dataset that is not there cannot be downloaded.

    Example:
        >>> ds = load("digits", batch_size=100)
        >>> ds.image_shape, ds.size, ds.num_classes, len(ds)
        ((8, 8, 1), 1078, 10, 11)
    """
    check_count("batch_size", batch_size)
    if limit is not None:
        check_count("limit", limit)
    if errors not in ("raise", "skip"):
        raise ValueError(
            f"`errors` says what to do with unreadable files. Received: errors={errors!r}. "
            f"Expected 'raise' or 'skip'."
        )
    size = two_sides(image_size)
    if source_type is None:
        source_type = source_types.source_type(source, data_dir)
    _check_source_type(source, source_type)
    _check_cache(cache, source_type)
    of_clips = source_type == "folder" and isinstance(kind, Clip)
    of_waves = source_type == "folder" and waves.holds_waves(source)
    if of_waves or source_type == "text":
        _check_fits(kind, Wave if of_waves else Tokens, size)
    elif not of_clips:
        kind = kind or Picture()
        _check_pictures(source_type, kind, size, length)
    if of_waves:
        found, kind = waves.wave_source(
            source, length, split, labels, limit, errors, class_names, kind
        )
    elif of_clips:
        found = clips.clip_source(source, size, length, split, labels, limit, errors, class_names)
    elif source_type == "text":
        found, kind = texts.text_source(source, length, split, limit, kind)
    elif source_type == "digits":
        found = _digits(size, split, labels, limit)
    elif source_type == "folder":
        found = folder_source(source, size, split, labels, cache, limit, errors, class_names)
    elif source_type == "catalogue":
        found = catalogue.catalogue_source(source, size, split, data_dir, labels, cache, limit)
    else:
        found = _arrays(source, size, split, labels, limit, kind)
    if class_names is not None and found.num_classes is not None and source_type != "folder":
        _name_classes(found, list(class_names))
    if mirror and not isinstance(kind, Picture):
        raise ValueError(
            f"Pictures can be mirrored. Received: mirror=True and {kind.plural}. Expected False."
        )
    dataset = _dataset(found, seed, shuffle, batch_size, kind, mirror)
    for name in ("num_classes", "class_names", "image_shape", "size", "fingerprint"):
        setattr(dataset, name, getattr(found, name))
    dataset.source_type, dataset.kind = source_type, kind
    dataset.source = found
    return dataset


def _check_fits(kind: Kind | None, expected: type[Kind], size: tuple[int, int] | None) -> None:
    """Refuses to take sound or text for something else."""
    if kind is not None and not isinstance(kind, expected):
        raise ValueError(
            f"This source holds {expected.plural}. Received: kind={kind}. Expected none, or "
            f"{expected.__name__}."
        )
    _check_no_size(expected(), size)


def _check_pictures(
    source_type: str, kind: Kind, size: tuple[int, int] | None, length: int | None
) -> None:
    if length is not None:
        raise ValueError(
            "`length` is that of waves, texts and clips. Received: length for a source of type "
            f"{source_type!r}. Expected length=None."
        )
    if isinstance(kind, Picture):
        return
    if source_type != "arrays":
        raise ValueError(
            f"This source holds pictures. Received: kind={kind}. Expected none, or arrays of "
            f"{kind.plural}."
        )
    _check_no_size(kind, size)


def _check_no_size(kind: Kind, size: tuple[int, int] | None) -> None:
    if size is not None:
        raise ValueError(
            f"`image_size` is a size of pictures. Received: image_size={size} and kind={kind}. "
            "Expected image_size=None."
        )


def _check_source_type(source: Any, source_type: str) -> None:
    possible = ("arrays",)
    if isinstance(source, (str, os.PathLike)):
        possible = ("folder", "catalogue", "text", *(["digits"] if source == "digits" else []))
    if source_type not in possible:
        raise ValueError(
            f"`source_type` says what the source is. Received: source_type={source_type!r}. "
            f"Expected None or one of {', '.join(map(repr, possible))} for this source."
        )


def _check_cache(cache: bool | str | None, source_type: str) -> None:
    if cache not in CACHES or (cache == "disk" and source_type != "folder"):
        raise ValueError(
            f"`cache` says where decoded pictures are kept. Received: cache={cache!r} for a source "
            f"of type {source_type!r}. Expected True, False, None or, for a folder, 'disk'."
        )


def _name_classes(found: Source, names: list[str]) -> None:
    """Give the classes of arrays their names; those of other sources have them already."""
    if found.class_names is None and found.num_classes <= len(names):
        found.num_classes, found.class_names = len(names), names
    elif found.class_names != names:
        raise ValueError(
            f"The source has other classes than were recorded. Received: "
            f"{found.class_names or f'{found.num_classes} classes'}. Expected {names}."
        )


def _dataset(
    source: Source, seed: int, shuffle: bool, batch_size: int, kind: Kind, mirror: bool
) -> tf.data.Dataset:
    order = (MirroredOrder if mirror else EpochOrder)(source.size, seed, shuffle)
    source = mirrored(source) if mirror else source

    def scale(images: tf.Tensor, *labels: tf.Tensor):
        images = kind.scale(images)
        return (images, *labels) if labels else images

    if source.stream is None:
        signature = tf.TensorSpec(source.image_shape, source.dtype)
        if source.labels is None:
            return batches(order, source.fetch, batch_size, signature, scale)
        return batches(
            order,
            lambda i: (source.fetch(i), source.labels[i]),
            batch_size,
            (signature, tf.TensorSpec((), tf.int32)),
            scale,
        )

    encoded, decode, buffer = source.stream
    failure = Failure()
    draw = failure.guard(order.draw_seed, begin=True)

    def epoch(_: tf.Tensor):
        seed = tf.ensure_shape(tf.numpy_function(draw, [], tf.int64), [])
        examples = encoded.shuffle(buffer, seed, False) if order.shuffle else encoded
        examples = examples.map(decode, tf.data.AUTOTUNE, deterministic=True)
        return mirror_some(examples, seed) if mirror else examples

    dataset = tf.data.Dataset.range(1).flat_map(epoch)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(source.size))
    return finish(dataset.batch(batch_size).map(scale), batch_size, order, failure)


def _digits(
    size: tuple[int, int] | None, split: str, labels: bool | None, limit: int | None
) -> Source:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    if split not in ("train", "test"):
        raise NoSuchSplit(
            f"'digits' has no such split. Received: split={split!r}. Expected 'train' or 'test'."
        )
    if labels is not None and labels is not False:
        raise ValueError(
            f"'digits' has one kind of label. Received: labels={labels!r}. Expected "
            f"labels=None, or labels=False to leave them out."
        )
    x, y = load_digits(return_X_y=True)
    parts = train_test_split(x, y, test_size=0.4, stratify=y, random_state=7)
    images, y = parts[0::2] if split == "train" else parts[1::2]
    images = (images.reshape(-1, 8, 8, 1) / 8.0 - 1.0).astype(np.float32)  # values are 0..16
    found = _arrays((images, y.astype(np.int32)), size, "train", labels, limit, Picture())
    if found.labels is not None:
        found.num_classes, found.class_names = 10, [str(i) for i in range(10)]
    return found


def _arrays(
    source: Any,
    size: tuple[int, int] | None,
    split: str,
    labels: Any,
    limit: int | None,
    kind: Kind,
) -> Source:
    if isinstance(source, tuple):
        if len(source) != 2 or (labels is not None and labels is not False):
            raise ValueError(
                f"Arrays come with one set of labels. Received: a tuple of {len(source)} and "
                f"labels={'None' if labels is None else 'given'}. Expected images, or "
                f"(images, labels)."
            )
        source, labels = source[0], (source[1] if labels is None else labels)
    images = stacked(source, kind.plural)
    if split != "train":
        raise NoSuchSplit(
            f"Arrays have no splits. Received: split={split!r}. Expected 'train', and the arrays "
            f"of the split that you want."
        )
    if isinstance(kind, Picture) and images.ndim != 4:
        hint = " Add a channel axis: images[..., None]." if images.ndim == 3 else ""
        raise ValueError(
            f"Images have four axes. Received: an array of shape {images.shape} and dtype "
            f"{images.dtype}. Expected (n, height, width, channels), or the `kind` of other "
            f"samples.{hint}"
        )
    kind.check(images)
    num_classes = classes = None
    if labels is not None and labels is not False:
        classes, num_classes = _class_numbers(labels, len(images))
        classes = classes[:limit]
    images = images[:limit]
    if size and images.shape[1:3] != size:
        if images.dtype != np.uint8:
            images = images.astype(np.float32)
        images = np.stack([pictures.fit(image, size) for image in images])
    elif images.dtype.kind == "V":
        images = images.astype(np.float32)  # bfloat16
    return Source(
        size=len(images),
        image_shape=images.shape[1:],
        dtype=images.dtype,
        fetch=images.__getitem__,
        labels=classes,
        num_classes=num_classes,
    )


def _class_numbers(labels: Any, n: int) -> tuple[np.ndarray, int]:
    """Labels as int32 (n,), and the number of classes: one-hot columns, or the highest plus one."""
    if isinstance(labels, (str, bool)):
        raise ValueError(
            f"Arrays have no named labels. Received: labels={labels!r}. Expected an array (n,)."
        )
    labels = np.asarray(labels)
    numbers = class_numbers(labels, None, n)
    one_hot = labels.ndim == 2 and labels.shape[1] > 1
    return numbers, labels.shape[1] if one_hot else int(numbers.max()) + 1


def two_sides(image_size: Any) -> tuple[int, int] | None:
    """(height, width) of an `image_size`."""
    if image_size is None:
        return None
    size = image_size if isinstance(image_size, (tuple, list)) else (image_size, image_size)
    if len(size) != 2:
        raise ValueError(
            f"`image_size` has two sides. Received: image_size={image_size!r}. Expected an integer "
            f"or (height, width)."
        )
    for side in size:
        check_count("image_size", side)
    return int(size[0]), int(size[1])

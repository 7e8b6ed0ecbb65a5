"""A folder of moving pictures, such as GIF files, as a source of clips."""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from keras_gan.data import pictures
from keras_gan.data.checks import check_count
from keras_gan.data.fingerprint import fingerprint
from keras_gan.data.folder import classified, in_common
from keras_gan.data.listing import CLIPS
from keras_gan.data.pictures import shown
from keras_gan.data.source import Source


def clip_source(
    path: str | Path,
    image_size: tuple[int, int] | None,
    length: int | None,
    split: str,
    labels: bool | None,
    limit: int | None,
    errors: str,
    class_names: Sequence[str] | None,
) -> Source:
    """Read a folder; the arguments are those of `keras_gan.data.load`.

    Raises:
        NoSuchSplit: no such split.
        ValueError: clips that differ in their frames without a `length`, or are shorter; sides that
            differ without an `image_size`; an unreadable file, or one of a single frame (named).
    """
    if length is not None:
        check_count("length", length)
    root, files, classes, names = classified(path, split, labels, errors, class_names, limit, CLIPS)
    with ThreadPoolExecutor() as pool:
        read = list(pool.map(lambda file: _read(file, image_size, length, errors), files))
        mark = fingerprint(root, files, pool)
    good = [k for k, clip in enumerate(read) if clip is not None]
    if not good:
        raise ValueError(f"No clip of the folder can be read. Received: {shown(root)}.")
    if len(good) < len(files):
        warnings.warn(
            f"{len(files) - len(good)} of {len(files)} clips cannot be read and are left out.",
            stacklevel=4,
        )
    files, read = [files[k] for k in good], [read[k] for k in good]
    if length is None:
        frames = [len(clip) for clip in read]
        in_common("clips", "lengths", "frames", files, frames, "length=, to cut to so many frames")
    sides = ["x".join(map(str, clip.shape[1:3])) for clip in read]
    in_common("clips", "sides", "pixels", files, sides, "image_size=(height, width)")
    clips = np.stack(read)
    if (clips == clips[..., :1]).all():
        clips = clips[..., :1]
    return Source(
        size=len(clips),
        image_shape=clips.shape[1:],
        dtype=clips.dtype,
        fetch=clips.__getitem__,
        labels=None if classes is None else classes[good],
        num_classes=None if classes is None else len(names),
        class_names=None if classes is None else names,
        fingerprint=mark,
        names=[os.path.splitext(os.path.relpath(file, root))[0] for file in files],
    )


def _read(
    file: str, size: tuple[int, int] | None, length: int | None, errors: str
) -> np.ndarray | None:
    """The first frames of a file, in colours; None of an unreadable one, with "skip"."""
    try:
        frames = pictures.frames(file, size)
    except ValueError:
        if errors == "skip":
            return None
        raise
    if len(frames) < (length or 2):
        raise ValueError(
            f"A clip is too short. Received: {shown(file)} of {len(frames)} frames. Expected "
            f"{length or 'at least 2'}."
        )
    return frames[:length]

"""A folder of moving pictures, such as GIF files, as a source of clips."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from keras_gan.data import pictures
from keras_gan.data.checks import check_count
from keras_gan.data.listing import CLIPS
from keras_gan.data.pictures import shown
from keras_gan.data.source import Source
from keras_gan.data.whole import read_files


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
    read = partial(_read, size=image_size, length=length)
    found = read_files(path, split, labels, errors, class_names, limit, CLIPS, read)
    if length is None:
        frames = [len(clip) for clip in found.read]
        found.in_common("clips", "lengths", "frames", frames, "length=, to cut to so many frames")
    sides = ["x".join(map(str, clip.shape[1:3])) for clip in found.read]
    found.in_common("clips", "sides", "pixels", sides, "image_size=(height, width)")
    clips = np.stack(found.read)
    if (clips == clips[..., :1]).all():
        clips = clips[..., :1]
    return found.source(clips)


def _read(
    file: str, errors: str, size: tuple[int, int] | None, length: int | None
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

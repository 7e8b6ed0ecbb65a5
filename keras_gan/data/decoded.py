"""Decoded pictures of a folder in one file on disk, of which a training reads what it needs."""

import hashlib
import os
import shutil
import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import PIL

from keras_gan.core import files
from keras_gan.data.source import MEMORY

SHARE = 0.5  # of the free disk that is taken without being asked
CACHES = (None, True, False, "disk")


def on_disk(size: int, image_shape: tuple[int, ...], cache: bool | str | None) -> bool:
    """Whether so many decoded pictures, too many for memory, are to be kept on disk."""
    if cache is not None:
        return cache == "disk"
    place = files.cache_dir()
    while not place.exists():
        place = place.parent
    wanted = size * int(np.prod(image_shape))
    return MEMORY < wanted <= SHARE * shutil.disk_usage(place).free


def key(fingerprint: str, paths: Sequence[str], image_shape: tuple[int, ...]) -> str:
    """What names the decoded pictures of these files, as long as none of them is changed."""
    digest = hashlib.sha256(f"{fingerprint} {image_shape} {PIL.__version__}".encode())
    for path in paths:
        digest.update(b"%d " % os.stat(path).st_mtime_ns)
    return digest.hexdigest()


def kept(name: str, pictures: Iterable[np.ndarray], shape: tuple[int, ...]) -> np.ndarray | None:
    """The pictures `(n, height, width, channels)`, mapped from the file, which is made if need be.

    Any number of processes may share it: it is whole or not there.

    Args:
        name: As `key` gives it.
        pictures: They are decoded if the file is not there.
        shape: Of all together.

    Returns:
        A uint8 array in the file, or None, with a warning, where none can be written.
    """
    path = files.cache_dir() / "pictures" / f"{name}.npy"
    if (found := _mapped(path, shape)) is not None:
        return found
    try:
        with files.replacing(path) as part:
            made = np.lib.format.open_memmap(part, "w+", np.uint8, shape)
            for k, picture in enumerate(pictures):
                made[k] = picture
            made.flush()
            del made
    except OSError as error:
        warnings.warn(
            f"The decoded pictures cannot be kept, and are decoded in each epoch ({error}). "
            "KERAS_GAN_CACHE names another folder for them.",
            stacklevel=5,
        )
        return None
    return _mapped(path, shape)


def _mapped(path: os.PathLike, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        found = np.load(path, mmap_mode="r")
    except (OSError, ValueError):  # not there, or damaged
        return None
    return found if found.shape == shape and found.dtype == np.uint8 else None

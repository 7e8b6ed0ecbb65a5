"""Features on disk by content: the same images through the same extractor are worked out once."""

import contextlib
import functools
import hashlib
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keras_gan.core import files
from keras_gan.core.files import cache_dir

if TYPE_CHECKING:
    from keras_gan.metrics.extractors import Extractor


class Features(NamedTuple):
    """What an extractor makes of n images, in float32.

    Attributes:
        features: `(n, d)`.
        probabilities: Of classes `(n, classes)`, or None where the extractor knows no classes.
    """

    features: np.ndarray
    probabilities: np.ndarray | None = None


def content_hash(*arrays: np.ndarray) -> str:
    """SHA-256 of the values, dtypes and shapes of arrays, in hexadecimal digits.

    Args:
        arrays: Of numbers.

    Example:

    >>> content_hash(images, labels)[:8]
    """
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape};".encode())
        digest.update(array.reshape(-1).view(np.uint8))
    return digest.hexdigest()


def cached_features(
    images: np.ndarray,
    extractor: "Extractor",
    cache_dir: str | Path | None = None,
    progress: bool = False,
) -> Features:
    """`extractor.extract(images)`, or what it gave for the same images before.

    The file is named by the contents of the images and the fingerprint of the extractor, and
    written whole or not at all, so any number of processes may share a directory. A damaged file
    is replaced; where none can be written, one warning says so.

    Args:
        images: As for the extractor.
        extractor: Any `Extractor`.
        cache_dir: Directory of the cache; by default that of `keras_gan.metrics.cache_dir()`.
        progress: Whether to show a progress bar while extracting.

    Raises:
        ValueError: as the extractor does.

    Example:

    >>> cached_features(images, inception_v3(), progress=True).features.shape
    (10000, 2048)
    """
    images = np.asarray(images)
    key = hashlib.sha256(f"{content_hash(images)} {extractor.fingerprint}".encode()).hexdigest()
    path = directory(cache_dir) / "features" / f"{key}.npz"
    found = _read(path)
    if found is None:
        found = extractor.extract(images, progress=progress)
        with or_warn(path):
            _write(path, found)
    return found


def directory(given: str | Path | None) -> Path:
    """The directory that was given, or that of `cache_dir()`."""
    return cache_dir() if given is None else Path(given)


@contextlib.contextmanager
def or_warn(path: Path) -> Iterator[None]:
    """Turns a failure to write to the cache into one warning per directory and process."""
    try:
        yield
    except OSError as error:
        _warn(path.parent, error.strerror or str(error))


@functools.cache
def _warn(folder: Path, reason: str) -> None:
    warnings.warn(
        f"Nothing can be kept in the cache {folder} ({reason}), so it will be worked out again "
        "each time: set KERAS_GAN_CACHE to a directory that can be written to.",
        stacklevel=2,
    )


def _read(path: Path) -> Features | None:
    """None if the file is not there, or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Features(arrays["features"], arrays.get("probabilities"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, features: Features) -> None:
    arrays = {name: array for name, array in features._asdict().items() if array is not None}
    with files.replacing(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)

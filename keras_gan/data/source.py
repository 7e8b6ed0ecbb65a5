"""What every source of pictures boils down to before it is batched."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

MEMORY = 2**30  # bytes of decoded pictures that `cache=None` keeps in memory


class NoSuchSplit(ValueError):
    """A source can be read, but does not have this split."""


@dataclass
class Source:
    """Pictures that are fetched by index, or streamed.

    Attributes:
        size: number of pictures.
        image_shape: (height, width, channels).
        dtype: of what is fetched: uint8 in 0..255 or a float in [-1, 1].
        fetch: from int64 (b,) to an array (b, height, width, channels); None where it streams.
        stream: None where pictures are fetched; else a `tf.data.Dataset` of encoded examples in
            stored order, a TensorFlow function that decodes one into `image` or `(image, label)`,
            and the number of examples in the shuffle buffer.
        labels: int32 (size,) where pictures are fetched and have labels.
        num_classes: None without labels.
        class_names: list of str, or None.
        fingerprint: of a folder's pictures, wherever it lies; None of other sources.
        names: of a folder's files within it, without their suffixes; None of other sources.
        sizes: how many files a folder has of each (height, width); None of other sources.
    """

    size: int
    image_shape: tuple[int, int, int]
    dtype: np.dtype
    fetch: Callable[[np.ndarray], np.ndarray] | None = None
    stream: tuple[tf.data.Dataset, Callable, int] | None = None
    labels: np.ndarray | None = None
    num_classes: int | None = None
    class_names: list[str] | None = None
    fingerprint: str | None = None
    names: list[str] | None = None
    sizes: Counter[tuple[int, int]] | None = None


def in_memory(size: int, image_shape: tuple, cache: bool | None) -> bool:
    """Say whether `size` decoded uint8 pictures are to be kept: always, never, or if they fit."""
    return bool(size * np.prod(image_shape, dtype=np.int64) <= MEMORY if cache is None else cache)


def joint_fingerprint(*sources: Source) -> str | None:
    """One for the pictures of several sources; None where none of them is a folder."""
    found = [source.fingerprint for source in sources]
    return hashlib.sha256(repr(found).encode()).hexdigest() if any(found) else None

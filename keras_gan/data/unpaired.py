"""`unpaired`: two sets of pictures that know nothing of each other -> batches of both."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core.ranges import scaled
from keras_gan.data.load import load
from keras_gan.data.order import EpochOrder, batches
from keras_gan.data.source import Source, joint_fingerprint


def unpaired(
    a: np.ndarray | tf.data.Dataset,
    b: np.ndarray | tf.data.Dataset,
    batch_size: int | None = None,
    seed: int = 0,
    shuffle: bool = True,
) -> tf.data.Dataset:
    """Turn two sets of pictures into a dataset of `(images of a, images of b)`.

    The longer set makes the epoch; the shorter one is passed again, in a new order, as often as
    that takes. Who meets whom is a function of (seed, epoch) alone, as the order of `load` is.

    Args:
        a, b: each an array, or `(images, labels)`, as in `load`, or a dataset that `load` made, as
            it is: what is to be mapped is mapped afterwards. Labels are left out.
        batch_size: pictures of each set per batch; the last batch of an epoch may be smaller. None
            takes that of the dataset `a`, else of `b`, else 64.
        seed: integer >= 0 of the order; those of datasets do not count.
        shuffle: whether to shuffle.

    Returns:
        A `tf.data.Dataset` of one epoch, of float32 pairs. Attributes: `image_shape` (of `a`),
        `condition_shape` (of `b`), `size` (pictures of the longer set), `num_classes` and
        `class_names` (None), `fingerprint` (of both, None where neither is a folder), `order`,
        `failure` and `batch_size`.

    Raises:
        ValueError: bad arguments or data; says of which set, and what was expected.

    Example:
        >>> ds = unpaired(load("photos", 64), load("paintings", 64), batch_size=4)
        >>> [images.shape for images in next(iter(ds))]
        [TensorShape([4, 64, 64, 3]), TensorShape([4, 64, 64, 3])]
    """
    first, second = _source(a, "a"), _source(b, "b")
    if batch_size is None:
        sizes = (getattr(one, "batch_size", None) for one in (a, b))
        batch_size = next((size for size in sizes if size is not None), 64)

    def fetch(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows, others = np.divmod(pairs, second.size)
        return first.fetch(rows), second.fetch(others)

    dataset = batches(
        _Pairs(first.size, second.size, seed, shuffle),
        fetch,
        batch_size,
        tuple(tf.TensorSpec(one.image_shape, one.dtype) for one in (first, second)),
        lambda *images: tuple(map(scaled, images)),
    )
    dataset.image_shape, dataset.condition_shape = first.image_shape, second.image_shape
    dataset.size = dataset.order.size
    dataset.num_classes = dataset.class_names = None
    dataset.fingerprint = joint_fingerprint(first, second)
    return dataset


class _Pairs(EpochOrder):
    """Pairs of rows, each as the one number `row of a * rows of b + row of b`."""

    def __init__(self, rows: int, others: int, seed: int, shuffle: bool):
        super().__init__(max(rows, others), seed, shuffle)
        self._sizes = rows, others

    def __call__(self) -> np.ndarray:
        rng = self._next()
        rows, others = (self._passes(size, rng) for size in self._sizes)
        return rows * self._sizes[1] + others

    def _passes(self, size: int, rng: np.random.Generator) -> np.ndarray:
        count = -(-self.size // size)
        passes = [rng.permutation(size) if self.shuffle else np.arange(size) for _ in range(count)]
        return np.concatenate(passes)[: self.size].astype(np.int64)


def _source(given: Any, which: str) -> Source:
    if not isinstance(given, tf.data.Dataset):
        if not isinstance(given, tuple) and not hasattr(given, "__array__"):
            raise ValueError(
                f"The set {which} is not read from its name here. Received: {given!r}. Expected "
                "an array of pictures, or what keras_gan.data.load made of the source."
            )
        try:
            return load(given, labels=False).source
        except ValueError as error:
            raise ValueError(f"Of the set {which}: {error}") from None
    found = vars(given).get("source")
    if found is None:
        raise ValueError(
            f"The set {which} is a dataset whose pictures cannot be taken in another order. "
            "Received: one that keras_gan.data.load did not make, or that was mapped. Expected "
            "one as load made it; what `unpaired` gives can be mapped."
        )
    if found.fetch is None:
        raise ValueError(
            f"The set {which} is read as a stream, which has one order. Received: a dataset too "
            "large to be kept in memory by itself. Expected load(..., cache=True), a smaller "
            "image_size, or a limit."
        )
    return found

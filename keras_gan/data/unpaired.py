"""Two sets of pictures that nobody has paired, in batches of equally many of both."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.data import order
from keras_gan.data.checks import check_count


def unpaired(a: Any, b: Any, *, batch_size: int = 1, seed: int = 0) -> tf.data.Dataset:
    """Batches `(images_a, images_b)`: what is in the same place is no pair.

    An epoch is one pass over the larger set, with as many passes over the smaller one as that
    takes, each in an order of its own. All orders are functions of (seed, epoch).

    Args:
        a, b: Arrays `(n, height, width, channels)`, or datasets of `keras_gan.data.load`, whose
            labels are left out and which keep their seeds.
        batch_size: Pictures of each kind in a batch; the last batch may be smaller.
        seed: Integer >= 0, of the order of arrays.

    Returns:
        A `tf.data.Dataset` with the attributes `image_shape` (of a), `condition_shape` (of b),
        `size` (of the larger set), `order` and `failure`.

    Raises:
        ValueError: for anything else, or for an empty set.

    Example:

    >>> dataset = unpaired(photos, paintings, batch_size=4)
    >>> gan.fit(dataset, epochs=20)
    """
    check_count("batch_size", batch_size)
    pair = [_pictures(x, batch_size, seed + k) for k, x in enumerate((a, b))]
    orders = [order.find(dataset, "order") for dataset in pair]
    size = max(each.size for each in orders)
    passes = [-(-size // each.size) for each in orders]
    dataset = tf.data.Dataset.zip(
        *(dataset.repeat(n).rebatch(batch_size) for dataset, n in zip(pair, passes, strict=True))
    )
    count = -(-size // batch_size)
    dataset = dataset.map(_equally_many).take(count)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(count))
    dataset = order.finish(
        dataset,
        batch_size,
        _Orders(orders, passes, size),
        _Failures([order.find(dataset, "failure") for dataset in pair]),
    )
    dataset.size = size
    dataset.image_shape, dataset.condition_shape = (
        tuple(each.element_spec.shape[1:]) for each in pair
    )
    return dataset


class _Orders:
    """The orders of both sets: epoch k begins with the pass that it would have reached."""

    def __init__(self, orders: list[order.EpochOrder], passes: list[int], size: int):
        self._orders, self._passes, self.size = orders, passes, size

    @property
    def epoch(self) -> int:
        return self._orders[0].epoch // self._passes[0]

    @epoch.setter
    def epoch(self, value: int) -> None:
        for each, passes in zip(self._orders, self._passes, strict=True):
            each.epoch = value * passes


class _Failures:
    """What went wrong in either set."""

    def __init__(self, failures: list[order.Failure]):
        self._failures = failures

    @property
    def error(self) -> Exception | None:
        return next((each.error for each in self._failures if each.error is not None), None)


def _pictures(given: Any, batch_size: int, seed: int) -> tf.data.Dataset:
    if not isinstance(given, tf.data.Dataset):
        if not hasattr(given, "__array__"):
            raise ValueError(
                "Unpaired pictures are arrays, or datasets of keras_gan.data.load. "
                f"Received: a {type(given).__name__}."
            )
        return order.from_arrays(np.asarray(given), batch_size=batch_size, seed=seed)
    if order.find(given, "order") is None:
        raise ValueError(
            "A dataset of unknown order cannot be gone through again and resumed. Received: a "
            "tf.data.Dataset that keras_gan.data.load did not make. Expected one, or an array."
        )
    if isinstance(given.element_spec, tuple):
        return given.map(lambda images, *_: images)
    return given


def _equally_many(a: tf.Tensor, b: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    n = tf.minimum(tf.shape(a)[0], tf.shape(b)[0])
    return a[:n], b[:n]

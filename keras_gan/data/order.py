"""Epochs whose order is a function of (seed, epoch) alone, and datasets that follow them.

A resumed run sees what the uninterrupted one would have seen: set `dataset.order.epoch = k` before
epoch k begins. `tf.data.Dataset.shuffle` cannot do that, it starts again at its first permutation.
"""

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.data.checks import check_count
from keras_gan.data.gate import GATE

PREFETCH = 2  # finished batches kept ready: few, so that memory stays flat


class EpochOrder:
    """The order of the examples of one epoch after the other.

    Args:
        size: number of examples.
        seed: integer >= 0.
        shuffle: False hands out 0, 1, 2, ... in every epoch.

    Attributes:
        epoch: number of the epoch to be handed out next; set it to go on from there.

    Example:
        >>> order = EpochOrder(5, seed=0)
        >>> first, second = order(), order()
        >>> order.epoch = 1
        >>> bool((order() == second).all())
        True
    """

    def __init__(self, size: int, seed: int, shuffle: bool = True):
        check_count("size", size)
        if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or seed < 0:
            raise ValueError(
                f"`seed` fixes the order. Received: seed={seed!r}. Expected an integer >= 0."
            )
        self.size = int(size)
        self.seed = int(seed)
        self.shuffle = bool(shuffle)
        self.epoch = 0

    def __call__(self) -> np.ndarray:
        """Return the next epoch's order, int64 (size,)."""
        rng = self._next()
        order = rng.permutation(self.size) if self.shuffle else np.arange(self.size)
        return order.astype(np.int64)

    def draw_seed(self) -> np.int64:
        """Return one number for the whole next epoch: the seed of a stream's shuffle buffer."""
        return np.int64(self._next().integers(2**62))

    def _next(self) -> np.random.Generator:
        rng = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        return rng


class Failure:
    """Keeps the Python exception behind an error that TensorFlow reports in its own words.

    Attributes:
        error: None, or the exception raised in Python since the current epoch began.
    """

    def __init__(self):
        self.error: Exception | None = None

    def guard(
        self, function: Callable, begin: bool = False, stand_in: Callable | None = None
    ) -> Callable:
        """Return `function` for `tf.numpy_function`: what it raises is kept, exits are safe.

        Args:
            function: any function of arrays.
            begin: True where it runs once at the begin of an epoch: forgets an earlier error.
            stand_in: called instead while Python exits, when nobody will see the result.
        """

        def guarded(*args):
            with GATE as closing:
                if closing and stand_in is not None:
                    return stand_in(*args)
                if begin:
                    self.error = None
                try:
                    return function(*args)
                except Exception as error:
                    self.error = error
                    raise

        return guarded


def batches(
    order: EpochOrder,
    fetch: Callable,
    batch_size: int,
    signature: Any,
    transform: Callable | None = None,
) -> tf.data.Dataset:
    """Build a dataset that asks `order` once per iteration and fetches its examples batch by batch.

    Args:
        order: an EpochOrder; the dataset's attribute `order`.
        fetch: function from indices, int64 (b,), to an array (b, ...) or a tuple of them.
        batch_size: examples per batch; the last batch may be smaller.
        signature: tf.TensorSpec of one example, or a tuple of them.
        transform: optional TensorFlow function of a fetched batch.

    Returns:
        A `tf.data.Dataset` of known cardinality with attributes `order` and `failure`.

    Example:
        >>> squares = np.arange(10) ** 2
        >>> spec = tf.TensorSpec((), tf.int64)
        >>> ds = batches(EpochOrder(10, seed=0), lambda i: squares[i], 4, spec)
        >>> len(ds)
        3
    """
    check_count("batch_size", batch_size)
    failure = Failure()
    specs = tf.nest.flatten(signature)
    dtypes = [spec.dtype.as_numpy_dtype for spec in specs]

    def zeros(indices: np.ndarray):
        parts = zip(specs, dtypes, strict=True)
        return [np.zeros((len(indices), *spec.shape), dtype) for spec, dtype in parts]

    begin, guarded = failure.guard(order, begin=True), failure.guard(fetch, stand_in=zeros)

    def epoch(_: tf.Tensor):
        indices = tf.numpy_function(begin, [], tf.int64)
        return tf.data.Dataset.from_tensor_slices(tf.ensure_shape(indices, [order.size]))

    def batch(indices: tf.Tensor):
        values = tf.numpy_function(guarded, [indices], [spec.dtype for spec in specs])
        for value, spec in zip(values, specs, strict=True):
            value.set_shape([None, *spec.shape])
        values = tf.nest.pack_sequence_as(signature, values)
        if transform is None:
            return values
        return transform(*values) if isinstance(values, tuple) else transform(values)

    dataset = tf.data.Dataset.range(1).flat_map(epoch)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(order.size))
    return finish(dataset.batch(batch_size).map(batch), batch_size, order, failure)


def finish(
    dataset: tf.data.Dataset, batch_size: int, order: EpochOrder, failure: Failure
) -> tf.data.Dataset:
    """Prefetch, let workers share every batch, attach `batch_size`, `order` and `failure`."""
    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    options.experimental_external_state_policy = tf.data.experimental.ExternalStatePolicy.IGNORE
    dataset = dataset.prefetch(PREFETCH).with_options(options)
    dataset.batch_size = batch_size
    dataset.order = order
    dataset.failure = failure
    return dataset


def find(dataset: Any, name: str) -> Any:
    """Return an attribute of a dataset, or of the one that it was made from by `map` and the like.

    Args:
        dataset: anything.
        name: "order", "failure", "batch_size", "num_classes", "class_names", "image_shape", "size",
            "source_type" or "fingerprint".

    Returns:
        The attribute's value, or None where no dataset in the chain has it. Where several inputs
        (`zip`, `concatenate`) have it, the first one counts.

    Example:
        >>> ds = from_arrays(np.zeros((5, 2)), batch_size=2, seed=0).map(lambda x: x + 1)
        >>> find(ds, "order").size
        5
    """
    if not isinstance(dataset, tf.data.Dataset):
        return None
    if name in vars(dataset):
        return vars(dataset)[name]
    found = (find(parent, name) for parent in dataset._inputs())
    return next((value for value in found if value is not None), None)


def from_arrays(
    images: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    batch_size: int,
    seed: int,
    shuffle: bool = True,
) -> tf.data.Dataset:
    """Batch arrays as they are: no copy, no rescaling, uint8 stays uint8.

    Args:
        images: array (n, ...) of any rank and dtype.
        labels: array (n, ...) or None.
        batch_size: examples per batch; the last batch may be smaller.
        seed: integer >= 0; the order is a function of (seed, epoch).
        shuffle: whether to shuffle.

    Returns:
        A `tf.data.Dataset` of `images` or `(images, labels)`, with attributes `order`, `failure`.

    Raises:
        ValueError: no examples, or labels of another length.

    Example:
        >>> ds = from_arrays(np.zeros((5, 28, 28, 1), "uint8"), batch_size=2, seed=0)
        >>> len(ds), ds.element_spec.dtype.name
        (3, 'uint8')
    """
    images = np.asarray(images)
    if images.ndim == 0 or len(images) == 0:
        raise ValueError(
            f"There is nothing to train on. Received: an array of shape {images.shape}. "
            f"Expected (n, ...) with n >= 1."
        )
    order = EpochOrder(len(images), seed, shuffle)
    if labels is None:
        return batches(order, lambda i: images[i], batch_size, _spec(images))
    labels = np.asarray(labels)
    if labels.ndim == 0 or len(labels) != len(images):
        raise ValueError(
            f"Every image needs one label. Received: labels of shape {labels.shape} for "
            f"{len(images)} images. Expected {len(images)} labels."
        )
    signature = (_spec(images), _spec(labels))
    return batches(order, lambda i: (images[i], labels[i]), batch_size, signature)


def _spec(array: np.ndarray) -> tf.TensorSpec:
    return tf.TensorSpec(array.shape[1:], array.dtype)

"""How a batch is shared out, and datasets without the batches that are too small for it."""

import itertools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.engine import inputs


def shares(rows: int, replicas: int) -> list[int]:
    """Images of each replica: all but the last get as many, rounded up, as TensorFlow deals."""
    share = -(-rows // replicas)
    return [min(share, max(0, rows - k * share)) for k in range(replicas)]


def smallest_part(rows: int, replicas: int, n_critic: int, pack: int = 1) -> int:
    """Images of the smallest part of a batch that is dealt to replicas, then to critic updates."""
    return min(shares(rows, replicas)) // pack // n_critic * pack


def count(batch: Any) -> tf.Tensor:
    """Rows of a nested structure of tensors."""
    return tf.shape(keras.tree.flatten(batch)[0])[0]


def dealt(batch: Any, parts: int, pack: int = 1) -> list[Any]:
    """A batch in so many parts, as equal as its packs of rows allow; None in it is left alone."""
    n = count(batch) // pack
    bounds = [n * k // parts * pack for k in range(parts + 1)]
    return [
        keras.tree.map_structure(
            lambda x, start=start, end=end: None if x is None else x[start:end], batch
        )
        for start, end in itertools.pairwise(bounds)
    ]


def size_of(dataset: tf.data.Dataset) -> int:
    """The size of a batch: from the spec, else from the first one."""
    images, _ = inputs.as_pair(dataset.element_spec)
    if images.shape.rank and images.shape[0]:
        return images.shape[0]
    first = next(iter(dataset.take(1)), None)
    if first is None:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    return inputs.as_pair(first)[0].shape[0]


def those_of(
    dataset: tf.data.Dataset, fits: Callable[[int], bool], sizes: list[int] | None
) -> tf.data.Dataset:
    """The batches whose number of images fits.

    Args:
        dataset: Of batches.
        fits: Python function of a number of images.
        sizes: That of each batch, if they are known; the length of the dataset is known then too.
    """

    def kept(*batch: tf.Tensor) -> tf.Tensor:
        return tf.numpy_function(lambda n: np.bool_(fits(n)), [tf.shape(batch[0])[0]], tf.bool)

    dataset = dataset.filter(kept)
    if sizes is None:
        return dataset
    count = sum(map(fits, sizes))
    return dataset.apply(tf.data.experimental.assert_cardinality(count))

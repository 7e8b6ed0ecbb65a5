"""Pictures of which every epoch mirrors about half, drawn anew from (seed, epoch) alone."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.data.order import EpochOrder
from keras_gan.data.source import Source


class MirroredOrder(EpochOrder):
    """The order of an `EpochOrder`; the index of what is to be mirrored is `size` more."""

    def __call__(self) -> np.ndarray:
        epoch = self.epoch
        order = super().__call__()
        mirrored = np.random.default_rng([self.seed, epoch, 1]).integers(2, size=self.size)
        return order + self.size * mirrored


def mirrored(source: Source) -> Source:
    """The source with indices up to twice its size, of which the second half are mirrored pictures.

    One that streams stays as it is: see `mirror_some`.
    """
    if source.fetch is None:
        return source

    def fetch(indices: np.ndarray) -> np.ndarray:
        turned, rows = np.divmod(indices, source.size)
        images = source.fetch(rows)
        return np.where(turned[:, None, None, None] == 1, images[:, :, ::-1], images)

    labels = None if source.labels is None else np.tile(source.labels, 2)
    return dataclasses.replace(source, fetch=fetch, labels=labels)


def mirror_some(examples: tf.data.Dataset, seed: tf.Tensor) -> tf.data.Dataset:
    """A stream of single images, or `(image, label)`, of which about half are mirrored.

    Args:
        examples: In the order of the epoch.
        seed: int64 scalar, the epoch's own.
    """

    def turned(i: tf.Tensor, example: Any) -> Any:
        image, *label = example if isinstance(example, tuple) else (example,)
        chosen = tf.random.stateless_uniform((), tf.stack([seed, i])) < 0.5
        image = tf.where(chosen, image[:, ::-1], image)
        return (image, *label) if label else image

    return examples.enumerate().map(turned)

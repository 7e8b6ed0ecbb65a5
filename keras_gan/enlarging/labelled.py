"""Labelled pictures in memory, and what of them, or of a model, cannot be used."""

import hashlib
import math
import numbers
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gan import data
from keras_gan.core import kinds
from keras_gan.engine.model import GenerativeModel


class Labelled(NamedTuple):
    """uint8 pictures `(n, height, width, channels)`, their classes `(n,)`, and the names of these.

    Pictures have 8 bits whether they are real or made, so that nothing can be told by their steps.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: Sequence[str] | None = None

    def of(self, rows: np.ndarray) -> "Labelled":
        """Some of them."""
        return self._replace(images=self.images[rows], labels=self.labels[rows])


def read(given: Any, name: str = "train") -> Labelled:
    """Labelled pictures of at least two classes.

    Args:
        given: `(images, labels)`, or a dataset of such batches.
        name: What they are for, in errors.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(given, Labelled):
        return given
    class_names = data.find(given, "class_names")
    images, labels = _arrays(given, name)
    kind = kinds.Picture()
    kind.check(images)
    if kind.looks_unscaled(images):
        raise ValueError(
            f"The pictures of {name} look like [0, 1]. Expected [-1, 1] (x * 2 - 1), or uint8."
        )
    labels = data.class_numbers(labels, None, len(images))
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(
            f"With one class there is nothing to tell apart. Received: {name} with class "
            f"{classes[0]} alone. Expected pictures of at least two classes."
        )
    return Labelled(kind.to_uint8(images), labels, class_names)


def _arrays(given: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    pair = given.element_spec if isinstance(given, tf.data.Dataset) else given
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(
            f"Classes are learnt from labels. Received: {name} without them. Expected (images, "
            "labels), or a tf.data.Dataset of such batches."
        )
    if not isinstance(given, tf.data.Dataset):
        images, labels = np.asarray(given[0]), np.asarray(given[1])
        if images.ndim == 0 or not len(images):
            raise ValueError(f"There are no pictures. Received: {name} of shape {images.shape}.")
        return images, labels
    if given.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            f"Pictures are read to their end. Received: {name}, a dataset that never ends. "
            "Expected dataset.take(n)."
        )
    order = data.find(given, "order")
    before = order and (order.epoch, order.shuffle)
    if order:
        order.shuffle = False  # a manifest numbers them
    try:
        batches = list(given.as_numpy_iterator())
    finally:
        if order:
            order.epoch, order.shuffle = before
    if not batches:
        raise ValueError(f"There are no pictures. Received: {name}, an empty dataset.")
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def check_apart(train: Labelled, other: Labelled, name: str = "test", known: str = "train") -> None:
    """Refuses pictures to judge by, `other`, that are among those to learn from."""
    rows = {digest(image): row for row, image in enumerate(train.images)}
    both = [(row, rows.get(digest(image))) for row, image in enumerate(other.images)]
    both = [pair for pair in both if pair[1] is not None]
    if both:
        raise ValueError(
            f"What is learnt by heart says nothing of other pictures. Received: {len(both)} of the "
            f"pictures of {name} are in {known} too, such as picture {both[0][0]}, which is "
            f"picture {both[0][1]} there. Expected two sets that have none in common."
        )


def digest(image: np.ndarray) -> str:
    """What tells a picture from all others."""
    return hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()


def check_alike(train: Labelled, other: Labelled, name: str) -> None:
    """Refuses pictures of another shape, and classes that the training set does not have."""
    if other.images.shape[1:] != train.images.shape[1:]:
        raise ValueError(
            f"Pictures have one shape. Received: {name} of {other.images.shape[1:]} and train of "
            f"{train.images.shape[1:]}."
        )
    unknown = np.setdiff1d(other.labels, train.labels)
    if len(unknown):
        raise ValueError(
            f"What nobody taught cannot be found. Received: {name} with the classes "
            f"{_few(unknown)}, of which train has none."
        )


def check_ratio(ratio: float) -> None:
    """Refuses a share of made pictures that is none."""
    number = isinstance(ratio, numbers.Real) and not isinstance(ratio, bool)
    if not number or not 0 <= ratio < math.inf:
        raise ValueError(
            f"Made pictures for one real one are 0 or more. Received: ratio={ratio!r}. Expected a "
            "number >= 0, such as 1.0."
        )


def check_model(gan: Any, train: Labelled) -> None:
    """Refuses a model that cannot make pictures like these, class by class."""
    if not isinstance(gan, GenerativeModel):
        raise ValueError(
            f"Pictures are made by a model of this package. Received: gan={type(gan).__name__}."
        )
    if not gan.condition.num_classes:
        raise ValueError(
            f"{type(gan).__name__} draws no class that is asked for, so that its pictures would "
            "have no labels. Expected a model that was trained on labels, such as CGAN."
        )
    gan.kind.check(train.images, gan.image_shape)
    never = np.unique(train.labels[train.labels >= gan.condition.num_classes])
    if len(never):
        raise ValueError(
            f"The model never saw some of the labels. Received: {_few(never)}. Expected those "
            f"that it was trained on, 0 to {gan.condition.num_classes - 1}."
        )


def _few(numbers: np.ndarray) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown

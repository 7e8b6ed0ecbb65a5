"""What users pass to `fit`, `evaluate` and `sample`, made uniform; what cannot be is refused."""

import numbers
import random
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.core import arrays, noise
from keras_gan.engine.conditions import Nothing


def as_pair(data: Any) -> tuple[Any, Any]:
    """`(images, condition)` of a batch, of the element spec of a dataset, or of arguments.

    Raises:
        ValueError: for anything else, sample weights included.
    """
    if not isinstance(data, (tuple, list, dict)):
        return data, None
    if isinstance(data, dict) or len(data) > 3 or not data:
        raise ValueError(
            "A batch is images, or (images, condition). "
            f"Received: a {type(data).__name__} of {len(data)}."
        )
    images, condition, weights = (*data, None, None)[:3]
    refuse(sample_weight=weights)
    return images, condition


def checked(
    gan: keras.Model, images: Any, condition: Any, expected: Nothing
) -> tuple[np.ndarray, np.ndarray | None]:
    """Arrays of images and of what belongs to them: class numbers `(n,)`, an array, or None.

    Args:
        gan: The model.
        images, condition: As a user gives them.
        expected: What `condition` has to be: the model's `condition` or its `targets`.

    Raises:
        ValueError: for what the model cannot be trained or measured on.
    """
    if isinstance(images, tf.data.Dataset):
        raise ValueError(
            "Expected arrays of images and of their condition. Received: a tf.data.Dataset."
        )
    if not hasattr(images, "__array__") and not isinstance(images, list):
        raise ValueError(
            "Expected a tf.data.Dataset or an array of images. "
            f"Received: x of type {type(images).__name__}."
        )
    images, condition = gan.arranged(images, condition)
    check_condition_is_there(gan, condition, expected, "y=None")
    images = arrays.stacked(images, gan.kind.plural)
    gan.kind.check(images, gan.image_shape)
    if condition is None and gan.condition_from == "samples":
        return images, None
    return images, expected.check(condition, len(images))


def check_condition_is_there(
    gan: keras.Model, condition: Any, expected: Nothing, received: str
) -> None:
    """Refuses images alone where the model needs more."""
    needed = expected and gan.condition_from != "samples"
    if needed and condition is None:
        raise ValueError(
            f"{type(gan).__name__} needs {expected.what}. Received: {received}. "
            "Expected (images, condition)."
        )


def refuse(**arguments: Any) -> None:
    """Refuses arguments of `fit` that a GAN has no use for.

    Raises:
        ValueError: if one of them is not None.
    """
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"A GAN has no loss per image that could be weighed, so {name} is not supported. "
                f"Received: {name} of type {type(value).__name__}. Expected: None."
            )


_SINGLE_NETWORK = {
    "LearningRateScheduler": "keras_gan.callbacks.LearningRateScheduler",
    "ReduceLROnPlateau": "a keras.optimizers.schedules.LearningRateSchedule in either optimizer",
    "OrbaxCheckpoint": "keras_gan.callbacks.Checkpoint",
    "SwapEMAWeights": "compile(ema_decay=...), whose average sample, predict and export use",
}


def check_callbacks(callbacks: Any) -> None:
    """Refuses Keras' callbacks that know one network and its `model.optimizer`.

    Raises:
        ValueError: names the one and what to use instead.
    """
    for callback in keras.tree.flatten(callbacks):
        for name, instead in _SINGLE_NETWORK.items():
            if isinstance(callback, getattr(keras.callbacks, name, ())):
                raise ValueError(
                    f"keras.callbacks.{name} is for one network and its model.optimizer, and a GAN "
                    f"has two optimizers. Use {instead} instead."
                )


def check_apart(training: Any, held_out: Any, steps_per_epoch: int | None) -> None:
    """Refuses to validate on the dataset that `steps_per_epoch` keeps in the middle of a pass."""
    if training is not None and training is held_out and steps_per_epoch is not None:
        raise ValueError(
            "With steps_per_epoch, validation_data must not be made from the training dataset: "
            "each validation would turn its order on. Load it once more."
        )


def split(x: Any, y: Any, fraction: float) -> tuple[Any, Any, tuple]:
    """The first part of arrays for training, the last `fraction` of them for validation."""
    if isinstance(x, tf.data.Dataset):
        raise ValueError(
            "validation_split works on arrays. Received: a tf.data.Dataset. "
            "Pass validation_data= instead."
        )
    if not 0 < fraction < 1:
        raise ValueError(f"Expected 0 < validation_split < 1. Received: {fraction}.")
    at = int(len(x) * (1 - fraction))
    if y is None:
        return x[:at], None, (x[at:],)
    return x[:at], y[:at], (x[at:], y[at:])


def sampling(
    gan: keras.Model, n: int | None, labels: Any, seed: int | None, seeds: Any, truncation: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """The rows that number the pictures of `GAN.sample`, and their labels.

    Raises:
        ValueError: for counts that do not fit each other, or labels that are no classes.
    """
    if seeds is not None and np.ndim(seeds) != 1:
        raise ValueError(
            f"A seed is a whole number, and seeds= a list of them. Received: seeds={seeds!r}."
        )
    for value in ([] if seed is None else [seed]) if seeds is None else seeds:
        noise.check_seed(value)
    if seeds is not None and (seed is not None or n not in (None, len(seeds))):
        raise ValueError(
            "seeds= stands instead of n and seed. "
            f"Received: n={n}, seed={seed} and {len(seeds)} seeds."
        )
    if not np.isfinite(truncation) or truncation < 0:
        raise ValueError(f"Expected truncation >= 0. Received: truncation={truncation}.")
    if seeds is not None:
        n = len(seeds)
    elif n is None:
        n = gan.condition.count(labels)
    if not isinstance(n, numbers.Integral) or n < 1:
        raise ValueError(f"Expected a whole n, at least one image. Received: n={n!r}.")
    rows = noise.seed_rows(n, random.randrange(2**63) if seed is None else seed, seeds)
    return rows, gan.condition.given(labels, n)

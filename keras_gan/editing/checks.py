"""What can be edited, and by which settings; what cannot is refused in a sentence."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core import names
from keras_gan.engine.encoding import Encodes
from keras_gan.engine.model import GenerativeModel

METHODS = ("encoder", "hybrid", "search")


def check_draws(gan: GenerativeModel) -> None:
    """Refuses a model that draws nothing from latents, or is told more than a class."""
    told = gan.condition and not gan.condition.num_classes
    if not gan.latent_dim or told:
        raise ValueError(
            "Editing moves the latents of a model that draws from them, with classes or without. "
            f"Received: {type(gan).__name__}, which makes samples of {gan.condition.what}."
        )


def check_classes(gan: GenerativeModel, label: int) -> None:
    """Refuses to change the class of what has none."""
    check_draws(gan)
    if not gan.condition:
        raise ValueError(
            f"{type(gan).__name__} knows no classes. Received: label={label!r}. Expected a model "
            "that was trained on labels, such as CGAN."
        )


def check_method(gan: GenerativeModel, method: str | None) -> str:
    """How latents are found, the default filled in."""
    check_draws(gan)
    can_encode = isinstance(gan, Encodes)
    if method is None:
        return "encoder" if can_encode else "search"
    names.pick("method", method, METHODS)
    if method != "search" and not can_encode:
        raise ValueError(
            f"{type(gan).__name__} has no encoder. Received: method={method!r}. "
            "Expected method='search'."
        )
    return method


def check_search(steps: int, restarts: int, learning_rate: float, prior_weight: float) -> None:
    for name, value in {"steps": steps, "restarts": restarts}.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"Expected a whole {name} >= 1. Received: {name}={value!r}.")
    if not learning_rate > 0 or not prior_weight >= 0:
        raise ValueError(
            "Expected learning_rate > 0 and prior_weight >= 0. "
            f"Received: learning_rate={learning_rate}, prior_weight={prior_weight}."
        )


def photos(gan: GenerativeModel, images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Pictures as float32 in [-1, 1], and their classes if they are given.

    Raises:
        ValueError: for no pictures of the model's shape, or labels that are none of its classes.
    """
    images = np.asarray(images)
    gan.kind.check(images, gan.image_shape)
    if labels is not None:
        labels = gan.condition.given(labels, len(images))
    return gan.kind.scale(tf.convert_to_tensor(images)).numpy(), labels

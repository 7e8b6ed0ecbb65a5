"""Pictures whose latents are moved: along a direction, to another class, to another picture."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core.directions import Direction
from keras_gan.editing import checks
from keras_gan.editing.inversion import Inversion, invert
from keras_gan.editing.space import Space
from keras_gan.engine.model import GenerativeModel

USUAL = 1000  # draws among which edited latents are no exception


def edit(
    gan: GenerativeModel,
    inversion: Inversion,
    direction: Direction | Sequence[Direction],
    strength: float | Sequence[float] = 1.0,
) -> np.ndarray:
    """Moves pictures along one direction, or along several at once.

    Args:
        gan: The model whose latents they are.
        inversion: Of the pictures, by `invert`.
        direction: One of `directions`, `factors` or `components`, or a list of any number.
        strength: How far, in standard deviations of the prior along the direction; one for each of
            a list. Below 0 the other way.

    Returns:
        float32 pictures `(n, ...)` in [-1, 1].

    Raises:
        ValueError: for directions of another length of latents, or a strength without an end.

    Example:

    >>> edited = keras_gan.editing.edit(gan, inversion, directions["older"], strength=1.5)
    """
    checks.check_draws(gan)
    several = [direction] if isinstance(direction, Direction) else list(direction)
    strengths = np.broadcast_to(np.asarray(strength, np.float32), (len(several),))
    if not np.isfinite(strengths).all():
        raise ValueError(f"Expected a finite strength. Received: strength={strength!r}.")
    space, latents = Space(gan), inversion.latents
    for one, far in zip(several, strengths, strict=True):
        one.check(space.size)
        latents = latents + far * one.vector
    _warn_if_rare(space, inversion.latents, latents)
    return space.images(space.prior.project(tf.constant(latents)), inversion.labels)


def _warn_if_rare(space: Space, before: np.ndarray, after: np.ndarray) -> None:
    """Says so where latents are rarer than all of many draws, and than they were."""
    prior = space.prior
    limit = max(prior.energy(tf.constant(x)).numpy().max() for x in (space.draw(USUAL), before))
    moved = np.abs(prior.project(tf.constant(after)).numpy() - after).max(axis=-1)
    rare = (prior.energy(tf.constant(after)).numpy() > 1.05 * limit) | (moved > 1.0)
    if rare.any():
        warnings.warn(
            f"{int(rare.sum())} of {len(after)} edited latents lie where the prior draws none, and "
            "the generator has learnt nothing. Take a smaller strength.",
            stacklevel=3,
        )


def transfer(gan: GenerativeModel, photo: np.ndarray, label: int, **options: Any) -> np.ndarray:
    """What pictures would be in another class.

    Args:
        gan: A model with classes.
        photo: Pictures `(n, ...)`, or one.
        label: The class that they shall be of.
        options: Those of `invert`, such as `labels`, the classes that they are of.

    Returns:
        float32 pictures `(n, ...)` in [-1, 1].

    Raises:
        ValueError: for a model without classes.

    Example:

    >>> seven = keras_gan.editing.transfer(gan, photo, label=7)
    """
    checks.check_classes(gan, label)
    return in_class(gan, invert(gan, _batch(gan, photo), **options), label).images


def in_class(gan: GenerativeModel, inversion: Inversion, label: int) -> Inversion:
    """The same latents in another class.

    Args:
        gan: A model with classes.
        inversion: Of pictures, by `invert`.
        label: The class that they shall be of.

    Returns:
        An `Inversion` whose images are of that class, to be edited further.

    Raises:
        ValueError: for a model without classes.

    Example:

    >>> keras_gan.editing.edit(gan, keras_gan.editing.in_class(gan, inversion, 7), thicker)
    """
    checks.check_classes(gan, label)
    space, labels = Space(gan), gan.condition.given(label, len(inversion.latents))
    latents = space.to_class(inversion.latents, inversion.labels, label)
    return inversion._replace(latents=latents, labels=labels, images=space.images(latents, labels))


def between(
    gan: GenerativeModel, photo_a: np.ndarray, photo_b: np.ndarray, n: int = 8, **options: Any
) -> np.ndarray:
    """A walk from one picture to another.

    Args:
        gan: The model.
        photo_a, photo_b: One picture each.
        n: Pictures of the walk, at least 2; the ends are what the inversions make.
        options: Those of `invert`.

    Returns:
        float32 pictures `(n, ...)` in [-1, 1]. Between pictures of two classes the class changes
        half-way.

    Raises:
        ValueError: for fewer than two pictures.

    Example:

    >>> walk = keras_gan.editing.between(gan, photo_a, photo_b, n=8)
    """
    if n < 2:
        raise ValueError(f"A walk has two ends. Received: n={n}. Expected at least 2.")
    ends = np.concatenate([_batch(gan, photo) for photo in (photo_a, photo_b)])
    inversion = invert(gan, ends, **options)
    position = np.linspace(0.0, 1.0, n, dtype=np.float32)[:, None]
    first, last = (np.repeat(x[None], n, axis=0) for x in inversion.latents)
    space = Space(gan)
    latents = space.prior.between(tf.constant(first), tf.constant(last), tf.constant(position))
    labels = inversion.labels
    if labels is not None:
        labels = np.where(position[:, 0] < 0.5, *labels).astype(np.int32)
    return space.images(latents, labels)


def _batch(gan: GenerativeModel, photo: np.ndarray) -> np.ndarray:
    photo = np.asarray(photo)
    return photo[None] if photo.ndim == len(gan.image_shape) else photo

"""From pictures to latents: by the model's encoder, or by a search for what comes near to them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras.utils import Progbar

from keras_gan.core import progress
from keras_gan.editing import checks
from keras_gan.editing.space import Space
from keras_gan.engine.encoding import Encodes
from keras_gan.engine.model import GenerativeModel

ROWS = 64  # latents that are searched for at a time
DRAWS = 256  # samples of each class among which a search looks for its start


class Inversion(NamedTuple):
    """Latents for pictures, and how near they come.

    Args:
        latents: float32 `(n, latent_dim)`; of `StyleGAN2` the styles, its W.
        labels: Class of each, int32 `(n,)`, or None for a model without classes.
        images: What the averaged generator makes of them, float32 in [-1, 1].
        distances: Float `(n,)`, from the pictures to `images`.
        beside: The same distances for `"nearest sample"`, of as many draws as the search began
            with, and for `"encoder"` where the model has one.
    """

    latents: np.ndarray
    labels: np.ndarray | None
    images: np.ndarray
    distances: np.ndarray
    beside: dict[str, np.ndarray]


def invert(
    gan: GenerativeModel,
    photos: np.ndarray,
    labels: Any = None,
    *,
    method: str | None = None,
    steps: int = 200,
    restarts: int = 4,
    learning_rate: float = 0.05,
    prior_weight: float = 0.01,
    features: keras.Model | None = None,
    seed: int = 0,
    verbose: bool = True,
) -> Inversion:
    r"""Finds latents whose pictures come near to given ones.

    A search minimises, for each picture x on its own,

        mean (G(z) - x)^2 + mean over layers of E[(f(G(z)) - f(x))^2] / E[f(x)^2] - w log p(z) / d

    by Adam, whose rate falls to 0 on a cosine. It starts from the nearest of 256 samples, from as
    many as there are restarts, and keeps what ends nearest.

    Args:
        gan: A model that draws from latents, with classes or without.
        photos: Pictures `(n, ...)` of the model's shape, uint8 or float in [-1, 1].
        labels: Their classes `(n,)`; if not given, a model with classes takes for each picture the
            class that comes nearest.
        method: `"encoder"`, `"search"`, or `"hybrid"`, a search of which one start is the
            encoder's. The encoder if the model has one, else the search, if not given.
        steps: Of a search, at least 1.
        restarts: Starts for each picture, at least 1.
        learning_rate: Of the search, in deviations of the prior, above 0.
        prior_weight: The weight w, at least 0, of latents that the prior often draws.
        features: A Keras model from pictures in [-1, 1] to maps, or a list of them: the f of the
            middle term, which is left out if not given.
        seed: Of the samples from which the search starts.
        verbose: Whether a bar shows the steps.

    Returns:
        An `Inversion`.

    Raises:
        ValueError: says what cannot be inverted, or which argument is out of range.

    Example:

    >>> inversion = keras_gan.editing.invert(gan, photos)
    >>> inversion.distances, inversion.beside["nearest sample"]

    References:
        Zhu et al., 2016, https://arxiv.org/abs/1609.03552, section 4.
    """
    method = checks.check_method(gan, method)
    checks.check_search(steps, restarts, learning_rate, prior_weight)
    photos, labels = checks.photos(gan, photos, labels)
    apart = distance(features)
    space = Space(gan)
    starts, labels_of, nearest = _starts(space, photos, labels, apart, restarts, seed)
    beside = {"nearest sample": nearest}
    if isinstance(gan, Encodes):
        encoded = gan.encode(photos)
        beside["encoder"] = _measured(space, photos, encoded, None, apart)[1]
        if method != "search":
            starts[:, 0] = encoded
    if method == "encoder":
        found, classes = starts[:, 0], None
    else:
        search = _Search(space, apart, steps, learning_rate, prior_weight)
        found, classes = search(photos, starts, labels_of, verbose)
    images, distances = _measured(space, photos, found, classes, apart)
    return Inversion(found, classes, images, distances, beside)


def distance(features: keras.Model | None = None) -> Callable[[Any, Any], tf.Tensor]:
    """The function of pictures `(n, ...)`, made ones and real ones, that is how far they are apart.

    Args:
        features: As in `invert`.

    Returns:
        Function that returns float32 `(n,)`.
    """

    def apart(made: Any, real: Any) -> tf.Tensor:
        total = _mean_square(made - real)
        if features is not None:
            seen = [keras.tree.flatten(features(x, training=False)) for x in (made, real)]
            pairs = [[tf.cast(f, tf.float32) for f in pair] for pair in zip(*seen, strict=True)]
            apart = [_mean_square(a - b) / (_mean_square(b) + 1e-8) for a, b in pairs]
            total += sum(apart) / len(apart)
        return total

    return apart


def _mean_square(x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(x), axis=range(1, len(x.shape)))


def _measured(
    space: Space, photos: np.ndarray, latents: np.ndarray, labels: Any, apart: Callable
) -> tuple[np.ndarray, np.ndarray]:
    """What latents become, and how far that is from the pictures."""
    images = space.images(latents, labels)
    parts = [slice(k, k + ROWS) for k in range(0, len(images), ROWS)]
    return images, np.concatenate([apart(images[k], photos[k]).numpy() for k in parts])


def _starts(
    space: Space,
    photos: np.ndarray,
    labels: np.ndarray | None,
    apart: Callable,
    restarts: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The samples nearest to each picture.

    Returns:
        Their latents `(n, restarts, latent_dim)`, their classes `(n, restarts)`, and how far the
        nearest is from each picture, `(n,)`.
    """
    gan, n, classes = space.gan, max(DRAWS, restarts), [None]
    if gan.condition:
        classes = range(gan.num_classes) if labels is None else np.unique(labels)
    drawn = [space.draw(n, k, seed) for k in classes]
    told = np.repeat([-1 if k is None else k for k in classes], n).astype(np.int32)
    made = [space.images(x, gan.condition.given(k, n)) for x, k in zip(drawn, classes, strict=True)]
    made, latents = np.concatenate(made), np.concatenate(drawn)
    chosen, nearest = [], []
    for k, photo in enumerate(photos):
        known = np.arange(len(told)) if labels is None else np.flatnonzero(told == labels[k])
        far = ((made[known] - photo) ** 2).reshape(len(known), -1).mean(axis=1)
        best = known[np.argsort(far)[:restarts]]
        chosen.append(best)
        nearest.append(apart(made[best], np.repeat(photo[None], len(best), axis=0)).numpy().min())
    chosen = np.stack(chosen)
    return latents[chosen], told[chosen] if gan.condition else None, np.array(nearest)


class _Search:
    """Searches, some rows at a time in one graph: each picture from each of its starts."""

    def __init__(
        self,
        space: Space,
        apart: Callable,
        steps: int,
        learning_rate: float,
        prior_weight: float,
    ):
        self.space, self.apart, self.steps, self.prior_weight = space, apart, steps, prior_weight
        rate = learning_rate * space.prior.unit
        self.rate = keras.optimizers.schedules.CosineDecay(rate, steps)

    def __call__(
        self, photos: np.ndarray, starts: np.ndarray, labels: np.ndarray | None, verbose: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The latents `(n, latent_dim)` that end nearest, and their classes."""
        n, restarts, _ = starts.shape
        of = np.repeat(np.arange(n), restarts)
        rows = starts.reshape(len(of), -1)
        told = None if labels is None else labels.ravel()
        size = min(ROWS, len(of))
        latents = tf.Variable(rows[:size])
        descend, restart = self._descent(latents)
        far = np.empty(len(of), np.float32)
        firsts = range(0, len(of), size)
        bar = Progbar(len(firsts) * self.steps, verbose=progress.verbosity(verbose))
        for first in firsts:
            part = np.minimum(np.arange(first, first + size), len(of) - 1)  # all are of one size
            given = tf.constant(photos[of[part]]), None if told is None else tf.constant(told[part])
            latents.assign(rows[part])
            restart()
            for _ in range(self.steps):
                descend(*given)
                bar.add(1)
            rows[part] = self.space.prior.project(latents).numpy()
            far[part] = self._apart(latents, *given).numpy()
        best = far.reshape(n, restarts).argmin(axis=1) + restarts * np.arange(n)
        return rows[best], None if told is None else told[best]

    def _apart(self, latents: tf.Tensor, photos: tf.Tensor, labels: Any) -> tf.Tensor:
        prior = self.space.prior
        drawable = latents + tf.stop_gradient(prior.project(latents) - latents)
        far = self.apart(self.space.gan.drawn(drawable, labels), photos)
        return far + self.prior_weight * prior.energy(drawable)

    def _descent(self, latents: tf.Variable) -> tuple[Callable, Callable]:
        """A step on `latents`, and what makes the next one the first."""
        optimizer = keras.optimizers.Adam(self.rate)
        optimizer.build([latents])

        @tf.function
        def descend(photos: tf.Tensor, labels: tf.Tensor | None) -> None:
            with tf.GradientTape() as tape:
                far = tf.reduce_sum(self._apart(latents, photos, labels))
            optimizer.apply([tape.gradient(far, latents)], [latents])

        def restart() -> None:
            for variable in optimizer.variables:
                variable.assign(keras.ops.zeros_like(variable))

        return descend, restart

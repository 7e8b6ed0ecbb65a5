"""Where latents come from: what training draws, sampling draws.

A prior is asked by the step, `sample`, the exported model, the demo, the report and the path
length: for latents, for less varied ones (truncation), and for those between two.
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from keras_gan.core import noise


class Prior:
    """Base of the priors: draws from a key, and moves among what it draws.

    `size` is the length of its latents, None where any length will do; `unit` how far apart they
    are, about.
    """

    size: int | None = None
    unit = 1.0

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        """Latents of `shape`, float32, its last axis `latent_dim`, from a key `(2,)`."""
        raise NotImplementedError

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        """Latents `factor` times as far from the middle: below 1, less variety."""
        return latents * factor

    def between(self, start: tf.Tensor, end: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
        """Latents on the way from `start` to `end`, `position` from 0 to 1, `(..., 1)`."""
        position = tf.cast(position, tf.float32)
        return (1.0 - position) * start + position * end

    def energy(self, latents: tf.Tensor) -> tf.Tensor:
        """How rare latents `(n, size)` are, `(n,)`: -log p for each number, up to a constant."""
        return tf.zeros(tf.shape(latents)[:-1])

    def project(self, latents: tf.Tensor) -> tf.Tensor:
        """The nearest latents that can be drawn."""
        return latents

    def get_config(self) -> dict:
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Prior":
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gan")
class Normal(Prior):
    """N(0, I). The way between two latents is an arc (`noise.slerp`), on which lengths are usual.

    Example:

    >>> Normal()((4, 100), noise.key(0)).shape
    TensorShape([4, 100])
    """

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        return noise.normal(shape, key)

    def between(self, start: tf.Tensor, end: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
        return noise.slerp(start, end, position)

    def energy(self, latents: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.square(latents), axis=-1) / 2.0


@keras.saving.register_keras_serializable("keras_gan")
class Resampled(Normal):
    """N(0, I) whose truncation is the one that draws anew what lies beyond a threshold.

    A factor below 1 is the share of draws that are kept: 0.95 is a threshold of 2, 0.68 one of 1,
    0.38 one of 0.5. Each number keeps its rank, so that a seed stays recognizable. Above 1 it is a
    factor, as in `Normal`.

    References:
        Brock et al., 2019, https://arxiv.org/abs/1809.11096, section 3.1.
    """

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        factor = tf.cast(factor, tf.float32)
        nearer = tf.math.erf(tf.abs(latents) / 2**0.5) * tf.minimum(factor, 1.0)
        nearer = tf.sign(latents) * tf.math.erfinv(nearer) * 2**0.5
        return tf.where(factor < 1.0, nearer, latents * factor)


@keras.saving.register_keras_serializable("keras_gan")
class Uniform(Prior):
    """U(low, high) for each number.

    Args:
        low, high: The ends, low below high.

    Example:

    >>> keras_gan.BiGAN(image_shape=(28, 28, 1), prior=Uniform(-2.0, 2.0))
    """

    def __init__(self, low: float = -1.0, high: float = 1.0):
        if not low < high:
            raise ValueError(f"Uniform needs low < high. Received: low={low}, high={high}.")
        self.low, self.high = low, high

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        return self.low + (self.high - self.low) * noise.uniform(shape, key)

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        middle = (self.low + self.high) / 2.0
        return middle + factor * (latents - middle)

    def project(self, latents: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(latents, self.low, self.high)

    def get_config(self) -> dict:
        return {"low": self.low, "high": self.high}


@keras.saving.register_keras_serializable("keras_gan")
class OneHot(Prior):
    """One of several categories, as zeros and a one. Truncation leaves it as it is.

    Args:
        weights: Number of categories, or the probability of each, up to a common factor.

    Example:

    >>> Joined([Normal(), OneHot(10)], sizes=[62, 10])
    """

    def __init__(self, weights: int | Sequence[float]):
        given = [1.0] * weights if isinstance(weights, int) else [float(w) for w in weights]
        if len(given) < 2 or not all(0 <= w < float("inf") for w in given) or not sum(given):
            raise ValueError(
                "OneHot needs at least two categories, of finite weights >= 0 that are not all 0. "
                f"Received: weights={weights!r}."
            )
        self.weights = [w / sum(given) for w in given]
        self.size = len(given)

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        place = noise.uniform((*shape[:-1], 1), key)
        ends = tf.cumsum(tf.constant(self.weights, tf.float32))[:-1]  # of all but the last
        category = tf.reduce_sum(tf.cast(place >= ends, tf.int32), axis=-1)
        return tf.one_hot(category, self.size)

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        return latents

    def project(self, latents: tf.Tensor) -> tf.Tensor:
        return tf.one_hot(tf.argmax(latents, axis=-1), self.size)

    def get_config(self) -> dict:
        return {"weights": self.weights}


@keras.saving.register_keras_serializable("keras_gan")
class Place(Prior):
    """U(0, 1): a place on a line on which things that one of is drawn lie side by side.

    Truncation leaves it as it is, and half-way between two places it changes from one to the other.

    Example:

    >>> Joined([Normal(), Place()], sizes=[100, 1])
    """

    size = 1

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        return noise.uniform(shape, key)

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        return latents

    def between(self, start: tf.Tensor, end: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
        return tf.where(tf.cast(position, tf.float32) < 0.5, start, end)

    def project(self, latents: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(latents, 0.0, 1.0)


@keras.saving.register_keras_serializable("keras_gan")
class Joined(Prior):
    """Several priors side by side, in one vector.

    Args:
        parts: List of priors.
        sizes: Length of each part; left out where each has a size of its own.

    Example:

    >>> Joined([Normal(), OneHot(10)], sizes=[62, 10]).size
    72
    """

    def __init__(self, parts: Sequence[Prior], sizes: Sequence[int] | None = None):
        self.parts = list(parts)
        self.sizes = list(sizes) if sizes is not None else [part.size for part in self.parts]
        fitting = len(self.sizes) == len(self.parts) and all(
            size is not None and size >= 1 and part.size in (None, size)
            for part, size in zip(self.parts, self.sizes, strict=True)
        )
        if not self.parts or not fitting:
            raise ValueError(
                "Joined needs a length for each of its parts, that of the part where it has one. "
                f"Received: {len(self.parts)} parts, sizes={sizes}."
            )
        self.size = sum(self.sizes)

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        drawn = [
            part((*shape[:-1], size), noise.fold_in(key, k))
            for k, (part, size) in enumerate(zip(self.parts, self.sizes, strict=True))
        ]
        return tf.concat(drawn, axis=-1)

    def split(self, latents: tf.Tensor) -> list[tf.Tensor]:
        """The parts of latents `(..., size)`."""
        return tf.split(latents, self.sizes, axis=-1)

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        parts = zip(self.parts, self.split(latents), strict=True)
        return tf.concat([part.truncate(x, factor) for part, x in parts], axis=-1)

    def between(self, start: tf.Tensor, end: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
        pairs = zip(self.parts, self.split(start), self.split(end), strict=True)
        return tf.concat([part.between(a, b, position) for part, a, b in pairs], axis=-1)

    def energy(self, latents: tf.Tensor) -> tf.Tensor:
        parts = zip(self.parts, self.split(latents), self.sizes, strict=True)
        return sum(size * part.energy(x) for part, x, size in parts) / self.size

    def project(self, latents: tf.Tensor) -> tf.Tensor:
        parts = zip(self.parts, self.split(latents), strict=True)
        return tf.concat([part.project(x) for part, x in parts], axis=-1)

    def get_config(self) -> dict:
        parts = [keras.saving.serialize_keras_object(part) for part in self.parts]
        return {"parts": parts, "sizes": self.sizes}

    @classmethod
    def from_config(cls, config: dict) -> "Joined":
        parts = [keras.saving.deserialize_keras_object(part) for part in config["parts"]]
        return cls(parts, config["sizes"])


def ending_in(last: Prior, prior: Prior, length: int) -> Prior:
    """A prior of latents of a length that end in a draw of `last`.

    Args:
        last: What they end in, of a size of its own.
        prior: That of what comes before; or of all, a `Joined` that ends so already.
        length: Of the latents.
    """
    end = prior.parts[-1] if isinstance(prior, Joined) else None
    if type(end) is type(last) and end.size == last.size:
        return prior
    return Joined([prior, last], [length - last.size, last.size])


class Measured(Prior):
    """A normal distribution along each axis, with the mean and the deviation of some draws.

    Args:
        draws: float32 `(n, size)`.
    """

    def __init__(self, draws: tf.Tensor):
        self.mean = tf.reduce_mean(draws, axis=0)
        self.deviation = tf.math.reduce_std(draws, axis=0) + 1e-8
        self.size, self.unit = draws.shape[-1], float(tf.reduce_mean(self.deviation))

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        return self.mean + self.deviation * noise.normal(shape, key)

    def truncate(self, latents: tf.Tensor, factor: float | tf.Tensor) -> tf.Tensor:
        return self.mean + factor * (latents - self.mean)

    def energy(self, latents: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.square((latents - self.mean) / self.deviation), axis=-1) / 2.0


class Drawn(Prior):
    """A prior that is a function of a shape and a key, as a class may bring it.

    Args:
        function: What draws.
    """

    def __init__(self, function: Callable[[tuple, tf.Tensor], tf.Tensor]):
        self.function = function

    def __call__(self, shape: tuple, key: tf.Tensor) -> tf.Tensor:
        return self.function(shape, key)


def get(prior: Prior | Callable) -> Prior:
    """A prior as it is, or that which a function draws from.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(prior, Prior):
        return prior
    if callable(prior) and not isinstance(prior, type):
        return Drawn(prior)
    raise ValueError(
        f"A prior is a keras_gan.priors.Prior, or a function of (shape, key). Received: {prior!r}."
    )

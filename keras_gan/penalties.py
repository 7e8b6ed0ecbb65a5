"""Penalties on the critic: one more term of what it minimises, every `interval` steps."""

from collections.abc import Callable

import keras
from keras import ops

from keras_gan import noise
from keras_gan.autodiff import input_gradient


class Penalty:
    """Base of the critic's penalties.

    Args:
        weight: Factor of the term, at least 0.
        interval: The penalty is worked out in every `interval`-th step only and counts `interval`
            times as much there (lazy regularization, Karras et al. 2020). At least 1.
        name: Its name in the logs.
    """

    default_name = "penalty"

    def __init__(self, weight: float, interval: int = 1, name: str | None = None):
        if weight < 0 or interval < 1 or int(interval) != interval:
            raise ValueError(
                f"{type(self).__name__} needs weight >= 0 and a whole interval >= 1. "
                f"Received: weight={weight}, interval={interval}."
            )
        self.weight = weight
        self.interval = int(interval)
        self.name = name or self.default_name

    def __call__(
        self,
        discriminator: Callable[[keras.KerasTensor], keras.KerasTensor],
        real: keras.KerasTensor,
        fake: keras.KerasTensor,
        key: keras.KerasTensor,
    ) -> keras.KerasTensor:
        """The unweighted penalty, a float32 scalar.

        Args:
            discriminator: Function from images to logits, the condition already in it.
            real, fake: Images `(batch, ...)`.
            key: int64 `(2,)`, from which `keras_gan.noise` draws what the penalty needs.
        """
        raise NotImplementedError

    def get_config(self) -> dict:
        return {"weight": self.weight, "interval": self.interval, "name": self.name}

    @classmethod
    def from_config(cls, config: dict) -> "Penalty":
        return cls(**config)


def _squared_norms(x: keras.KerasTensor) -> keras.KerasTensor:
    return ops.sum(ops.square(x), axis=tuple(range(1, len(x.shape))))


@keras.saving.register_keras_serializable("keras_gan")
class GradientPenalty(Penalty):
    r"""Keeps the critic's gradient between real and fake images at norm one.

    E[(||grad D(x')|| - 1)^2] with x' = u x + (1 - u) G(z), one u ~ U[0, 1] for each image.

    References:
        Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028.
    """

    default_name = "gradient_penalty"

    def __init__(self, weight: float = 10.0, interval: int = 1, name: str | None = None):
        super().__init__(weight, interval, name)

    def __call__(
        self,
        discriminator: Callable[[keras.KerasTensor], keras.KerasTensor],
        real: keras.KerasTensor,
        fake: keras.KerasTensor,
        key: keras.KerasTensor,
    ) -> keras.KerasTensor:
        u = noise.uniform((ops.shape(real)[0],) + (1,) * (len(real.shape) - 1), key)
        gradient = input_gradient(discriminator, u * real + (1.0 - u) * fake)
        norms = ops.sqrt(_squared_norms(gradient) + 1e-12)
        return ops.mean(ops.square(norms - 1.0))


@keras.saving.register_keras_serializable("keras_gan")
class R1(Penalty):
    r"""Pulls the discriminator's gradient on real images to zero: E[||grad D(x)||^2] / 2.

    References:
        Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 9.
    """

    default_name = "r1"

    def __init__(self, weight: float = 10.0, interval: int = 1, name: str | None = None):
        super().__init__(weight, interval, name)

    def __call__(
        self,
        discriminator: Callable[[keras.KerasTensor], keras.KerasTensor],
        real: keras.KerasTensor,
        fake: keras.KerasTensor,
        key: keras.KerasTensor,
    ) -> keras.KerasTensor:
        return ops.mean(_squared_norms(input_gradient(discriminator, real))) / 2.0


@keras.saving.register_keras_serializable("keras_gan")
class R2(R1):
    r"""As R1, on generated images: E[||grad D(G(z))||^2] / 2.

    References:
        Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 10.
    """

    default_name = "r2"

    def __call__(
        self,
        discriminator: Callable[[keras.KerasTensor], keras.KerasTensor],
        real: keras.KerasTensor,
        fake: keras.KerasTensor,
        key: keras.KerasTensor,
    ) -> keras.KerasTensor:
        return super().__call__(discriminator, fake, real, key)


_NAMES = {penalty.default_name: penalty for penalty in (GradientPenalty, R1, R2)}


def get(identifier: str | Penalty) -> Penalty:
    """A penalty by its name; an object passes as it is.

    Raises:
        ValueError: for a name that no penalty has.
    """
    if isinstance(identifier, str):
        if identifier not in _NAMES:
            raise ValueError(
                f"There is no such penalty. Received: {identifier!r}. "
                f"Expected one of {', '.join(_NAMES)}, or an object."
            )
        return _NAMES[identifier]()
    if not isinstance(identifier, Penalty):
        raise ValueError(
            f"A penalty is a keras_gan.penalties.Penalty or its name. Received: {identifier!r}."
        )
    return identifier

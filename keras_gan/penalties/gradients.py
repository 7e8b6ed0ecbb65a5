"""Penalties on the critic's gradients."""

import keras
from keras import ops

from keras_gan.core import noise
from keras_gan.core.autodiff import input_gradient
from keras_gan.penalties.base import Critic, Penalty, Tensor, Weight, squared_norms


@keras.saving.register_keras_serializable("keras_gan")
class GradientPenalty(Penalty):
    r"""Keeps the critic's gradient between real and fake images at norm one.

    E[(||grad D(x')|| - 1)^2] with x' = u x + (1 - u) G(z), one u ~ U[0, 1] for each image.

    Args:
        one_sided: Whether only norms above one count: E[max(0, ||grad D(x')|| - 1)^2].

    References:
        Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, section 4.
        Petzka et al., 2018, https://arxiv.org/abs/1709.08894 (one-sided).
    """

    default_name = "gradient_penalty"
    per_image = True

    def __init__(
        self,
        weight: Weight = 10.0,
        interval: int = 1,
        name: str | None = None,
        one_sided: bool = False,
    ):
        super().__init__(weight, interval, name)
        self.one_sided = one_sided

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        gradient = input_gradient(discriminator, self.points(real, fake, key))
        excess = ops.sqrt(squared_norms(gradient) + 1e-12) - 1.0
        return ops.mean(ops.square(ops.relu(excess) if self.one_sided else excess))

    def points(self, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        """Where the gradient is taken."""
        u = noise.uniform((ops.shape(keras.tree.flatten(real)[0])[0],), key)

        def between(x: Tensor, made: Tensor) -> Tensor:
            share = ops.reshape(u, (-1,) + (1,) * (len(x.shape) - 1))
            return share * x + (1.0 - share) * made

        return keras.tree.map_structure(between, real, fake)

    def get_config(self) -> dict:
        return super().get_config() | {"one_sided": self.one_sided}


@keras.saving.register_keras_serializable("keras_gan")
class DRAGANPenalty(GradientPenalty):
    r"""Keeps the critic's gradient around real images at norm one.

    E[(||grad D(x + d)|| - 1)^2] with d = u scale s U, s the standard deviation of all values of the
    real batch (of a replica's part of it), U one U[0, 1] for each value and u one for each image.

    Args:
        scale: How far around, in standard deviations of the data. At least 0.

    References:
        Kodali et al., 2017, https://arxiv.org/abs/1705.07215, algorithm 1; the noise, which the
        paper has normal, is that of the authors' code, https://github.com/kodalinaveen3/DRAGAN.
    """

    default_name = "dragan"

    def __init__(
        self,
        weight: Weight = 10.0,
        interval: int = 1,
        name: str | None = None,
        one_sided: bool = False,
        scale: float = 0.5,
    ):
        super().__init__(weight, interval, name, one_sided)
        if scale < 0:
            raise ValueError(f"DRAGANPenalty needs scale >= 0. Received: scale={scale}.")
        self.scale = scale

    def points(self, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        shape = ops.shape(real)
        share = noise.uniform((shape[0],) + (1,) * (len(real.shape) - 1), noise.fold_in(key, 1))
        return real + share * self.scale * ops.std(real) * noise.uniform(shape, key)

    def get_config(self) -> dict:
        return super().get_config() | {"scale": self.scale}


@keras.saving.register_keras_serializable("keras_gan")
class R1(Penalty):
    r"""Pulls the discriminator's gradient on real images to zero: E[||grad D(x)||^2] / 2.

    References:
        Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 9.
    """

    default_name = "r1"
    per_image = True

    def __init__(self, weight: Weight = 10.0, interval: int = 1, name: str | None = None):
        super().__init__(weight, interval, name)

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        return ops.mean(squared_norms(input_gradient(discriminator, real))) / 2.0


@keras.saving.register_keras_serializable("keras_gan")
class R2(R1):
    r"""As R1, on generated images: E[||grad D(G(z))||^2] / 2.

    References:
        Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 10.
    """

    default_name = "r2"

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        return super().__call__(discriminator, fake, real, key)

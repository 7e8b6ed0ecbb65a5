"""GAN. Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661

Idea: two networks in a game; what the one learns to tell apart, the other learns to blur.
Differs from the paper: Adam instead of momentum, LeakyReLU instead of maxout, and the
non-saturating loss that the paper's section 3 recommends in place of equation 1 (`loss="minimax"`).
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import mlp_discriminator, mlp_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class VanillaGAN(GAN):
    """The original GAN: two fully connected networks.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Units of the hidden layers.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.VanillaGAN(image_shape=(28, 28, 1))

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661.
    """

    build_generator = staticmethod(mlp_generator)
    build_discriminator = staticmethod(mlp_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

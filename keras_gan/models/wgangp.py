"""WGAN-GP. Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028

Idea: a Wasserstein critic kept 1-Lipschitz by a penalty on its gradient between real and
generated images (algorithm 1), in place of clipped weights.
Differs from the paper: the networks are those of DCGAN, without normalization in the critic, and
of CGAN with labels.
"""

from typing import Any

import keras

from keras_gan import losses, penalties
from keras_gan.builders import conv_discriminator, conv_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class WGANGP(GAN):
    """A Wasserstein GAN with gradient penalty.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.WGANGP(image_shape=(28, 28, 1), num_classes=10)

    References:
        Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028.
    """

    conditional = None

    build_generator = staticmethod(conv_generator)
    build_discriminator = staticmethod(conv_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.Wasserstein(),
            "penalties": [penalties.GradientPenalty(10.0)],
            "n_critic": 5,
            "generator_optimizer": keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9),
            "discriminator_optimizer": keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9),
        }

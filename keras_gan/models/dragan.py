"""DRAGAN. Kodali et al., 2017, https://arxiv.org/abs/1705.07215

Idea: the plain game, with the gradient of the discriminator kept at norm one around the real
images, where sharp gradients go with mode collapse.
Differs from the paper: the networks are those of DCGAN, without BatchNorm in the discriminator,
and of CGAN with labels; the non-saturating loss; the uniform noise of the authors' code, where the
paper has a normal one.
If samples collapse, try a higher learning rate for the discriminator, such as 1e-3.
"""

from typing import Any

import keras

from keras_gan import losses, penalties
from keras_gan.builders import conv_discriminator, conv_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class DRAGAN(GAN):
    """A GAN with a gradient penalty around the real images.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.DRAGAN(image_shape=(28, 28, 1), num_classes=10)

    References:
        Kodali et al., 2017, https://arxiv.org/abs/1705.07215.
    """

    conditional = None

    build_generator = staticmethod(conv_generator)
    build_discriminator = staticmethod(conv_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "penalties": [penalties.DRAGANPenalty(10.0)],
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

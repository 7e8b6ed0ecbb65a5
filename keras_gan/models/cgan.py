"""CGAN. Mirza and Osindero, 2014, https://arxiv.org/abs/1411.1784

Idea: both networks are told the class, so that the generator can be asked for one.
Differs from the paper: convolutional networks (those of DCGAN), labels by projection (Miyato and
Koyama, 2018) in the discriminator, Adam.
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import cgan_discriminator, cgan_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class CGAN(GAN):
    """A class-conditional convolutional GAN.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.CGAN(image_shape=(28, 28, 1), num_classes=10)
    >>> gan.compile()
    >>> gan.fit(images, labels, epochs=20)
    >>> gan.sample(10, labels=7)

    References:
        Mirza and Osindero, 2014, https://arxiv.org/abs/1411.1784.
        Miyato and Koyama, 2018, https://arxiv.org/abs/1802.05637.
    """

    conditional = True

    build_generator = staticmethod(cgan_generator)
    build_discriminator = staticmethod(cgan_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

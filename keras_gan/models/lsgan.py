"""LSGAN. Mao et al., 2017, https://arxiv.org/abs/1611.04076

Idea: least squares in place of the cross-entropy: images that are on the right side of the
boundary, but far from the data, still move.
Differs from the paper: the networks are those of DCGAN, of CGAN with labels, with BatchNorm in the
discriminator, as there; a, b, c = 0, 1, 1 of equation 9.
If samples collapse with a discriminator of the user's own, try BatchNorm in it, or a gradient
penalty (`penalties=["r1"]`).
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import conv_discriminator, conv_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class LSGAN(GAN):
    """A GAN with the least squares loss.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.LSGAN(image_shape=(28, 28, 1), num_classes=10)

    References:
        Mao et al., 2017, https://arxiv.org/abs/1611.04076.
    """

    conditional = None

    build_generator = staticmethod(conv_generator)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return conv_discriminator(image_shape, batch_norm=True, **options)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.LeastSquares(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

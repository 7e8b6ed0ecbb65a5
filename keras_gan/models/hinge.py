"""Geometric GAN. Lim and Ye, 2017, https://arxiv.org/abs/1705.02894

Idea: the discriminator is a support vector machine on learned features: only images inside
its margin teach it, and the generator moves along the normal of its hyperplane.
Differs from the paper: the networks are those of DCGAN, of CGAN with labels, with BatchNorm in the
discriminator, as there; Adam in place of RMSprop, one update of the generator a step, and no
||w||^2 / 2 for the hyperplane.
If samples collapse with a discriminator of the user's own, try BatchNorm in it, or a gradient
penalty (`penalties=["r1"]`).
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import conv_discriminator, conv_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class HingeGAN(GAN):
    """A GAN with the hinge loss.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.HingeGAN(image_shape=(28, 28, 1), num_classes=10)

    References:
        Lim and Ye, 2017, https://arxiv.org/abs/1705.02894.
    """

    conditional = None

    build_generator = staticmethod(conv_generator)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return conv_discriminator(image_shape, batch_norm=True, **options)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.Hinge(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

"""DCGAN. Radford et al., 2016, https://arxiv.org/abs/1511.06434

Idea: strided convolutions instead of pooling and dense layers, BatchNorm, and an initialisation
and learning rate under which the game stays stable.
Differs from the paper: the depth follows from the image size; the discriminator has no BatchNorm,
with which the penalties on its gradients would be ill-defined (`dcgan_discriminator(image_shape,
batch_norm=True)` has it).
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import dcgan_discriminator, dcgan_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class DCGAN(GAN):
    """A GAN of strided convolutions.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.DCGAN(image_shape=(28, 28, 1))

    References:
        Radford et al., 2016, https://arxiv.org/abs/1511.06434.
    """

    build_generator = staticmethod(dcgan_generator)
    build_discriminator = staticmethod(dcgan_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

"""SNGAN. Miyato et al., 2018, https://arxiv.org/abs/1802.05957

Idea: each kernel of the discriminator divided by its largest singular value, which makes it
Lipschitz at next to no cost.
Differs from the paper: labels by conditional BatchNorm and projection (Miyato and Koyama, 2018); 28
and 64 pixels beside the paper's 32 and 48; real and generated images pass with one and the same
sigma. The authors' code draws 128 images for the generator's update beside 64 for one of the
discriminator, here as many for either; its learning rates decay to 0, which takes the number of
steps and is left to `compile` (below).
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import resnet_discriminator, resnet_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class SNGAN(GAN):
    """A residual GAN with a spectrally normalised discriminator.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 128 if not given.
        width: As in `keras_gan.builders.resnet_discriminator`; the paper's if not given.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own brings its
    `keras_gan.layers.SpectralNormalization` itself.

    Example:

    >>> gan = keras_gan.SNGAN(image_shape=(28, 28, 1), num_classes=10)

    The authors' learning rate, linear to 0 over 50,000 steps of the generator, five times as many
    updates of the discriminator:

    >>> def adam(updates):
    ...     rate = keras.optimizers.schedules.PolynomialDecay(2e-4, updates, end_learning_rate=0.0)
    ...     return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9)
    >>> gan.compile(generator_optimizer=adam(50_000), discriminator_optimizer=adam(5 * 50_000))

    References:
        Miyato et al., 2018, https://arxiv.org/abs/1802.05957.
        Miyato and Koyama, 2018, https://arxiv.org/abs/1802.05637.
    """

    conditional = None

    build_generator = staticmethod(resnet_generator)
    build_discriminator = staticmethod(resnet_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.Hinge(),
            "n_critic": 5,
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9),
        }

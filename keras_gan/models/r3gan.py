"""R3GAN. Huang et al., 2024, https://arxiv.org/abs/2501.05441

Idea: a relativistic paired loss with gradient penalties on real and on generated images
converges by itself; so all older tricks can go, and the networks become modern.
Differs from the paper: narrower networks (`keras_gan.builders.r3gan`); learning rate (2e-4 to
5e-5), beta_2 (0.9 to 0.99), the penalties' weight (to a tenth), the average's memory and the
strength of augmentations stay, where the paper anneals them over 20 or 200 million images. The
weight is that of its Stacked MNIST; other data have others (below).
"""

from typing import Any

import keras

from keras_gan import losses, penalties
from keras_gan.builders import r3gan_discriminator, r3gan_generator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class R3GAN(GAN):
    """A relativistic GAN with R1 and R2, and residual networks without normalization.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 64 if not given.
        width: Filters of the layers next to the image; deeper ones have up to 4 times as many.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.R3GAN(image_shape=(28, 28, 1), num_classes=10)

    The authors' weights, at the start and at the end: CIFAR-10 and FFHQ-64 2 and 0.2, ImageNet-32
    0.5 and 0.05, ImageNet-64 1 and 0.1, FFHQ-256 150 and 15. As

    >>> gan.compile(penalties=[keras_gan.penalties.R1(2.0), keras_gan.penalties.R2(2.0)])

    References:
        Huang et al., 2024, https://arxiv.org/abs/2501.05441.
    """

    conditional = None

    build_generator = staticmethod(r3gan_generator)
    build_discriminator = staticmethod(r3gan_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.RelativisticPaired(),
            "penalties": [penalties.R1(1.0), penalties.R2(1.0)],
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99),
        }

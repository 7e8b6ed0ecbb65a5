"""BigGAN. Brock et al., 2019, https://arxiv.org/abs/1809.11096

Idea: many images an update, wide networks in which latents and class steer every block, and
filters near orthogonal, so that latents drawn nearer to the middle trade variety for quality.
Differs from the paper: small; the training of the authors' script for CIFAR-10 (rates, four updates
of the discriminator a step) with the shared embedding, chunks of latents and attention that it
leaves out; larger pictures than 32 by SNGAN's plan; attention at half the sides, without pooling;
statistics of BatchNorm are moving averages, not taken anew for sampling, and those of each replica
alone; truncation is counted in the share of draws that are kept; the authors' code, in which
orthogonality is optional, applies half the gradient of the paper's penalty.
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import biggan_discriminator, biggan_generator
from keras_gan.core import priors
from keras_gan.engine.gan import GAN
from keras_gan.penalties import Orthogonal


@keras.saving.register_keras_serializable("keras_gan")
class BigGAN(GAN):
    """A class-conditional residual GAN, spectrally normalised in both networks.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes, at least 2.
        latent_dim: Length of the latent vectors. 20 for the smallest map and for each block if not
            given: 80 for sides of 32.
        width: As in `keras_gan.builders.biggan_generator`. 64 if not given.

    The other arguments are those of `keras_gan.GAN`. Networks of the user's own bring their
    `keras_gan.layers.SpectralNormalization` themselves.

    Example:

    >>> gan = keras_gan.BigGAN(image_shape=(32, 32, 3), num_classes=10, width=16)
    >>> gan.compile()
    >>> gan.fit(images, labels, batch_size=64, epochs=100)
    >>> better = gan.sample(100, truncation=0.7)  # of all latents 70% of each number

    References:
        Brock et al., 2019, https://arxiv.org/abs/1809.11096.
    """

    conditional = True
    prior = priors.Resampled()

    build_generator = staticmethod(biggan_generator)
    build_discriminator = staticmethod(biggan_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.Hinge(),
            "penalties": [Orthogonal()],
            "n_critic": 4,
            "ema_decay": 0.9999,
            **self.each_optimizer(
                lambda: keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.999, epsilon=1e-6)
            ),
        }

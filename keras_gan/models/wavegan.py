"""WaveGAN. Donahue et al., 2019, https://arxiv.org/abs/1802.04208

Idea: a DCGAN of one dimension, with long kernels, makes waves sample by sample; random shifts of
the critic's features (phase shuffle) keep it from telling made waves by their phase.
Differs from the paper: one shift for a whole batch and layer, as in the authors' code; waves of
other lengths have other numbers of layers; without the learned filter behind the generator, which
the authors leave off.
"""

from typing import Any

import keras

from keras_gan import losses, penalties
from keras_gan.builders import wavegan_discriminator, wavegan_generator
from keras_gan.core import priors
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class WaveGAN(GAN):
    """A Wasserstein GAN of waves.

    Args:
        image_shape: `(length, channels)`; the paper's is `(16384, 1)`, a second at 16 kHz.
        latent_dim: Length of the latent vectors, which are U(-1, 1). 100 if not given.
        width: Channels of the layers next to the wave; deeper ones have more. 64 if not given.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own brings its
    `keras_gan.layers.PhaseShuffle` itself.

    Example:

    >>> gan = keras_gan.WaveGAN(image_shape=(4096, 1), width=16)

    References:
        Donahue et al., 2019, https://arxiv.org/abs/1802.04208.
    """

    prior = priors.Uniform()

    build_generator = staticmethod(wavegan_generator)
    build_discriminator = staticmethod(wavegan_discriminator)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(1e-4, beta_1=0.5, beta_2=0.9))
        penalty = [penalties.GradientPenalty(10.0)]
        return {"loss": losses.Wasserstein(), "penalties": penalty, "n_critic": 5} | adam

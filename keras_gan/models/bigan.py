"""BiGAN. Donahue et al., 2017, https://arxiv.org/abs/1605.09782

Idea: an encoder learns to invert the generator without ever seeing its output: the discriminator
tells pairs (image, its code) from pairs (sample, its latents), and both players blur it. Dumoulin
et al. found the same in the same year (ALI).
Differs from the paper: the networks of DCGAN, latents beside the discriminator's last layers and
not in each, no weight decay; the learning rate stays, where the paper lets it fall.
"""

from typing import Any

import keras

from keras_gan import losses
from keras_gan.builders import bigan_discriminator, bigan_encoder, dcgan_generator
from keras_gan.core import priors
from keras_gan.engine import checks
from keras_gan.engine.encoding import Encodes
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs, Terms


@keras.saving.register_keras_serializable("keras_gan")
class BiGAN(Encodes, GAN):
    r"""A GAN with an encoder that is part of the game.

    The discriminator minimises softplus(-D(x, E(x))) + softplus(D(G(z), z)); generator and encoder
    both minimise the same with the kinds swapped, logged as `g_loss` and `encoder_loss`.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors, which are U(-1, 1). 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        encoder: Keras model from images to latents `(batch, latent_dim)`.

    The other arguments are those of `keras_gan.GAN`; the discriminator takes `[images, latents]`.

    Example:

    >>> gan = keras_gan.BiGAN(image_shape=(28, 28, 1), latent_dim=50)
    >>> gan.compile()
    >>> gan.fit(images, epochs=20)
    >>> gan.reconstruct(images[:5]).shape
    (5, 28, 28, 1)

    References:
        Donahue et al., 2017, https://arxiv.org/abs/1605.09782.
        Dumoulin et al., 2017, https://arxiv.org/abs/1606.00704.
    """

    networks = (*GAN.networks, "encoder")
    averaged = ("generator", "encoder")
    prior = priors.Uniform()

    build_generator = staticmethod(dcgan_generator)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return bigan_discriminator(image_shape, self.latent_dim, **options)

    def build_encoder(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return bigan_encoder(image_shape, self.latent_dim, **options)

    def check_networks(self) -> None:
        checks.check_pairs(self.discriminator, self.image_shape, self.latent_dim)
        checks.check_encoder(self.encoder, self.image_shape, self.latent_dim)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    def codes(self, images: Any, training: bool) -> Any:
        return call_network(self.network("encoder", training), images, None, training)

    def forward(self, batch: Batch, training: bool) -> Outputs:
        codes = self.codes(batch.real, training)
        return super().forward(batch, training)._replace(extra=codes)

    def views(self, out: Outputs) -> dict[str, tuple]:
        return {"discriminator": ((out.real, out.extra), (out.fake, out.latents))}

    def augmented(self, samples: tuple, key: Any) -> tuple:
        images, latents = samples
        return super().augmented(images, key), latents

    def player_terms(self, out: Outputs) -> Terms:
        swapped = self.objective.discriminator(out.fake_scores, out.real_scores)
        return {"generator": {"g_loss": swapped}, "encoder": {"encoder_loss": swapped}}

    def scores_real_again(self, out: Outputs) -> bool:
        return True

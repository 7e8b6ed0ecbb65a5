"""AAE. Makhzani et al., 2015, https://arxiv.org/abs/1511.05644

Idea: an autoencoder whose codes a discriminator cannot tell from draws of the prior, so that what
its decoder makes of such draws is like the data.
Differs from the paper: the networks of DCGAN, Adam; the encoder takes one step on the sum of what
the paper has it take two on; the prior is N(0, I), the paper's for MNIST has a deviation of 5.
"""

import math
from typing import Any

import keras

from keras_gan import losses, reconstruction
from keras_gan.builders import bigan_encoder, dcgan_generator, mlp_discriminator
from keras_gan.engine import checks
from keras_gan.engine.encoding import Encodes
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs, Terms


@keras.saving.register_keras_serializable("keras_gan")
class AAE(Encodes, GAN):
    r"""An adversarial autoencoder: `generator` decodes what `encoder` makes of images.

    The discriminator is shown draws of the prior as real and codes as made, and minimises the loss
    of `compile`. The generator minimises `reconstruction` = E[||x - G(E(x))||^2] / 2, the encoder
    that + `e_adversarial`, adversarial_weight times the loss of a generator of codes.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the codes. 8 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        encoder: Keras model from images to codes `(batch, latent_dim)`.
        adversarial_weight: As above; 0 leaves an autoencoder whose codes follow no prior. 30 suits
            28x28 pixels, over which the reconstruction is summed: at 1 the codes stay off.

    The other arguments are those of `keras_gan.GAN`; the discriminator takes codes.

    Example:

    >>> gan = keras_gan.AAE(image_shape=(28, 28, 1))
    >>> gan.compile()
    >>> gan.fit(images, epochs=10)
    >>> gan.reconstruct(images[:5]).shape
    (5, 28, 28, 1)

    References:
        Makhzani et al., 2015, https://arxiv.org/abs/1511.05644, section 2.
    """

    networks = (*GAN.networks, "encoder")
    averaged = ("generator", "encoder")

    def __init__(self, *networks: keras.Model, adversarial_weight: float = 30.0, **options: Any):
        super().__init__(*networks, **options)
        self.adversarial_weight = adversarial_weight

    def build_generator(
        self, image_shape: tuple[int, ...], latent_dim: int = 8, **options: Any
    ) -> keras.Model:
        return dcgan_generator(image_shape, latent_dim, **options)

    def build_encoder(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return bigan_encoder(image_shape, self.latent_dim, **options)

    def build_discriminator(self, image_shape: tuple[int, ...], width: int = 64) -> keras.Model:
        return mlp_discriminator((self.latent_dim,), 16 * width)  # about the paper's 1,000 units

    def check_networks(self) -> None:
        checks.check_encoder(self.encoder, self.image_shape, self.latent_dim)
        checks.check_judges_codes(self.discriminator, self.latent_dim)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(5e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    def codes(self, images: Any, training: bool) -> Any:
        return call_network(self.network("encoder", training), images, None, training)

    def forward(self, batch: Batch, training: bool) -> Outputs:
        codes = self.codes(batch.real, training)
        fake = self.generate(codes, None, training)
        return Outputs(batch, fake, extra=codes, training=training)

    def views(self, out: Outputs) -> dict[str, tuple]:
        return {"discriminator": (out.latents, out.extra)}

    def extra_terms(self) -> tuple[str, ...]:
        return ("reconstruction", "e_adversarial")

    def player_terms(self, out: Outputs) -> Terms:
        size = math.prod(out.real.shape[1:])
        missed = {"reconstruction": size * reconstruction.l2(out.real, out.fake) / 2.0}
        fooled = self.objective.generator(out.real_scores, out.fake_scores)
        adversarial = {"e_adversarial": self.adversarial_weight * fooled}
        return {"generator": missed, "encoder": missed | adversarial}

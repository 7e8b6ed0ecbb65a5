"""VAEGAN. Larsen et al., 2016, https://arxiv.org/abs/1512.09300

Idea: a variational autoencoder whose reconstructions are judged by what a discriminator sees in
them, not pixel by pixel; its decoder is the generator of a GAN.
Differs from the paper: the networks of DCGAN, Adam; reconstructions and samples of the prior are
generated in one pass and count half each as generated images; from the authors' code in four more
points: the decoder's loss does not saturate; features are compared behind BatchNorm and not before
it, where our encoder says nothing (13% of MNIST's labels kept instead of 97%); no update is left
out for whoever is ahead, which made no difference (docs/measured.md); gamma is 0.01 for a mean over
generated images, theirs 1e-5 for other networks.
"""

import math
from typing import Any

import keras
from keras import ops

from keras_gan import features, losses, reconstruction
from keras_gan.builders import dcgan_discriminator, dcgan_generator, vaegan_encoder
from keras_gan.core import noise
from keras_gan.engine import checks
from keras_gan.engine.encoding import Encodes
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs, Terms

POSTERIOR = 1 << 21  # the key of its noise, beyond those of the engine


@keras.saving.register_keras_serializable("keras_gan")
class VAEGAN(Encodes, GAN):
    r"""A GAN with an encoder, which is trained by an optimizer of its own.

    Let z = mean + exp(log variance / 2) e be drawn from the posterior of an image x, f what the
    discriminator sees, and S = E[||f(x) - f(G(z))||^2] / 2. The encoder minimises `kl`, the
    divergence of the posterior from N(0, I), + `e_similarity` = S; the generator minimises the
    loss of the game + `similarity` = gamma S; the discriminator the loss of the game alone. What
    the encoder minimises in all is logged as `encoder_loss`.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        encoder: Keras model from images to `(batch, 2 * latent_dim)`, means and log variances.
        feature_layers: Names of the discriminator's layers; what its last layer with a kernel reads
            if not given.
        kl_weight: Factor of the divergence. 1 is for features of about unit variance, as BatchNorm
            makes them; a discriminator without it needs less, or the encoder says nothing.
        similarity_weight: The paper's gamma, the factor of S for the generator.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.VAEGAN(image_shape=(28, 28, 1), latent_dim=32)
    >>> gan.compile()
    >>> gan.fit(images, epochs=3)
    >>> gan.reconstruct(images[:5]).shape
    (5, 28, 28, 1)

    References:
        Larsen et al., 2016, https://arxiv.org/abs/1512.09300, algorithm 1.
    """

    networks = (*GAN.networks, "encoder")
    fakes_per_real = 2

    def __init__(
        self,
        *networks: keras.Model,
        encoder: keras.Model | None = None,
        feature_layers: list[str] | None = None,
        kl_weight: float = 1.0,
        similarity_weight: float = 0.01,
        **options: Any,
    ):
        super().__init__(*networks, encoder=encoder, **options)
        self._with_features = features.with_features(self.discriminator, feature_layers)
        self.feature_layers = feature_layers
        self.kl_weight = kl_weight
        self.similarity_weight = similarity_weight

    def check_networks(self) -> None:
        super().check_networks()
        what = "means and log variances of the latents"
        checks.check_encoder(self.encoder, self.image_shape, 2 * self.latent_dim, what)

    build_generator = staticmethod(dcgan_generator)

    def build_encoder(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return vaegan_encoder(image_shape, self.latent_dim, **options)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return dcgan_discriminator(image_shape, batch_norm=True, **options)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(5e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    # -- the game --------------------------------------------------------------------------------

    def forward(self, batch: Batch, training: bool) -> Outputs:
        """The reconstructions of a batch, and as many samples of the prior."""
        mean, log_variance = self._posterior(batch.real, training)
        e = noise.normal(ops.shape(mean), noise.fold_in(batch.key, POSTERIOR))
        latents = ops.concatenate([mean + ops.exp(log_variance / 2.0) * e, batch.latents])
        fake = self.generate(latents, None, training)
        return Outputs(batch, fake, extra=(mean, log_variance), training=training)

    def criticize(self, critic: str, samples: Any, condition: Any, training: bool) -> dict:
        scores, seen = self._with_features(samples, training)
        return {"scores": scores, "features": seen}

    def extra_terms(self) -> tuple[str, ...]:
        return ("similarity", "kl", "e_similarity")

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        similarity = self.similarity_weight * self._similarity(out)
        return super().generator_terms(out) | {"similarity": similarity}

    def player_terms(self, out: Outputs) -> Terms:
        mean, log_variance = out.extra
        divergence = ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0
        kl = ops.mean(ops.sum(divergence, axis=1)) / 2.0
        terms = {"kl": self.kl_weight * kl, "e_similarity": self._similarity(out)}
        return super().player_terms(out) | {"encoder": terms}

    def _similarity(self, out: Outputs) -> Any:
        n = ops.shape(out.on_real["features"][0])[0]
        pairs = zip(out.on_real["features"], out.on_fake["features"], strict=True)
        return sum(
            math.prod(real.shape[1:]) * reconstruction.l2(real, fake[:n]) / 2.0
            for real, fake in pairs
        )

    def codes(self, images: Any, training: bool) -> Any:
        return self._posterior(images, training)[0]

    def _posterior(self, images: Any, training: bool) -> tuple[Any, Any]:
        return tuple(ops.split(call_network(self.encoder, images, None, training), 2, axis=1))

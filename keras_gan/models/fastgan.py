"""FastGAN. Liu et al., 2021, https://arxiv.org/abs/2101.04775

Idea: for few pictures, a light generator whose small maps say which channels of large ones count,
and a discriminator that has to see enough in real pictures for them to be made again of it.
Differs from the paper: pictures are compared by pixels, where no network is given that sees like
VGG; the discriminator sees a smaller copy of a picture that it makes itself, where the authors'
generator has two outputs, and its map has no third decoder, which is in their code alone; noise of
samples is one constant draw.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gan import augment, features, losses
from keras_gan.builders import fastgan_decoder, fastgan_discriminator, fastgan_generator
from keras_gan.core import kinds, noise
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Outputs, Terms
from keras_gan.reconstruction import l1

MARGIN = 1 << 22  # the key of margins, beyond those of the engine
LEAST = 0.8  # a margin, up to 1


@keras.saving.register_keras_serializable("keras_gan")
class FastGAN(GAN):
    r"""A GAN for few pictures, whose discriminator is an encoder of real ones as well.

    Decoders make the whole picture of the discriminator's last map, and a random quarter of it of
    that quarter of the map before. How far both are from what it was shown is `d_reconstruction`
    for the discriminator, and `reconstruction` for the decoders, which have an optimizer of their
    own. A logit has a margin of its own, from 0.8 to 1 times that of the loss.

    Args:
        image_shape: `(height, width, channels)`, sides from 8 to 512.
        latent_dim: Length of the latent vectors. 256 if not given.
        width: Channels of the largest map; smaller ones have up to 8 times as many.
        decoder: Keras model from the last map and a quarter of the other one to two pictures, of
            any sides.
        perceptual: A Keras model of pictures of the decoder's sides, copied and frozen: what it
            sees is compared instead of pixels.
        perceptual_layers: Names of its layers; what its last layer with a kernel reads if not
            given.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own gives logits
    and two maps. `compile(augment="none")` leaves pictures as they are.

    Example:

    >>> gan = keras_gan.FastGAN(image_shape=(64, 64, 3), width=16)
    >>> gan.compile()
    >>> gan.fit(hundred_pictures, batch_size=8, epochs=1000)

    References:
        Liu et al., 2021, https://arxiv.org/abs/2101.04775.
    """

    networks = (*GAN.networks, "decoder")
    critic_outputs = ("scores", "map", "part")

    build_generator = staticmethod(fastgan_generator)
    build_discriminator = staticmethod(fastgan_discriminator)
    build_decoder = staticmethod(fastgan_decoder)

    def __init__(
        self,
        *networks: keras.Model,
        decoder: keras.Model | None = None,
        perceptual: keras.Model | None = None,
        perceptual_layers: Sequence[str] | None = None,
        **options: Any,
    ):
        super().__init__(*networks, decoder=decoder, **options)
        if perceptual is not None:
            for made in self.decoder.outputs:
                checks.check_reads("perceptual network", perceptual, tuple(made.shape[1:]))
        self.perceptual = perceptual and features.frozen(perceptual)
        if perceptual is not None:
            self._perceive = features.with_features(self.perceptual, perceptual_layers)
        self.perceptual_layers = perceptual_layers

    def check_networks(self) -> None:
        super().check_networks()
        _, whole, part = self.discriminator.outputs
        given = [tuple(x.shape[1:]) for x in self.decoder.inputs]
        seen = [tuple(x.shape[1:]) for x in (whole, _quarter(part, 0))]
        if given != seen or len(self.decoder.outputs) != 2:
            raise ValueError(
                "The decoder makes two pictures of the discriminator's map and of a quarter of the "
                f"other one. Received: a decoder from {given} to {len(self.decoder.outputs)}. "
                f"Expected one from {seen} to 2: pass decoder=."
            )

    def defaults(self) -> dict[str, Any]:
        is_picture = isinstance(self.kind, kinds.Picture)
        return {
            "loss": losses.Hinge(),
            "augment": augment.DiffAugment(("color", "translation")) if is_picture else None,
            **self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5)),
        }

    # -- the game --------------------------------------------------------------------------------

    def examine(self, out: Outputs, again: bool = False) -> Outputs:
        out = super().examine(out, again)
        on_real, on_fake = out.critics["discriminator"]
        on_real = on_real | {"reconstruction": self._reconstruction(on_real, out)}
        return out._replace(critics={"discriminator": (on_real, on_fake)})

    def _reconstruction(self, seen: dict[str, Any], out: Outputs) -> Any:
        real = self.augmented(out.real, out.key) if out.training else out.real
        place = ops.cast(4.0 * noise.uniform((), noise.fold_in(out.key, MARGIN)), "int32")
        maps = [seen["map"], _quarter(seen["part"], place)]
        made = call_network(self.decoder, maps, None, out.training)
        return sum(map(self._distance, (real, _quarter(real, place)), made))

    def _distance(self, real: Any, made: Any) -> Any:
        if len(made.shape) == 4 and real.shape[1:] != made.shape[1:]:
            options = {"antialias": True, "data_format": "channels_last"}
            real = ops.image.resize(real, made.shape[1:3], **options)
        if self.perceptual is None:
            return l1(real, made)
        seen = (self._perceive(x, training=False)[1] for x in (real, made))
        return features.perceptual_distance(*seen)

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        keys = (noise.fold_in(out.key, MARGIN + k) for k in (1, 2))
        scores = (out.real_scores, out.fake_scores)
        real, fake = (
            (1.0 - LEAST) * noise.uniform(ops.shape(x), key)
            for x, key in zip(scores, keys, strict=True)
        )
        loss = self.objective.discriminator(scores[0] + real, scores[1] - fake)
        return {"d_loss": loss, "d_reconstruction": out.on_real["reconstruction"]}

    def player_terms(self, out: Outputs) -> Terms:
        decoded = {"reconstruction": out.on_real["reconstruction"]}
        return super().player_terms(out) | {"decoder": decoded}

    def extra_terms(self) -> tuple[str, ...]:
        return ("d_reconstruction", "reconstruction")


def _quarter(x: Any, place: Any) -> Any:
    """One of the quarters, 0 to 3, of maps or pictures; of what has no sides, all."""
    if len(x.shape) != 4:
        return x
    height, width = (max(side // 2, 1) for side in x.shape[1:3])
    rows, columns = (slice(0, height), slice(-height, None)), (slice(0, width), slice(-width, None))
    corners = [x[:, a, b] for a in rows for b in columns]
    return ops.take(ops.stack(corners), place, axis=0)

"""SRGAN. Ledig et al., 2017, https://arxiv.org/abs/1609.04802

Idea: a picture is enlarged so that its details look real: after a stage that comes near to the
pixels, what a trained network sees in the picture and what a discriminator says of it count.
Differs from the paper: pictures up to 128 pixels, whole and not in crops, made smaller by means of
squares; the pixels keep a part in the second stage, in which the distance of features is relative
to the features' size; one learning rate; Adam's moments of the discriminator begin at the start.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gan import features, losses
from keras_gan.builders import srgan_discriminator, srgan_generator
from keras_gan.engine import checks
from keras_gan.engine.outputs import Outputs
from keras_gan.engine.translating import FromPictures
from keras_gan.reconstruction import l2


@keras.saving.register_keras_serializable("keras_gan")
class SRGAN(FromPictures):
    r"""Enlarges pictures. A batch is large pictures, or `(large, small)` where both are at hand.

    Small ones that are left out are made of the large ones, a pixel of the mean of a square of
    them. The first `pixel_steps` steps minimise `pixel`, the mean squared difference, alone; those
    that follow pixel_weight `pixel` + perceptual_weight `perceptual` + adversarial_weight times the
    loss of the game, with `perceptual` the `features.perceptual_distance` of what a trained network
    sees. The discriminator learns from then on.

    Args:
        image_shape: `(height, width, channels)` of the large pictures.
        scale: How many times as long their sides are: 2, 4 or 8; 4 if not given.
        blocks: Residual blocks of the generator that the class brings.
        width: Filters of the layers at the low resolution, and of the discriminator's first.
        pixel_steps: Steps of the first stage.
        perceptual: A Keras model of the large pictures, copied and frozen; VGG19 trained on
            ImageNet if not given, which Keras downloads.
        perceptual_layers: Names of its layers; what its last layer with a kernel reads if not
            given, of VGG19 the last convolution.
        pixel_weight, perceptual_weight, adversarial_weight: Of the second stage.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.SRGAN(image_shape=(64, 64, 3), pixel_steps=2000)
    >>> gan.compile()
    >>> gan.fit(photos, epochs=40)
    >>> gan.translate(small[:5]).shape  # of (5, 16, 16, 3)
    (5, 64, 64, 3)

    References:
        Ledig et al., 2017, https://arxiv.org/abs/1609.04802.
    """

    condition_from = "samples"
    sampler_inputs = ("condition",)

    def __init__(
        self,
        *networks: keras.Model,
        scale: int | None = None,
        blocks: int = 16,
        pixel_steps: int = 10_000,
        perceptual: keras.Model | None = None,
        perceptual_layers: Sequence[str] | None = None,
        pixel_weight: float = 1.0,
        perceptual_weight: float = 0.1,
        adversarial_weight: float = 1e-3,
        **options: Any,
    ):
        self.scale, self.blocks = scale, blocks
        super().__init__(*networks, **options)
        if perceptual is None:
            perceptual = features.vgg19(self.image_shape)
            perceptual_layers = perceptual_layers or [perceptual.layers[-1].name]
        checks.check_reads("perceptual network", perceptual, self.image_shape)
        self.perceptual = features.frozen(perceptual)
        self._perceive = features.with_features(self.perceptual, perceptual_layers)
        self.pixel_steps = pixel_steps
        self.perceptual_layers = perceptual_layers
        self.pixel_weight = pixel_weight
        self.perceptual_weight = perceptual_weight
        self.adversarial_weight = adversarial_weight

    def check_networks(self) -> None:
        super().check_networks()
        large, small = self.image_shape, self.condition.shape
        scale = large[0] // small[0] if len(small) == 3 and None not in (*large, *small) else 0
        if not scale or large != (scale * small[0], scale * small[1], small[2]):
            raise ValueError(
                "The generator of SRGAN makes pictures of larger ones' sides by a whole number. "
                f"Received: {large} made of {small}."
            )
        asked, self.scale = self.scale, scale
        checks.check_given(self, scale=asked)

    def build_generator(
        self, image_shape: tuple, latent_dim: int = 0, **options: Any
    ) -> keras.Model:
        return srgan_generator(image_shape, self.scale or 4, blocks=self.blocks, **options)

    build_discriminator = staticmethod(srgan_discriminator)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(1e-4))
        return {"loss": losses.NonSaturating(), **adam}

    def condition_of(self, samples: Any, key: Any) -> Any:
        return ops.average_pool(samples, self.scale, data_format="channels_last")

    @property
    def _second(self) -> Any:
        """Whether the second stage has begun."""
        return self.step.value >= self.pixel_steps

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        part = ops.cast(self._second, "float32")
        return {name: part * term for name, term in super().discriminator_terms(out).items()}

    def extra_terms(self) -> tuple[str, ...]:
        return ("pixel", "perceptual")

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        def distance() -> Any:
            seen = (self._perceive(x, training=False)[1] for x in (out.real, out.fake))
            return self.perceptual_weight * features.perceptual_distance(*seen)

        part = ops.cast(self._second, "float32")
        pixel = (1.0 + part * (self.pixel_weight - 1.0)) * l2(out.real, out.fake)
        adversarial = part * self.adversarial_weight * super().generator_terms(out)["g_loss"]
        perceptual = ops.cond(self._second, distance, lambda: ops.zeros(()))
        return {"g_loss": adversarial, "pixel": pixel, "perceptual": perceptual}

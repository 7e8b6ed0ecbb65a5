"""Pix2Pix. Isola et al., 2017, https://arxiv.org/abs/1611.07004

Idea: a picture is turned into another one by a U-Net that a discriminator of patches judges beside
what it was made from; L1 keeps it near the target.
Differs from the paper: pictures from 8 to 128 pixels, patches of 34 pixels; the loss of the
discriminator is not halved, which Adam would hardly notice; `translate` runs without dropout and
with moving averages in BatchNorm, so that it gives the same picture each time.
"""

from typing import Any

import keras

from keras_gan import losses, reconstruction
from keras_gan.builders import patch_discriminator, unet_generator
from keras_gan.engine import checks
from keras_gan.engine.outputs import Outputs
from keras_gan.engine.translating import FromPictures


@keras.saving.register_keras_serializable("keras_gan")
class Pix2Pix(FromPictures):
    """Turns pictures into pictures. A batch is `(targets, inputs)`: what shall come out is first.

    `gan.fit(targets, inputs)` takes arrays. The only noise is the dropout of training, so latents
    are of length 0; a generator of the user's own may take longer ones. L1 is logged as `l1`.

    Args:
        image_shape: `(height, width, channels)` of the targets.
        condition_shape: That of the inputs, if their channels are others.
        width: Filters of the layers next to the picture; deeper ones have more.
        l1_weight: Factor of the mean absolute difference from the target.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.Pix2Pix(image_shape=(28, 28, 1))
    >>> gan.compile()
    >>> gan.fit(photos, edges, epochs=20)
    >>> gan.translate(edges[:5]).shape
    (5, 28, 28, 1)

    References:
        Isola et al., 2017, https://arxiv.org/abs/1611.07004.
    """

    condition_from = "pictures"

    def __init__(
        self,
        *networks: keras.Model,
        condition_shape: tuple[int, int, int] | None = None,
        l1_weight: float = 100.0,
        **options: Any,
    ):
        self.condition_shape = condition_shape
        super().__init__(*networks, **options)
        self.condition_shape = self.generator.inputs[1].shape[1:]
        checks.check_given(self, condition_shape=condition_shape)
        self.l1_weight = l1_weight

    def check_networks(self) -> None:
        super().check_networks()
        if not self.takes_condition:
            raise ValueError(
                "The networks of Pix2Pix take pictures beside latents and images. "
                "Received: networks of one input. Expected two."
            )

    def build_generator(
        self, image_shape: tuple[int, ...], latent_dim: int = 0, **options: Any
    ) -> keras.Model:
        return unet_generator(image_shape, self.condition_shape, **options)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return patch_discriminator(image_shape, self.condition_shape, **options)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

    def extra_terms(self) -> tuple[str, ...]:
        return ("l1",)

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        l1 = self.l1_weight * reconstruction.l1(out.real, out.fake)
        return super().generator_terms(out) | {"l1": l1}

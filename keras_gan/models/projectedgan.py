"""Projected GAN. Sauer et al., 2021, https://arxiv.org/abs/2111.01007

Idea: discriminators look at what a trained network, which stays as it is, sees in a picture at
several sizes, mixed at random, and so learn in fewer pictures what is wrong with made ones.
Differs from the paper: EfficientNetV2-B0 stands in for EfficientNet-Lite0; FastGAN's generator as
it is here, whose latents are not normalised; no classes; generator and discriminators move at once
instead of in turns; maps are enlarged with pixels' middles in line, not their corners.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras

from keras_gan import augment, losses
from keras_gan.builders import fastgan_generator, projected_discriminator
from keras_gan.core import kinds
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN

CUTOUT = 0.2  # of each side, in the authors' code


@keras.saving.register_keras_serializable("keras_gan")
class ProjectedGAN(GAN):
    r"""A GAN whose discriminators judge what a trained network sees in pictures.

    The network and the random convolutions behind it are a part of `discriminator` that nothing
    moves: they are saved with it, are no part of the exported model, and cost most of a step.
    FID with features of ImageNet favours a discriminator that sees by such features.

    Args:
        image_shape: `(height, width, channels)`, sides from 8 to 512.
        latent_dim: Length of the latent vectors. 256 if not given.
        width: Channels of the largest map of the generator, and of the discriminators; the paper's
            is 64 for these if not given.
        feature_network: A Keras model of pictures in [-1, 1] of any one size, to which they are
            resized, such as a classifier of such pictures; copied and frozen. EfficientNetV2B0
            trained on ImageNet if not given, which Keras downloads.
        feature_layers: Names of its layers that give maps; if not given, its outputs where these
            are several maps, else the last map of each size, the four smallest.

    The other arguments are those of `keras_gan.GAN`. One discriminator's logits of all places of
    all maps are equal parts of the loss. A network that takes pixels in 0..255 begins with a
    `keras.layers.Rescaling(127.5, 127.5)`, as `keras_gan.features.efficientnet_v2` does.

    Example:

    >>> gan = keras_gan.ProjectedGAN(image_shape=(64, 64, 3))
    >>> gan.compile()
    >>> gan.fit(photos, batch_size=64, epochs=100)

    References:
        Sauer et al., 2021, https://arxiv.org/abs/2111.01007.
    """

    build_generator = staticmethod(fastgan_generator)

    def __init__(
        self,
        *networks: keras.Model,
        feature_network: keras.Model | None = None,
        feature_layers: Sequence[str] | None = None,
        **options: Any,
    ):
        given = {"feature_network": feature_network, "feature_layers": feature_layers}
        has_own = len(networks) > 1 or options.get("discriminator") is not None
        if has_own and any(value is not None for value in given.values()):
            raise ValueError(
                "A discriminator sees by a feature network of its own. Received: discriminator= "
                "and feature_network= or feature_layers=. Expected one of them: "
                "keras_gan.builders.projected_discriminator makes discriminators."
            )
        if feature_network is not None:
            checks.check_network("feature network", feature_network)
        self.build_discriminator = partial(projected_discriminator, **given)
        super().__init__(*networks, **options)

    def defaults(self) -> dict[str, Any]:
        is_picture = isinstance(self.kind, kinds.Picture)
        return {
            "loss": losses.Hinge(),
            "augment": augment.DiffAugment(cutout=CUTOUT) if is_picture else None,
            "ema_decay": 0.5 ** (32 / 10_000),  # half of what it was after 10,000 pictures, by 32
            **self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99)),
        }

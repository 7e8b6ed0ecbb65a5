"""FeatureMatchingGAN. Salimans et al., 2016, https://arxiv.org/abs/1606.03498

Idea: the generator does not try to win; it matches the mean of what the discriminator sees in real
images on its way to the score.
Differs from the paper: the networks of DCGAN, the mean over features instead of their sum; the
features of another network, and the discriminator's verdict, can be matched as well.
"""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gan import features, losses
from keras_gan.builders import conv_discriminator, conv_generator
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN
from keras_gan.engine.outputs import Outputs


@keras.saving.register_keras_serializable("keras_gan")
class FeatureMatchingGAN(GAN):
    """A GAN whose generator matches mean features of the discriminator.

    The terms are logged as `feature_matching` and, with a network for it, `perceptual`.

    Args:
        feature_layers: Names of the discriminator's layers; what its last layer with a kernel reads
            if not given.
        perceptual: A Keras model of images, copied and frozen: means of its features are matched
            too.
        perceptual_layers: Names of its layers; as `feature_layers` if not given.
        perceptual_weight: Factor of that term.
        adversarial_weight: Factor of the loss of `compile` for the generator; the paper's is 0.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.FeatureMatchingGAN(image_shape=(28, 28, 1))

    References:
        Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 3.1.
    """

    conditional = None

    def __init__(
        self,
        *networks: keras.Model,
        feature_layers: Sequence[str] | None = None,
        perceptual: keras.Model | None = None,
        perceptual_layers: Sequence[str] | None = None,
        perceptual_weight: float = 1.0,
        adversarial_weight: float = 0.0,
        **options: Any,
    ):
        if perceptual is None and perceptual_layers is not None:
            raise ValueError(
                "perceptual_layers are those of the network perceptual=. Received: "
                f"perceptual_layers={perceptual_layers} without one. Expected both, or neither."
            )
        super().__init__(*networks, **options)
        if perceptual is not None:
            checks.check_reads("perceptual network", perceptual, self.image_shape)
        self._with_features = features.with_features(self.discriminator, feature_layers)
        self.perceptual = perceptual and features.frozen(perceptual)
        if perceptual is not None:
            self._perceive = features.with_features(self.perceptual, perceptual_layers)
        self.feature_layers = feature_layers
        self.perceptual_layers = perceptual_layers
        self.perceptual_weight = perceptual_weight
        self.adversarial_weight = adversarial_weight

    build_generator = staticmethod(conv_generator)
    build_discriminator = staticmethod(conv_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

    def criticize(self, critic: str, samples: Any, condition: Any, training: bool) -> dict:
        given = samples if condition is None else [samples, condition]
        scores, seen = self._with_features(given, training)
        return {"scores": scores, "features": seen}

    def extra_terms(self) -> tuple[str, ...]:
        return ("feature_matching", "perceptual")[: 1 if self.perceptual is None else 2]

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        terms = {
            "feature_matching": features.feature_matching(
                out.on_real["features"], out.on_fake["features"]
            )
        }
        if self.perceptual is not None:
            seen = [self._perceive(x, training=False)[1] for x in (out.real, out.fake)]
            terms["perceptual"] = self.perceptual_weight * features.feature_matching(*seen)
        if self.adversarial_weight:
            terms["g_loss"] = self.adversarial_weight * super().generator_terms(out)["g_loss"]
        return terms

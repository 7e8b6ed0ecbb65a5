"""ACGAN. Odena et al., 2016, https://arxiv.org/abs/1610.09585

Idea: the discriminator is not told the class, it has to find it; both players want it to be found
in real and in generated images.
Differs from the paper: the networks of DCGAN, without its noise and dropout, and no label flips.
"""

from typing import Any

import keras
from keras import ops

from keras_gan import losses
from keras_gan.builders import acgan_discriminator, cgan_generator
from keras_gan.engine.gan import GAN
from keras_gan.engine.outputs import Outputs


@keras.saving.register_keras_serializable("keras_gan")
class ACGAN(GAN):
    """A class-conditional GAN whose discriminator is a classifier as well.

    The cross-entropies are logged as `d_class` (real and generated images) and `g_class`
    (generated ones), beside `d_loss` and `g_loss`, which have them in.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own takes images
    alone and gives logits and class logits `(batch, num_classes)`.

    Example:

    >>> gan = keras_gan.ACGAN(image_shape=(28, 28, 1), num_classes=10)

    References:
        Odena et al., 2016, https://arxiv.org/abs/1610.09585, section 3.
    """

    conditional = True
    critic_outputs = ("scores", "classes")

    build_generator = staticmethod(cgan_generator)
    build_discriminator = staticmethod(acgan_discriminator)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

    def extra_terms(self) -> tuple[str, ...]:
        return ("d_class", "g_class")

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        missed = _missed(out.on_real, out.condition) + _missed(out.on_fake, out.condition)
        return super().discriminator_terms(out) | {"d_class": missed}

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        return super().generator_terms(out) | {"g_class": _missed(out.on_fake, out.condition)}


def _missed(said: dict[str, Any], labels: Any) -> Any:
    """-log of the share that the classifier gives to the label, the mean over the batch."""
    logits = said["classes"]
    return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))

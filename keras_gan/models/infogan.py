"""InfoGAN. Chen et al., 2016, https://arxiv.org/abs/1606.03657

Idea: some of the latents are codes, which the discriminator has to find in samples; a generator
that helps it gives them a meaning, such as a digit's class or slant, without any label.
Differs from the paper: the networks of DCGAN, and one dense layer for score and codes behind the
discriminator's convolutions.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan import losses
from keras_gan.builders import dcgan_generator, infogan_discriminator
from keras_gan.core import priors
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import pictures
from keras_gan.engine.outputs import Outputs


@keras.saving.register_keras_serializable("keras_gan")
class InfoGAN(GAN):
    r"""A GAN that gives a part of its latents a meaning.

    The prior is `Joined`: noise first, then codes. Beside its score the discriminator gives, for
    each code c, logits of a `OneHot`, else means. Both players minimise their loss +
    info_weight E[-log Q(c | G(z, c))]: the cross-entropy of the one, half the squared error of the
    others, that of a Gaussian of variance 1. It is logged as `d_information` and `g_information`.

    Args:
        image_shape: `(height, width, channels)`.
        width: Filters of the layers next to the image; deeper ones have more.
        info_weight: The paper's lambda.
        prior: `keras_gan.priors.Joined` of noise and of codes; if not given 62 numbers from
            U(-1, 1), one of 10 categories, and 2 numbers from U(-1, 1).

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own takes images
    alone and gives logits and `(batch, n)`, as many numbers as the codes have.

    Example:

    >>> gan = keras_gan.InfoGAN(image_shape=(28, 28, 1))
    >>> gan.compile()
    >>> gan.fit(images, epochs=5)
    >>> gan.encode(images)[:, :10].argmax(axis=1)  # a category for each image

    References:
        Chen et al., 2016, https://arxiv.org/abs/1606.03657, section 5.
    """

    critic_outputs = ("scores", "codes")
    prior = priors.Joined([priors.Uniform(), priors.OneHot(10), priors.Uniform()], [62, 10, 2])

    def __init__(self, *networks: keras.Model, info_weight: float = 1.0, **options: Any):
        super().__init__(*networks, **options)
        self.info_weight = info_weight

    build_generator = staticmethod(dcgan_generator)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return infogan_discriminator(image_shape, self.codes.size, **options)

    def check_networks(self) -> None:
        super().check_networks()
        checks.check_finds_codes(self.discriminator, self.codes.size)

    @property
    def codes(self) -> priors.Joined:
        """The prior of the codes alone."""
        checks.check_has_codes(self.prior)
        return priors.Joined(self.prior.parts[1:], self.prior.sizes[1:])

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

    def extra_terms(self) -> tuple[str, ...]:
        return ("d_information", "g_information")

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        return super().discriminator_terms(out) | {"d_information": self._information(out)}

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        return super().generator_terms(out) | {"g_information": self._information(out)}

    def _information(self, out: Outputs) -> Any:
        missed = 0.0
        for code, (is_category, said) in zip(
            self.prior.split(out.latents)[1:], self._said(out.on_fake), strict=True
        ):
            if is_category:
                missed += ops.categorical_crossentropy(code, said, from_logits=True)
            else:
                missed += ops.sum(ops.square(code - said), axis=1) / 2.0
        return self.info_weight * ops.mean(missed)

    def _said(self, critic: dict[str, Any]) -> Iterator[tuple[bool, Any]]:
        """Of each code whether it is a category, and its logits or means."""
        codes = self.codes
        for part, said in zip(codes.parts, codes.split(critic["codes"]), strict=True):
            yield isinstance(part, priors.OneHot), said

    def encode(self, images: np.ndarray) -> np.ndarray:
        """What the discriminator says of the codes of images, uint8 or float in [-1, 1].

        Returns:
            float32 `(n, codes)`, in the order of the prior: probabilities of categories, and means.
        """
        return self.run_signature("encode", images)

    def extra_signatures(self) -> dict[str, tuple]:
        """`encode`, pictures to codes."""

        def encode(images: Any) -> dict[str, Any]:
            said = self._said(self.criticize("discriminator", images, None, training=False))
            found = [ops.softmax(code) if is_category else code for is_category, code in said]
            return {"codes": ops.concatenate(found, axis=1)}

        return {"encode": (encode, [pictures(self.image_shape)])}

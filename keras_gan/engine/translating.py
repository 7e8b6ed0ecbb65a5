"""What models that turn pictures into pictures can do besides sampling."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core.names import pick
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network, pictures


class FromPictures(GAN):
    """Base of the games that turn pictures into pictures one way: the condition into the sample."""

    def translate(self, pictures: np.ndarray) -> np.ndarray:
        """What the averaged generator makes of pictures.

        Args:
            pictures: `(n, height, width, channels)`, uint8 or float in [-1, 1].

        Returns:
            float32 images `(n, *image_shape)` in [-1, 1].
        """
        return self.run_signature("translate", pictures)

    def extra_signatures(self) -> dict[str, tuple]:
        """`translate`, pictures to pictures; longer latents than none are 0, their mean."""

        def translate(images: Any) -> dict[str, Any]:
            latents = tf.zeros((tf.shape(images)[0], self.latent_dim))
            return {"images": self.generate(latents, images, training=False)}

        return {"translate": (translate, [pictures(self.condition.shape)])}


class Translates(GAN):
    """Base of the games that turn pictures a into pictures b, and back.

    A subclass has a network `generator_<direction>` for either of the `directions`, and critics
    `discriminator_a` and `discriminator_b`. Its samples are pictures a, its condition pictures b.

    Args:
        condition_shape: Shape of b, if it is not that of a.
    """

    directions = ("ab", "ba")
    sampler = "generator_ba"
    sampler_inputs = ("condition",)

    def __init__(
        self, *networks: Any, condition_shape: tuple[int, int, int] | None = None, **options: Any
    ):
        self.condition_shape = condition_shape
        super().__init__(*networks, **options)

    def check_networks(self) -> None:
        checks.check_translators(self)

    def exchanged(self, a: Any, b: Any, training: bool) -> tuple[Any, Any]:
        """Pictures a that are made from b, and pictures b that are made from a."""
        return self.translated(b, "ba", training), self.translated(a, "ab", training)

    def translated(self, images: Any, direction: str, training: bool) -> Any:
        """What one of the networks, or in use its average, makes of pictures in [-1, 1]."""
        network = self.network(f"generator_{direction}", training)
        return call_network(network, images, None, training)

    def translate(self, pictures: np.ndarray, direction: str = "ab") -> np.ndarray:
        """What the averaged generator of a direction makes of pictures.

        Args:
            pictures: `(n, height, width, channels)`, uint8 or float in [-1, 1].
            direction: One of `directions`: "ab" from a to b.

        Returns:
            float32 images in [-1, 1].
        """
        pick("direction", direction, self.directions)
        return self.run_signature(f"translate_{direction}", pictures)

    def extra_signatures(self) -> dict[str, tuple]:
        """`translate_<direction>`, pictures to pictures."""

        def signature(direction: str) -> Callable[..., dict]:
            return lambda images: {"images": self.translated(images, direction, training=False)}

        return {
            f"translate_{direction}": (
                signature(direction),
                [pictures(getattr(self, f"generator_{direction}").inputs[0].shape[1:])],
            )
            for direction in self.directions
        }

"""CoGAN. Liu and Tuzel, 2016, https://arxiv.org/abs/1606.07536

Idea: two kinds of pictures that nobody has paired, each with a generator and a discriminator;
generators that share their first layers, where the meaning is made, give pairs.
Differs from the paper: DCGAN's generator up to maps as large as the picture, LeakyReLU behind each
pooling; no weight decay.
"""

from typing import Any

import keras
import numpy as np

from keras_gan import losses
from keras_gan.builders import cogan_discriminator, cogan_generator
from keras_gan.engine import checks, pairs
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("keras_gan")
class CoGAN(GAN):
    """Draws pairs of pictures of two kinds. A batch is `(a, b)`, which are no pairs.

    A sample is a pair side by side, `(height, 2 * width, channels)`: one picture, which grids,
    exports, metrics and reports take like any other, and which `apart` takes apart. The scores are
    two for each pair, and the losses means over both.

    Args:
        image_shape: `(height, width, channels)` of one picture, of either kind.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        condition_shape: Shape of b, which is that of a.

    The other arguments are those of `keras_gan.GAN`. Networks of the user's own make pairs of
    latents, and two logits `(batch, 2)` of pairs. What `fit` and `evaluate` take is arrays a and b,
    as many of either, or what `keras_gan.data.unpaired` gives; or pairs, side by side.

    Example:

    >>> gan = keras_gan.CoGAN(image_shape=(28, 28, 1))
    >>> gan.compile()
    >>> gan.fit(keras_gan.data.unpaired(digits, edges, batch_size=64), epochs=20)
    >>> a, b = gan.apart(gan.sample(64, seed=0))

    References:
        Liu and Tuzel, 2016, https://arxiv.org/abs/1606.07536.
    """

    condition_from = "unpaired"

    def __init__(
        self,
        generator: keras.Model | tuple[int, ...] | None = None,
        *networks: keras.Model | None,
        image_shape: tuple[int, ...] | None = None,
        condition_shape: tuple[int, ...] | None = None,
        **options: Any,
    ):
        if isinstance(generator, (tuple, list)) and image_shape is None:
            generator, image_shape = None, generator
        pair = None if image_shape is None else pairs.pair_shape(image_shape)
        super().__init__(generator, *networks, image_shape=pair, **options)
        if condition_shape is not None and tuple(condition_shape) != self.picture_shape:
            raise ValueError(
                f"Pictures of both kinds have one shape. Received: {tuple(condition_shape)} beside "
                f"{self.picture_shape}. Expected the same."
            )

    @property
    def picture_shape(self) -> tuple[int, ...]:
        """Shape of one picture; `image_shape` is that of a sample, a pair."""
        return pairs.picture_shape(self.image_shape)

    def build_generator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return cogan_generator(pairs.picture_shape(image_shape), **options)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return cogan_discriminator(pairs.picture_shape(image_shape), **options)

    def check_networks(self) -> None:
        super().check_networks()
        checks.check_critic_of_pairs(self.discriminator, self.image_shape)

    def get_config(self) -> dict:
        return super().get_config() | {"image_shape": self.picture_shape}

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    def arranged(self, x: Any, y: Any) -> tuple[Any, Any]:
        return pairs.beside(x, y, self.picture_shape)

    def augmented(self, samples: Any, key: Any) -> Any:
        augment = super().augmented
        return pairs.joined([augment(x, key) for x in pairs.apart(samples)])

    def apart(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The pictures a and b of pairs `(n, height, 2 * width, channels)`, as `sample` gives them.

        Example:

        >>> a, b = gan.apart(gan.sample(64, seed=0))
        """
        self.kind.check(samples, self.image_shape)
        return tuple(pairs.apart(np.asarray(samples)))

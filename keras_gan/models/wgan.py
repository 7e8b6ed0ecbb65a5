"""WGAN. Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875

Idea: the critic estimates the earth mover's distance, which has a gradient even where real and
generated images do not overlap; clipped weights keep it Lipschitz (algorithm 1).
Differs from the paper: labels, where there are classes, by the networks of CGAN. The authors' code
makes 100 updates of the critic before each of the generator's first 25 and every 500th; here, as in
algorithm 1, always five.
"""

from typing import Any

import keras

from keras_gan import constraints, losses
from keras_gan.builders import conv_discriminator, conv_generator
from keras_gan.engine.gan import GAN
from keras_gan.engine.optimizers import torch_rmsprop


@keras.saving.register_keras_serializable("keras_gan")
class WGAN(GAN):
    """A Wasserstein GAN with clipped weights.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        clip: Every weight of the critic, a network of the user's own included, is clipped to
            [-clip, clip] after each of its updates.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.WGAN(image_shape=(28, 28, 1), num_classes=10)

    References:
        Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875.
    """

    conditional = None

    def __init__(self, *networks: keras.Model, clip: float = 0.01, **options: Any):
        super().__init__(*networks, **options)
        self.clip = clip
        for weight in self.discriminator.trainable_variables:
            weight.constraint = constraints.WeightClipping(clip)

    build_generator = staticmethod(conv_generator)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return conv_discriminator(image_shape, batch_norm=True, **options)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.Wasserstein(),
            "n_critic": 5,
            **self.each_optimizer(lambda: torch_rmsprop(5e-5)),
        }

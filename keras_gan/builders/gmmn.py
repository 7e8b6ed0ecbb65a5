"""The generator of GMMN. Li et al., 2015, https://arxiv.org/abs/1502.02761"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.mlp import samples_of

WIDTHS = (1, 4, 4, 16)  # the paper's 64, 256, 256, 1024


@channels_last()
def gmmn_generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 10,
    width: int = 64,
    *,
    output_activation: str | None = "tanh",
) -> keras.Model:
    """Builds a generator of four ReLU layers that grow wider.

    Args:
        image_shape: `(height, width, channels)`, or `(features,)` for points.
        latent_dim: Size of the latent vector, at least 1.
        width: Units of the first hidden layer, at least 1; the last has 16 times as many.
        output_activation: `"tanh"` for images in [-1, 1], `"linear"` or None for points.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to float32
        `(batch, *image_shape)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = gmmn_generator((28, 28, 1))

    References:
        Li et al., 2015, https://arxiv.org/abs/1502.02761, section 5
    """
    shape = check_sizes(image_shape, points=True, latent_dim=latent_dim, width=width)
    x = latents = keras.Input((latent_dim,), name="latents")
    for factor in WIDTHS:
        x = layers.Dense(factor * width, activation="relu")(x)
    return keras.Model(latents, samples_of(x, shape, output_activation), name="gmmn_generator")

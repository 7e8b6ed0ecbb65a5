"""The fully connected pair. Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661

Differs from the paper: LeakyReLU takes the place of maxout, a tanh that of the sigmoid (images are
in [-1, 1]), and latents are normal. Kernels are Glorot uniform: at the paper's 1,200 units that is
the U(-0.05, 0.05) of its code, and it goes with the width.
"""

import math

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.layers import LeakyReLU


def samples_of(x: keras.KerasTensor, shape: tuple, activation: str | None) -> keras.KerasTensor:
    """A dense layer's samples of a shape, float32."""
    x = layers.Dense(math.prod(shape), activation=activation, dtype="float32")(x)
    return layers.Reshape(shape, dtype="float32")(x) if len(shape) > 1 else x


@channels_last()
def mlp_generator(
    image_shape: tuple[int, ...],
    latent_dim: int = 100,
    width: int = 1200,
    *,
    output_activation: str | None = "tanh",
) -> keras.Model:
    """Builds a generator of two ReLU layers.

    Args:
        image_shape: `(height, width, channels)`, or `(features,)` for points.
        latent_dim: Size of the latent vector, at least 1.
        width: Units of each hidden layer, at least 1.
        output_activation: `"tanh"` for images in [-1, 1], `"linear"` or None for points.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to float32
        `(batch, *image_shape)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = mlp_generator((28, 28, 1))
        >>> ring = mlp_generator((2,), latent_dim=2, width=64, output_activation="linear")

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661
    """
    shape = check_sizes(image_shape, points=True, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(width, activation="relu")(latents)
    x = layers.Dense(width, activation="relu")(x)
    return keras.Model(latents, samples_of(x, shape, output_activation), name="mlp_generator")


@channels_last()
def mlp_discriminator(
    image_shape: tuple[int, ...], width: int = 1200, *, dropout: float = 0.0
) -> keras.Model:
    """Builds a discriminator of two LeakyReLU layers.

    Args:
        image_shape: `(height, width, channels)`, or `(features,)` for points.
        width: Units of each hidden layer, at least 1 (the paper's 240 maxout units of 5 pieces
            are 1,200 linear ones).
        dropout: Fraction dropped after each hidden layer, in [0, 1). The paper's code has 0.5.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = mlp_discriminator((28, 28, 1), dropout=0.3)

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661
    """
    shape = check_sizes(image_shape, points=True, width=width)
    images = keras.Input(shape, name="images")
    x = layers.Flatten()(images) if len(shape) > 1 else images
    for _ in range(2):
        x = layers.Dense(width)(x)
        x = LeakyReLU(negative_slope=0.2)(x)
        if dropout:
            x = layers.Dropout(dropout)(x)
    logits = layers.Dense(1, dtype="float32")(x)
    return keras.Model(images, logits, name="mlp_discriminator")

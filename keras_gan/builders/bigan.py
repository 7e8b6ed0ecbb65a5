"""Encoder and joint discriminator of BiGAN. Donahue et al., 2017, https://arxiv.org/abs/1605.09782

The convolutional discriminator with latents as its head, and with latents beside its features.
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, encoder_of, normal_kernel
from keras_gan.layers import LeakyReLU

HEAD = 8  # units of the two joint layers, in widths


@channels_last()
def bigan_encoder(
    image_shape: tuple[int, int, int],
    latent_dim: int = 50,
    width: int = 64,
    *,
    batch_norm: bool = True,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the encoder for one image size: a point, no posterior.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        latent_dim: Size of the latent vector, at least 1.
        width, batch_norm, kernel_size: As in `dcgan_discriminator`.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to latents, float32
        `(batch, latent_dim)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> encoder = bigan_encoder((28, 28, 1), latent_dim=50)

    References:
        Donahue et al., 2017, https://arxiv.org/abs/1605.09782
    """
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width)
    return encoder_of(shape, latent_dim, width, kernel_size, batch_norm, "bigan_encoder")


@channels_last()
def bigan_discriminator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 50,
    width: int = 64,
    *,
    batch_norm: bool = True,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the discriminator of pairs of an image and a latent vector.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        latent_dim: Size of the latent vector, at least 1.
        width, batch_norm, kernel_size: As in `dcgan_discriminator`.

    Returns:
        A functional model from `[images, latents]`, float32 `(batch, *image_shape)` and
        `(batch, latent_dim)`, to float32 logits `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = bigan_discriminator((28, 28, 1), latent_dim=50)

    References:
        Donahue et al., 2017, https://arxiv.org/abs/1605.09782
    """
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width)
    images, latents = keras.Input(shape, name="images"), keras.Input((latent_dim,), name="latents")
    x = discriminator_trunk(images, shape, width, kernel_size, batch_norm, dropout=0.0)
    x = layers.Concatenate()([x, latents])
    for _ in range(2):
        x = layers.Dense(HEAD * width, kernel_initializer=normal_kernel())(x)
        x = LeakyReLU(negative_slope=0.2)(x)
    logits = layers.Dense(1, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model([images, latents], logits, name="bigan_discriminator")

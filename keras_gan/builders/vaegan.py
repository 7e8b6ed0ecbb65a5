"""The encoder of VAE-GAN. Larsen et al., 2016, https://arxiv.org/abs/1512.09300

The convolutional discriminator with the two halves of a posterior as its head.
"""

import keras

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import encoder_of


@channels_last()
def vaegan_encoder(
    image_shape: tuple[int, int, int],
    latent_dim: int = 100,
    width: int = 64,
    *,
    batch_norm: bool = True,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the encoder for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        latent_dim: Size of the latent vector, at least 1.
        width, batch_norm, kernel_size: As in `dcgan_discriminator`.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32
        `(batch, 2 * latent_dim)`: the posterior's means, then the logarithms of its variances.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> encoder = vaegan_encoder((28, 28, 1), latent_dim=32)

    References:
        Larsen et al., 2016, https://arxiv.org/abs/1512.09300
    """
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width)
    return encoder_of(shape, 2 * latent_dim, width, kernel_size, batch_norm, "vaegan_encoder")

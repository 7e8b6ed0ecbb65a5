"""The discriminator of VGAN. Peng et al., 2019, https://arxiv.org/abs/1810.00821

The convolutional discriminator, whose last map of features is read through a bottleneck.
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, normal_kernel
from keras_gan.layers import LeakyReLU


@channels_last()
def vgan_discriminator(
    image_shape: tuple[int, int, int],
    width: int = 64,
    *,
    code_dim: int | None = None,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the discriminator with a bottleneck for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        width, kernel_size: As in `dcgan_discriminator`.
        code_dim: Channels of the code, at least 1; as many as the last map has if not given.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)`, and of the code the mean and the logarithm of the standard deviation, each
        `(batch, rows, columns, code_dim)`. The logits are those of the mean.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = vgan_discriminator((28, 28, 1))

    References:
        Peng et al., 2019, https://arxiv.org/abs/1810.00821
    """
    shape = check_sizes(image_shape, width=width)
    images = keras.Input(shape, name="images")
    x = discriminator_trunk(images, shape, width, kernel_size, False, dropout=0.0, flat=False)
    code_dim = x.shape[-1] if code_dim is None else code_dim
    check_sizes(shape, code_dim=code_dim)
    mean, log_sigma = (
        layers.Conv2D(code_dim, 1, kernel_initializer=normal_kernel(), dtype="float32", name=name)(
            x
        )
        for name in ("mean", "log_sigma")
    )
    x = layers.Flatten()(LeakyReLU(negative_slope=0.2)(mean))
    logits = layers.Dense(1, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model(images, [logits, mean, log_sigma], name="vgan_discriminator")

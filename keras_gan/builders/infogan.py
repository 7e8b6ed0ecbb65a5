"""The discriminator that finds codes. Chen et al., 2016, https://arxiv.org/abs/1606.03657

The convolutional discriminator with a dense layer behind it and two heads: is it real, and which
codes was it made from? Its generator is `dcgan_generator`.
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, normal_kernel, normalize
from keras_gan.layers import LeakyReLU

SHARED, OWN = 8, 2  # units of the last layer of both heads, and of that of the codes, in widths


@channels_last()
def infogan_discriminator(
    image_shape: tuple[int, int, int],
    codes: int,
    width: int = 64,
    *,
    batch_norm: bool = True,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        codes: How many numbers are said of the codes, at least 1.
        width, batch_norm, kernel_size: As in `dcgan_discriminator`.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)` and `(batch, codes)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = infogan_discriminator((28, 28, 1), codes=12)

    References:
        Chen et al., 2016, https://arxiv.org/abs/1606.03657
    """
    shape = check_sizes(image_shape, codes=codes, width=width)
    images = keras.Input(shape, name="images")
    x = discriminator_trunk(images, shape, width, kernel_size, batch_norm, dropout=0.0)
    x = _dense(x, SHARED * width, batch_norm)
    heads = {"logits": (x, 1), "codes": (_dense(x, OWN * width, batch_norm), codes)}
    outputs = [
        layers.Dense(units, kernel_initializer=normal_kernel(), dtype="float32", name=name)(
            features
        )
        for name, (features, units) in heads.items()
    ]
    return keras.Model(images, outputs, name="infogan_discriminator")


def _dense(x: keras.KerasTensor, units: int, batch_norm: bool) -> keras.KerasTensor:
    x = layers.Dense(units, use_bias=not batch_norm, kernel_initializer=normal_kernel())(x)
    return LeakyReLU(negative_slope=0.2)(normalize(x) if batch_norm else x)

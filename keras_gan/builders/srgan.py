"""SRResNet and its discriminator. Ledig et al., 2017, https://arxiv.org/abs/1609.04802, figure 4

Residual blocks at the low resolution, then pixel shuffles; PReLU in the generator, LeakyReLU(0.2)
in the discriminator, whose maps are halved, four times at most, as long as 4 pixels remain.
"""

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.layers import BatchNormalization, LeakyReLU, PixelShuffle2D

SCALES = (2, 4, 8)
FACTORS = (1, 2, 4, 8)  # channels of the discriminator's maps, in units of `width`
MIN_MAP = 4  # no side of its smallest map is shorter


def _normalize(x: KerasTensor) -> KerasTensor:
    return BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def _prelu(x: KerasTensor) -> KerasTensor:
    return layers.PReLU(shared_axes=[1, 2])(x)


@channels_last()
def srgan_generator(
    image_shape: tuple[int, int, int],
    scale: int = 4,
    width: int = 64,
    *,
    blocks: int = 16,
    kernel_size: int = 9,
) -> keras.Model:
    """Builds SRResNet: from pictures to pictures whose sides are `scale` times as long.

    Args:
        image_shape: `(height, width, channels)` of what it makes, both sides from 8 to 128 and
            multiples of `scale`.
        scale: 2, 4 or 8.
        width: Channels of all maps at the low resolution, at least 1.
        blocks: Residual blocks.
        kernel_size: Side of the kernels of the first and the last convolution. On CPUs the last one
            takes half of the time with 9.

    Returns:
        A functional model from `pictures`, float32 `(batch, height / scale, width / scale,
        channels)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range, or a side is no multiple of `scale`.

    Example:
        >>> generator = srgan_generator((64, 64, 3), scale=4)

    References:
        Ledig et al., 2017, https://arxiv.org/abs/1609.04802
    """
    height, breadth, channels = shape = check_sizes(image_shape, width=width)
    if scale not in SCALES:
        raise ValueError(f"Expected scale to be one of {SCALES}. Received: scale={scale!r}.")
    if height % scale or breadth % scale:
        raise ValueError(
            f"Sides are multiples of the scale. Received: image_shape={shape}, scale={scale}."
        )
    pictures = keras.Input((height // scale, breadth // scale, channels), name="pictures")
    first = x = _prelu(layers.Conv2D(width, kernel_size, padding="same")(pictures))
    for _ in range(blocks):
        y = _prelu(_normalize(layers.Conv2D(width, 3, padding="same", use_bias=False)(x)))
        y = _normalize(layers.Conv2D(width, 3, padding="same", use_bias=False)(y))
        x = layers.Add()([x, y])
    x = _normalize(layers.Conv2D(width, 3, padding="same", use_bias=False)(x))
    x = layers.Add()([x, first])
    for _ in range(scale.bit_length() - 1):
        x = PixelShuffle2D(2)(layers.Conv2D(4 * width, 3, padding="same")(x))
        x = _prelu(x)
    x = layers.Conv2D(channels, kernel_size, padding="same")(x)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(pictures, images, name="srgan_generator")


@channels_last()
def srgan_discriminator(image_shape: tuple[int, int, int], width: int = 64) -> keras.Model:
    """Builds SRGAN's discriminator, which is not told what a picture was made from.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = srgan_discriminator((64, 64, 3))

    References:
        Ledig et al., 2017, https://arxiv.org/abs/1609.04802
    """
    shape = check_sizes(image_shape, width=width)
    x = images = keras.Input(shape, name="images")
    for factor in FACTORS[: (min(shape[:2]) // MIN_MAP).bit_length() - 1]:
        for strides in (1, 2):
            first = x is images
            x = layers.Conv2D(factor * width, 3, strides, "same", use_bias=first)(x)
            x = LeakyReLU(negative_slope=0.2)(x if first else _normalize(x))
    x = LeakyReLU(negative_slope=0.2)(layers.Dense(16 * width)(layers.Flatten()(x)))
    return keras.Model(images, layers.Dense(1, dtype="float32")(x), name="srgan_discriminator")

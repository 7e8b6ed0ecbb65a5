"""The pair that grows. Karras et al., 2018, https://arxiv.org/abs/1710.10196, table 2

Two 3x3 convolutions at each size, equalized learning rates, pixel normalization in the generator,
the deviation within the minibatch in the discriminator.
"""

import math

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import MAX_FACTOR, base_map, stride_plan
from keras_gan.layers import (
    EqualizedConv2D,
    EqualizedDense,
    GrowingImages,
    GrowingMaps,
    LeakyReLU,
    MinibatchStdDev,
)


def _plan(image_shape: tuple[int, int, int], width: int) -> tuple[list, list[int]]:
    """Strides between the sizes and channels of each, from the smallest one on.

    Raises:
        ValueError: for pictures that are not the smallest map doubled.
    """
    strides = [factors for factors in reversed(stride_plan(image_shape)) if factors != (1, 1)]
    base = base_map(image_shape)
    sides = [
        side * math.prod(axis) for side, axis in zip(base, zip(*strides, strict=True), strict=True)
    ]
    if sides != list(image_shape[:2]):
        raise ValueError(
            "A network that grows doubles a side of 4 to 7 pixels a few times. Received: "
            f"image_shape={image_shape}. Expected sides such as 28, 32, 48 or 64."
        )
    channels = [width * min(2**step, MAX_FACTOR) for step in range(len(strides) + 1)]
    return strides, channels[::-1]


@channels_last()
def progan_generator(
    image_shape: tuple[int, int, int], latent_dim: int = 512, width: int = 64
) -> keras.Model:
    """Builds ProGAN's generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128, 4 to 7 times a power of
            two.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the largest map, at least 1; smaller maps have up to 8 times as many.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to images, float32
        `(batch, *image_shape)` in [-1, 1], as far as its `GrowingImages` has grown.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = progan_generator((64, 64, 3), width=256)  # the paper's

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196
    """
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width)
    strides, channels = _plan(shape, width)
    normalize = {"epsilon": 1e-8, "trainable": False}
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.RMSNormalization(**normalize)(latents)
    base = (*base_map(shape), channels[0])
    x = EqualizedDense(math.prod(base), gain=2**0.5 / 4)(x)
    x = layers.RMSNormalization(**normalize)(LeakyReLU(0.2)(layers.Reshape(base)(x)))
    x = GrowingImages(strides, channels, shape[-1], name="growing")(x)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(latents, images, name="progan_generator")


@channels_last()
def progan_discriminator(image_shape: tuple[int, int, int], width: int = 64) -> keras.Model:
    """Builds ProGAN's discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, as in `progan_generator`.
        width: Channels of the largest map, at least 1; smaller maps have up to 8 times as many.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)`, as far as its `GrowingMaps` has grown.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = progan_discriminator((64, 64, 3), width=256)  # the paper's

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196
    """
    shape = check_sizes(image_shape, width=width)
    strides, channels = _plan(shape, width)
    images = keras.Input(shape, name="images")
    x = MinibatchStdDev(4)(GrowingMaps(strides, channels, name="growing")(images))
    x = LeakyReLU(0.2)(EqualizedConv2D(channels[0], 3)(x))
    x = LeakyReLU(0.2)(EqualizedDense(channels[0])(layers.Flatten()(x)))
    logits = EqualizedDense(1, gain=1.0, dtype="float32")(x)
    return keras.Model(images, logits, name="progan_discriminator")

"""The modern residual pair. Huang et al., 2024, https://arxiv.org/abs/2501.05441, section 4

No normalisation at all: bottleneck blocks (1x1, grouped 3x3, 1x1) around a sum, LeakyReLU,
resampling through the filter [1, 3, 3, 1], and an initialisation after Fix-up: the last convolution
of a block is zero at first, the other ones shrink with the number of blocks.

Differs from the paper: the width is a fraction of its 768 channels and halves towards the picture,
the first map comes from a dense layer, labels have vectors of 32 numbers (64 in its generator, as
many as channels in its discriminator), and a tanh keeps images in [-1, 1].
"""

import math
from typing import Any

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import base_map, crop_to, stride_plan
from keras_gan.layers import (
    FilteredDownsampling2D,
    FilteredUpsampling2D,
    GroupedConv2D,
    LeakyReLU,
)
from keras_gan.layers.embedding import Embedding, embedded, labels_input

BLOCKS = 2  # of each stage
EXPANSION = 2
GROUP = 16  # channels of a group
MAX_FACTOR = 4  # channels of the smallest map, at most, in units of `width`
SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))  # keeps the variance behind a LeakyReLU


def _normal(gain: float) -> keras.initializers.Initializer:
    """N(0, gain^2 / fan_in); a new one for each layer."""
    if gain == 0:
        return keras.initializers.Zeros()
    return keras.initializers.VarianceScaling(gain**2, "fan_in", "untruncated_normal")


def _conv1(filters: int, gain: float = 1.0, use_bias: bool = False) -> layers.Layer:
    return layers.Conv2D(filters, 1, use_bias=use_bias, kernel_initializer=_normal(gain))


def _blocks(x: KerasTensor, total: int) -> KerasTensor:
    """The residual blocks of one stage, of `total` in the network."""
    gain = GAIN * total**-0.25  # three convolutions: L^(-1 / (2 * 3 - 2))
    channels = x.shape[-1]
    inside = channels * EXPANSION
    groups = inside // GROUP if inside % GROUP == 0 else 1
    for _ in range(BLOCKS):
        y = _conv1(inside, gain, use_bias=True)(x)
        y = LeakyReLU(SLOPE)(y)
        y = GroupedConv2D(
            inside, 3, padding="same", groups=groups, kernel_initializer=_normal(gain)
        )(y)
        y = LeakyReLU(SLOPE)(y)
        x = layers.Add()([x, _conv1(channels, 0.0)(y)])
    return x


def _widths(image_shape: tuple[int, int, int], width: int) -> list[int]:
    """Channels from the picture's own size down to the smallest map."""
    return [width * min(2**k, MAX_FACTOR) for k in range(len(stride_plan(image_shape)) + 1)]


def _embedding(
    num_classes: int, size: int, gain: float = 1.0, pack: int = 1, **options: Any
) -> Embedding:
    """From N(0, gain^2 / num_classes), as in the paper's code: louder ones drown the latents."""
    normal = keras.initializers.RandomNormal(0.0, gain * num_classes**-0.5)
    return Embedding(pack * num_classes, size, normal, **options)


@channels_last()
def r3gan_generator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    latent_dim: int = 64,
    width: int = 32,
    *,
    embedding_dim: int = 32,
) -> keras.Model:
    """Builds R3GAN's generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the largest map, at least 1; smaller maps have up to 4 times as many.
            Multiples of 8 make groups of 16 channels; with others the convolutions are plain.
        embedding_dim: Size of the vector, N(0, 1 / num_classes) at first, that a label becomes.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, or `[latents, labels]`,
        labels int32 `(batch,)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = r3gan_generator((32, 32, 3), width=64)

    References:
        Huang et al., 2024, https://arxiv.org/abs/2501.05441
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width, **classes)
    plan, widths = stride_plan(shape), _widths(shape, width)
    total = BLOCKS * len(widths)

    latents = keras.Input((latent_dim,), name="latents")
    inputs = x = latents
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [latents, labels]
        x = layers.Concatenate()([latents, _embedding(num_classes, embedding_dim)(labels)])
    base = base_map(shape)
    x = layers.Dense(
        base[0] * base[1] * widths[-1], use_bias=False, kernel_initializer=_normal(1.0)
    )(x)
    x = layers.Reshape((*base, widths[-1]))(x)
    x = _blocks(x, total)
    for strides, channels in reversed(list(zip(plan, widths, strict=False))):
        if x.shape[-1] != channels:
            x = _conv1(channels)(x)
        if strides != (1, 1):
            x = FilteredUpsampling2D(strides)(x)
        x = _blocks(x, total)
    x = crop_to(shape, _conv1(shape[-1])(x))
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(inputs, images, name="r3gan_generator")


@channels_last()
def r3gan_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    width: int = 32,
    *,
    pack: int = 1,
    embedding_dim: int = 32,
) -> keras.Model:
    """Builds R3GAN's discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2, or None.
        width: Channels of the largest map, at least 1; smaller maps have up to 4 times as many.
            Multiples of 8 make groups of 16 channels; with others the convolutions are plain.
        pack: As in `cgan_discriminator`.
        embedding_dim: Features that are compared with the vector of a label.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, or `[images, labels]`,
        labels int32 `(batch,)`, to float32 logits `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = r3gan_discriminator((32, 32, 3), width=64)

    References:
        Huang et al., 2024, https://arxiv.org/abs/2501.05441
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    shape = check_sizes(image_shape, width=width, **classes)
    plan, widths = stride_plan(shape), _widths(shape, width)
    total = BLOCKS * len(widths)

    images = keras.Input(shape, name="images")
    x = _blocks(_conv1(widths[0])(images), total)
    for strides, channels in zip(plan, widths[1:], strict=True):
        if strides != (1, 1):
            x = FilteredDownsampling2D(strides)(x)
        if x.shape[-1] != channels:
            x = _conv1(channels)(x)
        x = _blocks(x, total)
    size = x.shape[1:3]  # an output reads one channel; Keras' fan_in counts all of them
    basis = keras.initializers.RandomNormal(0.0, math.prod(size) ** -0.5)
    x = layers.DepthwiseConv2D(size, use_bias=False, depthwise_initializer=basis)(x)
    x = layers.Flatten()(x)
    options = {"use_bias": False, "kernel_initializer": _normal(1.0), "dtype": "float32"}
    if num_classes is None:
        logits = layers.Dense(1, **options)(x)
        return keras.Model(images, logits, name="r3gan_discriminator")
    labels = labels_input(pack)
    features = layers.Dense(embedding_dim, **options)(x)
    # a factor behind the product would make of Adam's steps as many times smaller ones
    gain = embedding_dim**-0.5
    table = _embedding(num_classes, embedding_dim, gain, pack, dtype="float32")
    vectors = embedded(table, labels, num_classes)
    logits = layers.Dot(axes=1, dtype="float32")([features, vectors])
    return keras.Model([images, labels], logits, name="r3gan_discriminator")

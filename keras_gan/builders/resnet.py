"""The residual pair of SNGAN. Miyato et al., 2018, https://arxiv.org/abs/1802.05957, appendix B.4

Generator: blocks of BatchNorm, ReLU, upsampling and 3x3 convolutions; with labels the BatchNorm is
conditional. Discriminator: spectrally normalised blocks without BatchNorm, a sum over all places
and, with labels, projection (Miyato & Koyama, 2018, https://arxiv.org/abs/1802.05637).

Sides up to 32 have the paper's plan for 32x32: the same width throughout (128 in the
discriminator, 256 in the generator), and a discriminator that halves twice. Larger ones have its
plan for 48x48, carried on: the width doubles with every halving, 64 to 1,024. Each side of the
generator's smallest map is that of `dcgan`: 7 for 28, 4 for 32 and 64, 6 for 48.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import base_map, crop_to, stride_plan
from keras_gan.layers import (
    BatchNormalization,
    ConditionalBatchNormalization,
    SpectralNormalization,
    UpsampledConv2D,
)
from keras_gan.layers.embedding import Embedding, embedded, labels_input

SMALL = 32  # up to this side the width is the same throughout
MAX_FACTOR = 16  # channels at most, in units of `width`
MAX_HALVINGS = 5
GAIN = 2**0.5  # of the 3x3 convolutions within a block


def _glorot(gain: float = 1.0) -> keras.initializers.Initializer:
    """Glorot uniform, times the gain; a new one for each layer."""
    return keras.initializers.VarianceScaling(gain**2, "fan_avg", "uniform")


def _conv(
    filters: int,
    kernel_size: int,
    gain: float = 1.0,
    cls: type[layers.Layer] = layers.Conv2D,
    **options: Any,
) -> layers.Layer:
    kernel = {"kernel_initializer": _glorot(gain)}
    return cls(filters, kernel_size, padding="same", **kernel, **options)


def _spectral_conv(*arguments: Any, **options: Any) -> layers.Layer:
    return SpectralNormalization(_conv(*arguments, **options))


def is_small(image_shape: tuple[int, int, int]) -> bool:
    return max(image_shape[:2]) <= SMALL


def _default_width(image_shape: tuple[int, int, int]) -> int:
    return 128 if is_small(image_shape) else 64


# -- generator -------------------------------------------------------------------------------------


def _normalized_relu(x: KerasTensor, labels: KerasTensor | None, num_classes: int) -> KerasTensor:
    if labels is None:
        x = BatchNormalization(momentum=0.9, epsilon=2e-5)(x)
    else:
        x = ConditionalBatchNormalization(num_classes)([x, labels])
    return layers.ReLU()(x)


def up_block(
    x: KerasTensor, filters: int, strides: tuple[int, int], activated: Callable, conv: Callable
) -> KerasTensor:
    """A residual block of a generator.

    Args:
        x: Maps.
        filters: Their new number.
        strides: Factors by which sides grow.
        activated: Normalizes maps and rectifies them.
        conv: Makes a convolution, as `_conv` does.
    """
    y = activated(x)
    y = conv(filters, 3, GAIN, UpsampledConv2D, size=strides)(y)
    y = conv(filters, 3, GAIN)(activated(y))
    skip = conv(filters, 1)(x)
    if strides != (1, 1):  # a 1x1 convolution may as well come before the upsampling
        skip = layers.UpSampling2D(strides)(skip)
    return layers.Add()([y, skip])


@channels_last()
def resnet_generator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    latent_dim: int = 128,
    width: int | None = None,
) -> keras.Model:
    """Builds SNGAN's generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Size of the latent vector, at least 1.
        width: Sides up to 32: half the channels of all layers, the paper's 128 if not given.
            Larger: channels of the largest hidden map, the paper's 64; smaller maps have up to 16
            times as many.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, or `[latents, labels]`,
        labels int32 `(batch,)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = resnet_generator((32, 32, 3), num_classes=10)

    References:
        Miyato et al., 2018, https://arxiv.org/abs/1802.05957
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    shape = check_sizes(image_shape, latent_dim=latent_dim, **classes)
    width = _default_width(shape) if width is None else width
    check_sizes(shape, width=width)
    plan = stride_plan(shape)
    factors = [2 if is_small(shape) else min(2**k, MAX_FACTOR) for k in range(len(plan) + 1)]

    latents = keras.Input((latent_dim,), name="latents")
    labels = None if num_classes is None else keras.Input((), dtype="int32", name="labels")
    base = base_map(shape)
    filters = width * factors[-1]
    x = layers.Dense(base[0] * base[1] * filters, kernel_initializer=_glorot())(latents)
    x = layers.Reshape((*base, filters))(x)
    activated = partial(_normalized_relu, labels=labels, num_classes=num_classes)
    for factor, strides in reversed(list(zip(factors, plan, strict=False))):
        x = up_block(x, width * factor, strides, activated, _conv)
    x = _normalized_relu(x, None, num_classes)
    x = crop_to(shape, _conv(shape[-1], 3)(x))
    images = layers.Activation("tanh", dtype="float32")(x)
    inputs = latents if labels is None else [latents, labels]
    return keras.Model(inputs, images, name="resnet_generator")


# -- discriminator ---------------------------------------------------------------------------------


def down_block(
    x: KerasTensor,
    filters: int,
    strides: tuple[int, int],
    inside: int,
    conv: Callable,
    first: bool = False,
) -> KerasTensor:
    """A residual block of a discriminator.

    Activation before each convolution, but none before the first of all.

    Args:
        x: Maps.
        filters: Their new number, and `inside` that between both convolutions.
        strides: Factors by which sides shrink.
        conv: Makes a convolution, as `_conv` does.
        first: Whether `x` are images.
    """
    skip = x
    if not first:
        x = layers.ReLU()(x)
    x = layers.ReLU()(conv(inside, 3, GAIN)(x))
    x = conv(filters, 3, GAIN)(x)
    if strides != (1, 1):
        pool = lambda y: layers.AveragePooling2D(strides, padding="same")(y)  # noqa: E731
        x, skip = pool(x), pool(skip)  # a 1x1 convolution may as well come after the mean
    if strides != (1, 1) or skip.shape[-1] != filters:
        skip = conv(filters, 1)(skip)
    return layers.Add()([x, skip])


def down_plan(image_shape: tuple[int, int, int]) -> list[tuple[tuple[int, int], int]]:
    """Strides and width of each block."""
    plan = stride_plan(image_shape)
    if is_small(image_shape):
        return [(strides, 1) for strides in (*plan[:2], (1, 1), (1, 1))]
    plan = (*(*plan, (2, 2))[:MAX_HALVINGS], (1, 1))
    return [(strides, min(2**k, MAX_FACTOR)) for k, strides in enumerate(plan)]


def projected(
    x: KerasTensor, labels: KerasTensor | None, num_classes: int, pack: int, kernel: Callable
) -> KerasTensor:
    """From the last maps to logits: a sum over all places, with labels their projection.

    Args:
        x: Maps.
        labels: Input of class numbers, or None.
        num_classes, pack: As in `resnet_discriminator`.
        kernel: Makes an initializer.
    """
    x = layers.Activation("relu", dtype="float32")(x)
    x = ops.sum(x, axis=(1, 2))
    dense = layers.Dense(1, kernel_initializer=kernel(), dtype="float32")
    logits = SpectralNormalization(dense)(x)
    if labels is None:
        return logits
    rows = pack * num_classes
    table = Embedding(rows, x.shape[-1], embeddings_initializer=kernel(), dtype="float32")
    vectors = embedded(SpectralNormalization(table), labels, num_classes)
    match = layers.Dot(axes=1, dtype="float32")([x, vectors])
    return layers.Add(dtype="float32")([logits, match])


@channels_last()
def resnet_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    width: int | None = None,
    *,
    pack: int = 1,
) -> keras.Model:
    """Builds SNGAN's discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2, or None.
        width: Sides up to 32: channels of all layers, the paper's 128 if not given. Larger:
            channels of the first block, the paper's 64; later ones have up to 16 times as many.
        pack: As in `cgan_discriminator`.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, or `[images, labels]`,
        labels int32 `(batch,)`, to float32 logits `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = resnet_discriminator((32, 32, 3), num_classes=10)

    References:
        Miyato et al., 2018, https://arxiv.org/abs/1802.05957
        Miyato & Koyama, 2018, https://arxiv.org/abs/1802.05637
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    shape = check_sizes(image_shape, **classes)
    width = _default_width(shape) if width is None else width
    check_sizes(shape, width=width)

    images = keras.Input(shape, name="images")
    x = images
    for k, (strides, factor) in enumerate(down_plan(shape)):
        filters = width * factor
        inside = filters if k == 0 else x.shape[-1]
        x = down_block(x, filters, strides, inside, _spectral_conv, first=k == 0)
    labels = None if num_classes is None else labels_input(pack)
    logits = projected(x, labels, num_classes, pack, _glorot)
    inputs = images if labels is None else [images, labels]
    return keras.Model(inputs, logits, name="resnet_discriminator")

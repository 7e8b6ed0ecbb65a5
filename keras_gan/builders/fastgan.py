"""The networks of FastGAN. Liu et al., 2021, https://arxiv.org/abs/2101.04775

Spectrally normalised convolutions, BatchNorm, gated linear units in the generator. A map of the
generator says which channels of one sixteen times as long count (skip-layer excitation), and so it
is in the discriminator, the other way. Decoders make pictures of two of the discriminator's maps.
"""

import math
from functools import partial

import keras
from keras import KerasTensor, layers, ops

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import (
    MAX_FACTOR,
    base_map,
    crop_to,
    normal_kernel,
    normalize,
    stride_plan,
)
from keras_gan.layers import LeakyReLU, PixelNoise, SpectralNormalization, UpsampledConv2D

MAX_SIDE = 512
SKIPPED = 4  # doublings between the maps of an excitation; of the discriminator's one less
LAST_MAP = 7  # no shorter side has the last map of a discriminator; the authors' has 8
DECODED = 4  # doublings of a decoder, at most
_check = partial(check_sizes, max_side=MAX_SIDE)


def spectral_conv(
    filters: int,
    kernel_size: int | tuple[int, int] = 3,
    cls: type[layers.Layer] = layers.Conv2D,
    **options: object,
) -> layers.Layer:
    plain = {"padding": "same", "use_bias": False, "kernel_initializer": normal_kernel()}
    return SpectralNormalization(cls(filters, kernel_size, **plain | options))


def _gated(x: KerasTensor) -> KerasTensor:
    return ops.glu(normalize(x), axis=-1)


def _enlarged(x: KerasTensor, filters: int, strides: tuple, noisy: bool = False) -> KerasTensor:
    """Twice the sides; with noise, in two layers."""
    x = spectral_conv(2 * filters, 3, UpsampledConv2D, size=strides)(x)
    if noisy:
        x = spectral_conv(2 * filters)(_gated(PixelNoise()(x)))
        x = PixelNoise()(x)
    return _gated(x)


def _excited(x: KerasTensor, by: KerasTensor, activation: str | layers.Layer) -> KerasTensor:
    """A map whose channels count as another one says."""
    pooled = layers.AveragePooling2D([side // 4 for side in by.shape[1:3]])(by)
    y = spectral_conv(x.shape[-1], pooled.shape[1:3], padding="valid")(pooled)
    y = layers.Activation(activation)(y)
    y = layers.Activation("sigmoid")(spectral_conv(x.shape[-1], 1)(y))
    return layers.Multiply()([x, y])


def _doublings(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    return [strides for strides in stride_plan(image_shape) if strides != (1, 1)]


def _channels(width: int, halvings: int) -> int:
    return width * min(2**halvings, MAX_FACTOR)


@channels_last()
def fastgan_generator(
    image_shape: tuple[int, int, int], latent_dim: int = 256, width: int = 32
) -> keras.Model:
    """Builds FastGAN's generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 512. Excitations, over four
            doublings, begin at 64.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the largest map, at least 1; smaller maps have up to 8 times as many.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to images, float32
        `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = fastgan_generator((256, 256, 3))  # the channels of the authors

    References:
        Liu et al., 2021, https://arxiv.org/abs/2101.04775
    """
    shape = _check(image_shape, latent_dim=latent_dim, width=width)
    strides = _doublings(shape)
    latents = keras.Input((latent_dim,), name="latents")
    base = (*base_map(shape), 2 * _channels(width, len(strides)))
    options = {"use_bias": False, "kernel_initializer": normal_kernel()}
    x = SpectralNormalization(layers.Dense(math.prod(base), **options))(latents)
    maps = [_gated(layers.Reshape(base)(x))]
    for k in reversed(range(len(strides))):
        x = _enlarged(maps[-1], _channels(width, k), strides[k], noisy=len(maps) % 2 == 1)
        if len(maps) >= SKIPPED:
            x = _excited(x, maps[len(maps) - SKIPPED], "silu")
        maps.append(x)
    images = crop_to(shape, spectral_conv(shape[-1])(maps[-1]))
    images = layers.Activation("tanh", dtype="float32")(images)
    return keras.Model(latents, images, name="fastgan_generator")


# -- discriminator ---------------------------------------------------------------------------------


def _halvings(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Down to a map of sides from `LAST_MAP` on, but once at least."""
    strides = _doublings(image_shape)
    small = min(base_map(image_shape)) < LAST_MAP and len(strides) > 1
    return strides[:-1] if small else strides


def activated(x: KerasTensor) -> KerasTensor:
    return LeakyReLU(0.2)(normalize(x))


def _reduced(x: KerasTensor, filters: int, strides: tuple[int, int]) -> KerasTensor:
    """Half the sides: the mean of two convolutions and of one behind means of squares."""
    y = activated(spectral_conv(filters, 4, strides=strides)(x))
    y = activated(spectral_conv(filters)(y))
    direct = layers.AveragePooling2D(strides, padding="same")(x)
    return layers.Average()([y, activated(spectral_conv(filters, 1)(direct))])


def _logits(x: KerasTensor) -> KerasTensor:
    return layers.Flatten(dtype="float32")(spectral_conv(1, 4, padding="valid")(x))


@channels_last()
def fastgan_discriminator(image_shape: tuple[int, int, int], width: int = 32) -> keras.Model:
    """Builds FastGAN's discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 512. Excitations begin at 64.
        width: Channels of the largest map, at least 1; smaller maps have up to 8 times as many.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, places)`, of the picture and of one of half its sides, to the last map, and to
        that of twice its sides.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = fastgan_discriminator((256, 256, 3))  # the channels of the authors

    References:
        Liu et al., 2021, https://arxiv.org/abs/2101.04775
    """
    shape = _check(image_shape, width=width)
    strides = _halvings(shape)
    images = keras.Input(shape, name="images")
    maps = [LeakyReLU(0.2)(spectral_conv(width)(images))]
    for k, each in enumerate(strides, start=1):
        x = _reduced(maps[-1], _channels(width, k), each)
        if k >= SKIPPED - 1:
            x = _excited(x, maps[k - SKIPPED + 1], LeakyReLU(0.1))
        maps.append(x)
    x = LeakyReLU(0.2)(normalize(spectral_conv(maps[-1].shape[-1], 1)(maps[-1])))
    small = layers.AveragePooling2D(strides[0], padding="same")(images)
    small = LeakyReLU(0.2)(spectral_conv(width)(small))
    for k, each in enumerate(strides[1:], start=1):
        small = activated(spectral_conv(_channels(width, k), 4, strides=each)(small))
    logits = layers.Concatenate(dtype="float32")([_logits(x), _logits(small)])
    parts = [layers.Identity(dtype="float32")(x) for x in (maps[-1], maps[-2])]
    return keras.Model(images, [logits, *parts], name="fastgan_discriminator")


@channels_last()
def fastgan_decoder(image_shape: tuple[int, int, int], width: int = 32) -> keras.Model:
    """Builds the decoders of what `fastgan_discriminator` sees in a picture.

    Args:
        image_shape, width: As in `fastgan_discriminator`.

    Returns:
        A functional model from the last map and a quarter of the one before, as they come from that
        discriminator, to two pictures of at most 16 times the sides of these, in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> decoder = fastgan_decoder((256, 256, 3))

    References:
        Liu et al., 2021, https://arxiv.org/abs/2101.04775, section 3.2
    """
    shape = _check(image_shape, width=width)
    strides = _halvings(shape)
    sides = [shape[:2]]
    for each in strides:
        sides.append(tuple(-(-side // n) for side, n in zip(sides[-1], each, strict=True)))
    quarter = tuple(side // 2 for side in sides[-2])
    given, made = [], []
    for name, size, k, ups in (
        ("map", sides[-1], len(strides), strides[::-1]),
        ("part", quarter, len(strides) - 1, [*strides[-2::-1], (2, 2)]),
    ):
        x = keras.Input((*size, width if k == 0 else _channels(width, k)), name=name)
        given.append(x)
        for n, each in enumerate(ups[:DECODED], start=1):
            x = _enlarged(x, _channels(width, max(k - n, 0)), each)
        x = spectral_conv(shape[-1])(x)
        made.append(layers.Activation("tanh", dtype="float32")(x))
    return keras.Model(given, made, name="fastgan_decoder")

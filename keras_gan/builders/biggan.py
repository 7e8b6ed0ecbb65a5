"""The residual pair of BigGAN. Brock et al., 2019, https://arxiv.org/abs/1809.11096, appendix B

The blocks of `resnet`, spectrally normalised in both networks, from orthogonal kernels. One
embedding of the class serves all of the generator: joined with a chunk of the latents of its own,
it gives each block the gains and biases of its BatchNorm. At half the sides of the picture both
networks have self-attention.

Sides up to 32 have the authors' plan for CIFAR-10: the same width throughout, four times `width`,
and a discriminator that halves twice. Larger ones have that of `resnet`.
"""

from functools import partial
from typing import Any

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import base_map, crop_to, stride_plan
from keras_gan.builders.resnet import (
    MAX_FACTOR,
    down_block,
    down_plan,
    is_small,
    projected,
    up_block,
)
from keras_gan.layers import BatchNormalization, SelfAttention, SpectralNormalization
from keras_gan.layers.embedding import Embedding, labels_input

EMBEDDING = 128  # numbers that the generator knows a class by
CHUNK = 20  # of the latents, where their length is not given
SMALL_FACTOR = 4  # channels of small pictures' layers, in units of `width`


def _orthogonal() -> keras.initializers.Initializer:
    return keras.initializers.Orthogonal()


def _conv(
    filters: int,
    kernel_size: int,
    gain: float = 1.0,
    cls: type[layers.Layer] = layers.Conv2D,
    **options: Any,
) -> layers.Layer:
    """Spectrally normalised, which makes a gain of no effect."""
    kernel = {"kernel_initializer": _orthogonal()}
    return SpectralNormalization(cls(filters, kernel_size, padding="same", **kernel, **options))


def _dense(units: int, use_bias: bool = True) -> layers.Layer:
    kernel = {"kernel_initializer": _orthogonal(), "use_bias": use_bias}
    return SpectralNormalization(layers.Dense(units, **kernel))


def _activated(x: KerasTensor, told: KerasTensor | None = None) -> KerasTensor:
    """BatchNorm, whose gains, around 1, and biases are linear in what it is told, and ReLU."""
    norm = {"momentum": 0.9, "epsilon": 1e-5}
    if told is None:
        return layers.ReLU()(BatchNormalization(**norm)(x))
    x = BatchNormalization(center=False, scale=False, **norm)(x)
    gain, bias = (
        layers.Reshape((1, 1, x.shape[-1]))(_dense(x.shape[-1], use_bias=False)(told))
        for _ in range(2)
    )
    x = layers.Add()([x, layers.Multiply()([x, gain]), bias])
    return layers.ReLU()(x)


@channels_last()
def biggan_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int | None = None,
    width: int = 64,
) -> keras.Model:
    """Builds BigGAN's generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        latent_dim: Size of the latent vector. A chunk of it goes to the smallest map and to each
            block; chunks of 20 if not given.
        width: Sides up to 32: a quarter of the channels of all layers. Larger: channels of the
            largest hidden map; smaller maps have up to 16 times as many.

    Returns:
        A functional model from `[latents, labels]`, float32 `(batch, latent_dim)` and int32
        `(batch,)` in `[0, num_classes)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = biggan_generator((32, 32, 3), num_classes=10)

    References:
        Brock et al., 2019, https://arxiv.org/abs/1809.11096
    """
    shape = check_sizes(image_shape, num_classes=num_classes, width=width)
    plan = stride_plan(shape)
    chunks = len(plan) + 1
    latent_dim = CHUNK * chunks if latent_dim is None else latent_dim
    check_sizes(shape, latent_dim=latent_dim)
    if latent_dim < chunks:
        raise ValueError(
            f"The smallest map and each of {len(plan)} blocks have latents of their own. Received: "
            f"latent_dim={latent_dim}. Expected at least {chunks}."
        )
    latents = keras.Input((latent_dim,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    chunk = latent_dim // chunks
    first = latent_dim - chunk * len(plan)
    own = [latents[:, k : k + chunk] for k in range(first, latent_dim, chunk)]
    table = Embedding(num_classes, EMBEDDING, embeddings_initializer=_orthogonal())
    told = table(labels)

    factors = [
        SMALL_FACTOR if is_small(shape) else min(2**k, MAX_FACTOR) for k in range(len(plan) + 1)
    ]
    base = (*base_map(shape), width * factors[-1])
    x = _dense(base[0] * base[1] * base[2])(latents[:, :first])
    x = layers.Reshape(base)(x)
    for k in reversed(range(len(plan))):
        if k == 0:
            x = SelfAttention(spectral=True)(x)
        activated = partial(_activated, told=layers.Concatenate()([told, own.pop(0)]))
        x = up_block(x, width * factors[k], plan[k], activated, _conv)
    x = crop_to(shape, _conv(shape[-1], 3)(_activated(x)))
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latents, labels], images, name="biggan_generator")


@channels_last()
def biggan_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 64,
    *,
    pack: int = 1,
) -> keras.Model:
    """Builds BigGAN's discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        width: Sides up to 32: a quarter of the channels of all layers. Larger: channels of the
            first block; later ones have up to 16 times as many.
        pack: As in `cgan_discriminator`.

    Returns:
        A functional model from `[images, labels]`, float32 `(batch, *image_shape)` and int32
        `(batch,)` in `[0, num_classes)`, to float32 logits `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = biggan_discriminator((32, 32, 3), num_classes=10)

    References:
        Brock et al., 2019, https://arxiv.org/abs/1809.11096
        Miyato & Koyama, 2018, https://arxiv.org/abs/1802.05637
    """
    shape = check_sizes(image_shape, num_classes=num_classes, width=width)
    images, labels = keras.Input(shape, name="images"), labels_input(pack)
    x = images
    for k, (strides, factor) in enumerate(down_plan(shape)):
        filters = width * (SMALL_FACTOR if is_small(shape) else factor)
        x = down_block(x, filters, strides, filters, _conv, first=k == 0)
        if k == 0:
            x = SelfAttention(spectral=True)(x)
    logits = projected(x, labels, num_classes, pack, _orthogonal)
    return keras.Model([images, labels], logits, name="biggan_discriminator")

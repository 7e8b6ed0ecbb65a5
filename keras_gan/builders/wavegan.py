"""The networks of WaveGAN. Donahue et al., 2019, https://arxiv.org/abs/1802.04208

A DCGAN of one dimension: kernels of length 25, strides of 4, no normalization, Glorot's first
weights. A wave is quartered as long as at least 16 steps remain: 16,384 samples give the paper's
five layers, 4,096 give four.
"""

import math

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sequence
from keras_gan.layers import LeakyReLU, PhaseShuffle

MIN_MAP = 16  # no feature map is shorter, but for the shortest waves
KERNEL, STRIDE = 25, 4
MAX_FACTOR = 16  # channels of the shortest feature map, at most, in units of `width`


def _filters(image_shape: tuple[int, int], width: int) -> list[int]:
    """Channels of the feature maps, from the longest to the shortest one."""
    steps = 1
    while math.ceil(image_shape[0] / STRIDE ** (steps + 1)) >= MIN_MAP:
        steps += 1
    return [width * min(2**step, MAX_FACTOR) for step in range(steps)]


@channels_last()
def wavegan_generator(
    image_shape: tuple[int, int], latent_dim: int = 100, width: int = 64
) -> keras.Model:
    """Builds the generator of waves.

    Args:
        image_shape: `(length, channels)`, at least 16 samples.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the longest hidden map, at least 1; shorter ones have up to 16 times as
            many.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to waves, float32
        `(batch, length, channels)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = wavegan_generator((16384, 1))  # the paper's
    """
    length, channels = check_sequence(
        image_shape, "channels", MIN_MAP, latent_dim=latent_dim, width=width
    )
    filters = _filters((length, channels), width)
    first = math.ceil(length / STRIDE ** len(filters))
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(first * filters[-1])(latents)
    x = layers.ReLU()(layers.Reshape((first, filters[-1]))(x))
    for count in reversed(filters[:-1]):
        x = layers.ReLU()(layers.Conv1DTranspose(count, KERNEL, STRIDE, padding="same")(x))
    x = layers.Conv1DTranspose(channels, KERNEL, STRIDE, padding="same")(x)
    surplus = x.shape[1] - length
    if surplus:
        x = layers.Cropping1D((surplus // 2, surplus - surplus // 2))(x)
    waves = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(latents, waves, name="wavegan_generator")


@channels_last()
def wavegan_discriminator(
    image_shape: tuple[int, int], width: int = 64, *, phase_shuffle: int = 2
) -> keras.Model:
    """Builds the discriminator of waves.

    Args:
        image_shape: `(length, channels)`, at least 16 samples.
        width: Channels of the first layer, at least 1; later ones have up to 16 times as many.
        phase_shuffle: `n` of `keras_gan.layers.PhaseShuffle` behind all layers but the last; 0
            leaves it out.

    Returns:
        A functional model from `images`, float32 `(batch, length, channels)`, to float32 logits
        `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = wavegan_discriminator((16384, 1))  # the paper's
    """
    shape = check_sequence(image_shape, "channels", MIN_MAP, width=width)
    images = keras.Input(shape, name="images")
    x = images
    *filters, last = _filters(shape, width)
    for count in filters:
        x = LeakyReLU(0.2)(layers.Conv1D(count, KERNEL, STRIDE, padding="same")(x))
        if phase_shuffle:
            x = PhaseShuffle(phase_shuffle)(x)
    x = LeakyReLU(0.2)(layers.Conv1D(last, KERNEL, STRIDE, padding="same")(x))
    logits = layers.Dense(1, dtype="float32")(layers.Flatten()(x))
    return keras.Model(images, logits, name="wavegan_discriminator")

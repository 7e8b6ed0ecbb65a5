"""Encoder, bottleneck and decoder. Pathak et al., 2016, https://arxiv.org/abs/1604.07379

DCGAN's discriminator, a dense bottleneck and DCGAN's generator, one behind the other: nothing is
handed from the way down to the way up, so that all the decoder knows went through the bottleneck.
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import (
    discriminator_trunk,
    generator_trunk,
    normal_kernel,
    normalize,
)
from keras_gan.layers import LeakyReLU

KERNEL = 4


@channels_last()
def context_encoder_generator(
    image_shape: tuple[int, int, int], width: int = 64, *, bottleneck: int = 512
) -> keras.Model:
    """Builds the context encoder: from pictures with a hole to whole pictures.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        width: Channels of the outermost maps, at least 1; inner ones have up to 8 times as many.
        bottleneck: Numbers that the decoder is given.

    Returns:
        A functional model from `pictures`, float32 `(batch, height, width, channels + 1)`, of which
        the last channel is 1 where something is missing and else -1, to images, float32 `(batch,
        *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = context_encoder_generator((128, 128, 3), bottleneck=4000)  # the authors'

    References:
        Pathak et al., 2016, https://arxiv.org/abs/1604.07379
    """
    shape = check_sizes(image_shape, width=width)
    pictures = keras.Input((*shape[:2], shape[2] + 1), name="pictures")
    x = discriminator_trunk(pictures, shape, width, KERNEL, use_batch_norm=True, dropout=0.0)
    x = layers.Dense(bottleneck, use_bias=False, kernel_initializer=normal_kernel())(x)
    x = LeakyReLU(negative_slope=0.2)(normalize(x))
    images = generator_trunk(x, shape, width, KERNEL)
    return keras.Model(pictures, images, name="context_encoder_generator")


@channels_last()
def context_encoder_discriminator(shape: tuple[int, int, int], width: int = 64) -> keras.Model:
    """Builds DCGAN's discriminator with BatchNorm, for parts of a picture as well.

    Args:
        shape: `(height, width, channels)` of what it sees.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.

    Returns:
        A functional model from `images`, float32 `(batch, *shape)`, to float32 logits `(batch, 1)`.

    Example:
        >>> discriminator = context_encoder_discriminator((64, 64, 3))
    """
    images = keras.Input(shape, name="images")
    x = discriminator_trunk(images, shape, width, KERNEL, use_batch_norm=True, dropout=0.0)
    logits = layers.Dense(1, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model(images, logits, name="context_encoder_discriminator")

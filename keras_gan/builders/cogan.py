"""Two pictures of one latent, and their critics.

Liu and Tuzel, 2016, https://arxiv.org/abs/1606.07536. The generators share all layers but the
last, the discriminators all but the first; both of these read maps as large as the picture, since
what tells the two kinds of pictures apart may be as fine as a pixel. A pair of pictures is one
picture, the second to the right of the first.
"""

import keras
from keras import KerasTensor, layers, ops

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import (
    MAX_FACTOR,
    crop_to,
    first_map,
    stride_plan,
    upsampled_maps,
)
from keras_gan.layers import LeakyReLU

DOMAINS = ("a", "b")
WIDTH = 2  # the axis of a batch on which one picture stands beside the other
SHARED = 16  # units of the dense layer before the logit, in widths


@channels_last()
def cogan_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 100,
    width: int = 64,
    *,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds both generators, as one network, for one image size.

    Args:
        image_shape: `(height, width, channels)` of one picture, both sides from 8 to 128.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the two largest hidden maps, at least 1; smaller maps have up to 8 times
            as many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to pairs, float32
        `(batch, height, 2 * width, channels)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generators = cogan_generator((28, 28, 1))

    References:
        Liu and Tuzel, 2016, https://arxiv.org/abs/1606.07536
    """
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    x = upsampled_maps(first_map(latents, shape, width), shape, width, kernel_size, until=0)
    x = crop_to(shape, x)
    own = [layers.Conv2D(shape[-1], kernel_size, padding="same")(x) for _ in DOMAINS]
    pair = layers.Concatenate(axis=WIDTH)(own)
    images = layers.Activation("tanh", dtype="float32")(pair)
    return keras.Model(latents, images, name="cogan_generator")


@channels_last()
def cogan_discriminator(
    image_shape: tuple[int, int, int],
    width: int = 64,
    *,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds both discriminators, as one network, for one image size.

    Args:
        image_shape: `(height, width, channels)` of one picture, both sides from 8 to 128.
        width: Filters of the first layer, at least 1; later ones have up to 8 times as many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from pairs `images`, float32 `(batch, height, 2 * width, channels)`, to
        float32 logits `(batch, 2)`, one for each picture of a pair, which rests on it alone.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminators = cogan_discriminator((28, 28, 1))

    References:
        Liu and Tuzel, 2016, https://arxiv.org/abs/1606.07536
    """
    shape = check_sizes(image_shape, width=width)
    height, columns, channels = shape
    images = keras.Input((height, 2 * columns, channels), name="images")
    first, *later = [
        (width * min(2**step, MAX_FACTOR), strides)
        for step, strides in enumerate(stride_plan(shape))
    ]

    def pooled(x: KerasTensor, filters: int, strides: tuple[int, ...]) -> KerasTensor:
        maps = layers.Conv2D(filters, kernel_size, padding="same")(x)
        return LeakyReLU(negative_slope=0.2)(layers.MaxPooling2D(strides)(maps))

    own = [pooled(picture, *first) for picture in ops.split(images, 2, axis=WIDTH)]
    x = maps = keras.Input(own[0].shape[1:])
    for step in later:
        x = pooled(x, *step)
    x = layers.Dense(SHARED * width)(layers.Flatten()(x))
    x = LeakyReLU(negative_slope=0.2)(x)
    logit = layers.Dense(1, dtype="float32")(x)
    shared = keras.Model(maps, logit, name="shared")
    logits = layers.Concatenate(dtype="float32")([shared(x) for x in own])
    return keras.Model(images, logits, name="cogan_discriminator")

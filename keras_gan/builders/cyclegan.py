"""Translator and PatchGAN of CycleGAN. Zhu et al., 2017, https://arxiv.org/abs/1703.10593

Residual blocks at a quarter of the size (Johnson et al., 2016) between reflected borders, instance
normalization in both networks, N(0, 0.02) kernels.
"""

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import MAX_FACTOR, normal_kernel
from keras_gan.layers import LeakyReLU, ReflectionPadding2D

LEAST = 16  # pixels of the shorter side from which on pictures are halved twice


def _normalize(x: KerasTensor) -> KerasTensor:
    return layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)


def _conv(
    x: KerasTensor, filters: int, size: int, padding: str = "valid", **options
) -> KerasTensor:
    return layers.Conv2D(
        filters, size, padding=padding, kernel_initializer=normal_kernel(), **options
    )(x)


def _residual(x: KerasTensor) -> KerasTensor:
    y = x
    for last in (False, True):
        y = _normalize(_conv(ReflectionPadding2D(1)(y), x.shape[-1], 3))
        y = y if last else layers.ReLU()(y)
    return layers.Add()([x, y])


@channels_last()
def cyclegan_generator(
    image_shape: tuple[int, int, int],
    given_shape: tuple[int, int, int] | None = None,
    width: int = 64,
    *,
    blocks: int | None = None,
) -> keras.Model:
    """Builds a translator: from pictures to pictures of the same height and width.

    Args:
        image_shape: `(height, width, channels)` of what it makes, both sides from 8 to 128.
        given_shape: That of what it is given, if its channels are others.
        width: Channels of the outermost map, at least 1; the innermost has 2 or 4 times as many.
        blocks: Residual blocks; if not given the paper's 6 at 128 pixels, 3 below 64.

    Returns:
        A functional model from `pictures`, float32 `(batch, *given_shape)`, to images, float32
        `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range, or the pictures are of another height or width.

    Example:
        >>> photo_to_painting = cyclegan_generator((64, 64, 3), width=32)

    References:
        Zhu et al., 2017, https://arxiv.org/abs/1703.10593, section 7.2
    """
    shape = check_sizes(image_shape, width=width)
    given = check_sizes(given_shape or image_shape)
    if shape[:2] != given[:2]:
        raise ValueError(
            "A translation keeps height and width. "
            f"Received: image_shape={shape}, given_shape={given}."
        )
    side = min(shape[:2])
    if blocks is None:
        blocks = 6 if side >= 64 else 3
    pictures = keras.Input(given, name="pictures")
    x = layers.ReLU()(_normalize(_conv(ReflectionPadding2D(3)(pictures), width, 7)))
    halvings = 2 if side >= LEAST else 1
    sizes = []
    for step in range(1, halvings + 1):
        sizes.append(x.shape[1:3])
        x = layers.ReLU()(_normalize(_conv(x, width * 2**step, 3, "same", strides=2)))
    for _ in range(blocks):
        x = _residual(x)
    for step in reversed(range(halvings)):
        x = layers.Conv2DTranspose(
            width * 2**step, 3, strides=2, padding="same", kernel_initializer=normal_kernel()
        )(x)
        surplus = [(0, x.shape[axis + 1] - sizes[step][axis]) for axis in range(2)]
        x = layers.Cropping2D(surplus)(x) if any(n for _, n in surplus) else x
        x = layers.ReLU()(_normalize(x))
    x = _conv(ReflectionPadding2D(3)(x), shape[-1], 7, activation="tanh", dtype="float32")
    return keras.Model(pictures, x, name="cyclegan_generator")


@channels_last()
def cyclegan_discriminator(
    image_shape: tuple[int, int, int], width: int = 64, *, layers_down: int = 2
) -> keras.Model:
    """Builds the PatchGAN of one domain: a map of logits, one for each overlapping patch.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.
        layers_down: Layers with stride 2. Patches are 34 pixels wide with 2, the paper's 70 with 3.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, rows, columns, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = cyclegan_discriminator((128, 128, 3), layers_down=3)

    References:
        Zhu et al., 2017, https://arxiv.org/abs/1703.10593, section 7.2
    """
    shape = check_sizes(image_shape, width=width)
    if layers_down < 1:
        raise ValueError(f"Expected layers_down >= 1. Received: layers_down={layers_down}.")
    x = images = keras.Input(shape, name="images")
    for step in range(layers_down + 1):
        filters = width * min(2**step, MAX_FACTOR)
        x = _conv(x, filters, 4, "same", strides=2 if step < layers_down else 1)
        x = LeakyReLU(negative_slope=0.2)(_normalize(x) if step else x)
    logits = _conv(x, 1, 4, "same", dtype="float32")
    return keras.Model(images, logits, name="cyclegan_discriminator")

"""U-Net and PatchGAN. Isola et al., 2017, https://arxiv.org/abs/1611.07004, section 6.1

4x4 convolutions with stride 2, BatchNorm, LeakyReLU(0.2) on the way down and ReLU on the way up;
every map of the way down is handed to the way up. Sides are halved as long as at least 2 pixels
remain, each axis on its own; what is no multiple is cropped on the way up.
"""

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import MAX_FACTOR, normal_kernel, normalize
from keras_gan.layers import LeakyReLU

MIN_MAP = 2  # no side of the innermost map is shorter
DROPOUTS = 3  # layers of the way up, from the innermost one, that have dropout


@keras.saving.register_keras_serializable("keras_gan")
class _WithoutLatents(layers.Layer):
    """Hands on the pictures: Keras before 3.14 wants every input to lead to an output."""

    def call(self, inputs: list[KerasTensor]) -> KerasTensor:
        pictures, _ = inputs
        return pictures


def _conv(x: KerasTensor, filters: int, strides: int | tuple, bias: bool = False) -> KerasTensor:
    return layers.Conv2D(
        filters,
        4,
        strides=strides,
        padding="same",
        use_bias=bias,
        kernel_initializer=normal_kernel(),
    )(x)


def _strides(shape: tuple[int, int]) -> list[tuple[int, int]]:
    plan, (height, width) = [], shape
    while max(height, width) >= 2 * MIN_MAP:
        plan.append(tuple(2 if side >= 2 * MIN_MAP else 1 for side in (height, width)))
        height, width = (-(-side // s) for side, s in zip((height, width), plan[-1], strict=True))
    return plan


@channels_last()
def unet_generator(
    image_shape: tuple[int, int, int],
    condition_shape: tuple[int, int, int] | None = None,
    width: int = 64,
    *,
    dropout: float = 0.5,
) -> keras.Model:
    """Builds the U-Net that turns a picture into another one of the same height and width.

    Args:
        image_shape: `(height, width, channels)` of what it makes, both sides from 8 to 128.
        condition_shape: That of what it is given, if its channels are others.
        width: Channels of the outermost map, at least 1; inner ones have up to 8 times as many.
        dropout: Fraction dropped in the three innermost layers of the way up, in [0, 1): all the
            noise there is.

    Returns:
        A functional model from `[latents, pictures]`, float32 `(batch, 0)` and
        `(batch, *condition_shape)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range, or the pictures are of another height or width.

    Example:
        >>> generator = unet_generator((28, 28, 1), condition_shape=(28, 28, 3))

    References:
        Isola et al., 2017, https://arxiv.org/abs/1611.07004
    """
    shape, given = _check(image_shape, condition_shape, width)
    latents = keras.Input((0,), name="latents")
    pictures = keras.Input(given, name="pictures")

    strides = _strides(shape[:2])
    filters = [width * min(2**step, MAX_FACTOR) for step in range(len(strides))]
    x, skips = _WithoutLatents()([pictures, latents]), []
    for step, stride in enumerate(strides):
        skips.append(x)
        x = _conv(x, filters[step], stride, bias=step == 0)
        if step > 0:
            x = normalize(x)
        x = LeakyReLU(negative_slope=0.2)(x)
    for step in reversed(range(len(strides))):
        last = step == 0
        x = layers.Conv2DTranspose(
            shape[-1] if last else filters[step - 1],
            4,
            strides=strides[step],
            padding="same",
            use_bias=last,
            kernel_initializer=normal_kernel(),
        )(x)
        wanted = skips[step].shape
        surplus = [x.shape[axis] - wanted[axis] for axis in (1, 2)]
        if any(surplus):
            x = layers.Cropping2D([(0, n) for n in surplus])(x)
        if not last:
            x = normalize(x)
            if dropout and step >= len(strides) - DROPOUTS:
                x = layers.Dropout(dropout)(x)
            x = layers.ReLU()(x)
            x = layers.Concatenate()([x, skips[step]])
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latents, pictures], images, name="unet_generator")


@channels_last()
def patch_discriminator(
    image_shape: tuple[int, int, int],
    condition_shape: tuple[int, int, int] | None = None,
    width: int = 64,
    *,
    layers_down: int = 2,
) -> keras.Model:
    """Builds the PatchGAN: a map of logits, one for each overlapping patch of a pair of pictures.

    Args:
        image_shape, condition_shape: As in `unet_generator`.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.
        layers_down: Layers with stride 2. Patches are 34 pixels wide with 2; 16 with 1; the paper's
            70 with 3.

    Returns:
        A functional model from `[images, pictures]` to float32 logits `(batch, rows, columns, 1)`.

    Raises:
        ValueError: If a size is out of range, or the pictures are of another height or width.

    Example:
        >>> discriminator = patch_discriminator((128, 128, 3), layers_down=3)  # the paper's patches

    References:
        Isola et al., 2017, https://arxiv.org/abs/1611.07004, section 3.2.2
    """
    shape, given = _check(image_shape, condition_shape, width)
    if layers_down < 1:
        raise ValueError(f"Expected layers_down >= 1. Received: layers_down={layers_down}.")
    images, pictures = keras.Input(shape, name="images"), keras.Input(given, name="pictures")
    x = layers.Concatenate()([images, pictures])
    for step in range(layers_down + 1):
        x = _conv(x, width * min(2**step, MAX_FACTOR), 2 if step < layers_down else 1, step == 0)
        if step > 0:
            x = normalize(x)
        x = LeakyReLU(negative_slope=0.2)(x)
    logits = layers.Conv2D(
        1, 4, padding="same", kernel_initializer=normal_kernel(), dtype="float32"
    )(x)
    return keras.Model([images, pictures], logits, name="patch_discriminator")


def _check(image_shape: tuple, condition_shape: tuple | None, width: int) -> tuple[tuple, tuple]:
    shape = check_sizes(image_shape, width=width)
    given = check_sizes(condition_shape or image_shape)
    if shape[:2] != given[:2]:
        raise ValueError(
            "Both pictures of a pair have the same height and width. "
            f"Received: image_shape={shape}, condition_shape={given}."
        )
    return shape, given

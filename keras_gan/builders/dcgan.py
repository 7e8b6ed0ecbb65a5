"""The convolutional pair. Radford et al., 2016, https://arxiv.org/abs/1511.06434

Strided convolutions, BatchNorm, ReLU in the generator and LeakyReLU(0.2) in the discriminator;
kernels start as N(0, 0.02), BatchNorm's gamma as N(1, 0.02).

Each side is halved as long as at least 4 pixels remain: 64 gives the paper's four steps from 4x4
to 64x64, 28 gives two from 7x7; below 16 pixels, where there is but one, a second layer keeps the
size. Each axis has its own count, so a 128x8 picture works as well as a square one, and a side that
is no multiple (50 or 37) is generated a little larger and cropped. The parts of both networks read
clips `(frames, height, width, channels)` as well, by convolutions in three axes.
"""

import math
from collections.abc import Iterable

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.layers import (
    BatchNormalization,
    FoldedConv3D,
    FoldedConv3DTranspose,
    LeakyReLU,
)

MIN_MAP = 4  # no side of the smallest feature map is shorter
MIN_FRAMES = 2  # nor has it fewer frames
MIN_LAYERS = 2  # pictures too small to be halved twice get a layer without halving
MAX_FACTOR = 8  # channels of the smallest feature map, at most, in units of `width`
_CONV = {2: layers.Conv2D, 3: FoldedConv3D}  # by the number of axes
_TRANSPOSED = {2: layers.Conv2DTranspose, 3: FoldedConv3DTranspose}
_CROPPING = {2: layers.Cropping2D, 3: layers.Cropping3D}


def normal_kernel() -> keras.initializers.Initializer:
    """N(0, 0.02); a new one for each layer, since one initializer repeats its numbers."""
    return keras.initializers.RandomNormal(0.0, 0.02)


def normalize(x: KerasTensor, name: str | None = None) -> KerasTensor:
    """BatchNorm with gamma from N(1, 0.02)."""
    gamma = keras.initializers.RandomNormal(1.0, 0.02)
    norm = BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma, name=name)
    return norm(x)


def stride_plan(image_shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Strides of each axis, layer by layer from the picture to the smallest map."""
    sides = image_shape[:-1]
    least = (MIN_FRAMES, MIN_MAP, MIN_MAP)[-len(sides) :]
    halvings = [(side // n).bit_length() - 1 for side, n in zip(sides, least, strict=True)]
    plan = [tuple(2 if step < n else 1 for n in halvings) for step in range(max(halvings))]
    return plan + [(1,) * len(sides)] * (MIN_LAYERS - len(plan))


def base_map(image_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Sides of the smallest map, from which a picture at least as large is made."""
    axes = zip(*stride_plan(image_shape), strict=True)
    return tuple(
        -(-side // math.prod(strides)) for side, strides in zip(image_shape[:-1], axes, strict=True)
    )


def crop_to(image_shape: tuple[int, ...], x: KerasTensor) -> KerasTensor:
    """The middle of a map that is a little larger than the picture."""
    surplus = [side - wanted for side, wanted in zip(x.shape[1:-1], image_shape[:-1], strict=True)]
    if any(surplus):
        x = _CROPPING[len(surplus)](tuple((n // 2, n - n // 2) for n in surplus))(x)
    return x


def generator_trunk(
    x: KerasTensor,
    image_shape: tuple[int, int, int],
    width: int,
    kernel_size: int,
) -> KerasTensor:
    """From a vector (batch, features) to images (batch, *image_shape), float32 in [-1, 1]."""
    x = upsampled_maps(first_map(x, image_shape, width), image_shape, width, kernel_size)
    return images_of(x, image_shape, kernel_size)


def first_map(x: KerasTensor, image_shape: tuple[int, ...], width: int) -> KerasTensor:
    """From a vector (batch, features) to the smallest map."""
    shape = smallest_map(image_shape, width)
    x = layers.Dense(math.prod(shape), use_bias=False, kernel_initializer=normal_kernel())(x)
    return layers.ReLU()(normalize(layers.Reshape(shape)(x)))


def smallest_map(image_shape: tuple[int, ...], width: int) -> tuple[int, ...]:
    """Shape of the map that images are made from."""
    steps = len(stride_plan(image_shape))
    return (*base_map(image_shape), width * min(2 ** (steps - 1), MAX_FACTOR))


def upsampled_maps(
    x: KerasTensor, image_shape: tuple[int, ...], width: int, kernel_size: int, until: int = 1
) -> KerasTensor:
    """From the smallest map to the largest one before images, or to one as large as they: 0."""
    strides = stride_plan(image_shape)
    for step in reversed(range(until, len(strides))):
        x = _TRANSPOSED[len(strides[step])](
            width * min(2 ** max(step - 1, 0), MAX_FACTOR),
            kernel_size,
            strides=strides[step],
            padding="same",
            use_bias=False,
            kernel_initializer=normal_kernel(),
        )(x)
        x = layers.ReLU()(normalize(x))
    return x


def images_of(
    x: KerasTensor,
    image_shape: tuple[int, ...],
    kernel_size: int,
    activation: str = "tanh",
    name: str | None = None,
) -> KerasTensor:
    """From the largest map to images (batch, *image_shape), float32, of tanh in [-1, 1]."""
    strides = stride_plan(image_shape)[0]
    x = _TRANSPOSED[len(strides)](
        image_shape[-1],
        kernel_size,
        strides=strides,
        padding="same",
        kernel_initializer=normal_kernel(),
    )(x)
    return layers.Activation(activation, dtype="float32", name=name)(crop_to(image_shape, x))


def discriminator_trunk(
    x: KerasTensor,
    image_shape: tuple[int, ...],
    width: int,
    kernel_size: int,
    use_batch_norm: bool,
    dropout: float,
    flat: bool = True,
) -> KerasTensor:
    """From images, or images and further channels, to a flat vector of features, or their map."""
    steps = range(len(stride_plan(image_shape)))
    x = downsampled(x, image_shape, steps, width, kernel_size, use_batch_norm, dropout)
    return layers.Flatten()(x) if flat else x


def downsampled(
    x: KerasTensor,
    image_shape: tuple[int, ...],
    steps: Iterable[int],
    width: int,
    kernel_size: int,
    use_batch_norm: bool,
    dropout: float,
) -> KerasTensor:
    """Some of the steps from images, 0, to the smallest map, the last of `stride_plan`."""
    strides = stride_plan(image_shape)
    for step in steps:
        normalized = use_batch_norm and step > 0  # the paper spares the input layer
        x = _CONV[len(strides[step])](
            width * min(2**step, MAX_FACTOR),
            kernel_size,
            strides=strides[step],
            padding="same",
            use_bias=not normalized,
            kernel_initializer=normal_kernel(),
        )(x)
        if normalized:
            x = normalize(x)
        x = LeakyReLU(negative_slope=0.2)(x)
        if dropout:
            x = layers.Dropout(dropout)(x)
    return x


def encoder_of(
    image_shape: tuple[int, int, int],
    units: int,
    width: int,
    kernel_size: int,
    batch_norm: bool,
    name: str,
) -> keras.Model:
    """The discriminator with `units` numbers, float32 `(batch, units)`, as its head."""
    images = keras.Input(image_shape, name="images")
    x = discriminator_trunk(images, image_shape, width, kernel_size, batch_norm, dropout=0.0)
    numbers = layers.Dense(units, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model(images, numbers, name=name)


@channels_last()
def dcgan_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 100,
    width: int = 64,
    *,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the DCGAN generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the largest hidden map, at least 1; smaller maps have up to 8 times as
            many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to images, float32
        `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = dcgan_generator((64, 64, 3), width=128)  # the paper's

    References:
        Radford et al., 2016, https://arxiv.org/abs/1511.06434
    """
    shape = check_sizes(image_shape, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    images = generator_trunk(latents, shape, width, kernel_size)
    return keras.Model(latents, images, name="dcgan_generator")


@channels_last()
def dcgan_discriminator(
    image_shape: tuple[int, int, int],
    width: int = 64,
    *,
    batch_norm: bool = False,
    dropout: float = 0.0,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the DCGAN discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.
        batch_norm: Whether all layers but the first are normalised, as in the paper. Real and
            fake images then have to pass in separate batches.
        dropout: Fraction dropped after each layer, in [0, 1).
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = dcgan_discriminator((28, 28, 1), batch_norm=True)

    References:
        Radford et al., 2016, https://arxiv.org/abs/1511.06434
    """
    shape = check_sizes(image_shape, width=width)
    images = keras.Input(shape, name="images")
    x = discriminator_trunk(images, shape, width, kernel_size, batch_norm, dropout)
    logits = layers.Dense(1, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model(images, logits, name="dcgan_discriminator")

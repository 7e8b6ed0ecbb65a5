"""The pair of StyleGAN2. Karras et al., 2020, https://arxiv.org/abs/1912.04958

The generator maps latents to a style, which modulates each convolution on the way from a learned
map to the picture: the sum of what each size adds to it in colours ("skip"). The discriminator is
residual. Learning rates are equalized, sizes change through the filter [1, 3, 3, 1].
"""

from functools import partial

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import MAX_FACTOR, base_map, crop_to, stride_plan
from keras_gan.layers import (
    EqualizedConv2D,
    EqualizedDense,
    FilteredConv2D,
    FilteredDownsampling2D,
    FilteredUpsampling2D,
    LeakyReLU,
    LearnedMap,
    MinibatchStdDev,
    ModulatedConv2D,
    PixelNoise,
    Styles,
)
from keras_gan.layers.embedding import Embedding, embedded, labels_input

MAX_SIDE = 512
RATE = 0.01  # at which a mapping learns, of the other layers'
_check = partial(check_sizes, max_side=MAX_SIDE)


def _plan(image_shape: tuple[int, int, int], width: int) -> list[tuple[tuple[int, int], int]]:
    """Strides and channels behind them, from the picture's own map, of `width`, to the smallest."""
    strides = [factors for factors in stride_plan(image_shape) if factors != (1, 1)]
    return [(each, width * min(2**k, MAX_FACTOR)) for k, each in enumerate(strides, start=1)]


def _normalized(x: KerasTensor) -> KerasTensor:
    return layers.RMSNormalization(epsilon=1e-8, trainable=False)(x)


def _mapped(x: KerasTensor, units: int, depth: int) -> KerasTensor:
    for _ in range(depth):
        x = LeakyReLU(0.2)(EqualizedDense(units, rate=RATE)(x))
    return x


def _embedding(rows: int, size: int) -> Embedding:
    return Embedding(rows, size, keras.initializers.RandomNormal(0.0, 1.0))


@channels_last()
def stylegan2_generator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    latent_dim: int = 512,
    width: int = 64,
    *,
    mapping_layers: int = 2,
) -> keras.Model:
    """Builds StyleGAN2's generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 512.
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Size of the latent vector, and of styles, at least 1.
        width: Channels of the largest map, at least 1; smaller maps have up to 8 times as many.
        mapping_layers: Dense layers between latents and style; the paper has 8, the authors' later
            code 2 for smaller data.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, or `[latents, labels]`,
        labels int32 `(batch,)`, to images, float32 `(batch, *image_shape)` in [-1, 1]. Its layer
        `styles`, a `keras_gan.layers.Styles`, is where the mapping ends.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = stylegan2_generator((256, 256, 3))  # the channels of the paper

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    shape = _check(image_shape, latent_dim=latent_dim, width=width, **classes)
    plan = _plan(shape, width)
    latents = keras.Input((latent_dim,), name="latents")
    inputs, x = latents, _normalized(latents)
    if num_classes is not None:
        labels = labels_input()
        inputs = [latents, labels]
        told = _normalized(_embedding(num_classes, latent_dim)(labels))
        x = layers.Concatenate()([x, told])
    style = _mapped(x, latent_dim, mapping_layers)
    styles = Styles(2 * len(plan) + 2, name="styles")(style)

    def convolved(x: KerasTensor, place: int, filters: int, size: tuple = (1, 1)) -> KerasTensor:
        x = PixelNoise()(ModulatedConv2D(filters, 3, size)([x, styles[:, place]]))
        return LeakyReLU(0.2)(x)

    def coloured(x: KerasTensor, place: int) -> KerasTensor:
        conv = ModulatedConv2D(shape[-1], 1, demodulate=False, gain=1.0)
        return conv([x, styles[:, place]])

    channels = [width, *(filters for _, filters in plan)]
    x = LearnedMap((*base_map(shape), channels[-1]))(styles)
    x = convolved(x, 0, channels[-1])
    images = coloured(x, 1)
    for k in reversed(range(len(plan))):
        strides, place = plan[k][0], 2 * (len(plan) - k) - 1
        x = convolved(x, place, channels[k], strides)
        x = convolved(x, place + 1, channels[k])
        images = FilteredUpsampling2D(strides)(images)
        images = layers.Add()([images, coloured(x, place + 2)])
    images = layers.Activation("tanh", dtype="float32")(crop_to(shape, images))
    return keras.Model(inputs, images, name="stylegan2_generator")


@channels_last()
def stylegan2_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    width: int = 64,
    *,
    pack: int = 1,
    mapping_layers: int = 2,
) -> keras.Model:
    """Builds StyleGAN2's discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 512.
        num_classes: Number of classes, at least 2, or None.
        width: Channels of the largest map, at least 1; smaller maps have up to 8 times as many.
        pack: As in `cgan_discriminator`.
        mapping_layers: Dense layers between a label and what features are compared with.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, or `[images, labels]`,
        labels int32 `(batch,)`, to float32 logits `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = stylegan2_discriminator((256, 256, 3))  # the channels of the paper

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    shape = _check(image_shape, width=width, **classes)
    images = keras.Input(shape, name="images")
    x = LeakyReLU(0.2)(EqualizedConv2D(width, 1)(images))
    for strides, filters in _plan(shape, width):
        skip = FilteredDownsampling2D(strides)(x)
        skip = EqualizedConv2D(filters, 1, gain=0.5**0.5, use_bias=False)(skip)
        x = LeakyReLU(0.2)(EqualizedConv2D(x.shape[-1], 3)(x))
        # of the activation's gain of sqrt(2) the sum's sqrt(1/2) leaves 1
        x = LeakyReLU(0.2)(FilteredConv2D(filters, 3, strides=strides, gain=1.0)(x))
        x = layers.Add()([x, skip])
    features = x.shape[-1]
    x = LeakyReLU(0.2)(EqualizedConv2D(features, 3)(MinibatchStdDev(4)(x)))
    x = LeakyReLU(0.2)(EqualizedDense(features)(layers.Flatten()(x)))
    if num_classes is None:
        logits = EqualizedDense(1, gain=1.0, dtype="float32")(x)
        return keras.Model(images, logits, name="stylegan2_discriminator")
    labels = labels_input(pack)
    told = embedded(_embedding(pack * num_classes, features), labels, num_classes)
    told = _normalized(_mapped(_normalized(told), features, mapping_layers))
    x = EqualizedDense(features, gain=1.0)(x)
    logits = layers.Dot(axes=1, dtype="float32")([x, told])
    logits = layers.Rescaling(features**-0.5, dtype="float32")(logits)
    return keras.Model([images, labels], logits, name="stylegan2_discriminator")

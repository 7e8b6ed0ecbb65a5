"""The discriminator of Projected GAN. Sauer et al., 2021, https://arxiv.org/abs/2111.01007

A trained network sees maps of several sizes in pictures. Random convolutions that stay as they are
mix their channels, and each map with the smaller ones; one small discriminator looks at each.
"""

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import keras
from keras import KerasTensor, layers, ops

from keras_gan import features
from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.fastgan import LAST_MAP, MAX_SIDE, activated, spectral_conv
from keras_gan.layers import FrozenNetwork

LEAST_SIDE = 224  # of pictures as EfficientNet has learnt from; smaller ones are enlarged
WIDTHS = (8, 4, 2, 1)  # times the width: channels of the last map of a discriminator, and before
KERNEL = 4


@channels_last()
def projected_discriminator(
    image_shape: tuple[int, int, int],
    width: int = 64,
    feature_network: keras.Model | None = None,
    feature_layers: Sequence[str] | None = None,
    seed: int = 0,
) -> keras.Model:
    """Builds Projected GAN's discriminators, one of each map that a trained network sees.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 512.
        width: Channels of what is mixed of the largest map, at least 1; of each smaller one twice
            as many.
        feature_network: A functional or Sequential model of pictures in [-1, 1] of any one size, to
            which they are resized; copied and frozen. Grey pictures are shown to one of colours in
            three equal ones. `keras_gan.features.efficientnet_v2` with the weights of ImageNet if
            not given, which Keras downloads.
        feature_layers: Names of its layers that give maps; if not given, its outputs where these
            are several maps, else the last map of each size, the four smallest.
        seed: Of the random convolutions.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, places)` of all maps. Only the discriminators of the maps can be trained.

    Raises:
        ValueError: If a size is out of range, or the network does not see such pictures.

    Example:
        >>> discriminator = projected_discriminator((64, 64, 3), feature_network=classifier)

    References:
        Sauer et al., 2021, https://arxiv.org/abs/2111.01007, section 4
    """
    shape = check_sizes(image_shape, max_side=MAX_SIDE, width=width)
    if feature_network is None:
        enlarged = max(1.0, LEAST_SIDE / min(shape[:2]))
        feature_network = features.efficientnet_v2([round(enlarged * n) for n in shape[:2]])
    network = features.frozen(features.map_outputs(feature_network, feature_layers))
    images = keras.Input(shape, name="images")
    maps = keras.tree.flatten(network(_as_seen(images, network)))
    projected = keras.Model(images, _mixed(maps, width, seed), name="projection")
    seen = keras.tree.flatten(FrozenNetwork(projected, name="seen")(images))
    logits = [_judged(x, width) for x in seen]
    scores = layers.Concatenate(dtype="float32")(logits) if len(logits) > 1 else logits[0]
    return keras.Model(images, scores, name="projected_discriminator")


def _as_seen(images: KerasTensor, network: keras.Model) -> KerasTensor:
    """Pictures of the sides and channels that the network takes, in [-1, 1] as they come."""
    taken = tuple(network.inputs[0].shape[1:])
    if len(network.inputs) != 1 or len(taken) != 3 or taken[-1] not in (images.shape[-1], 3):
        raise ValueError(
            "The feature network takes pictures of the channels that are made, or grey ones in "
            f"three equal channels. Received: one that takes {taken}, and pictures of "
            f"{tuple(images.shape[1:])}."
        )
    if images.shape[-1] != taken[-1]:
        images = ops.repeat(images, 3, axis=-1)
    if images.shape[1:3] != taken[:2]:
        images = ops.image.resize(images, taken[:2], data_format="channels_last")
    return images


def _mixed(maps: Sequence[KerasTensor], width: int, seed: int) -> list[KerasTensor]:
    """The maps, largest first, mixed at random across channels and then with the smaller ones.

    Each is of twice the sides that it had. Means of pixels come after the convolution, where the
    authors have them before, and are the same there at a quarter of the work.
    """
    conv = partial(_random_conv, seeds=itertools.count(seed * 1000))
    mixed, carried = [], None
    for k in reversed(range(len(maps))):
        x = conv(width * 2**k)(maps[k])
        x = x if carried is None else layers.Add()([x, carried])
        x = conv(width * 2 ** max(k - 1, 0))(x)
        sides = maps[k - 1].shape[1:3] if k else [2 * side for side in x.shape[1:3]]
        carried = ops.image.resize(x, sides, data_format="channels_last")
        mixed.append(carried)
    return mixed[::-1]


def _random_conv(filters: int, seeds: itertools.count) -> Callable[[KerasTensor], KerasTensor]:
    """A convolution of single pixels with the first weights of PyTorch's, which stay."""

    def conv(x: KerasTensor) -> KerasTensor:
        most = x.shape[-1] ** -0.5
        weights = {
            f"{name}_initializer": keras.initializers.RandomUniform(-most, most, next(seeds))
            for name in ("kernel", "bias")
        }
        return layers.Conv2D(filters, 1, trainable=False, **weights)(x)

    return conv


def _judged(x: KerasTensor, width: int) -> KerasTensor:
    """Logits of a map, of halves of its sides as long as they are from `LAST_MAP` on."""
    sides = [tuple(x.shape[1:3])]
    while min(halved := [-(-side // 2) for side in sides[-1]]) >= LAST_MAP:
        sides.append(tuple(halved))
    for left in reversed(range(len(sides) - 1)):
        filters = width * WIDTHS[min(left, len(WIDTHS) - 1)]
        x = activated(spectral_conv(filters, 4, strides=2)(x))
    kernel = [min(KERNEL, side) for side in x.shape[1:3]]
    return layers.Flatten(dtype="float32")(spectral_conv(1, kernel, padding="valid")(x))

"""What networks see in images: terms of a generator that comes near to it."""

import math
from collections.abc import Callable, Sequence

import keras
from keras import ops

from keras_gan.core.networks import copy_of
from keras_gan.reconstruction import l2

Tensor = keras.KerasTensor


def feature_matching(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    r"""Distance of mean features: sum over layers of ||E[f(x)] - E[f(G(z))]||^2 / dim f.

    Args:
        real, fake: Features `(batch, ...)` of each layer. The means are those of the batch (of a
            replica's part of it).

    Example:

    >>> feature_matching([ops.ones((4, 3))], [ops.zeros((2, 3))])  # 1.0

    References:
        Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 3.1.
    """
    pairs = zip(real, fake, strict=True)
    return sum(l2(*(ops.mean(ops.cast(f, "float32"), axis=0) for f in pair)) for pair in pairs)


def with_features(
    network: keras.Model, layers: Sequence[str] | None = None
) -> Callable[..., tuple[Tensor, list[Tensor]]]:
    """The network as a function that also gives what some of its layers gave in the same pass.

    Args:
        network: Functional or Sequential model.
        layers: Names of its layers; what its last layer with a kernel reads, if not given.

    Returns:
        Function of `(inputs, training=)` that returns the output and a list of features.

    Raises:
        ValueError: for a layer that is not there.
    """
    features = [_last_input(network)] if layers is None else _outputs_of(network, layers)
    inputs = network.inputs if len(network.inputs) > 1 else network.inputs[0]
    model = keras.Model(inputs, [network.outputs[0], *features])

    def call(inputs: Tensor | list[Tensor], training: bool) -> tuple[Tensor, list[Tensor]]:
        output, *seen = (ops.cast(x, "float32") for x in model(inputs, training=training))
        return output, seen

    return call  # no model: Keras would take it for a further part of the one that it is kept in


def map_outputs(network: keras.Model, layers: Sequence[str] | None = None) -> keras.Model:
    """The network as one of feature maps of several sizes, the largest first.

    Args:
        network: Functional or Sequential model.
        layers: Names of its layers. If not given, its outputs where these are several maps, else
            the last maps of each size that its weights make, the four smallest.

    Returns:
        A model of the same inputs and layers.

    Raises:
        ValueError: for a layer that is not there, or that gives no map.

    References:
        Sauer et al., 2021, https://arxiv.org/abs/2111.01007, section 4.1.
    """
    if layers is not None:
        maps = _outputs_of(network, layers)
    elif len(network.outputs) > 1 and all(map(_is_map, network.outputs)):
        maps = network.outputs
    else:
        known = iter(network.layers)
        first = next((layer.output for layer in known if layer.weights), None)
        made = [first, *(layer.output for layer in known)]
        last = {x.shape[1:3]: x for x in made if _is_map(x)}
        maps = sorted(last.values(), key=_pixels)[:4]
    if not maps or not all(map(_is_map, maps)):
        raise ValueError(
            "What is looked at in pictures are maps (height, width, channels) of several sizes. "
            f"Received: {network.name!r}, which gives {[tuple(x.shape[1:]) for x in maps]}. "
            "Expected a network of convolutions for pictures of a fixed size, or names of its "
            "layers that give maps."
        )
    return keras.Model(network.inputs[0], sorted(maps, key=_pixels, reverse=True))


def _is_map(x: Tensor) -> bool:
    return isinstance(x, Tensor) and len(x.shape) == 4 and None not in x.shape[1:]


def _pixels(x: Tensor) -> int:
    return math.prod(x.shape[1:3])


def _outputs_of(network: keras.Model, layers: Sequence[str]) -> list[Tensor]:
    known = {layer.name: layer for layer in network.layers}
    layers = [layers] if isinstance(layers, str) else layers
    if not layers or set(layers) - known.keys():
        raise ValueError(
            f"The network {network.name!r} has no such layers. Received: {list(layers)}. "
            f"Expected some of {', '.join(known)}."
        )
    return [known[name].output for name in layers]


def perceptual_distance(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    r"""How far images are apart in features: mean over layers of E[(f(x) - f(y))^2] / E[f(x)^2].

    Being relative to the features' own size, it needs no other factor for another network.

    Args:
        real, fake: Features `(batch, ...)` of each layer, image for image.

    Example:

    >>> perceptual_distance([2.0 * ops.ones((4, 3))], [ops.ones((4, 3))])  # 0.25

    References:
        Johnson et al., 2016, https://arxiv.org/abs/1603.08155, section 3.2.
    """
    pairs = list(zip(real, fake, strict=True))
    return sum(l2(x, y) / (l2(x, ops.zeros_like(x)) + 1e-8) for x, y in pairs) / len(pairs)


def vgg19(image_shape: tuple[int, int, int], weights: str | None = "imagenet") -> keras.Model:
    """VGG19 of keras.applications up to its last convolution, for images in [-1, 1].

    Its weights (80 MB) are downloaded by Keras, once.

    Args:
        image_shape: `(height, width, channels)`, sides of at least 32, 1 or 3 channels.
        weights: As in `keras.applications.VGG19`; None for random ones.

    Returns:
        A functional model whose output is `block5_conv4`, behind its activation.

    Raises:
        ValueError: for images that it cannot see, or weights that cannot be had.

    References:
        Simonyan and Zisserman, 2015, https://arxiv.org/abs/1409.1556.
    """
    if min(image_shape[:2]) < 32 or image_shape[-1] not in (1, 3):
        raise ValueError(
            "VGG19 sees pictures of at least 32 pixels a side, grey or in colour. Received: "
            f"image_shape={tuple(image_shape)}. Expected perceptual=, a network of your own."
        )
    images = keras.Input(image_shape, name="images")
    x = ops.repeat(images, 3 // image_shape[-1], axis=-1)
    means = (103.939, 116.779, 123.68)  # of ImageNet, blue first
    x = keras.layers.Rescaling(127.5, [127.5 - mean for mean in means])(ops.flip(x, axis=-1))
    network = _of_keras("VGG19", x, weights, "perceptual")
    return keras.Model(images, network.get_layer("block5_conv4").output, name="vgg19")


def efficientnet_v2(
    sides: tuple[int, int] = (224, 224), weights: str | None = "imagenet"
) -> keras.Model:
    """EfficientNetV2B0 of keras.applications as maps of four sizes, for colours in [-1, 1].

    Its weights (24 MB) are downloaded by Keras, once.

    Args:
        sides: Height and width of the pictures, from 32 on.
        weights: As in `keras.applications.EfficientNetV2B0`; None for random ones.

    Returns:
        A functional model from `(batch, *sides, 3)` to maps of a quarter, an eighth, a sixteenth
        and a 32nd of the sides.

    Raises:
        ValueError: for weights that cannot be had.

    References:
        Tan and Le, 2021, https://arxiv.org/abs/2104.00298.
    """
    images = keras.Input((*sides, 3), name="images")
    x = keras.layers.Rescaling(127.5, 127.5)(images)  # 0..255, which the network's own layers scale
    network = _of_keras("EfficientNetV2B0", x, weights, "feature_network")
    stages = ("block2b_add", "block3b_add", "block5e_add", "block6h_add")
    maps = [network.get_layer(stage).output for stage in stages]
    return keras.Model(images, maps, name="efficientnet_v2")


def _of_keras(name: str, images: Tensor, weights: str | None, argument: str) -> keras.Model:
    """A network of keras.applications up to its last map."""
    make = getattr(keras.applications, name)
    try:
        return make(include_top=False, weights=weights, input_tensor=images)
    except Exception as error:  # whatever Keras, urllib or the file system make of it
        raise ValueError(
            f"The weights of {name} cannot be had. Received: {error}. Offline, put that file into "
            f"~/.keras/models, or pass {argument}=, a network of your own that has learnt to see "
            "such pictures."
        ) from None


def frozen(network: keras.Model) -> keras.Model:
    """A copy that no optimizer moves; the same after loading, bit for bit."""
    copy = copy_of(network)
    copy.trainable = False
    return copy


def _last_input(network: keras.Model) -> Tensor:
    for layer in reversed(network.layers):
        if hasattr(layer, "kernel") or hasattr(getattr(layer, "layer", None), "kernel"):
            return layer.input
    raise ValueError(f"The network {network.name!r} has no layer with a kernel: name layers.")

"""What networks see in images: terms of a generator that comes near to it."""

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
    if layers is None:
        features = [_last_input(network)]
    else:
        known = {layer.name: layer for layer in network.layers}
        layers = [layers] if isinstance(layers, str) else layers
        if not layers or set(layers) - known.keys():
            raise ValueError(
                f"The network {network.name!r} has no such layers. Received: {list(layers)}. "
                f"Expected some of {', '.join(known)}."
            )
        features = [known[name].output for name in layers]
    inputs = network.inputs if len(network.inputs) > 1 else network.inputs[0]
    model = keras.Model(inputs, [network.outputs[0], *features])

    def call(inputs: Tensor | list[Tensor], training: bool) -> tuple[Tensor, list[Tensor]]:
        output, *seen = (ops.cast(x, "float32") for x in model(inputs, training=training))
        return output, seen

    return call  # no model: Keras would take it for a further part of the one that it is kept in


def frozen(network: keras.Model) -> keras.Model:
    """A copy that no tape watches and no optimizer moves; the same after loading, bit for bit."""
    copy = copy_of(network)
    copy.trainable = False
    return copy_of(copy)  # variables are watched as they were made


def _last_input(network: keras.Model) -> Tensor:
    for layer in reversed(network.layers):
        if hasattr(layer, "kernel") or hasattr(getattr(layer, "layer", None), "kernel"):
            return layer.input
    raise ValueError(f"The network {network.name!r} has no layer with a kernel: name layers.")

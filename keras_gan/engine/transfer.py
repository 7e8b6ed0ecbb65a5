"""A training that begins with another model's weights, and layers that stay as they are."""

import re
from difflib import SequenceMatcher

import keras

from keras_gan.engine.game import Game


def take_weights(gan: Game, other: Game) -> dict[str, tuple[int, int]]:
    """Copies what fits of another model's networks and of their averages.

    Weights fit that have the same name, in a layer of the same name but for its number, the same
    shape, and stand in the same order.

    Args:
        gan: The model that is to be trained.
        other: The one that was.

    Returns:
        Network -> how many weights were taken, and how many it has.

    Raises:
        ValueError: if nothing fits.

    Example:

    >>> take_weights(gan, keras.saving.load_model("faces.keras"))
    {'generator': (25, 25), 'discriminator': (18, 20)}
    """
    found, kernels = {}, 0
    for name in gan.networks:
        network, source = getattr(gan, name), getattr(other, name, None)
        if isinstance(source, keras.Model):
            taken = _copied(source, network)
            found[name] = len(taken), len(network.weights)
            kernels += sum(len(weight.shape) > 1 for weight in taken)
            if name in gan.averaged:
                _copied(getattr(other, f"ema_{name}", source), getattr(gan, f"_average_{name}"))
    if not kernels:
        raise ValueError(
            f"Nothing of the {type(other).__name__} to begin with fits into the "
            f"{type(gan).__name__}. Expected a model of the same class, width and latents."
        )
    return found


def _copied(source: keras.Model, network: keras.Model) -> list[keras.Variable]:
    """The weights of the network that were set."""
    keys = [[_key(w) for w in each.weights] for each in (source, network)]
    blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    pairs = [
        (source.weights[start + k], network.weights[place + k])
        for start, place, size in blocks
        for k in range(size)
    ]
    for value, weight in pairs:
        weight.assign(value)
    return [weight for _, weight in pairs]


def _key(weight: keras.Variable) -> tuple:
    layer, name = (re.sub(r"_\d+$", "", part) for part in f"/{weight.path}".split("/")[-2:])
    return layer, name, tuple(weight.shape)


def freeze(network: keras.Model, layers: int) -> None:
    """Keeps the first layers that have a kernel, and what lies before the next, as they are.

    Args:
        network: A discriminator that was trained; `compile` comes after this.
        layers: How many, at least one less than it has.

    Raises:
        ValueError: for more layers than that.

    Example:

    >>> freeze(gan.discriminator, 3)
    >>> gan.compile()

    References:
        Mo et al., 2020, https://arxiv.org/abs/2002.10964 (FreezeD).
    """
    parts = [x for x in network._flatten_layers(include_self=False) if x.weights]
    parts = [x for x in parts if not isinstance(x, keras.Model)]
    kernels = [k for k, x in enumerate(parts) if any(len(w.shape) > 1 for w in x.weights)]
    if layers >= len(kernels):
        raise ValueError(
            f"The network {network.name!r} has {len(kernels)} layers with a kernel, of which one "
            f"has to learn. Received: {layers} layers to freeze."
        )
    for part in parts[: kernels[layers]]:
        part.trainable = False

"""Keras networks as a whole: copies of them, their parts, and what computes in them."""

import keras


def copy_of(network: keras.Model) -> keras.Model:
    """Another network of the same layers and weights.

    Raises:
        ValueError: for layers that Keras cannot make again from their configuration.
    """
    try:
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
    except (NotImplementedError, TypeError, ValueError) as error:  # the last by Keras 3.11
        own = sorted({type(x).__name__ for x in network._flatten_layers() if _is_foreign(x)})
        if not own:
            raise
        raise ValueError(
            f"The network {network.name!r} cannot be copied, nor saved, since Keras does not know "
            f"what some of its layers were made with. Received: {', '.join(own)}. Expected a "
            "get_config() of theirs that returns all arguments of __init__."
        ) from error
    return copy


def part_between(network: keras.Model, start: int, end: int) -> keras.Model | None:
    """What makes one output of a network of another one, and of its inputs but the first.

    Args:
        network: Functional model.
        start, end: Numbers of the outputs.

    Returns:
        A model of the same layers; None if the output is made of the first input as well, or is not
        made of the other output.
    """
    inputs = [network.outputs[start], *network.inputs[1:]]
    if not _follows(network.outputs[end], inputs):  # Keras would leave the network in pieces
        return None
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], network.outputs[end])


def _follows(x: keras.KerasTensor, given: list[keras.KerasTensor]) -> bool:
    """Whether a tensor of a functional model is made of the first of these, and of no others."""
    waiting, seen, known = [x], set(), {id(each) for each in given}
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if id(tensor) not in known:
            operation, node_index, _ = tensor._keras_history
            before = operation._inbound_nodes[node_index].input_tensors
            if not before:
                return False
            waiting += before
    return id(given[0]) in seen


def computing_layers(network: keras.Model) -> list[keras.layers.Layer]:
    """Its layers but for those that only hold others or name an input.

    Those have the dtype policy of the process that loaded them, and compute nothing.
    """
    holders = (keras.Model, keras.layers.InputLayer)
    return [layer for layer in network._flatten_layers() if not isinstance(layer, holders)]


def _is_foreign(layer: keras.layers.Layer) -> bool:
    return type(layer).__module__.partition(".")[0] not in ("keras", "keras_gan")

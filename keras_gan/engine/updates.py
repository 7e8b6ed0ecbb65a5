"""How a network is moved by what it minimises, and what rests meanwhile."""

import contextlib
import random
from collections.abc import Iterator
from typing import NamedTuple

import keras
import tensorflow as tf

from keras_gan import layers
from keras_gan.engine import replicas
from keras_gan.engine.outputs import Terms


class Losses(NamedTuple):
    """What some networks minimise: their terms, the sums, and the sums as the tape needs them."""

    terms: Terms
    totals: dict[str, tf.Tensor]
    targets: dict[str, tf.Tensor]


def total(terms: dict[str, tf.Tensor], network: keras.Model) -> tf.Tensor:
    """The sum of the terms and of the network's own regularization losses.

    Raises:
        ValueError: for a term that is no scalar: the gradient would be that of a sum over images.
    """
    for name, term in terms.items():
        if keras.ops.ndim(term):
            raise ValueError(
                f"A term of a loss is a scalar, a mean over the batch. Received: {name} of shape "
                f"{tuple(term.shape)}. Expected ()."
            )
    return tf.add_n([*terms.values(), *(tf.cast(loss, "float32") for loss in network.losses)])


def descend(
    optimizer: keras.optimizers.Optimizer, name: str, variables: list, gradients: list
) -> tf.Tensor:
    """Applies the gradients of a network's variables; returns 0, or NaN where one is not finite.

    With loss scaling a step that is not finite is skipped, on all replicas if on one, and is bad
    news only when the scale cannot be lowered any more.

    Raises:
        ValueError: if there are no gradients at all.
    """
    # an embedding's rows alone are gathered in a collective whose shape follows the batch
    gradients = [g if g is None else tf.convert_to_tensor(g) for g in gradients]
    parts = [g for g in gradients if g is not None]
    if not parts:
        raise ValueError(
            f"Nothing that {name!r} minimises depends on its weights. Received: no "
            "gradient for any of them. Expected layers and terms that gradients pass through."
        )
    health = 0.0 * tf.add_n([tf.nn.l2_loss(part) for part in parts])
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        health = replicas.total(health)
        gradients = [g if g is None else g + health for g in gradients]
        health = tf.where(optimizer.dynamic_scale.value > 1.0, 0.0, health)
    optimizer.apply(gradients, variables)
    return health


def begin_anew(network: keras.Model, optimizer: keras.optimizers.Optimizer, seed: int) -> None:
    """Gives a network first weights, and its optimizer nothing to remember.

    Args:
        network: Its initializers draw the weights; those with a seed of their own the same again.
        optimizer: The network's. Its rate stays.
        seed: All other draws follow from it.
    """
    before = random.getstate()  # where Keras takes the seeds of initializers from
    random.seed(seed)
    try:
        network.set_weights(keras.models.clone_model(network).get_weights())
    finally:
        random.setstate(before)
    forget(optimizer, network.trainable_variables)


def forget(optimizer: keras.optimizers.Optimizer, variables: list) -> None:
    """Leaves an optimizer of these variables nothing to remember. Its rate stays."""
    fresh = type(optimizer).from_config(optimizer.get_config())
    fresh.build(variables)
    for variable, first in zip(optimizer.variables, fresh.variables, strict=True):
        variable.assign(first)


@contextlib.contextmanager
def at_rest(*networks: keras.Model) -> Iterator[None]:
    """Undoes what passes in training mode do to moving statistics and the like.

    Keras' SpectralNormalization writes into the kernel itself, in every such pass.
    """
    kernels = [
        layer.kernel
        for network in networks
        for layer in network._flatten_layers()
        if isinstance(layer, keras.layers.SpectralNormalization)
    ]
    states = [variable for network in networks for variable in network.non_trainable_variables]
    before = [(v.value, tf.identity(v.value)) for v in (*states, *kernels)]
    with layers.norms_at_rest():
        yield
    replicas.update(before, lambda variable, value: variable.assign(value))

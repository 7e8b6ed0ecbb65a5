"""What a game needs: two networks that fit each other, and settings that make sense."""

import numbers
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import keras

from keras_gan import penalties
from keras_gan.core.networks import computing_layers

PLAIN = {
    "loss": "non_saturating",
    "penalties": (),
    "augment": None,
    "generator_optimizer": "adam",
    "discriminator_optimizer": "adam",
    "n_critic": 1,
    "ema_decay": 0.999,
    "updates": "simultaneous",
}
"""The settings of a model that is named after no paper."""


def plain(networks: Sequence[str]) -> dict[str, Any]:
    """`PLAIN` for a model of these networks."""
    return PLAIN | {f"{name}_optimizer": "adam" for name in networks}


UPDATES = ("simultaneous", "alternating")


def check_network(name: str, network: Any) -> None:
    """Checks that it is a Keras model whose inputs are known.

    Raises:
        ValueError: says what it is instead.
    """
    if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
        is_layer = isinstance(network, keras.layers.Layer)
        received = f"a {type(network).__name__}" if is_layer else f"{network!r}"
        wrap = " Expected, of x = keras.Input(shape), keras.Model(x, network(x))."
        raise ValueError(
            f"The {name} must be a functional or Sequential Keras model that begins with "
            f"keras.Input. Received: {name}={received} without known inputs."
            f"{wrap if is_layer else ''}"
        )
    weights = (w.dtype for w in network.trainable_weights)
    check_precision(f"a {name} with weights", weights)


def check_precision(what: str, dtypes: Iterable[str | None]) -> None:
    """Refuses weights of another type than float32, which steps and losses are worked out in."""
    others = sorted({str(dtype) for dtype in dtypes} - {"float32"})
    if others:
        raise ValueError(
            f"Weights are kept in float32. Received: {what} of {', '.join(others)}. Expected the "
            "dtype policy 'float32', 'mixed_bfloat16' or 'mixed_float16' when networks are made: "
            "keras.config.set_dtype_policy('float32')."
        )


def check_reads(name: str, network: keras.Model, image_shape: tuple[int | None, ...]) -> None:
    """Checks that what a network takes first are images of this shape.

    Raises:
        ValueError: says what it takes instead.
    """
    check_network(name, network)
    taken = network.inputs[0].shape[1:]
    if len(image_shape) != len(taken) or any(
        a is not None and b is not None and a != b for a, b in zip(image_shape, taken, strict=True)
    ):
        raise ValueError(
            f"The {name} cannot take the images of this GAN. Received: {taken} taken, "
            f"{image_shape} made by the generator. Expected the same shape."
        )


def check_networks(
    generator: keras.Model,
    discriminator: keras.Model,
    num_classes: int | None,
    classifies: bool = False,
) -> None:
    """Checks that the discriminator can judge what the generator makes.

    One that `classifies` is not told the class and gives its logits as a second output.

    Raises:
        ValueError: says what does not fit.
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        check_network(name, network)
        if len(network.inputs) == 2:
            _check_condition(name, network.inputs[1].shape[1:])
        outputs = 2 if classifies and name == "discriminator" else 1
        if len(network.inputs) > 2 or len(network.outputs) != outputs:
            raise ValueError(
                f"The {name} takes one input, or two with a condition, and has {outputs} output(s)."
                f" Received: {len(network.inputs)} inputs, {len(network.outputs)} outputs."
            )
    judges = {id(weight) for weight in discriminator.weights}
    shared = [weight.path for weight in generator.weights if id(weight) in judges]
    if shared:
        raise ValueError(
            "What one network learns would move the other. Received: a generator and a "
            f"discriminator that share {', '.join(shared)}. Expected layers of their own."
        )
    check_reads("discriminator", discriminator, generator.output_shape[1:])
    if classifies:
        if len(generator.inputs) != 2 or len(discriminator.inputs) != 1:
            raise ValueError(
                "The generator takes labels and the discriminator finds them. Received: a generator"
                f" of {len(generator.inputs)} and a discriminator of {len(discriminator.inputs)} "
                "inputs. Expected 2 and 1."
            )
        if discriminator.outputs[1].shape[1:] != (num_classes,):
            raise ValueError(
                "The discriminator's second output is one logit for each class. Received: shape "
                f"{discriminator.outputs[1].shape[1:]}. Expected ({num_classes},)."
            )
    elif len(generator.inputs) != len(discriminator.inputs):
        raise ValueError(
            "Either both networks take a condition or none does. Received: a generator of "
            f"{len(generator.inputs)} and a discriminator of {len(discriminator.inputs)} inputs."
        )
    if num_classes is not None and not (
        isinstance(num_classes, numbers.Integral) and num_classes >= 2
    ):
        raise ValueError(
            f"Expected a whole num_classes >= 2. Received: num_classes={num_classes!r}."
        )
    if len(generator.inputs) == 1 and num_classes is not None:
        raise ValueError(
            f"The generator takes no labels. Received: num_classes={num_classes}. "
            "Expected None, or networks with an input for labels."
        )
    takes_pictures = len(generator.inputs) == 2 and len(generator.inputs[1].shape) > 2
    if takes_pictures and num_classes is not None:
        raise ValueError(
            f"The generator takes pictures, not labels. Received: num_classes={num_classes}. "
            "Expected None."
        )
    if len(generator.inputs) == 2 and num_classes is None and not takes_pictures:
        raise ValueError(
            "The generator takes labels, so num_classes is needed to check them. Received: None."
        )


def _check_condition(name: str, shape: tuple[int | None, ...]) -> None:
    """Refuses vectors, which nothing here would check, draw or number."""
    if len(shape) == 2 or (len(shape) == 1 and shape[0] != 1):
        raise ValueError(
            f"A condition is a class label or a picture. Received: a {name} whose second input is "
            f"of shape {shape}. Expected (), integers from 0 to num_classes - 1, or "
            "(height, width, channels)."
        )


def check_width(width: int | None, *networks: keras.Model | None) -> None:
    """Refuses a width where all networks are there already, so that none would have it."""
    if width is not None and None not in networks:
        raise ValueError(
            "The networks that are given have a width already. "
            f"Received: width={width}. Expected None."
        )


def check_given(gan: Any, **sizes: Any) -> None:
    """Refuses sizes that were asked for, or None, where they are not those of the networks."""
    for name, size in sizes.items():
        own = getattr(gan, name)
        if size is not None and keras.tree.flatten(size) != keras.tree.flatten(own):
            raise ValueError(
                f"The networks of this {type(gan).__name__} have another {name}. "
                f"Received: {name}={size}. Expected {own}, or None."
            )


def check(rules: dict[str, Any], networks: Sequence[str]) -> None:
    """Checks the settings of `compile` for a model of these networks.

    Raises:
        ValueError: says which one makes no sense.
    """
    optimizers = [f"{name}_optimizer" for name in networks]
    unknown = rules.keys() - PLAIN.keys() - set(optimizers)
    if unknown:
        raise TypeError(
            f"compile() takes no {', '.join(sorted(unknown))}. "
            f"Expected, of optimizers, {'= and '.join(optimizers)}=."
        )
    n_critic, ema_decay = rules["n_critic"], rules["ema_decay"]
    if not isinstance(n_critic, numbers.Integral) or n_critic < 1:
        raise ValueError(f"Expected a whole n_critic >= 1. Received: {n_critic!r}.")
    if not isinstance(ema_decay, numbers.Real) or not 0 <= ema_decay < 1:
        raise ValueError(f"Expected 0 <= ema_decay < 1. Received: {ema_decay!r}.")
    if rules["updates"] not in UPDATES:
        raise ValueError(f"Expected updates in {UPDATES}. Received: {rules['updates']!r}.")
    objects = [id(rules[name]) for name in optimizers if not isinstance(rules[name], str)]
    if len(set(objects)) < len(objects):
        raise ValueError("Each network needs an optimizer of its own. Received: one for both.")


def check_augment(augment: Any, gan: Any) -> None:
    """Refuses the augmentation of what is no picture, or has to fit a picture beside it."""
    if augment is None:
        return
    if len(gan.image_shape) != 3:
        raise ValueError(
            f"compile(augment=) changes pictures. Received: samples of shape {gan.image_shape}. "
            "Expected (height, width, channels)."
        )
    if gan.takes_condition and not gan.num_classes:
        raise ValueError(
            f"{type(gan).__name__} is conditioned on pictures, which would no longer fit augmented "
            "ones. Received: compile(augment=). Expected none."
        )


def check_metrics(given: Any) -> list:
    """The metrics of held-out data, one or several, which a model can be saved with.

    Raises:
        ValueError: if one of them is none, or cannot be saved with a model.
    """
    metrics = [] if given is None else keras.tree.flatten(given)
    for metric in metrics:
        if not (hasattr(metric, "measure") and hasattr(metric, "get_config")):
            raise ValueError(
                "compile(metrics=) takes keras_gan.metrics.Metric objects, such as "
                f"FID(extractor). Received: {metric!r}."
            )
        metric.get_config()
    return metrics


def check_execution(strategy: Any, steps_per_execution: int) -> None:
    """Refuses what Keras 3.15.1 cannot run, whatever the model: it complains of placeholders."""
    if strategy.num_replicas_in_sync > 1 and steps_per_execution > 1:
        raise ValueError(
            "Keras runs several steps in one execution on one replica only. Received: "
            f"steps_per_execution={steps_per_execution} on {strategy.num_replicas_in_sync} "
            "replicas. Expected 1."
        )


def resolve_penalties(given: Any, taken: Sequence[str]) -> list[penalties.Penalty]:
    """The penalties as objects, one or several, each under a name of its own in the logs.

    Raises:
        ValueError: if two have the same name, or one has a name that is `taken` in the logs.
    """
    resolved = [penalties.get(penalty) for penalty in keras.tree.flatten(given)]
    names = [penalty.name for penalty in resolved]
    if len(set(names)) < len(names) or set(names) & set(taken):
        raise ValueError(
            f"Penalties need different names. Received: {', '.join(names)}. "
            f"Expected none of {', '.join(taken)}, and none twice."
        )
    return resolved


def check_terms(made: Iterable[str], named: Iterable[str]) -> None:
    """Checks that the terms of a step are those that have a name in the logs, and all of them.

    Raises:
        ValueError: for a term that nothing names, or a name, a penalty's perhaps, without a term.
    """
    if set(made) != set(named):
        raise ValueError(
            "The terms of a step are g_loss, d_loss, the penalties and what extra_terms() names. "
            f"Received without a name: {sorted(set(made) - set(named))}, "
            f"without a term: {sorted(set(named) - set(made))}. Expected none."
        )


def warn_of_batch_norm(given: list[penalties.Penalty], discriminator: keras.Model) -> None:
    """Warns the caller of `compile` of penalties that BatchNormalization makes ill-defined."""
    names = [penalty.name for penalty in given if penalty.per_image]
    layers = discriminator._flatten_layers()
    if names and any(isinstance(x, keras.layers.BatchNormalization) for x in layers):
        warnings.warn(
            f"{', '.join(names)}: with BatchNormalization in the discriminator the score of an "
            "image depends on the whole batch, so its own gradient is ill-defined. Expected none, "
            "LayerNormalization or GroupNormalization instead.",
            UserWarning,
            stacklevel=3,
        )


def warn_of_squashing(generator: keras.Model, discriminator: keras.Model) -> None:
    """Warns the caller of `compile` of probabilities for logits, and of images that are never dark.

    Losses would be worked out all the same, of other numbers than they are made for.
    """
    if any(_last_activation(output) in ("sigmoid", "softmax") for output in discriminator.outputs):
        warnings.warn(
            "The discriminator ends in a sigmoid or softmax, and the losses take logits. "
            "Expected no activation behind its last layer.",
            UserWarning,
            stacklevel=3,
        )
    is_image = len(generator.output_shape) == 4
    if is_image and _last_activation(generator.outputs[0]) == "sigmoid":
        warnings.warn(
            "The generator ends in a sigmoid, which makes images in [0, 1]. Expected [-1, 1], as "
            "tanh makes them.",
            UserWarning,
            stacklevel=3,
        )


def _last_activation(output: keras.KerasTensor) -> str:
    """Name of the activation that an output of a functional model comes from, "" if of none."""
    layer = output._keras_history.operation
    if getattr(layer, "outputs", None):
        return _last_activation(layer.outputs[0])
    layer = getattr(layer, "layer", layer)
    return getattr(getattr(layer, "activation", None), "__name__", "")


def resolve_optimizer(
    given: str | keras.optimizers.Optimizer, network: keras.Model
) -> keras.optimizers.Optimizer:
    """The optimizer built for its network, with loss scaling where that computes in float16.

    Raises:
        ValueError: if it has been built for other weights.
    """
    optimizer = keras.optimizers.get(given)
    if optimizer.built and not _built_for(network, optimizer):
        raise ValueError(
            "An optimizer belongs to the weights that it was first compiled with. Received: "
            f"{type(optimizer).__name__}, built for other weights than those of {network.name!r}. "
            "Expected a new one."
        )
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner.use_ema:
        raise ValueError(
            "An average of weights that takes their place at the end of fit would let a resumed "
            f"training go on from other weights. Received: {type(inner).__name__} with "
            "use_ema=True. Expected compile(ema_decay=...), whose average sample, predict and "
            "export use."
        )
    computes_in = {layer.compute_dtype for layer in computing_layers(network)}
    if "float16" in computes_in and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    if not optimizer.built:
        optimizer.build(network.trainable_variables)
    return optimizer


def check_trainable(gan: Any) -> None:
    """Checks, before a training, that each network has weights to train and their optimizer.

    Raises:
        ValueError: for one that is frozen, or was in part when the model was compiled.
    """
    for name, optimizer in zip(gan.networks, gan.optimizers, strict=True):
        network = getattr(gan, name)
        if not network.trainable_variables:
            raise ValueError(
                f"The {name} has no weights to train. Received: {name}.trainable="
                f"{network.trainable}. Expected True: no update moves another network than its own."
            )
        if not _built_for(network, optimizer):
            raise ValueError(
                f"The {name}'s optimizer was built for other weights than are to be trained. "
                f"Received: {name}.trainable changed after compile(). Expected compile() after it."
            )


def _built_for(network: keras.Model, optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether the optimizer's weights are those of the network that are to be trained."""
    known, weights = optimizer._trainable_variables, network.trainable_variables
    return list(map(id, known)) == list(map(id, weights))

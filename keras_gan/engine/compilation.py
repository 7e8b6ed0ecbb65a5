"""What a game needs of `compile`: settings that make sense, as objects."""

import numbers
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import keras

from keras_gan import penalties
from keras_gan.core import kinds, packing
from keras_gan.core.networks import computing_layers
from keras_gan.engine import checks

UPDATES = ("simultaneous", "alternating")


def check(settings: dict[str, Any], known: Iterable[str], networks: Sequence[str]) -> None:
    """Checks the settings of `compile` for a model of these networks.

    Raises:
        ValueError: says which one makes no sense.
    """
    optimizers = [f"{name}_optimizer" for name in networks]
    unknown = settings.keys() - set(known)
    if unknown:
        raise TypeError(
            f"compile() takes no {', '.join(sorted(unknown))}. "
            f"Expected, of optimizers, {'= and '.join(optimizers)}=."
        )
    n_critic, ema_decay = settings.get("n_critic", 1), settings["ema_decay"]
    if not isinstance(n_critic, numbers.Integral) or n_critic < 1:
        raise ValueError(f"Expected a whole n_critic >= 1. Received: {n_critic!r}.")
    if not isinstance(ema_decay, numbers.Real) or not 0 <= ema_decay < 1:
        raise ValueError(f"Expected 0 <= ema_decay < 1. Received: {ema_decay!r}.")
    if settings.get("updates", UPDATES[0]) not in UPDATES:
        raise ValueError(f"Expected updates in {UPDATES}. Received: {settings['updates']!r}.")
    objects = [id(settings[name]) for name in optimizers if not isinstance(settings[name], str)]
    if len(set(objects)) < len(objects):
        raise ValueError("Each network needs an optimizer of its own. Received: one for both.")


def check_augment(augment: Any, gan: Any) -> None:
    """Refuses the augmentation of what is no picture, or has to fit a picture beside it."""
    if augment is None:
        return
    if not isinstance(gan.kind, kinds.Picture):
        raise ValueError(
            f"compile(augment=) changes pictures. Received: samples of shape {gan.image_shape}. "
            "Expected (height, width, channels)."
        )
    if isinstance(gan.condition.kind, kinds.Picture):
        raise ValueError(
            f"{type(gan).__name__} is conditioned on pictures, which would no longer fit augmented "
            "ones. Received: compile(augment=). Expected none."
        )
    shown = packing.shape_of(gan.image_shape, gan.pack)
    if not all(checks.reads(getattr(gan, critic), shown) for critic in gan.critics):
        raise ValueError(
            f"compile(augment=) changes what critics are shown, in {type(gan).__name__} codes and "
            "no pictures. Received: an augmentation. Expected none."
        )


def check_metrics(given: Any) -> list:
    """The metrics, one or several, which a model can be saved with.

    Raises:
        ValueError: if one of them is none, or cannot be saved with a model.
    """
    metrics = [] if given is None else keras.tree.flatten(given)
    for metric in metrics:
        measures = hasattr(metric, "measure") or isinstance(metric, keras.metrics.Metric)
        if not (measures and hasattr(metric, "get_config")):
            raise ValueError(
                "compile(metrics=) takes keras_gan.metrics.Metric objects, such as FID(extractor), "
                f"and Keras' metrics. Received: {metric!r}."
            )
        metric.get_config()
    return metrics


def check_metric_names(metrics: list, taken: Sequence[str]) -> None:
    """Refuses Keras' metrics whose name in the logs is taken."""
    names = [metric.name for metric in metrics if isinstance(metric, keras.metrics.Metric)]
    if len(set(names)) < len(names) or set(names) & set(taken):
        raise ValueError(
            f"Metrics need different names. Received: {', '.join(names)}. "
            f"Expected none of {', '.join(taken)}, and none twice."
        )


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


def assign_penalties(
    given: list[penalties.Penalty], networks: Sequence[str], critics: Sequence[str]
) -> dict[str, list[tuple[int, penalties.Penalty]]]:
    """The penalties of each network, with their places in the list.

    Of several critics each has copies of its own, which are named after it.

    Raises:
        ValueError: for a penalty of a network that the model does not have.
    """
    found = {name: [] for name in networks}
    for k, penalty in enumerate(given):
        owners = critics if penalty.network is None else [penalty.network]
        if not owners or set(owners) - set(networks):
            raise ValueError(
                f"The penalty {penalty.name!r} is for {penalty.network or 'critics'}. Received: a "
                f"model of {', '.join(networks)}, of which {', '.join(critics) or 'none'} is a "
                "critic."
            )
        if penalty.network in critics and not isinstance(penalty, penalties.WeightPenalty):
            raise ValueError(
                "What critics are shown is real and made, so that a PlayerPenalty is for the other "
                f"networks. Received: {penalty.name!r} of the {penalty.network}. Expected a "
                "Penalty, which is for critics alone."
            )
        for owner in owners:
            own = penalty
            if len(owners) > 1:
                config = penalty.get_config() | {"name": f"{penalty.name}_{owner}"}
                own = type(penalty).from_config(config)
            found[owner].append((k, own))
    return found


def check_terms(made: Iterable[str], named: Iterable[str]) -> None:
    """Checks that the terms of a step are those that have a name in the logs, and all of them.

    Raises:
        ValueError: for a term that nothing names, or a name, a penalty's perhaps, without a term.
    """
    if set(made) != set(named):
        raise ValueError(
            "The terms of a step are the losses, the penalties and what extra_terms() names. "
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
            stacklevel=5,
        )


def warn_of_squashing(samples: keras.KerasTensor, discriminator: keras.Model) -> None:
    """Warns the caller of `compile` of probabilities for logits, and of images that are never dark.

    Losses would be worked out all the same, of other numbers than they are made for.
    """
    if any(_last_activation(output) in ("sigmoid", "softmax") for output in discriminator.outputs):
        warnings.warn(
            "The discriminator ends in a sigmoid or softmax, and the losses take logits. "
            "Expected no activation behind its last layer.",
            UserWarning,
            stacklevel=5,
        )
    is_picture = isinstance(kinds.of(samples.shape[1:]), kinds.Picture)
    if is_picture and _last_activation(samples) == "sigmoid":
        warnings.warn(
            "The generator ends in a sigmoid, which makes images in [0, 1]. Expected [-1, 1], as "
            "tanh makes them.",
            UserWarning,
            stacklevel=5,
        )


def _last_activation(output: keras.KerasTensor) -> str:
    """Name of the activation that an output of a functional model comes from, "" if of none."""
    layer = output._keras_history.operation
    if getattr(layer, "outputs", None):
        return _last_activation(layer.outputs[0])
    layer = getattr(layer, "layer", layer)
    return getattr(getattr(layer, "activation", None), "__name__", "")


def resolve_optimizer(
    given: str | keras.optimizers.Optimizer, network: keras.Model, variables: list[keras.Variable]
) -> keras.optimizers.Optimizer:
    """The optimizer built for what it moves, with loss scaling where that computes in float16.

    Args:
        given: As in `compile`.
        network: Its network.
        variables: What it moves: those of the network, and what a class trains with them.

    Raises:
        ValueError: if it has been built for other weights.
    """
    optimizer = keras.optimizers.get(given)
    if optimizer.built and not _built_for(variables, optimizer):
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
        optimizer.build(variables)
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
        if not _built_for(gan.trained(name), optimizer):
            raise ValueError(
                f"The {name}'s optimizer was built for other weights than are to be trained. "
                f"Received: {name}.trainable changed after compile(). Expected compile() after it."
            )


def _built_for(variables: list[keras.Variable], optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether the optimizer's variables are those that are to be trained."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # of a LossScaleOptimizer
    return list(map(id, inner._trainable_variables)) == list(map(id, variables))

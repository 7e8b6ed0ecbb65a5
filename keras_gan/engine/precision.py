"""Whether half precision is faster on this machine, which can only be measured.

Processors without units for bfloat16 or float16 take many times as long for them as for float32.
"""

import random
import time
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.core.networks import computing_layers
from keras_gan.data.checks import check_count
from keras_gan.engine import replicas
from keras_gan.engine.players import Players

_WORTH_A_WORD = 1.1
_PASSES, _SECONDS = 5, 1.0  # of each precision, at most


def slowdown(gan: Players, batch_size: int = 4) -> float:
    """How many times as long the model's networks take in their precision as in float32.

    Measured are passes forwards and back through copies of them; the model and all sources of
    chance stay as they are. It takes a few seconds.

    Args:
        gan: A model that was built under a mixed policy.
        batch_size: Images of a pass.

    Returns:
        Above 1 if float32 is faster; 1.0 for a model without mixed precision.

    Example:

    >>> keras.config.set_dtype_policy("mixed_bfloat16")
    >>> gan = keras_gan.DCGAN(image_shape=(64, 64, 3))
    >>> keras_gan.precision.slowdown(gan)  # on a processor with AVX2 alone
    8.4
    """
    check_count("batch_size", batch_size)
    if _policy(gan) is None:
        return 1.0
    jit = bool(gan.compiled and gan.jit_compile)

    def measured(copy: Callable[[keras.Layer], keras.Layer]) -> float:
        networks = (getattr(gan, name) for name in gan.networks)
        copies = [keras.models.clone_model(network, clone_function=copy) for network in networks]
        return _seconds(_pass(copies, batch_size, jit))

    states = random.getstate(), np.random.get_state()  # the copies' first weights are drawn
    try:
        return measured(_copy) / measured(_float32_copy)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def warn_if_slower(gan: Players) -> None:
    """Warns if the model's mixed precision is slower here than float32.

    With several workers, which would each have a figure of their own, nothing is measured.
    """
    if replicas.is_multi_worker(gan.distribute_strategy):
        return
    times = slowdown(gan)
    if times > _WORTH_A_WORD:
        warnings.warn(
            f"On this machine the networks take {times:.1f} times as long in {_policy(gan)} as in "
            "float32. Train without mixed precision, unless it is memory that is short.",
            stacklevel=2,
        )


def _policy(gan: Players) -> str | None:
    """Name of the mixed policy of the model's layers."""
    for name in gan.networks:
        for layer in computing_layers(getattr(gan, name)):
            if layer.compute_dtype != layer.variable_dtype:
                return layer.dtype_policy.name
    return None


def _copy(layer: keras.Layer) -> keras.Layer:
    return type(layer).from_config(layer.get_config())


def _float32_copy(layer: keras.Layer) -> keras.Layer:
    def changed(config: Any) -> Any:
        if isinstance(config, dict):
            if config.get("class_name") == "DTypePolicy":
                return "float32"
            return {name: changed(value) for name, value in config.items()}
        return [changed(part) for part in config] if isinstance(config, list) else config

    return type(layer).from_config(changed(layer.get_config()))


def _pass(
    networks: list[keras.Model], batch_size: int, jit_compile: bool
) -> Callable[[], tf.Tensor]:
    """A function that goes forwards and back through each of the networks."""

    def run() -> tf.Tensor:
        sums = []
        for network in networks:
            inputs = [tf.ones((batch_size, *x.shape[1:]), x.dtype) for x in network.inputs]
            with tf.GradientTape() as tape:
                outputs = network(inputs if len(inputs) > 1 else inputs[0], training=True)
                parts = [tf.reduce_mean(tf.cast(x, "float32")) for x in keras.tree.flatten(outputs)]
                loss = tf.add_n(parts)
            gradients = tape.gradient(loss, network.trainable_variables)
            sums += [tf.reduce_sum(g) for g in gradients if g is not None]
        return tf.add_n(sums)

    return tf.function(run, jit_compile=jit_compile)


def _seconds(run: Callable[[], tf.Tensor]) -> float:
    """Seconds of the fastest of a few calls after the first.

    On processors it is their time that counts: what else runs there does not change it.
    """
    clock = time.perf_counter if tf.config.list_logical_devices("GPU") else time.process_time
    run()
    taken = []
    while not taken or (len(taken) < _PASSES and sum(taken) < _SECONDS):
        start = clock()
        float(run())
        taken.append(clock() - start)
    return min(taken)

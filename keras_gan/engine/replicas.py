"""What differs when a model trains on several replicas, in one place.

Keras optimizers sum gradients over replicas, so every replica's mean loss is weighed by its share
of the global batch; the sum is then the mean over that batch, however unevenly it was dealt.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


def rank() -> int | tf.Tensor:
    """Number of this replica among all."""
    return tf.distribute.get_replica_context().replica_id_in_sync_group


def share(batch: Any, least: int = 1) -> tuple[Any, tf.Tensor, float | tf.Tensor]:
    """This replica's rows of a batch, how many they are, and their share of the global batch.

    A replica that was dealt no rows gets some of zeros, with share 0: its loss stays a number.

    Args:
        batch: Nested structure of tensors `(rows, ...)`; None is left alone.
        least: So many rows of zeros.
    """
    rows = tf.shape(keras.tree.flatten(batch)[0])[0]
    count = tf.cast(rows, "float32")
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return batch, count, 1.0
    missing = least * tf.cast(rows == 0, "int32")

    def padded(x: tf.Tensor | None) -> tf.Tensor | None:
        return x if x is None else tf.pad(x, [[0, missing]] + [[0, 0]] * (len(x.shape) - 1))

    weight = tf.math.divide_no_nan(count, total(count))
    return keras.tree.map_structure(padded, batch), count, weight


def total(value: tf.Tensor) -> tf.Tensor:
    """The sum over all replicas."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)


def gathered(value: tf.Tensor) -> tf.Tensor:
    """The value of each replica, `(replicas, ...)`, the same on all."""
    count = tf.distribute.get_strategy().num_replicas_in_sync
    own = tf.reshape(tf.one_hot(rank(), count, dtype=value.dtype), (-1,) + (1,) * len(value.shape))
    return total(own * value[None])


def update(pairs: list[tuple], function: Callable, *args: tf.Tensor) -> None:
    """Calls `function(variable, value, *args)` for each pair, on every replica's copy.

    Args:
        pairs: `(tf.Variable, value)`, the value the same on all replicas.
        function: Updates the variable.
        args: Tensors for all calls, the same on all replicas.
    """

    def on_all(strategy: tf.distribute.Strategy, values: list, *args: tf.Tensor) -> None:
        for (variable, _), value in zip(pairs, values, strict=True):
            strategy.extended.update(variable, function, args=(value, *args), group=False)

    context = tf.distribute.get_replica_context()
    context.merge_call(on_all, args=([value for _, value in pairs], *args))


def as_logs(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Logs in the shape that Keras can reduce: over several workers it wants an axis to reduce."""
    if not is_multi_worker(tf.distribute.get_strategy()):
        return results
    return {name: tf.reshape(value, (1,)) for name, value in results.items()}


def is_multi_worker(strategy: tf.distribute.Strategy) -> bool:
    """Whether other processes train along."""
    return (
        isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        and strategy.extended._in_multi_worker_mode()
    )


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes files."""
    return strategy.extended.should_checkpoint

"""Constraints on weights that Keras lacks; its optimizers apply them after each update."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gan")
class WeightClipping(keras.constraints.Constraint):
    """Clips every weight to [-limit, limit].

    Args:
        limit: Above 0.

    Raises:
        ValueError: for another limit.

    Example:

    >>> keras.layers.Dense(64, kernel_constraint=WeightClipping(0.01))

    References:
        Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875, algorithm 1.
    """

    def __init__(self, limit: float = 0.01):
        if limit <= 0:
            raise ValueError(f"WeightClipping needs limit > 0. Received: limit={limit}.")
        self.limit = limit

    def __call__(self, w: keras.KerasTensor) -> keras.KerasTensor:
        return ops.clip(w, -self.limit, self.limit)

    def get_config(self) -> dict:
        return {"limit": self.limit}

"""Gradients with respect to a network's input.

Beside `engine/game.py`, this is the only place that opens a tape.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

_SCALE = 2.0**8
"""Keeps gradients down to 1e-9 out of float16's underflow, and those up to 256 from overflowing.

A power of two, so nothing changes where nothing underflows.
"""


def input_gradient(fn: Callable[[Any], tf.Tensor], x: Any) -> Any:
    """Gradient of `sum(fn(x))` with respect to `x`, itself differentiable.

    Args:
        fn: Function of a batch `(batch, ...)`, for instance a discriminator.
        x: Tensor `(batch, ...)`, float, or a nested structure of such.

    Returns:
        float32 tensor of the shape of `x`. Where rows are independent, row i is the gradient of
        `fn(x)[i]`.

    Example:

    >>> input_gradient(lambda x: 3.0 * x, tf.ones((2, 1)))  # [[3.0], [3.0]]
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = _SCALE * tf.cast(fn(x), "float32")
    return tf.nest.map_structure(lambda g: tf.cast(g, "float32") / _SCALE, tape.gradient(y, x))

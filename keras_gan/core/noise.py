"""Random numbers that are functions of a seed: the same on every machine run, replica by replica.

A `keras.random.SeedGenerator` gives every replica of a `MirroredStrategy` the same numbers and is
one more state to restore; a stateless draw from (seed, step, replica) has neither fault.
"""

import functools
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

fold_in = tf.random.experimental.stateless_fold_in
_PHILOX = "philox"


def check_seed(seed: Any) -> None:
    """Refuses what no noise can be drawn from.

    Raises:
        ValueError: for anything but a whole number from 0 to 2**63 - 1.
    """
    whole = isinstance(seed, numbers.Integral) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**63:
        raise ValueError(f"Expected a whole seed from 0 to 2**63 - 1. Received: seed={seed!r}.")


def key(seed: int, *path: int | tf.Tensor) -> tf.Tensor:
    """A key `(2,)` int64 for stateless draws, one for each `(seed, *path)`."""
    result = tf.constant([seed, 0], tf.int64)
    for part in path:
        result = fold_in(result, tf.cast(part, tf.int64), alg=_PHILOX)
    return result


def normal(shape: tuple, key: tf.Tensor) -> tf.Tensor:
    """Standard normal float32 numbers of `shape`."""
    return tf.random.stateless_normal(shape, key, alg=_PHILOX)


def uniform(shape: tuple, key: tf.Tensor) -> tf.Tensor:
    """Uniform float32 numbers in [0, 1) of `shape`."""
    return tf.random.stateless_uniform(shape, key, alg=_PHILOX)


def seed_rows(n: int | None, seed: int | None, seeds: list[int] | None) -> np.ndarray:
    """The pairs `(n, 2)` int64 that number pictures: `(seed, i)`, or `(seeds[i], 0)`."""
    if seeds is not None:
        seeds = np.asarray(seeds, np.int64)
        return np.stack([seeds, np.zeros_like(seeds)], axis=1)
    return np.stack([np.full(n, seed, np.int64), np.arange(n, dtype=np.int64)], axis=1)


def latents(rows: tf.Tensor, latent_dim: int, prior: Callable = normal) -> tf.Tensor:
    """Latents `(n, latent_dim)` from a prior, row i a function of `rows[i]` alone.

    They are drawn on a CPU: the same bits whatever the device that they are for.

    Args:
        rows: int64 tensor `(n, 2)`, as `seed_rows` makes them.
        latent_dim: Length of a latent vector.
        prior: Function of a shape and a key `(2,)`.
    """
    return _drawn(latent_dim, prior)(rows)


@functools.lru_cache(maxsize=32)
def _drawn(latent_dim: int, prior: Callable) -> Callable[[tf.Tensor], tf.Tensor]:
    """Traced once for any number of rows."""

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.int64)])
    def latents(rows: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU:0"):
            return tf.map_fn(
                lambda row: prior((latent_dim,), row), rows, fn_output_signature=tf.float32
            )

    return latents


def slerp(start: tf.Tensor, end: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    r"""Latents on the arc between two: sin((1 - t) w) / sin(w) a + sin(t w) / sin(w) b.

    w is the angle between a and b. Half-way between two normal latents the length is as usual for
    normal latents; on the straight line it would be too short. Equal and opposite ends, which have
    no arc, are joined by that line.

    Args:
        start, end: Float `(..., latent_dim)`.
        position: `(..., 1)`, 0 at the start, 1 at the end.

    References:
        Shoemake, 1985, https://doi.org/10.1145/325165.325242.
        White, 2016, https://arxiv.org/abs/1609.04468.
    """
    start, end, t = (tf.convert_to_tensor(x) for x in (start, end, position))
    t = tf.cast(t, start.dtype)
    unit = [x / tf.maximum(tf.norm(x, axis=-1, keepdims=True), 1e-12) for x in (start, end)]
    cosine = tf.reduce_sum(unit[0] * unit[1], axis=-1, keepdims=True)
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    sine = tf.sin(angle)
    flat = sine < 1e-4
    sine = tf.where(flat, tf.ones_like(sine), sine)
    arc = tf.sin((1.0 - t) * angle) / sine * start + tf.sin(t * angle) / sine * end
    return tf.where(flat, (1.0 - t) * start + t * end, arc)

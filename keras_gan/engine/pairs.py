"""Pairs of pictures as samples: one picture, the second to the right of the first."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core import kinds
from keras_gan.core.ranges import scaled
from keras_gan.data.checks import check_shape
from keras_gan.engine import inputs

ACROSS = 2  # the axis of a batch on which one stands beside the other


def pair_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a pair of pictures of this shape; of what are no pictures, as it is."""
    return tuple(2 * side if k == ACROSS - 1 else side for k, side in enumerate(shape))


def picture_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one picture of a pair of this shape."""
    return tuple(side // 2 if k == ACROSS - 1 else side for k, side in enumerate(shape))


def apart(pairs: Any) -> list:
    """The first and the second picture of pairs `(n, height, 2 * width, channels)`."""
    if isinstance(pairs, np.ndarray):
        return np.split(pairs, 2, axis=ACROSS)
    return tf.split(pairs, 2, axis=ACROSS)


def joined(pictures: Sequence) -> Any:
    """Pairs of first and second pictures: `apart` turned round."""
    if isinstance(pictures[0], np.ndarray):
        return np.concatenate(pictures, axis=ACROSS)
    return tf.concat(pictures, axis=ACROSS)


def beside(x: Any, y: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Data `(a, b)` as pairs; pairs as they are.

    Args:
        x, y: Arrays of as many pictures, or a dataset of `(a, b)` and None; or pairs, and anything.
        shape: Of one picture.

    Returns:
        Pairs, as array or dataset, and what belongs to them.

    Raises:
        ValueError: says which pictures are missing, or of another shape.
    """
    if isinstance(x, tf.data.Dataset):
        a, b = inputs.as_pair(x.element_spec)
        if not isinstance(a, tf.TensorSpec) or _are_pairs(a.shape, shape):
            return x, y
        _check_there(b)
        for name, spec in {"a": a, "b": b}.items():
            if spec.shape.rank is not None:
                _checked(name, lambda spec=spec: check_shape(tuple(spec.shape), shape))
        return x.map(lambda a, b: joined([scaled(a), scaled(b)])), y
    x = np.asarray(x)
    if _are_pairs(x.shape, shape):
        return x, y
    _check_there(y)
    pair = {"a": x, "b": np.asarray(y)}
    for name, pictures in pair.items():
        _checked(name, lambda pictures=pictures: kinds.Picture().check(pictures, shape))
    if len(x) != len(pair["b"]):
        raise ValueError(
            f"A batch has as many pictures a as b. Received: {len(x)} and {len(pair['b'])}. "
            "Expected keras_gan.data.unpaired(a, b), which passes the shorter set again."
        )
    same = x.dtype == pair["b"].dtype
    pictures = [x if same else scaled(x) for x in pair.values()]
    return joined(pictures), None


def _are_pairs(shape: Any, picture: tuple[int, ...]) -> bool:
    return tuple(shape)[1:] == pair_shape(picture)


def _check_there(b: Any) -> None:
    if b is None:
        raise ValueError(
            "The model takes two kinds of pictures. Received: those of one. Expected (a, b), as "
            "keras_gan.data.unpaired gives them."
        )


def _checked(name: str, check: Any) -> None:
    try:
        check()
    except ValueError as error:
        raise ValueError(f"Of the pictures {name}: {error}") from None

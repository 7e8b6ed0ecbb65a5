"""The ranges of values in pictures: 0..255 in files, [-1, 1] inside, [0, 1] where they are served.

All but `to_uint8` take numpy arrays and tensors alike.
"""

from typing import Any

import keras
import numpy as np

_HALF = 127.5  # of 0..255


def scaled(values: Any) -> Any:
    """float32, and in [-1, 1] what was uint8 in 0..255.

    Args:
        values: Array or tensor; what is not uint8 keeps its values.

    Example:

    >>> scaled(np.array([0, 255], np.uint8))
    array([-1.,  1.], dtype=float32)
    """
    was_uint8 = keras.backend.standardize_dtype(values.dtype) == "uint8"
    values = as_float32(values)
    return values / _HALF - 1.0 if was_uint8 else values


def as_float32(values: Any) -> Any:
    """float32, whatever the values were; an array that is that already is not copied."""
    if isinstance(values, np.ndarray):
        return values.astype(np.float32, copy=False)
    return keras.ops.cast(values, "float32")


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Brings images from [-1, 1] to 0..255; what lies outside is clipped, NaN becomes mid-gray.

    Args:
        values: Float array of any shape in [-1, 1]; uint8 passes as it is.

    Returns:
        uint8 array of the same shape.

    Example:

    >>> to_uint8(np.array([-1.0, 0.0, 1.0]))
    array([  0, 128, 255], dtype=uint8)
    """
    values = np.asarray(values)
    if values.dtype == np.uint8:
        return values
    values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.round(np.clip(values + 1.0, 0.0, 2.0) * _HALF).astype(np.uint8)


def to_unit(values: Any) -> Any:
    """From [-1, 1] to [0, 1]; what lies outside is clipped."""
    return _clipped((values + 1.0) / 2.0)


def from_unit(values: Any) -> Any:
    """From [0, 1] to [-1, 1]; what lies outside is clipped."""
    return _clipped(values) * 2.0 - 1.0


def unit_to_uint8(values: Any) -> Any:
    """From [0, 1] to 0..255."""
    if isinstance(values, np.ndarray):
        return np.round(values * 255.0).astype(np.uint8)
    return keras.ops.cast(keras.ops.round(values * 255.0), "uint8")


def uint8_to_unit(values: Any) -> Any:
    """From 0..255 to [0, 1], float32."""
    return as_float32(values) / 255.0


def _clipped(values: Any) -> Any:
    return (np if isinstance(values, np.ndarray) else keras.ops).clip(values, 0.0, 1.0)

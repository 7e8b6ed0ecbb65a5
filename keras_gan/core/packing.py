"""Packs: several samples side by side as one, which a critic sees at once.

Channels, or features, follow each other sample by sample; class numbers become a row of them.

References:
    Lin et al., 2018, https://arxiv.org/abs/1712.04086.
"""

import numbers
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensor = keras.KerasTensor


def check_size(size: Any) -> int:
    """The number of samples in a pack.

    Raises:
        ValueError: for anything but a whole number of at least 1.
    """
    if isinstance(size, bool) or not isinstance(size, numbers.Integral) or size < 1:
        raise ValueError(f"Expected a whole pack of at least 1 sample. Received: pack={size!r}.")
    return int(size)


def shape_of(shape: tuple, size: int) -> tuple:
    """Shape of a pack of samples of a shape."""
    if size == 1:
        return tuple(shape)
    return (*shape[:-1], shape[-1] * size) if len(shape) else (size,)


def packed(samples: Any, size: int) -> Any:
    """Packs `(batch / size, ...)` of samples `(batch, ...)`; None, and packs of 1, as they are."""
    if size == 1 or samples is None:
        return samples
    shape = tuple(samples.shape[1:])
    split = ops.reshape(samples, (-1, size, *shape))  # (B, m, ..., C)
    together = ops.moveaxis(split, 1, -2) if len(shape) > 1 else split  # (B, ..., m, C)
    return ops.reshape(together, (-1, *shape_of(shape, size)))


def unpacked(packs: Tensor, size: int) -> Tensor:
    """The samples of packs, in the order in which `packed` was given them."""
    *sides, features = packs.shape[1:]
    split = ops.reshape(packs, (-1, *sides, size, features // size))  # (B, ..., m, C)
    return ops.reshape(ops.moveaxis(split, -2, 1), (-1, *sides, features // size))


def on_each(
    change: Callable[[Tensor, Tensor], Tensor], size: int
) -> Callable[[Tensor, Tensor], Tensor]:
    """A function `(samples, key)` that changes samples, as one that changes those of packs."""
    if size == 1:
        return change
    return lambda packs, key: packed(change(unpacked(packs, size), key), size)

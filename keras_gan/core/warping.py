"""Looking images up between their pixels without losing detail."""

import functools

import keras
import numpy as np
from keras import ops

Tensor = keras.KerasTensor

_LOBES = 5  # of the windowed sinc, on either side
_LEVELS = 9  # of low-pass filters
_LEVEL = 0.1  # from one to the next the image may shrink by 2^0.1 more


def look_up(images: Tensor, matrix: Tensor, shift: Tensor, step: Tensor) -> Tensor:
    """Images whose pixel q is what the given ones have at matrix (q - m) + m + shift.

    m is the middle; borders reflect. The images become twice as fine by a windowed sinc (Lanczos),
    and are then looked up bilinearly. Whole places are exact.

    Args:
        images: float32 `(batch, height, width, channels)`.
        matrix: `(batch, 2, 2)`, rows first.
        shift: `(batch, 2)`.
        step: `(batch,)`, how far apart in the image neighbours come from. Where it is above 1,
            frequencies that would be aliased are taken out.
    """
    _, height, width, channels = images.shape
    sides = (height, width)
    axes = [ops.arange(side, dtype="float32") - (side - 1) / 2 for side in sides]
    grid = ops.stack([ops.reshape(g, (-1,)) for g in ops.meshgrid(*axes, indexing="ij")])  # (2, P)
    places = matrix @ grid + shift[:, :, None]  # (B, 2, P)
    near, share = [], []
    for k, side in enumerate(sides):
        place = 2.0 * places[:, k] + (side - 1)
        low = ops.floor(place)
        share.append((place - low)[:, :, None])  # (B, P, 1)
        near.append([_reflected(low + one, 2 * side - 1) for one in (0.0, 1.0)])
    fine = _finer(images, step)
    first = ops.arange(ops.shape(images)[0])[:, None] * (fine.shape[1] * fine.shape[2])
    pixels = ops.reshape(fine, (-1, channels))

    def at(i: int, j: int) -> Tensor:
        index = ops.cast(near[0][i] * fine.shape[2] + near[1][j], "int32")
        return ops.take(pixels, first + index, axis=0)  # (B, P, C)

    top = at(0, 0) * (1.0 - share[1]) + at(0, 1) * share[1]
    bottom = at(1, 0) * (1.0 - share[1]) + at(1, 1) * share[1]
    mixed = top * (1.0 - share[0]) + bottom * share[0]
    return ops.reshape(mixed, (-1, height, width, channels))


def _finer(images: Tensor, step: Tensor) -> Tensor:
    """(B, 2 H - 1, 2 W - 1, C): the pixels, and one between each two of them."""
    level = ops.cast(ops.round(ops.log2(step) / _LEVEL), "int32")
    level = ops.clip(level, 0, _LEVELS - 1)
    for _ in range(2):  # rows become finer, and are then the columns
        _, side, other, channels = images.shape
        filters = ops.take(_filters(side), level, axis=0)  # (B, 2 side - 1, side)
        images = filters @ ops.reshape(images, (-1, side, other * channels))
        images = ops.reshape(images, (-1, 2 * side - 1, other, channels))
        images = ops.transpose(images, (0, 2, 1, 3))
    return images


@functools.cache
def _filters(side: int) -> np.ndarray:
    """(levels, 2 side - 1, side): from pixels to twice as many, each level with a lower band."""
    reach = side - 1
    source = np.arange(-reach, side + reach)
    place = np.arange(2 * side - 1)[:, None] / 2
    reflected = _reflected(source[:, None], side) == np.arange(side)  # (3 side - 2, side)
    levels = []
    for step in 2.0 ** (_LEVEL * np.arange(_LEVELS)):
        far = (place - source) / step
        weights = np.where(np.abs(far) < _LOBES, np.sinc(far) * np.sinc(far / _LOBES), 0.0)
        weights[np.abs(weights) < 1e-12] = 0.0  # whole places are exact
        levels.append(weights / weights.sum(axis=1, keepdims=True) @ reflected)
    return np.stack(levels).astype("float32")


def _reflected(index: Tensor, side: int) -> Tensor:
    """Whole numbers folded into 0 .. side - 1: -1 becomes 1, side becomes side - 2."""
    folded = index % max(2 * (side - 1), 1)
    return (side - 1) - abs(folded - (side - 1))

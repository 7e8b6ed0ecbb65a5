"""Distances of all samples to all others: quick in float32, exact where it matters.

|x - y|^2 = |x|^2 - 2 x.y + |y|^2, tile by tile on all cores, around the mean of the samples so that
little cancels. Float32 gives a lower bound of each, and what it may be short of. What the bounds
leave open is worked out from the differences x - y in float64.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from keras_gan.core.progress import can_redraw

_TILE = 1024  # rows and columns that are worked out at a time
_PAIRS = 2**17  # numbers in a batch of exact differences
_SPARE = 3  # neighbours kept beyond those asked for: float32 may have them out of order
_OPEN = 0.02  # share of a tile left open by float32 from which float64 is cheaper


class Distances:
    """Squared distances between the rows of two arrays.

    Args:
        a: Features `(n, d)`, finite.
        b: Features `(m, d)`, finite; or None for the distances among those of `a`.
        own: For each row of `a` the row of `b` that is the same sample, and no neighbour of it.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray | None = None, own: np.ndarray | None = None):
        self.symmetric = b is None
        self.a, self.b = (a, a) if self.symmetric else (a, b)
        self.own = np.arange(len(a)) if self.symmetric else own
        a, b = self.a, self.b
        middle = (a.mean(axis=0, dtype=np.float64) + b.mean(axis=0, dtype=np.float64)) / 2
        self.centre = middle.astype(np.result_type(a, b))
        self.a_squares = _squares(a, self.centre)
        self.b_squares = self.a_squares if self.symmetric else _squares(b, self.centre)
        largest = max(self.a_squares.max(), self.b_squares.max())
        self.precision = np.float32 if 1e-20 < largest < 1e35 else np.float64

    def error(self, precision: type) -> float:
        """Relative error of a tile, in units of |x|^2 + |y|^2: that of a product in any order."""
        return 1.1 * (self.a.shape[1] + 16) * np.finfo(precision).eps / 2

    def lost(self, precision: type) -> float:
        """Absolute error of a tile by underflow."""
        return 10 * float(np.finfo(precision).tiny)

    def tile(self, rows: slice, columns: slice, precision: type) -> np.ndarray:
        """Lower bounds of the squared distances; infinite between a sample and itself."""
        shrink, lost = 1.0 - self.error(precision), self.lost(precision)
        tile = _around(self.a[rows], self.centre, precision) @ (
            _around(self.b[columns], self.centre, precision).T
        )
        tile *= -2
        tile += (shrink * self.a_squares[rows] - lost).astype(precision)[:, None]
        tile += (shrink * self.b_squares[columns] - lost).astype(precision)
        if self.own is not None:
            at = self.own[rows] - columns.start
            inside = np.flatnonzero((at >= 0) & (at < tile.shape[1]))
            tile[inside, at[inside]] = np.inf
        return tile

    def slack(self, i: np.ndarray, j: np.ndarray, precision: type) -> np.ndarray:
        """How far the squared distances of pairs may lie above their lower bounds."""
        squares = self.a_squares[i] + self.b_squares[j]
        return 2 * self.error(precision) * squares + 4 * self.lost(precision)

    def exact(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Squared distances in float64 of the pairs (i, j), arrays of one shape."""
        result = np.empty(i.size)
        i, j, shape = i.ravel(), j.ravel(), i.shape
        for part in slices(len(result), max(1, _PAIRS // self.a.shape[1])):
            difference = np.subtract(self.a[i[part]], self.b[j[part]], dtype=np.float64)
            np.einsum("ij,ij->i", difference, difference, out=result[part])
        return result.reshape(shape)

    def inside(
        self, tile: np.ndarray, rows: slice, columns: slice, radii: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (i, j) of a tile that are less than the radii `(rows, 1)` or `(1, columns)` apart.

        Distances are compared as float32 if both arrays are that.
        """
        dtype = np.result_type(self.a, self.b)
        rounding = 16 * np.finfo(dtype).eps
        limits = np.square(radii, dtype=np.float64)
        reach = (limits * (1 + rounding)).astype(tile.dtype)
        reach = np.where(radii > 0, np.nextafter(reach, np.inf, dtype=tile.dtype), -np.inf)
        at = np.nonzero(tile < reach.astype(tile.dtype))
        i, j = at[0] + rows.start, at[1] + columns.start
        limits = np.broadcast_to(limits, tile.shape)[at]
        above = tile[at] + self.slack(i, j, tile.dtype)
        unsure = np.flatnonzero(above >= limits * (1 - rounding))
        if len(unsure) > _OPEN * tile.size and tile.dtype == np.float32:
            return self.inside(self.tile(rows, columns, np.float64), rows, columns, radii)
        nearer = np.ones(len(i), bool)
        radii = np.broadcast_to(radii, tile.shape)[at][unsure]
        nearer[unsure] = roots(self.exact(i[unsure], j[unsure]), dtype) < radii
        return i[nearer], j[nearer]

    def tiles(self) -> list[tuple[slice, slice]]:
        """Rows and columns of every tile; one half of them if they are symmetric."""
        return [
            (rows, columns)
            for rows in slices(len(self.a), _TILE)
            for columns in slices(len(self.b), _TILE)
            if not self.symmetric or columns.start >= rows.start
        ]

    def nearest(self, k: int, label: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Squared distances `(n, k)` in float64, ascending, and indices of the nearest of `b`."""
        return self._nearest(k, self.precision, label)

    def _nearest(self, k: int, precision: type, label: str | None) -> tuple[np.ndarray, np.ndarray]:
        others = len(self.b) - (self.own is not None)
        kept = min(k + _SPARE, others)
        bounds = np.full((len(self.a), kept), np.inf, precision)
        indices = np.zeros((len(self.a), kept), np.int64)

        def work(rows: slice, columns: slice) -> list:
            tile = self.tile(rows, columns, precision)
            found = [(rows, *_smallest(tile, kept, columns.start))]
            if self.symmetric and rows != columns:
                found.append((columns, *_smallest(tile.T, kept, rows.start)))
            return found

        for found in on_all_cores(work, self.tiles(), label):
            for rows, *new in found:
                both = np.hstack([bounds[rows], new[0]]), np.hstack([indices[rows], new[1]])
                best = np.argpartition(both[0], kept - 1, axis=1)[:, :kept]
                bounds[rows], indices[rows] = (np.take_along_axis(x, best, 1) for x in both)

        squares = np.empty(bounds.shape)

        def finish(rows: slice) -> None:
            i = np.arange(rows.start, rows.stop)[:, None]
            squares[rows] = self.exact(np.broadcast_to(i, indices[rows].shape), indices[rows])

        for _ in on_all_cores(finish, ((rows,) for rows in slices(len(squares), _TILE))):
            pass
        order = np.argsort(squares, axis=1, kind="stable")[:, :k]
        squares, indices = (np.take_along_axis(x, order, 1) for x in (squares, indices))
        if kept < others and precision == np.float32:
            # One that was not kept may be nearer than the kth of those that were.
            rows = np.flatnonzero(squares[:, -1] > bounds.max(axis=1))
            if len(rows):
                own = None if self.own is None else self.own[rows]
                again = Distances(self.a[rows], self.b, own)
                squares[rows], indices[rows] = again._nearest(k, np.float64, label)
        return squares, indices


def roots(squares: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Distances of the given type from their squares: rounded first, as scikit-learn does."""
    return np.sqrt(squares.astype(dtype))


def directions(features: np.ndarray) -> np.ndarray:
    """Rows of length 1, in float64; what is 0 stays 0."""
    features = features.astype(np.float64)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1.0)


def slices(length: int, size: int) -> list[slice]:
    """Slices of at most `size` that make up the length."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def on_all_cores(
    work: Callable[..., Any], cases: Iterable[tuple], label: str | None = None
) -> Iterator[Any]:
    """Results of `work(*case)`, in turn, from one thread for each core; a bar if it has a label."""
    from threadpoolctl import threadpool_limits
    from tqdm import tqdm

    cases = list(cases)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with (
        threadpool_limits(1, "blas"),
        ThreadPoolExecutor(cores) as pool,
        tqdm(
            total=len(cases),
            desc=label,
            disable=label is None or not can_redraw(sys.stderr),
            leave=False,
        ) as bar,
    ):
        for result in pool.map(lambda case: work(*case), cases):
            yield result
            bar.update()


def _smallest(tile: np.ndarray, count: int, start: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` smallest of each row, or all if they are fewer, and their indices from `start`.

    They lie in those `count` groups of columns whose minima are smallest: only these are sorted.
    """
    width = tile.shape[1]
    groups = width // 16
    if groups <= count:
        columns = np.broadcast_to(np.arange(width), tile.shape)
    else:
        minima = tile[:, : 16 * groups].reshape(len(tile), 16, groups).min(axis=1)
        best = np.argpartition(minima, count - 1, axis=1)[:, :count]
        columns = (best[:, None] + np.arange(0, 16 * groups, groups)[:, None]).reshape(
            len(tile), -1
        )
        rest = np.broadcast_to(np.arange(16 * groups, width), (len(tile), width - 16 * groups))
        columns = np.hstack([columns, rest])
    values = np.take_along_axis(tile, columns, 1)
    if values.shape[1] > count:
        best = np.argpartition(values, count - 1, axis=1)[:, :count]
        values, columns = (np.take_along_axis(x, best, 1) for x in (values, columns))
    return values, columns + start


def _around(features: np.ndarray, centre: np.ndarray, precision: type) -> np.ndarray:
    wide = np.result_type(features, centre, precision)
    return np.subtract(features, centre, dtype=wide).astype(precision, copy=False)


def _squares(features: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Squared lengths `(n,)` around the centre, in float64."""
    squares = np.empty(len(features))
    for rows in slices(len(features), _TILE):
        part = np.subtract(features[rows], centre, dtype=np.float64)
        np.einsum("ij,ij->i", part, part, out=squares[rows])
    return squares

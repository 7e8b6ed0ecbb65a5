"""Fidelity and variety apart, from nearest neighbours: precision, recall, density, coverage."""

from collections.abc import Iterator

import numpy as np

from keras_gan.metrics.checks import check_features

_BLOCK = 2**22  # distances that are worked out at a time


def prdc(real: np.ndarray, fake: np.ndarray, k: int = 5) -> dict[str, float]:
    r"""Precision, recall, density and coverage by balls around the samples.

    The ball of a sample reaches to its kth nearest neighbour of its own kind, and is open.
    Precision is the share of fakes in the ball of some real sample, recall the share of real ones
    in the ball of some fake; density is the mean number of real balls around a fake, divided by k;
    coverage is the share of real balls with a fake in them. Memory beyond the features stays flat.

    Args:
        real: Features `(n, d)` of real images, n at least k + 1.
        fake: Features `(m, d)` of generated images, m at least k + 1.
        k: Number of the neighbour that a ball reaches to, itself not counted; at least 1.

    Returns:
        A dict of `precision`, `recall` and `coverage` in [0, 1], and `density`, at least 0.

    Raises:
        ValueError: for features that are not finite, too few or differently wide.

    Example:

    >>> prdc(real_features, fake_features)["coverage"]

    References:
        Kynkäänniemi et al., 2019, https://arxiv.org/abs/1904.06991 (precision, recall).
        Naeem et al., 2020, https://arxiv.org/abs/2002.09797 (density, coverage).
    """
    if k < 1:
        raise ValueError(f"Expected k of at least 1. Received: k={k}.")
    real, fake = check_features(real, fake, k + 1, f"A neighbour number k={k}")
    real_radii, fake_radii = _radii(real, k), _radii(fake, k)
    around = np.zeros(len(fake), np.int64)  # real balls around each fake
    recalled = covered = 0
    for rows, distances in _blocks(real, fake):
        around += np.count_nonzero(distances < real_radii[rows, None], axis=0)
        recalled += np.count_nonzero((distances < fake_radii).any(axis=1))
        covered += np.count_nonzero(distances.min(axis=1) < real_radii[rows])
    return {
        "precision": float(np.mean(around > 0)),
        "recall": recalled / len(real),
        "density": float(np.mean(around) / k),
        "coverage": covered / len(real),
    }


def _radii(features: np.ndarray, k: int) -> np.ndarray:
    """Distance `(n,)` of each sample to its kth nearest neighbour."""
    radii = np.empty(len(features), features.dtype)
    for rows, distances in _blocks(features, features):
        index = np.arange(len(distances))
        distances[index, rows.start + index] = 0.0  # exactly, for the neighbour number 0
        radii[rows] = np.partition(distances, k, axis=1)[:, k]
    return radii


def _blocks(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Euclidean distances of some rows of `a` to all of `b` at a time.

    |x - y|^2 = |x|^2 - 2 x.y + |y|^2 in float64; the result is float32 where both are.
    """
    dtype = np.result_type(a, b)
    b = b.astype(np.float64)
    b_squares = np.einsum("ij,ij->i", b, b)
    size = max(1, _BLOCK // len(b))
    for start in range(0, len(a), size):
        rows = slice(start, min(start + size, len(a)))
        block = a[rows].astype(np.float64)
        squares = -2.0 * (block @ b.T)
        squares += np.einsum("ij,ij->i", block, block)[:, None]
        squares += b_squares
        squares = squares.astype(dtype, copy=False)
        yield rows, np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)

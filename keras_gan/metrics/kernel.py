"""Kernel distance (KID). Bińkowski et al., 2018, https://arxiv.org/abs/1801.01401"""

from typing import NamedTuple

import numpy as np

from keras_gan.metrics.checks import check_features
from keras_gan.metrics.distances import on_all_cores, slices

_TILE = 1000  # rows and columns of the kernel matrix that are worked out at a time


class KernelDistance(NamedTuple):
    """Mean and standard deviation over the subsets."""

    mean: float
    std: float


def kernel_distance(
    real: np.ndarray,
    fake: np.ndarray,
    subsets: int = 100,
    subset_size: int | None = None,
    seed: int = 0,
) -> KernelDistance:
    r"""Squared maximum mean discrepancy under the kernel (x.y / d + 1)^3, unbiased.

    The mean of the kernel over pairs of different real samples, plus that over pairs of different
    fakes, less twice that over pairs of a real sample and a fake. Unlike the Fréchet distance it
    does not fall with the number of samples; between equal distributions it is 0 on average, and
    may be below. It is averaged over subsets, drawn without replacement from either set.

    Args:
        real: Features `(n, d)` of real images, n at least 2.
        fake: Features `(m, d)` of generated images, m at least 2.
        subsets: Number of subsets. Where all would be the whole of both sets, one is worked out.
        subset_size: Samples in a subset of either set; 1,000, or the smaller set if it has fewer.
        seed: Draws the subsets.

    Returns:
        Mean and standard deviation over the subsets, worked out in float64.

    Raises:
        ValueError: for features that are not finite, too few or differently wide, or a subset that
            is larger than a set.

    Example:

    >>> kernel_distance(np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]]))
    KernelDistance(mean=-121.0, std=0.0)

    References:
        Bińkowski et al., 2018, https://arxiv.org/abs/1801.01401.
        Gretton et al., 2012, https://jmlr.org/papers/v13/gretton12a.html (the unbiased estimate).
    """
    real, fake = check_features(real, fake, 2, "A kernel distance")
    smaller = min(len(real), len(fake))
    size = min(1000, smaller) if subset_size is None else subset_size
    if not 2 <= size <= smaller:
        raise ValueError(
            f"Expected a subset_size of 2 to {smaller}, the size of the smaller set. "
            f"Received: subset_size={size}."
        )
    if subsets < 1:
        raise ValueError(f"Expected at least 1 subset. Received: subsets={subsets}.")
    if size == len(real) == len(fake):
        subsets = 1
    rng = np.random.default_rng(seed)
    chosen = [
        tuple(rng.choice(len(each), size, replace=False) for each in (real, fake))
        for _ in range(subsets)
    ]
    products = _Products(real, fake)
    parts = slices(size, _TILE)
    among = [(a, b) for a in parts for b in parts if b.start >= a.start]
    cases = [(0, 0, *tile) for tile in among] + [(1, 1, *tile) for tile in among]
    cases += [(0, 1, a, b) for a in parts for b in parts]

    def work(subset: int, first: int, second: int, rows: slice, columns: slice) -> float:
        """What a tile of the kernel matrix adds to the estimate from a subset."""
        i = chosen[subset][first][rows]
        j = i if (first, rows) == (second, columns) else chosen[subset][second][columns]
        base = products(first, i, second, j)
        base /= real.shape[1]
        base += 1
        kernel = base * base
        kernel *= base
        if first != second:
            return -2 * kernel.sum() / size**2
        if rows == columns:
            return (kernel.sum() - kernel.trace()) / (size * (size - 1))
        return 2 * kernel.sum() / (size * (size - 1))

    tiles = ((subset, *case) for subset in range(subsets) for case in cases)
    values = np.reshape(list(on_all_cores(work, tiles)), (subsets, len(cases))).sum(axis=1)
    return KernelDistance(float(values.mean()), float(values.std()))


class _Products:
    """Products x.y = (x - c).(y - c) + c.x + c.y - c.c around the mean c of two sets.

    The first is what takes time. It stays in the type of the features: in float32 its errors are
    small and of either sign, while those of x.y itself would add up. The rest is in float64.
    """

    def __init__(self, real: np.ndarray, fake: np.ndarray):
        self.sets = real, fake
        middle = (real.mean(axis=0, dtype=np.float64) + fake.mean(axis=0, dtype=np.float64)) / 2
        self.centre = middle.astype(np.result_type(real, fake))
        centre = self.centre.astype(np.float64)
        self.offsets = [
            np.concatenate([features[rows] @ centre for rows in slices(len(features), _TILE)])
            - centre @ centre / 2
            for features in self.sets
        ]

    def __call__(self, first: int, i: np.ndarray, second: int, j: np.ndarray) -> np.ndarray:
        left = self.sets[first][i] - self.centre
        right = left if i is j else self.sets[second][j] - self.centre
        product = (left @ right.T).astype(np.float64)
        product += self.offsets[first][i][:, None]
        product += self.offsets[second][j]
        return product

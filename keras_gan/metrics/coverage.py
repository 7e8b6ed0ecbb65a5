"""Fidelity and variety apart, from nearest neighbours: precision, recall, density, coverage."""

import numpy as np

from keras_gan.metrics.checks import check_features
from keras_gan.metrics.distances import Distances, on_all_cores, roots


def prdc(
    real: np.ndarray, fake: np.ndarray, k: int = 5, progress: bool = False
) -> dict[str, float]:
    r"""Precision, recall, density and coverage by balls around the samples.

    The ball of a sample reaches to its kth nearest neighbour of its own kind, and is open.
    Precision is the share of fakes in the ball of some real sample, recall the share of real ones
    in the ball of some fake; density is the mean number of real balls around a fake, divided by k;
    coverage is the share of real balls with a fake in them. Memory beyond the features stays flat.

    A real outlier has a large ball. In a classifier's features uniform noise lies near the origin,
    and a few such balls take in all of it: precision and density are then 1, coverage near 0.

    Args:
        real: Features `(n, d)` of real images, n at least k + 1.
        fake: Features `(m, d)` of generated images, m at least k + 1.
        k: Number of the neighbour that a ball reaches to, itself not counted; at least 1.
        progress: Whether to show a bar.

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
    real_radii = _radii(real, k, "real balls" if progress else None)
    fake_radii = _radii(fake, k, "fake balls" if progress else None)
    distances = Distances(real, fake)

    def work(rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        tile = distances.tile(rows, columns, distances.precision)
        real_of, fake_in = distances.inside(tile, rows, columns, real_radii[rows, None])
        recalled, _ = distances.inside(tile, rows, columns, fake_radii[None, columns])
        return real_of, fake_in, recalled

    around = np.zeros(len(fake), np.int64)  # real balls around each fake
    covered, recalled = np.zeros((2, len(real)), bool)
    for real_of, fake_in, found in on_all_cores(
        work, distances.tiles(), "fakes in balls" if progress else None
    ):
        np.add.at(around, fake_in, 1)
        covered[real_of] = True
        recalled[found] = True
    return {
        "precision": float(np.mean(around > 0)),
        "recall": float(np.mean(recalled)),
        "density": float(np.mean(around) * (1.0 / k)),
        "coverage": float(np.mean(covered)),
    }


def _radii(features: np.ndarray, k: int, label: str | None) -> np.ndarray:
    """Distance `(n,)` of each sample to its kth nearest neighbour."""
    squares, _ = Distances(features).nearest(k, label)
    return roots(squares[:, -1], features.dtype)

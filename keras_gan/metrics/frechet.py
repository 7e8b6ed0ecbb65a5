"""Fréchet distance (FID). Heusel et al., 2017, https://arxiv.org/abs/1706.08500"""

import warnings

import numpy as np

from keras_gan.metrics.checks import check_features, check_set

_ROWS = 4096  # samples that are taken in at a time


class Moments:
    """Mean and covariance of features that come in parts, in float64.

    The sums of squares of each part are taken around its own mean and merged exactly, so that
    nothing cancels however far the features lie from zero.

    Attributes:
        count: Number of samples so far.
        mean: Their mean `(d,)`; None before the first.

    Example:

    >>> moments = Moments()
    >>> for part in parts:
    ...     moments.update(part)
    >>> moments.covariance

    References:
        Chan, Golub, LeVeque, 1983, https://doi.org/10.1080/00031305.1983.10483115.
    """

    def __init__(self):
        self.count = 0
        self.mean: np.ndarray | None = None
        self._scatter: np.ndarray | None = None  # summed products of differences from the mean

    def update(self, features: np.ndarray) -> None:
        """Takes in some features `(n, d)`, n at least 1, finite, d as before; or a ValueError."""
        features = check_set(features, "new", 1, "An update")
        for start in range(0, len(features), _ROWS):
            rows = features[start : start + _ROWS]
            mean = rows.mean(axis=0, dtype=np.float64)
            centred = rows - mean
            self._merge(len(rows), mean, centred.T @ centred)

    def merge(self, other: "Moments") -> None:
        """Takes in all that another one has taken in."""
        if other.count:
            self._merge(other.count, other.mean, other._scatter)

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased covariance `(d, d)`; takes at least 2 samples."""
        if self.count < 2:
            raise ValueError(f"A covariance takes at least 2 samples. Received: {self.count}.")
        return self._scatter / (self.count - 1)

    def _merge(self, count: int, mean: np.ndarray, scatter: np.ndarray) -> None:
        if not self.count:
            self.count, self.mean, self._scatter = count, mean.copy(), scatter.copy()
            return
        if len(mean) != len(self.mean):
            raise ValueError(
                f"Expected features as wide as those before, {len(self.mean)}. "
                f"Received: {len(mean)}."
            )
        total = self.count + count
        shift = mean - self.mean
        self._scatter += scatter
        self._scatter += np.outer(shift * (self.count * count / total), shift)
        self.mean += shift * (count / total)
        self.count = total


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    r"""Squared 2-Wasserstein distance between normal distributions fitted to both sets.

    |m_r - m_f|^2 + tr(S_r) + tr(S_f) - 2 tr((S_r S_f)^(1/2)), with means m and covariances S. With
    S_r = A A^T, the last trace is the sum of the roots of the eigenvalues of A^T S_f A, which is
    symmetric and may be singular: no root of a general matrix is needed. It falls with the number
    of samples, so compare figures of equal numbers only.

    Args:
        real: Features `(n, d)` of real images, n at least 2.
        fake: Features `(m, d)` of generated images, m at least 2.

    Returns:
        The distance, at least 0, worked out in float64.

    Raises:
        ValueError: for features that are not finite, too few or differently wide.

    Warns:
        UserWarning: for fewer samples than features.

    Example:

    >>> frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]]))
    9.0

    References:
        Dowson and Landau, 1982, https://doi.org/10.1016/0047-259X(82)90077-X.
        Heusel et al., 2017, https://arxiv.org/abs/1706.08500.
    """
    real, fake = check_features(real, fake, 2, "A covariance")
    moments = Moments(), Moments()
    for each, features in zip(moments, (real, fake), strict=True):
        each.update(features)
    return frechet_distance_of(*moments)


def frechet_distance_of(real: Moments, fake: Moments) -> float:
    """The same from moments that are at hand: those of real data can be kept.

    Args:
        real, fake: Moments of at least 2 samples each, of the same width.

    Returns:
        The distance, at least 0.

    Raises:
        ValueError: for too few samples or different widths.

    Warns:
        UserWarning: for fewer samples than features.
    """
    real_covariance, fake_covariance = real.covariance, fake.covariance
    if len(real.mean) != len(fake.mean):
        raise ValueError(
            "Real and fake features must be equally wide. "
            f"Received: real {len(real.mean)}, fake {len(fake.mean)}."
        )
    if min(real.count, fake.count) < len(real.mean):
        warnings.warn(
            "A Fréchet distance from fewer samples than features is mostly bias. "
            f"Received: {real.count} real and {fake.count} fake samples of {len(real.mean)} "
            "features. Take more samples, or kernel_distance, which is unbiased.",
            stacklevel=2,
        )
    product = np.linalg.eigvalsh(_between(real_covariance, fake_covariance))
    distance = (
        np.sum((real.mean - fake.mean) ** 2)
        + np.trace(real_covariance)
        + np.trace(fake_covariance)
        - 2.0 * np.sum(np.sqrt(_positive(product)))
    )
    return max(0.0, float(distance))


def _between(real: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """A^T S_f A with A A^T = S_r: A is a triangle, or from eigenvectors where S_r is singular.

    Triangles are multiplied by BLAS' own routine, in half the time.
    """
    from scipy.linalg.blas import dtrmm

    try:
        triangle = np.linalg.cholesky(real).T  # A^T, in the order of columns that BLAS wants
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(real)
        root = vectors * np.sqrt(_positive(values))
        return root.T @ fake @ root
    product = dtrmm(1.0, triangle, fake.T)
    return dtrmm(1.0, triangle, product, side=1, trans_a=1, overwrite_b=1)


def _positive(values: np.ndarray) -> np.ndarray:
    """Eigenvalues without those that are rounding errors around 0 (their roots are not small)."""
    noise = len(values) * np.finfo(np.float64).eps * np.max(np.abs(values), initial=0.0)
    return np.where(values > noise, values, 0.0)

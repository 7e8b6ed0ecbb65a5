"""Fréchet distance (FID). Heusel et al., 2017, https://arxiv.org/abs/1706.08500"""

import numpy as np

from keras_gan.metrics.checks import check_features


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

    Example:

    >>> frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]]))
    9.0

    References:
        Dowson and Landau, 1982, https://doi.org/10.1016/0047-259X(82)90077-X.
        Heusel et al., 2017, https://arxiv.org/abs/1706.08500.
    """
    real, fake = check_features(real, fake, 2, "A covariance")
    real_mean, real_covariance = _moments(real)
    fake_mean, fake_covariance = _moments(fake)
    values, vectors = np.linalg.eigh(real_covariance)
    root = vectors * np.sqrt(_positive(values))  # A: (d, d)
    product = np.linalg.eigvalsh(root.T @ fake_covariance @ root)
    distance = (
        np.sum((real_mean - fake_mean) ** 2)
        + np.trace(real_covariance)
        + np.trace(fake_covariance)
        - 2.0 * np.sum(np.sqrt(_positive(product)))
    )
    return max(0.0, float(distance))


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean `(d,)` and unbiased covariance `(d, d)` in float64."""
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean
    return mean, centred.T @ centred / (len(features) - 1)


def _positive(values: np.ndarray) -> np.ndarray:
    """Eigenvalues without those that are rounding errors around 0 (their roots are not small)."""
    noise = len(values) * np.finfo(np.float64).eps * np.max(np.abs(values), initial=0.0)
    return np.where(values > noise, values, 0.0)

"""How good a classifier is, and whether one is better than another but for chance."""

from typing import Any

import keras
import numpy as np
from scipy import stats

from keras_gan.core import ranges

BINS = 15  # of confidence
PART = 500  # pictures that a classifier is shown at a time


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """What a classifier gives for pictures: `(n, classes)`; what does not sum to 1 are logits.

    Args:
        model: Takes float pictures in [-1, 1].
        images: uint8, or float in [-1, 1].

    Raises:
        ValueError: for a model that gives no number for each class.
    """
    parts = (ranges.scaled(images[k : k + PART]) for k in range(0, len(images), PART))
    told = [keras.ops.convert_to_numpy(model(part, training=False)) for part in parts]
    found = np.concatenate(told).astype(np.float64)
    if found.ndim != 2 or found.shape[1] < 2:
        raise ValueError(
            "A classifier gives a number for each class. Received: outputs of shape "
            f"{found.shape}. Expected (n, classes)."
        )
    if (found >= 0).all() and np.allclose(found.sum(axis=1), 1.0, atol=1e-3):
        return found
    found = np.exp(found - found.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def judged(found: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, the mean of it over classes, and the calibration error of probabilities."""
    right = found.argmax(axis=1) == labels
    by_class = [right[labels == c].mean() for c in np.unique(labels)]
    return {
        "accuracy": float(right.mean()),
        "balanced": float(np.mean(by_class)),
        "ece": calibration_error(found, labels),
    }


def calibration_error(found: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    r"""Expected calibration error (ECE): how far confidence is from accuracy.

    Args:
        found: Probabilities `(n, classes)`.
        labels: Classes `(n,)`.
        bins: Of confidence, equally wide.

    Returns:
        The sum over bins of share |accuracy - mean confidence|.

    Example:

    >>> calibration_error(np.array([[0.8, 0.2], [0.8, 0.2]]), np.array([0, 1]))
    0.3

    References:
        Guo et al., 2017, https://arxiv.org/abs/1706.04599.
    """
    confidence, right = found.max(axis=1), found.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, right - confidence, bins)
    return float(np.abs(gaps).sum() / len(labels))


def paired_p(first: Any, second: Any) -> float:
    """The two-sided p-value of a paired t-test, seed by seed.

    Args:
        first, second: A figure `(seeds,)` of each of two, at least 2 seeds.

    Raises:
        ValueError: for fewer.

    Example:

    >>> round(paired_p([1.0, 2.0, 4.0], [0.0, 0.0, 0.0]), 3)
    0.118
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(
            "A paired test takes two seeds or more. Received: "
            f"{len(first)} and {len(second)} figures."
        )
    apart = first - second
    if np.ptp(apart) <= 1e-12:  # no spread, for which scipy has a warning
        return 1.0 if abs(apart[0]) <= 1e-12 else 0.0
    return float(stats.ttest_rel(first, second).pvalue)


def holm(p_values: Any) -> np.ndarray:
    """p-values corrected for that several were looked at: the chance that any of them deceives.

    Args:
        p_values: `(tests,)`.

    Returns:
        Array `(tests,)`, by the step-down procedure.

    Example:

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])

    References:
        Holm, 1979, A simple sequentially rejective multiple test procedure.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected

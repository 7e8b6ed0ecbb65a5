"""Inception Score, and its parts between and within classes, from class probabilities."""

from typing import NamedTuple

import numpy as np


class ConditionalInceptionScore(NamedTuple):
    """The Inception Score of samples with labels, apart: between x within is the whole score."""

    between: float
    within: float


def inception_score(probabilities: np.ndarray) -> float:
    r"""How sharply a classifier sees each sample, and how evenly it sees all classes.

    exp(E_x KL(p(y|x) || p(y))) = exp(H(E_x p(y|x)) - E_x H(p(y|x))), with the entropy H, over all
    samples at once (the paper's ten splits give a lower figure). It knows no real images: compare
    it with that of real ones, by the same classifier.

    Args:
        probabilities: Class probabilities `(n, classes)`; each row sums to 1.

    Returns:
        The score: 1 (all samples look alike, or like nothing) to the number of classes.

    Raises:
        ValueError: for rows that are no probabilities.

    Example:

    >>> inception_score(np.eye(10))
    10.0

    References:
        Salimans et al., 2016, https://arxiv.org/abs/1606.03498.
    """
    rows = _checked(probabilities)
    return _perplexity(_entropy(rows.mean(axis=0)) - _entropy(rows).mean())


def conditional_inception_score(
    probabilities: np.ndarray, labels: np.ndarray
) -> ConditionalInceptionScore:
    r"""Inception Score between the classes that were asked for, and within them.

    between = exp(E_c KL(p(y|c) || p(y))): how well the classes are told apart; high is good.
    within = exp(E_c E_{x|c} KL(p(y|x) || p(y|c))): how much a classifier sees samples of one class
    differ; for a classifier of the very same classes 1 is best. E_c weighs classes by their number
    of samples, so that between x within = `inception_score(probabilities)`.

    Args:
        probabilities: Class probabilities `(n, classes)`; each row sums to 1.
        labels: Integers `(n,)`, the classes that the samples were to show.

    Returns:
        `ConditionalInceptionScore(between, within)`, both at least 1.

    Raises:
        ValueError: for rows that are no probabilities, or another number of labels.

    Example:

    >>> conditional_inception_score(np.eye(10), np.arange(10))
    ConditionalInceptionScore(between=10.0, within=1.0)

    References:
        Benny et al., 2021, https://arxiv.org/abs/2004.12361.
    """
    rows, labels = _checked(probabilities), np.asarray(labels)
    if labels.shape != rows.shape[:1]:
        raise ValueError(
            f"Every sample needs one label. Received: labels of shape {labels.shape} for "
            f"{len(rows)} samples. Expected ({len(rows)},)."
        )
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), rows.shape[1]))  # p(y|c): (classes asked for, classes)
    np.add.at(means, classes, rows)
    means /= counts[:, None]
    class_entropy = np.average(_entropy(means), weights=counts)
    return ConditionalInceptionScore(
        between=_perplexity(_entropy(rows.mean(axis=0)) - class_entropy),
        within=_perplexity(class_entropy - _entropy(rows).mean()),
    )


def _entropy(p: np.ndarray) -> np.ndarray:
    """-sum p log p over the last axis, with 0 log 0 = 0."""
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def _perplexity(information: float) -> float:
    return float(np.exp(max(0.0, information)))


def _checked(probabilities: np.ndarray) -> np.ndarray:
    """The rows in float64; they sum to 1 exactly."""
    rows = np.asarray(probabilities)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(
            f"Expected probabilities (samples, classes). Received: shape {rows.shape}."
        )
    rows = rows.astype(np.float64)
    sums = rows.sum(axis=1)
    wrong = ~(np.abs(sums - 1.0) <= 1e-3) | (rows < 0).any(axis=1)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(
            "Class probabilities are at least 0 and sum to 1. "
            f"Received: row {i} with sum {sums[i]:g} and minimum {rows[i].min():g}. "
            "Expected the output of a softmax, not logits."
        )
    return rows / sums[:, None]

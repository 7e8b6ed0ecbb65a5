"""Inception Score and its conditional form, against hand-worked cases and scipy's entropies."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy

from keras_gan.metrics import conditional_inception_score, inception_score


def probabilities(n, classes=6, seed=0):
    return softmax(2 * np.random.default_rng(seed).standard_normal((n, classes)), axis=1)


def test_the_least_and_the_most():
    assert inception_score(np.full((7, 4), 0.25)) == pytest.approx(1.0)
    assert inception_score(np.tile([[0.7, 0.2, 0.1]], (5, 1))) == pytest.approx(1.0)
    assert inception_score(np.eye(10)) == pytest.approx(10.0)
    assert inception_score(np.eye(10)[[3, 3, 8, 8]]) == pytest.approx(2.0)


def test_a_case_by_hand():
    """H(5/8, 3/8) = 0.661563; the rows have H = 0 and H(1/4, 3/4) = 0.562335."""
    score = inception_score([[1.0, 0.0], [0.25, 0.75]])
    assert score == pytest.approx(np.exp(0.661563 - 0.562335 / 2), rel=1e-5)


def test_it_is_the_mean_divergence_from_the_marginal():
    rows = probabilities(500)
    expected = np.exp(np.mean([entropy(row, rows.mean(axis=0)) for row in rows]))
    assert inception_score(rows) == pytest.approx(expected, rel=1e-10)
    assert inception_score(rows.astype(np.float32)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("labels", [np.arange(600) % 6, np.arange(600) ** 2 % 7])
def test_between_times_within_is_the_whole(labels):
    rows = probabilities(600)
    parts = conditional_inception_score(rows, labels)
    assert parts.between * parts.within == pytest.approx(inception_score(rows), rel=1e-10)
    assert min(parts) >= 1.0


def test_between_and_within_by_scipy():
    rows = probabilities(120)
    labels = np.arange(120) ** 2 % 7  # 0, 1, 2 and 4, not equally often: each counts by its samples
    means = {c: rows[labels == c].mean(axis=0) for c in (0, 1, 2, 4)}
    between = np.mean([entropy(means[c], rows.mean(axis=0)) for c in labels])
    within = np.mean([entropy(row, means[c]) for row, c in zip(rows, labels, strict=True)])
    parts = conditional_inception_score(rows, labels)
    np.testing.assert_allclose(parts, np.exp([between, within]), rtol=1e-10)


def test_right_labels_and_labels_that_mean_nothing():
    right = np.repeat(np.arange(5), 20)
    assert conditional_inception_score(np.eye(5)[right], right) == pytest.approx((5.0, 1.0))
    nothing = np.tile(np.arange(20) % 4, 5)  # each asked for class shows every other, evenly
    parts = conditional_inception_score(np.eye(4)[nothing], right)
    assert parts == pytest.approx((1.0, 4.0))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.ones(3), r"Expected probabilities \(samples, classes\). Received: shape \(3,\)"),
        (np.ones((0, 3)), r"Received: shape \(0, 3\)"),
        ([[0.5, 0.5], [3.0, -1.0]], "row 1 with sum 2 and minimum -1.*not logits"),
        ([[1.5, -0.5]], "row 0 with sum 1 and minimum -0.5"),
        ([[np.nan, 1.0]], "row 0 with sum nan"),
    ],
)
def test_rows_that_are_no_probabilities(rows, message):
    with pytest.raises(ValueError, match=message):
        inception_score(rows)
    with pytest.raises(ValueError, match=message):
        conditional_inception_score(rows, [0])


def test_labels_of_another_number():
    with pytest.raises(ValueError, match=r"labels of shape \(3,\) for 4 samples. Expected \(4,\)"):
        conditional_inception_score(np.eye(4), [0, 1, 2])

"""Modes found among samples: classes, and the parts of a Gaussian mixture."""

import numpy as np
import pytest
from scipy.stats import chi2, entropy

from keras_gan.metrics import class_modes, mixture_modes

GRID = np.array([(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)], float)  # PacGAN's


def test_classes_by_hand():
    found = class_modes([0, 0, 1, 3], num_classes=5)
    assert (found.found, found.missing) == (3, (2, 4))
    np.testing.assert_allclose(found.shares, [0.5, 0.25, 0, 0.25, 0])
    # 0.5 log(0.5 / 0.2) + 2 x 0.25 log(0.25 / 0.2)
    assert found.reverse_kl == pytest.approx(0.5 * np.log(2.5) + 0.5 * np.log(1.25))


def test_classes_against_real_ones():
    rng = np.random.default_rng(0)
    fake, real = rng.integers(0, 7, 300), rng.integers(0, 8, 500)
    expected = entropy(np.bincount(fake, minlength=8), np.bincount(real, minlength=8))
    found = class_modes(fake, 8, real)
    assert found.reverse_kl == pytest.approx(expected)
    assert found.missing == (7,)
    assert class_modes(real, 8, real).reverse_kl == 0


def test_a_class_that_real_images_do_not_show():
    assert class_modes([0, 1, 2], 3, real=[0, 1, 1]).reverse_kl == np.inf
    assert class_modes([0, 1], 3, real=[0, 1, 2, 2]).reverse_kl == pytest.approx(np.log(2))


def test_stacked_digits():
    """1,000 modes of three digits, all of them, or with one digit missing everywhere."""
    a, b, c = np.indices((10, 10, 10)).reshape(3, -1)
    every = 100 * a + 10 * b + c
    assert class_modes(np.tile(every, 26), 1000)[0:2] == (1000, ())
    without = every[(a != 7) & (b != 7) & (c != 7)]
    found = class_modes(without.astype(np.uint64), 1000)
    assert found.found == 729
    assert found.reverse_kl == pytest.approx(np.log(1000 / 729))
    assert 177 in found.missing


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], r"Expected predicted classes as integers \(n,\), at least one. .*shape \(0,\)"),
        ([0.0, 1.0], "dtype float64"),
        ([[0, 1]], r"shape \(1, 2\)"),
        ([0, 3], "A predicted class is out of range. Received: 0 to 3. Expected 0 to 2"),
        ([-1, 2], "Received: -1 to 2"),
    ],
)
def test_what_are_no_classes(labels, message):
    with pytest.raises(ValueError, match=message):
        class_modes(labels, 3)
    with pytest.raises(ValueError, match=message.replace("predicted", "real")):
        class_modes([0], 3, real=labels)


def test_mixture_by_hand():
    """Radius 3 x 0.2 = 0.6: one sample near each of two centres, one between, one on the rim."""
    centres = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]
    found = mixture_modes([[0.1, 0], [3.9, 0.2], [2, 0], [0, 0.61]], centres, std=0.2)
    assert found.found == 2
    assert found.high_quality == 0.5
    assert found.counts.tolist() == [1, 1, 0]
    assert found.reverse_kl == pytest.approx(np.log(3 / 2))
    assert mixture_modes([[0, 0.61]], centres, std=0.2, within=3.1).counts.tolist() == [1, 0, 0]


def test_the_grid_of_25():
    """A perfect sampler has 98.9% of high quality; one that knows five modes is found out."""
    rng = np.random.default_rng(0)
    modes = np.arange(5000) % 25
    noise = 0.05 * rng.standard_normal((5000, 2))
    found = mixture_modes(GRID[modes] + noise, GRID, std=0.05)
    assert found.found == 25
    assert found.high_quality == pytest.approx(chi2(2).cdf(9), abs=0.005)
    assert found.reverse_kl < 1e-3
    collapsed = mixture_modes(GRID[modes % 5] + noise, GRID, std=0.05)
    assert collapsed.found == 5
    assert collapsed.reverse_kl == pytest.approx(np.log(5), abs=1e-2)


def test_nothing_of_high_quality():
    found = mixture_modes([[9.0], [-9.0]], [[0.0]], std=0.1)
    assert found[:3] == (0, 0.0, np.inf)
    assert found.counts.tolist() == [0]


@pytest.mark.parametrize(
    ("points", "centres", "std", "message"),
    [
        ([0.0], [[0.0]], 1, r"Received: shapes \(1,\) and \(1, 1\)"),
        ([[0.0, 1.0]], [[0.0]], 1, r"Received: shapes \(1, 2\) and \(1, 1\)"),
        (np.zeros((0, 2)), GRID, 1, "at least one"),
        (GRID, np.zeros((0, 2)), 1, "at least one"),
        ([[np.nan, 0.0]], GRID, 1, "NaN or infinite"),
        (GRID, [[np.inf, 0.0]], 1, "NaN or infinite"),
        (GRID, GRID, 0, "Expected std and within above 0. Received: 0 and 3.0"),
    ],
)
def test_what_is_no_mixture(points, centres, std, message):
    with pytest.raises(ValueError, match=message):
        mixture_modes(points, centres, std)

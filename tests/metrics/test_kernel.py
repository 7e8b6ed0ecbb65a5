import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from keras_gan.metrics import kernel, kernel_distance


def by_loops(real, fake):
    """The definition of the unbiased estimate, pair by pair."""

    def k(x, y):
        return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def among(s):
        return np.mean([k(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j])

    real, fake = real.tolist(), fake.tolist()
    return among(real) + among(fake) - 2 * np.mean([k(x, y) for x in real for y in fake])


def by_sklearn(real, fake):
    real, fake = real.astype("float64"), fake.astype("float64")

    def k(x, y):
        return polynomial_kernel(x, y, degree=3, coef0=1)  # gamma is 1 / d

    def among(x):
        matrix = k(x, x)
        return (matrix.sum() - np.trace(matrix)) / (len(x) * (len(x) - 1))

    return among(real) + among(fake) - 2 * k(real, fake).mean()


def features(seed, n, d, shift=0.0):
    """Like those of a network: not negative, with means that are no smaller than their spread."""
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(1.0 + shift, size=(n, d)), 0.0)


def test_hand_worked():
    # d = 1. Real: k(0, 2) = 1. Fake: k(1, 3) = 64. Across: 1, 1, 27, 343, mean 93.
    assert kernel_distance([[0.0], [2.0]], [[1.0], [3.0]]) == (1 + 64 - 2 * 93, 0.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_full_size_is_the_unbiased_estimate(dtype):
    real, fake = features(0, 40, 6).astype(dtype), features(1, 40, 6, 0.3).astype(dtype)
    found = kernel_distance(real, fake)
    assert found.mean == pytest.approx(by_loops(real, fake), rel=1e-5)
    assert found.std == 0.0


@pytest.mark.parametrize("shift", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_full_size_equals_scikit_learn(shift, offset):
    real = (features(2, 900, 128) + offset).astype("float32")
    fake = (features(3, 900, 128, shift) + offset).astype("float32")
    found = kernel_distance(real, fake, subset_size=900)
    assert found.mean == pytest.approx(by_sklearn(real, fake), rel=1e-4)


def test_float64_is_not_rounded():
    real, fake = features(4, 200, 32), features(5, 200, 32)
    assert kernel_distance(real, fake).mean == pytest.approx(by_sklearn(real, fake), rel=1e-9)


def test_tiles_change_nothing(monkeypatch):
    real, fake = features(4, 101, 8), features(5, 101, 8, 0.5)
    whole = kernel_distance(real, fake).mean
    monkeypatch.setattr(kernel, "_TILE", 23)
    assert kernel_distance(real, fake).mean == pytest.approx(whole, rel=1e-10)


def test_subsets_are_drawn_without_replacement():
    # With all but one drawn, the estimate can be told for each sample left out of either set.
    real, fake = features(6, 4, 3), features(7, 4, 3, 0.5)
    possible = [
        by_loops(np.delete(real, i, axis=0), np.delete(fake, j, axis=0))
        for i in range(4)
        for j in range(4)
    ]
    for seed in range(10):
        one = kernel_distance(real, fake, subsets=1, subset_size=3, seed=seed)
        assert np.min(np.abs(np.array(possible) - one.mean)) < 1e-9
        assert one.std == 0.0


def test_mean_and_spread_over_subsets():
    real, fake = features(8, 300, 16), features(9, 250, 16, 0.2)
    found = kernel_distance(real, fake, subsets=400, subset_size=50)
    whole = by_sklearn(real, fake)
    assert found.std > 0
    assert abs(found.mean - whole) < 4 * found.std / np.sqrt(400)
    smaller = kernel_distance(real, fake, subsets=400, subset_size=20)
    assert smaller.std > 1.3 * found.std
    assert kernel_distance(real, fake, subsets=5).std > 0  # 250 of the 300 real ones each time


def test_seed_draws_the_subsets():
    real, fake = features(8, 60, 4), features(9, 60, 4)
    options = {"subsets": 3, "subset_size": 20}
    first = kernel_distance(real, fake, **options)
    assert kernel_distance(real, fake, **options) == first
    assert kernel_distance(real, fake, seed=1, **options) != first


def test_zero_on_average_between_equal_distributions():
    found = [
        kernel_distance(features(i, 80, 4), features(-i % 991, 80, 4)).mean for i in range(100)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / 10
    assert min(found) < 0


@pytest.mark.parametrize(
    ("real", "fake", "options", "message"),
    [
        (np.zeros((5, 3)), np.zeros((5, 2)), {}, r"equally wide.*\(5, 3\).*\(5, 2\)"),
        (np.zeros((5, 3)), np.full((5, 3), np.nan), {}, "fake features are not finite.* 5 of 5"),
        (np.zeros((1, 3)), np.zeros((5, 3)), {}, "at least 2 samples. Received: 1 real"),
        (np.zeros((9, 3)), np.zeros((5, 3)), {"subset_size": 6}, "2 to 5.*subset_size=6"),
        (np.zeros((9, 3)), np.zeros((5, 3)), {"subset_size": 1}, "2 to 5.*subset_size=1"),
        (np.zeros((9, 3)), np.zeros((5, 3)), {"subsets": 0}, "at least 1 subset.*subsets=0"),
    ],
)
def test_refuses(real, fake, options, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(real, fake, **options)

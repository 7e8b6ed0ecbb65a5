import tracemalloc

import numpy as np
import pytest
import scipy.linalg

from keras_gan.metrics import frechet_distance
from keras_gan.metrics.frechet import Moments, frechet_distance_of


def by_sqrtm(real, fake):
    """The definition, with scipy's root of a general matrix."""
    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    return shift @ shift + np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b).real)


@pytest.mark.parametrize(("n", "m", "d"), [(200, 300, 3), (500, 400, 40)])
def test_equals_the_definition_with_sqrtm(n, m, d):
    rng = np.random.default_rng(0)
    real = rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
    fake = rng.normal(size=(m, d)) @ rng.normal(size=(d, d)) + 0.3
    assert frechet_distance(real, fake) == pytest.approx(by_sqrtm(real, fake), rel=1e-9)


def test_hand_worked_in_the_plane():
    # Covariances diag(4/3, 4/3) and diag(16/3, 16/3), means (0, 0) and (3, 4):
    # 25 + 2 (sqrt(16/3) - sqrt(4/3))^2 = 25 + 2 * 4/3.
    square = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    assert frechet_distance(square, 2 * square + [3, 4]) == pytest.approx(25 + 8 / 3, rel=1e-12)


def test_hand_worked_with_singular_covariances():
    # On lines at right angles, S_r = diag(2, 0) and S_f = diag(0, 8): their product is zero.
    real = np.array([[1.0, 0], [-1, 0]])
    fake = np.array([[0.0, 2], [0, -2]])
    assert frechet_distance(real, fake) == pytest.approx(10.0, rel=1e-12)


def test_dead_features_add_nothing():
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(300, 8)), rng.normal(size=(300, 8)) * 2 + 1
    dead = np.full((300, 50), 7.0)
    mixed, _ = np.linalg.qr(rng.normal(size=(58, 58)))  # so that the zeros are not on the diagonal
    padded = [np.hstack([part, dead]) @ mixed for part in (real, fake)]
    assert frechet_distance(*padded) == pytest.approx(frechet_distance(real, fake), rel=1e-6)


@pytest.mark.filterwarnings("ignore:A Fréchet distance from fewer samples")
def test_fewer_samples_than_features():
    rng = np.random.default_rng(2)
    real, fake = rng.normal(size=(20, 60)), rng.normal(size=(25, 60)) + 0.5
    # Through the singular values of the centred samples: no covariance at all.
    a, b = (part - part.mean(axis=0) for part in (real, fake))
    a, b = a / np.sqrt(19), b / np.sqrt(24)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    expected = shift @ shift + np.sum(a**2) + np.sum(b**2) - 2 * cross
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


def test_zero_for_the_same_samples_and_symmetric():
    rng = np.random.default_rng(3)
    real = rng.normal(size=(100, 10)).astype("float32")
    fake = rng.normal(size=(100, 10)).astype("float32") * 1.5
    assert frechet_distance(real, real) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(real, real) >= 0.0
    assert frechet_distance(real, fake) == pytest.approx(frechet_distance(fake, real), rel=1e-9)
    assert frechet_distance(real[:1].repeat(30, 0), real[:1].repeat(20, 0)) == 0.0


@pytest.mark.parametrize(("n", "m"), [(9, 50), (50, 9)])
def test_warns_of_fewer_samples_than_features(n, m):
    rng = np.random.default_rng(4)
    with pytest.warns(UserWarning, match=f"Received: {n} real and {m} fake samples of 10 features"):
        frechet_distance(rng.normal(size=(n, 10)), rng.normal(size=(m, 10)))


def test_moments_in_parts_are_those_of_the_whole():
    rng = np.random.default_rng(5)
    features = (1e4 + rng.normal(size=(5000, 6)) @ rng.normal(size=(6, 6))).astype("float32")
    moments, rest = Moments(), Moments()
    for part in np.split(features[:3000], [1, 7, 2600]):
        moments.update(part)
    rest.update(features[3000:])
    moments.merge(Moments())
    moments.merge(rest)
    whole = features.astype("float64")
    assert moments.count == 5000
    np.testing.assert_allclose(moments.mean, whole.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.covariance, np.cov(whole, rowvar=False), rtol=1e-10)
    empty = Moments()
    empty.merge(rest)
    empty.update(features[:3000])
    np.testing.assert_allclose(empty.covariance, moments.covariance, rtol=1e-10)
    assert rest.count == 2000


def test_moments_worked_out_by_hand():
    moments = Moments()
    moments.update([[0.0, 0], [2, 4]])
    moments.update([[4.0, 2]])
    assert moments.mean.tolist() == [2, 2]
    assert moments.covariance.tolist() == [[4, 2], [2, 4]]


def test_distance_of_moments_at_hand():
    rng = np.random.default_rng(6)
    real, fake = rng.normal(size=(100, 5)), rng.normal(size=(90, 5)) + 1
    moments = Moments(), Moments()
    for each, features in zip(moments, (real, fake), strict=True):
        each.update(features)
    assert frechet_distance_of(*moments) == frechet_distance(real, fake)


def test_moments_refuse():
    moments = Moments()
    with pytest.raises(ValueError, match=r"covariance takes at least 2 samples. Received: 0"):
        _ = moments.covariance
    moments.update(np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"as wide as those before, 3. Received: 2"):
        moments.update(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="new features are not finite"):
        moments.update(np.full((4, 3), np.nan))
    other = Moments()
    other.update(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"equally wide. Received: real 3, fake 2"):
        frechet_distance_of(moments, other)
    with pytest.raises(ValueError, match=r"as wide as those before, 3. Received: 2"):
        moments.merge(other)


def test_no_copy_of_all_features():
    features = np.random.default_rng(7).normal(size=(40_000, 16)).astype("float32")
    tracemalloc.start()
    frechet_distance(features, features)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < features.nbytes  # in float64 either set would take twice that


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (np.zeros((5, 3)), np.zeros((5, 2)), r"equally wide.*\(5, 3\).*\(5, 2\)"),
        (np.zeros((5, 3)), np.full((5, 3), np.nan), "fake features are not finite.* 5 of 5"),
        (np.full((5, 3), np.inf), np.zeros((5, 3)), "real features are not finite"),
        (np.zeros((1, 3)), np.zeros((5, 3)), "at least 2 samples. Received: 1 real"),
        (np.zeros((5, 2, 2)), np.zeros((5, 2)), r"real features .*shape \(5, 2, 2\)"),
    ],
)
def test_refuses(real, fake, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, fake)

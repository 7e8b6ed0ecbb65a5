import numpy as np
import pytest
import scipy.stats
from sklearn.neighbors import NearestNeighbors

from keras_gan.metrics import (
    frechet_distance,
    memorisation,
    memorisation_informed_distance,
    nearest_neighbours,
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neighbours_are_those_of_scikit_learn(digits, dtype):
    images = digits[0].reshape(-1, 64)
    noise = np.random.default_rng(0).normal(size=(300, 64)) * 0.1
    queries = (images[:300] + noise).astype(dtype)
    references = images[200:].astype(dtype)
    search = NearestNeighbors(n_neighbors=4, algorithm="brute").fit(references.astype("float64"))
    expected, indices = search.kneighbors(queries.astype("float64"))
    found = nearest_neighbours(queries, references, k=4)
    np.testing.assert_allclose(found[0], expected, rtol=1e-9)
    assert np.array_equal(found[1], indices)


def test_copies_are_at_no_distance_at_all(digits):
    images = digits[0].reshape(-1, 64) + 100
    distances, indices = nearest_neighbours(images[:50], images)
    assert distances.shape == indices.shape == (50, 1)
    assert not distances.any()
    assert np.array_equal(images[indices[:, 0]], images[:50])


def test_a_set_may_be_searched_for_itself():
    points = np.array([[0.0], [1.0], [5.0]])
    distances, indices = nearest_neighbours(points, points, k=2)
    assert distances.tolist() == [[0, 1], [0, 1], [0, 4]]
    assert indices.tolist() == [[0, 1], [1, 0], [2, 1]]


def points_at(distances):
    """Points on a line at these distances from the only training sample, two of it."""
    return np.reshape(distances, (-1, 1)).astype("float64")


TRAIN = np.zeros((2, 1))


@pytest.mark.parametrize("tied", [False, True])
def test_rank_sum_is_that_of_scipy(tied):
    rng = np.random.default_rng(1)
    held_out, fake = rng.gamma(3, size=70), rng.gamma(2, size=40)
    if tied:
        held_out, fake = held_out.round() + 1, fake.round() + 1
    expected = scipy.stats.mannwhitneyu(
        fake, held_out, use_continuity=False, alternative="less", method="asymptotic"
    )
    found = memorisation(TRAIN, points_at(held_out), points_at(fake))
    assert scipy.stats.norm.cdf(found.z) == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.z < 0
    np.testing.assert_allclose(found.distances, fake)


def test_rank_sum_hand_worked():
    # Fakes at 1, 2 and held-out data at 3, 4: U = 0, E[U] = 2, var = 2 * 2 * 5 / 12.
    found = memorisation(TRAIN, points_at([3, 4]), points_at([1, 2]))
    assert found.z == pytest.approx(-2 / np.sqrt(5 / 3))
    assert memorisation(TRAIN, points_at([1, 1]), points_at([1, 1])).z == 0.0


def test_share_hand_worked():
    # 1% of 399 + 1 held-out distances: the 4th smallest, 4. Two fakes lie below it.
    held_out = np.arange(1.0, 400.0)
    fake = np.concatenate([[0.5, 3.5], np.full(8, 4.0), np.full(10, 900.0)])
    found = memorisation(TRAIN, points_at(held_out), points_at(fake))
    assert found.share == 2 / 20  # those on the 4th itself do not count
    assert found.expected == 4 / 400
    # Among the 2 + 4 - 1 nearest of all, at most 3 held-out ones.
    expected = scipy.stats.hypergeom.cdf(3, 399 + 20, 399, 5)
    assert found.p_value == pytest.approx(expected, rel=1e-9)
    beta_binomial = scipy.stats.betabinom.sf(1, 20, 4, 396)  # the same, from the other side
    assert found.p_value == pytest.approx(beta_binomial, rel=1e-9)


@pytest.mark.parametrize("near", [0, 20])
def test_share_at_its_ends(near):
    fake = np.where(np.arange(20) < near, 0.0, 900.0)
    found = memorisation(TRAIN, points_at(np.arange(1.0, 400.0)), points_at(fake))
    expected = scipy.stats.betabinom.sf(near - 1, 20, 4, 396)
    assert found.p_value == pytest.approx(expected, rel=1e-9)


def test_nearest_in_training_hand_worked():
    # Of two on either side: the fakes at 1 and 2 lie nearer to 0, that at 9 to 10, 5 between them.
    train, held_out = np.array([[0.0], [0.0], [9.0]]), np.array([[10.0], [10.0]])
    found = memorisation(train, held_out, np.array([[1.0], [2.0], [9.0], [5.0]]))
    assert found.in_training == (1 + 1 + 0 + 0.5) / 4


def test_share_is_as_expected_under_a_perfect_sampler():
    rng = np.random.default_rng(2)
    found = [
        memorisation(TRAIN, points_at(rng.random(150) + 1), points_at(rng.random(100) + 1))
        for _ in range(300)
    ]
    assert np.mean([f.share for f in found]) == pytest.approx(found[0].expected, rel=0.2)
    for level in (0.02, 0.1, 0.3):
        assert np.mean([f.p_value <= level for f in found]) < level + 3 * np.sqrt(level / 300)
    assert abs(np.mean([f.z for f in found])) < 4 / np.sqrt(300)
    assert np.std([f.z for f in found]) == pytest.approx(1, abs=0.15)


@pytest.fixture
def split(digits):
    """Real digits as features: 797 to train on, 500 held out, 500 drawn by a perfect sampler."""
    images = np.random.default_rng(3).permutation(digits[0].reshape(-1, 64))
    return np.split(images, [797, 1297])


def test_perfect_sampler_on_digits(split):
    found = memorisation(*split)
    assert abs(found.z) < 3
    assert found.in_training == pytest.approx(0.5, abs=0.07)
    assert found.share < 0.03
    assert found.p_value > 0.01


def test_all_copies_on_digits(split):
    train, held_out, _ = split
    found = memorisation(train, held_out, train[:300])
    assert found.z < -20
    assert found.share == 1.0
    assert found.p_value < 1e-50
    assert not found.distances.any()
    assert np.array_equal(train[found.indices], train[:300])


def test_a_few_noisy_copies_on_digits(split):
    train, held_out, fake = split
    fake = fake.copy()
    noise = np.random.default_rng(4).normal(size=(25, 64)).astype("float32") * 0.05
    fake[:25] = train[:25] + noise  # 5%
    found = memorisation(train, held_out, fake)
    assert found.z > -3  # too few to be seen here
    assert found.share >= 0.05
    assert found.p_value < 1e-4
    nearest = np.argsort(found.distances)[:25]
    assert set(nearest) == set(range(25))
    assert np.array_equal(found.indices[:25], np.arange(25))


def test_samples_unlike_real_data_are_no_copies(split):
    train, held_out, fake = split
    noise = np.random.default_rng(5).uniform(-1, 1, fake.shape).astype("float32")
    found = memorisation(train, held_out, noise)
    assert found.z > 10
    assert found.share == 0.0
    assert found.p_value == 1.0


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            [(9, 3), (9, 2), (9, 3)],
            r"Train, held-out and fake features must be equally wide. Received: train \(9, 3\)",
        ),
        ([(9, 3), (1, 3), (9, 3)], "takes at least 2 samples. Received: 1 held-out ones"),
        ([(9, 3), (9, 3, 1), (9, 3)], r"held-out features .*shape \(9, 3, 1\)"),
    ],
)
def test_memorisation_refuses(sets, message):
    with pytest.raises(ValueError, match=message):
        memorisation(*map(np.zeros, sets))


def test_memorisation_refuses_what_is_not_finite():
    with pytest.raises(ValueError, match="train features are not finite"):
        memorisation(np.full((5, 3), np.nan), np.zeros((5, 3)), np.zeros((5, 3)))


@pytest.mark.parametrize(
    ("queries", "references", "k", "message"),
    [
        ((5, 3), (5, 2), 1, r"equally wide. Received: query \(5, 3\), reference \(5, 2\)"),
        ((5, 3), (5, 3), 0, "k of at least 1. Received: k=0"),
        ((5, 3), (5, 3), 6, "k=6 takes at least 6 samples. Received: 5 reference"),
        ((0, 3), (5, 3), 1, "at least 1 samples. Received: 0 query"),
    ],
)
def test_neighbours_refuse(queries, references, k, message):
    with pytest.raises(ValueError, match=message):
        nearest_neighbours(np.zeros(queries), np.zeros(references), k)


def test_memorisation_informed_distance_by_hand():
    """Means (0, 0) and (1, 0), variances 2 and 0 across, 0 and 2 along: 1 + 2 + 2 - 2 * 0 = 5."""
    train = np.array([[1.0, 0.0], [-1.0, 0.0]])
    fake = np.array([[1.0, 1.0], [1.0, -1.0]])
    apart = 1 - np.sqrt(0.5)  # of either from its nearest, whatever the sign of the cosine
    assert memorisation_informed_distance(train, fake) == pytest.approx(5)
    assert memorisation_informed_distance(train, fake, apart + 1e-9) == pytest.approx(5 / apart)
    assert memorisation_informed_distance(train, -fake, apart - 1e-9) == pytest.approx(5)
    near = np.array([[1.0, 0.1], [1.0, 0.0]])  # as far as 1 - 1 / sqrt(1.01), and 0
    expected = frechet_distance(train, near) / ((1 - 1 / np.sqrt(1.01)) / 2)
    assert memorisation_informed_distance(train, near) == pytest.approx(expected)


def test_copies_of_a_few_get_a_very_large_distance(digits):
    images = digits[0].reshape(-1, 64).astype("float64")
    train, copies = images[:600], np.repeat(images[:2], 50, axis=0)
    assert memorisation_informed_distance(train, copies) > 1e12
    with pytest.raises(ValueError, match=r"threshold from 0 to 1. Received: threshold=2"):
        memorisation_informed_distance(train, copies, 2)
    with pytest.raises(ValueError, match="equally wide"):
        memorisation_informed_distance(train, copies[:, 1:])

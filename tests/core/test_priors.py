"""What priors draw, and how one moves among it: moments, weights, ranges, files."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, linear_pair
from scipy.stats import norm, truncnorm

import keras_gan
from keras_gan.core import noise, saved_model
from keras_gan.core.priors import (
    Drawn,
    Joined,
    Normal,
    OneHot,
    Place,
    Resampled,
    Uniform,
    ending_in,
    get,
)

KEY = noise.key(3)


@pytest.mark.parametrize(
    ("prior", "mean", "spread"),
    [(Normal(), 0.0, 1.0), (Uniform(), 0.0, 3**-0.5), (Uniform(0.0, 3.0), 1.5, 3 / 12**0.5)],
)
def test_moments(prior, mean, spread):
    drawn = prior((4000, 5), KEY).numpy()
    assert (drawn.shape, drawn.dtype) == ((4000, 5), np.float32)
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.06)
    np.testing.assert_allclose(drawn.std(axis=0), spread, rtol=0.06)
    np.testing.assert_array_equal(drawn, prior((4000, 5), KEY))


@pytest.mark.parametrize(("weights", "shares"), [(3, [1 / 3] * 3), ([1, 0, 3], [0.25, 0, 0.75])])
def test_one_hot_rows_come_as_often_as_their_weights_say(weights, shares):
    prior = OneHot(weights)
    rows = prior((4000, 3), KEY).numpy()
    assert set(np.unique(rows)) == {0.0, 1.0}
    np.testing.assert_array_equal(rows.sum(axis=1), 1.0)
    np.testing.assert_allclose(rows.mean(axis=0), shares, atol=0.03)
    np.testing.assert_array_equal(prior.truncate(rows, 0.1), rows)
    assert prior((3,), KEY).shape == (3,), "one row, as sampling draws it"


def test_resampling_keeps_a_share_of_the_draws_and_their_ranks():
    prior = Resampled()
    drawn = prior((5000, 2), KEY)
    np.testing.assert_array_equal(prior.truncate(drawn, 1.0), drawn)
    np.testing.assert_array_equal(prior.truncate(drawn, 2.0), 2.0 * drawn)
    np.testing.assert_array_equal(prior.truncate(drawn, 0.0), np.zeros((5000, 2)))
    nearer = prior.truncate(drawn, norm.cdf(1) - norm.cdf(-1)).numpy()  # a threshold of 1
    assert np.abs(nearer).max() == pytest.approx(1.0, abs=1e-3)
    assert nearer.std() == pytest.approx(truncnorm(-1, 1).std(), rel=0.03)
    expected = norm.ppf(0.5 + 0.5 * (norm.cdf(drawn[:4].numpy()) - 0.5))
    factors = tf.constant([[0.5], [0.5], [1.0], [0.5]])
    by_row = tf.function(prior.truncate)(drawn[:4], factors).numpy()  # as what is exported does
    np.testing.assert_allclose(by_row[[0, 1, 3]], expected[[0, 1, 3]], atol=1e-5)
    np.testing.assert_array_equal(by_row[2], drawn[2])
    ranks = (np.argsort(x[:100], axis=0) for x in (nearer, drawn))
    np.testing.assert_array_equal(*ranks)


def test_joined_parts_are_drawn_apart_and_moved_each_in_its_way():
    prior = Joined([Normal(), OneHot(4), Uniform(0.0, 1.0)], sizes=[2, 4, 1])
    assert prior.size == 7
    rows = prior((500, 7), KEY).numpy()
    normal, one_hot, uniform = np.split(rows, [2, 6], axis=1)
    np.testing.assert_array_equal(one_hot.sum(axis=1), 1.0)
    assert (uniform.min(), uniform.max()) > (0.0, 0.9)
    assert normal.std() == pytest.approx(1.0, abs=0.1)
    nearer = prior.truncate(tf.constant(rows), 0.5).numpy()
    expected = np.concatenate([normal * 0.5, one_hot, 0.5 + (uniform - 0.5) * 0.5], axis=1)
    np.testing.assert_allclose(nearer, expected, atol=1e-6)
    half = prior.between(rows[:1], rows[1:2], np.full((1, 1), 0.5)).numpy()
    np.testing.assert_allclose(half[:, 2:], rows[:2, 2:].mean(axis=0, keepdims=True), atol=1e-6)
    arc = noise.slerp(rows[:1, :2], rows[1:2, :2], np.full((1, 1), 0.5)).numpy()
    np.testing.assert_allclose(half[:, :2], arc, atol=1e-6)


def test_a_place_stays_where_it_is_and_changes_half_way():
    places = Place()((4000, 1), KEY)
    np.testing.assert_allclose(np.quantile(places, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.03)
    np.testing.assert_array_equal(Place().truncate(places, 0.0), places)
    way = Place().between(places[:3], places[3:6], np.array([[0.1], [0.4], [0.6]]))
    np.testing.assert_array_equal(way, np.concatenate([places[:2], places[5:6]]))


def test_what_ends_in_a_part_already_is_left_as_it_is():
    joined = ending_in(OneHot(3), Normal(), 5)
    assert [type(part) for part in joined.parts] == [Normal, OneHot]
    assert joined.sizes == [2, 3]
    assert ending_in(OneHot(3), joined, 5) is joined
    assert len(ending_in(OneHot(4), joined, 9).parts) == 2


@pytest.mark.parametrize(
    "prior",
    [
        Normal(),
        Resampled(),
        Uniform(-2.0, 1.0),
        OneHot([1, 2]),
        Place(),
        Joined([Normal(), OneHot(3)], [2, 3]),
    ],
)
def test_priors_survive_a_file(prior):
    config = keras.saving.serialize_keras_object(prior)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(prior)
    size = prior.size or 4
    np.testing.assert_array_equal(prior((9, size), KEY), again((9, size), KEY))


def test_a_model_takes_its_prior_along(tmp_path):
    """Into its file, its samples, its export and what truncation means there."""
    prior = Uniform(2.0, 4.0)
    networks = [linear_pair().generator, linear_pair().discriminator]
    gan = keras_gan.GAN(*networks, seed=0, prior=prior)
    gan.compile(run_eagerly=True, ema_decay=0.0)
    gan.fit(X, batch_size=3, verbose=0)
    gan.save(tmp_path / "a.keras")
    gan = keras.saving.load_model(tmp_path / "a.keras")
    assert (gan.prior.low, gan.prior.high) == (2.0, 4.0)
    weight, bias = (float(np.ravel(w)[0]) for w in gan.generator.get_weights())
    latents = (gan.sample(50, seed=1) - bias) / weight
    assert (latents.min(), latents.max()) > (1.999, 3.5)
    assert latents.max() < 4.001
    middle = weight * 3.0 + bias
    np.testing.assert_allclose(gan.sample(5, seed=1, truncation=0.0), middle, rtol=1e-5)
    gan.export(tmp_path / "out", verbose=False)
    for truncation in (0.0, 0.5, 1.0):
        expected = gan.sample(5, seed=3, truncation=truncation)
        found = saved_model.sample(tmp_path / "out", 5, seed=3, truncation=truncation)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform(1.0, 1.0), "low=1.0, high=1.0"),
        (lambda: OneHot(1), "weights=1"),
        (lambda: OneHot([1.0, -1.0]), "finite weights >= 0"),
        (lambda: Joined([Normal()]), "sizes=None"),
        (lambda: Joined([OneHot(3)], [4]), "a length for each"),
        (lambda: get("normal"), "Received: 'normal'"),
        (
            lambda: keras_gan.GAN(
                linear_pair().generator, linear_pair().discriminator, prior=OneHot(3)
            ),
            "latent_dim=1 and OneHot of size 3",
        ),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_function_is_a_prior():
    assert isinstance(get(noise.normal), Drawn)
    np.testing.assert_array_equal(get(noise.normal)((2, 3), KEY), Normal()((2, 3), KEY))


def test_energy_and_projection_by_hand():
    given = tf.constant([[0.5, -3.0], [2.0, 0.0]])
    np.testing.assert_allclose(Normal().energy(given), [9.25 / 4, 1.0])
    np.testing.assert_array_equal(Normal().project(given), given)
    np.testing.assert_array_equal(Uniform(-1.0, 1.5).energy(given), [0.0, 0.0])
    np.testing.assert_array_equal(Uniform(-1.0, 1.5).project(given), [[0.5, -1.0], [1.5, 0.0]])
    np.testing.assert_array_equal(Place().project(given[:, :1]), [[0.5], [1.0]])
    np.testing.assert_array_equal(OneHot(2).project(given), [[1.0, 0.0], [1.0, 0.0]])
    joined = Joined([Normal(), Uniform(), OneHot(2)], [2, 1, 2])
    row = tf.constant([[3.0, 1.0, -4.0, 0.2, 0.1]])
    np.testing.assert_allclose(joined.energy(row), [2 * 2.5 / 5])
    np.testing.assert_array_equal(joined.project(row), [[3.0, 1.0, -1.0, 1.0, 0.0]])

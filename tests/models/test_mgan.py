"""Several generators in one network: who is chosen, what is shared, and both terms by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played

import keras_gan
from keras_gan.builders.mgan import first_layer
from keras_gan.core import noise
from keras_gan.core.priors import Joined, Normal, OneHot, Uniform


def points(count=3, judged=3):
    """A generator of 2 + count latents and a discriminator, for points in a plane."""
    latents, x = keras.Input((2 + count,)), keras.Input((2,))
    made = keras.layers.Dense(2)(first_layer(latents, count, 4, batch_norm=False))
    hidden = keras.layers.Dense(4, "relu")(x)
    logits = [keras.layers.Dense(units)(hidden) for units in (1, judged)]
    return keras.Model(latents, made), keras.Model(x, logits)


@pytest.fixture(scope="module")
def gan():
    keras.utils.set_random_seed(0)
    return keras_gan.MGAN(*points(), seed=3)


def test_both_players_pay_for_generators_that_are_not_told_apart(gan):
    gan.compile()
    logits = np.array([[0.0, 2.0, 1.0], [1.0, 4.0, -1.0]])
    out = played(generators=(logits, logits))
    latents = np.array([[0.3, -0.4, 0, 1, 0], [0.1, 0.2, 0, 0, 1]], "float32")
    out = out._replace(batch=out.batch._replace(latents=tf.constant(latents)))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    missed = -np.log(shares[[0, 1], [1, 2]]).mean()
    d, g = gan.discriminator_terms(out), gan.generator_terms(out)
    assert float(d["d_origin"]) == pytest.approx(missed, rel=1e-5)
    assert float(g["g_origin"]) == pytest.approx(0.01 * missed, rel=1e-5)
    assert float(d["d_loss"]) == pytest.approx(2 * np.log(2))
    assert float(g["g_loss"]) == pytest.approx(np.log(2))


def test_the_first_layer_is_each_generators_own_and_its_statistics_are_of_the_whole_batch():
    latents = keras.Input((5,))
    network = keras.Model(latents, first_layer(latents, 3, 2))
    kernel = network.get_layer("generators_dense").kernel.numpy().reshape(2, 3, 2)
    gamma = network.get_layer("generators_norm").gamma.numpy().reshape(3, 2)
    z = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    chosen = np.array([2, 0, 0, 1, 2, 2])
    given = np.concatenate([z, np.eye(3)[chosen]], axis=1).astype("float32")
    all_of_them = np.einsum("bi,iku->bku", z, kernel)
    normed = (all_of_them - all_of_them.mean(0)) / np.sqrt(all_of_them.var(0) + 1e-5) * gamma
    expected = normed[np.arange(6), chosen]
    np.testing.assert_allclose(network(given, training=True), expected, rtol=1e-4, atol=1e-5)


def test_sample_draws_a_generator_for_each_and_sample_from_draws_one(gan):
    rows = gan.latents(noise.seed_rows(60, 5, None)).numpy()
    chosen = rows[:, 2:].argmax(axis=1)
    assert set(chosen) == {0, 1, 2}
    made = gan.sample(60, seed=5, truncation=0.5)
    for k in range(3):
        own = gan.sample_from(k, 60, seed=5, truncation=0.5)
        np.testing.assert_allclose(own[chosen == k], made[chosen == k], atol=1e-6)
        assert np.abs(own[chosen != k] - made[chosen != k]).min() > 0
    with pytest.raises(ValueError, match=r"generator=3. Expected a whole number from 0 to 2"):
        gan.sample_from(3, 4)


def test_shared_weights_are_counted(gan):
    assert gan.shared_weights == 4 * 2 + 2
    assert gan.generator.count_params() - gan.shared_weights == 3 * (2 * 4 + 4)
    images = keras_gan.MGAN(image_shape=(8, 8, 1), num_generators=2, latent_dim=5, width=4)
    own = 2 * (3 * 128 + 4 * 128)  # 3 latents to maps of 4x4x8; BatchNorm has four numbers
    assert images.generator.count_params() - images.shared_weights == own


def test_generators_of_unequal_weight_survive_a_file(tmp_path):
    gan = keras_gan.MGAN(*points(), prior=Joined([Normal(), OneHot([0, 1, 0])], [2, 3]), seed=3)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded.sample(5, seed=1), gan.sample_from(1, 5, seed=1))
    assert (loaded.num_generators, loaded.diversity_weight) == (3, 0.01)


def test_the_noise_is_uniform_if_nothing_is_said(gan):
    noises, choice = gan.prior.parts
    assert (type(noises), type(choice), choice.size) == (Uniform, OneHot, 3)
    gan = keras_gan.MGAN(*points(), prior=Normal())
    assert [type(part) for part in gan.prior.parts] == [Normal, OneHot]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras_gan.MGAN(*points(), num_generators=4), "num_generators=4. Expected 3"),
        (lambda: keras_gan.MGAN(*points(2, judged=4)), "latent_dim=4 and 4 generators"),
        (lambda: keras_gan.MGAN(*points(judged=1)), r"shape \(1,\). Expected \(n,\)"),
        (lambda: keras_gan.MGAN((8, 8, 1), num_generators=1), "num_generators=1"),
        (lambda: keras_gan.MGAN((8, 8, 1), latent_dim=10), "latent_dim=10 and 10 generators"),
        (lambda: keras_gan.MGAN(points()[0], points()[1], prior=OneHot(5)), "sizes="),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()

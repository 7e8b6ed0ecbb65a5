"""Boosting: weights by an independent loop, what a round begins with, and who draws what."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X

import keras_gan
from keras_gan.core import noise
from keras_gan.core.priors import Joined, Normal, Place
from keras_gan.engine.updates import begin_anew
from keras_gan.models.adagan import drawn_by, weights


def line(units=1):
    return keras.Sequential([keras.Input((units,)), keras.layers.Dense(1)])


def boosted(cls=keras_gan.AdaGAN, rounds=3, epochs_per_round=2, **rules):
    """G(z) = a z + b, D(x) = c x + d and a classifier of one dimension."""
    keras.utils.set_random_seed(0)
    gan = cls(line(), line(), rounds=rounds, epochs_per_round=epochs_per_round, seed=4)
    gan.compile(**{"run_eagerly": True, "generator_optimizer": keras.optimizers.Adam(0.03)} | rules)
    return gan


def weights_of(network):
    return [np.copy(w) for w in network.get_weights()]


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
def test_weights_are_those_of_the_authors_search(share):
    ratio = np.random.default_rng(1).exponential(2.0, 40).astype("float32")
    found = weights(tf.constant(ratio), share).numpy()
    held = np.append(np.sort((1 - share) * ratio), np.inf)
    for k in range(1, 41):
        level = (40 * share + held[:k].sum()) / k
        if held[k - 1] <= level <= held[k]:
            break
    np.testing.assert_allclose(found, np.maximum(0, level - (1 - share) * ratio), atol=1e-5)
    assert found.mean() == pytest.approx(share, rel=1e-5)


def test_rows_are_drawn_as_often_as_they_count():
    assert drawn_by(tf.ones(7), tf.constant(0.999)).numpy().tolist() == list(range(7))
    weight = np.array([0.0, 0.5, 3.0, 0.5, 1.0, 0.0], "float32")
    counts = [
        np.bincount(drawn_by(tf.constant(weight), tf.constant(u, "float32")), minlength=6)
        for u in np.arange(0.05, 1.0, 0.1)
    ]
    expected = 6 * weight / weight.sum()
    assert np.abs(counts - expected).max() < 1
    np.testing.assert_allclose(np.mean(counts, axis=0), expected, atol=0.11)


@pytest.fixture(scope="module")
def trained():
    """After five of six epochs, of two a round; and what the first two rounds have left."""
    gan, left = boosted(), []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch % 2:
                left.append([weights_of(x) for x in (gan.ema_generator, gan.classifier)])

    history = gan.fit(X, batch_size=3, epochs=5, verbose=0, callbacks=[Watch()]).history
    return gan, left, history


def test_each_round_keeps_the_generator_before_and_its_classifier(trained):
    gan, left, history = trained
    assert history["round"] == [1, 1, 2, 2, 3]
    for component, (generator, _) in zip(gan.components, left, strict=True):
        assert all(map(np.array_equal, component.get_weights(), generator))
    assert all(map(np.array_equal, gan.judge.get_weights(), left[1][1]))
    assert not np.array_equal(gan.judge.get_weights()[0], gan.classifier.get_weights()[0])


def test_a_round_begins_with_first_weights_that_follow_from_the_seed(trained):
    gan = trained[0]
    assert [o.iterations.numpy() for o in gan.optimizers] == [1, 1, 5]
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(0.03)
    again = boosted()
    again.fit(X, batch_size=3, epochs=5, verbose=0)
    for name in gan.networks:
        pairs = zip(*(getattr(g, name).get_weights() for g in (gan, again)), strict=True)
        assert all(np.array_equal(*pair) for pair in pairs)


def test_first_weights_follow_from_a_seed():
    network, adam, found = line(), keras.optimizers.Adam(0.1), []
    adam.build(network.trainable_variables)
    for seed in (1, 2, 1):
        begin_anew(network, adam, seed)
        found.append(weights_of(network)[0])
    assert found[0] == found[2] != found[1]


def test_the_place_in_the_mixture_says_who_draws(trained):
    gan = trained[0]
    z = np.linspace(-1, 1, 6, dtype="float32")[:, None]
    place = np.array([[0.0], [0.3], [0.34], [0.6], [0.67], [0.99]], "float32")
    made = gan.predict(np.concatenate([z, place], axis=1), verbose=0)
    by = [*gan.components, gan.ema_generator]
    expected = [by[k](z)[i] for i, k in enumerate([0, 0, 1, 1, 2, 2])]
    np.testing.assert_allclose(made, expected, rtol=1e-6)
    assert gan.sample(300, seed=0).shape == (300, 1)
    first = boosted()
    z = first.latents(noise.seed_rows(50, 1, None))[:, :1]
    np.testing.assert_allclose(first.sample(50, seed=1), first.ema_generator(z), rtol=1e-6)


def test_data_that_the_mixture_has_already_are_left_out():
    gan = boosted(rounds=2)
    gan.round.assign(1)
    gan.judge.set_weights([np.array([[8.0]]), np.array([0.0])])  # real if above 0
    data = np.array([[-1.0], [1.0], [-1.0], [1.0], [1.0], [-1.0]], "float32")
    (batch,) = gan._batches(tf.constant(data))
    out = gan.forward(batch, training=True)
    assert out.real.numpy().ravel().tolist() == [1.0] * 6
    np.testing.assert_array_equal(out.extra.real, data)
    held_out = gan.forward(batch, training=False)
    np.testing.assert_array_equal(held_out.real, data)


def test_the_classifier_tells_data_from_the_mixture():
    gan = boosted(rounds=2, updates="alternating")
    (batch,) = gan._batches(tf.constant(X))
    out = gan.forward(batch, training=True)
    out = gan.examine(out._replace(views=gan.views(out)))
    terms = gan.player_terms(out)
    real, fake = (gan.classifier(x).numpy() for x in (X, gan.in_use(batch.latents, None)))
    expected = np.log1p(np.exp(-real)).mean() + np.log1p(np.exp(fake)).mean()
    assert float(terms["classifier"]["classifier_loss"]) == pytest.approx(expected, rel=1e-5)


@keras.saving.register_keras_serializable("tests")
class AdaWGANGP(keras_gan.WGANGP, keras_gan.AdaGAN):
    """Another class, boosted."""


def test_another_class_is_boosted_by_two_names(tmp_path):
    gan = boosted(AdaWGANGP, rounds=2, epochs_per_round=1, n_critic=2)
    history = gan.fit(X[[0, 1, 2, 0]], batch_size=2, epochs=2, verbose=0).history
    assert {"gradient_penalty", "classifier_loss", "round"} < set(history)
    assert history["round"] == [1, 2]
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded.sample(20, seed=0), gan.sample(20, seed=0))
    assert [type(part) for part in loaded.prior.parts] == [Normal, Place]


class AdaVAEGAN(keras_gan.VAEGAN, keras_gan.AdaGAN):
    pass


class AdaMGAN(keras_gan.MGAN, keras_gan.AdaGAN):
    pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: boosted(rounds=0), "rounds"),
        (lambda: boosted(epochs_per_round=1.5), "epochs_per_round"),
        (lambda: keras_gan.AdaGAN((8, 8, 1), latent_dim=1), "latent_dim=1. Expected at least 2"),
        (lambda: AdaVAEGAN((8, 8, 1), width=4), "AdaVAEGAN of generator, discriminator, encoder"),
        (lambda: AdaMGAN((8, 8, 1), width=4), "AdaMGAN of .* with scores, generators"),
        (
            lambda: keras_gan.AdaGAN(line(), line(), prior=Joined([Normal()], [2])),
            "sizes=",
        ),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()

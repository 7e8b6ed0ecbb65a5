"""Keras' metrics in a GAN's steps, penalties of players, and weights that follow the step."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, linear_pair

import keras_gan
from keras_gan.core import noise
from keras_gan.metrics import DiscriminatorAccuracy
from keras_gan.penalties import R1, PathLength, PlayerPenalty


def still(**rules):
    """A pair that no step moves."""
    rates = {
        f"{name}_optimizer": keras.optimizers.SGD(0.0) for name in ("generator", "discriminator")
    }
    return linear_pair(run_eagerly=True, ema_decay=0.0, **rates | rules)


def test_accuracy_counts_the_right_signs_over_the_epoch():
    """D(x) = 0.7 x - 0.2: real 1, 2, 6 are above; G(z) = 0.5 z + 0.1 crosses at z = 0.371."""
    gan = still(metrics=[DiscriminatorAccuracy()])
    history = gan.fit(np.tile(X, (20, 1)), batch_size=15, verbose=0, validation_data=(X,)).history
    real = np.mean(0.7 * X - 0.2 > 0)
    latents = np.concatenate(
        [
            noise.normal((15, 1), noise.fold_in(noise.key(0, 0, step, 0, 0), 0)).numpy()
            for step in range(4)
        ]
    )
    fake = np.mean(0.7 * (0.5 * latents + 0.1) - 0.2 <= 0)
    assert history["d_accuracy"][0] == pytest.approx((real + fake) / 2)
    assert 0 < history["val_d_accuracy"][0] <= 1


@keras.saving.register_keras_serializable("test_step_metrics")
class LatentMean(keras.metrics.Mean):
    """A metric of what only the step knows."""

    def update_step(self, out, weight):
        self.update_state(tf.reduce_mean(out.latents), sample_weight=weight)


def test_a_metric_may_ask_the_step_and_is_saved_with_the_model(tmp_path):
    gan = still(metrics=[LatentMean("latent_mean"), DiscriminatorAccuracy()])
    logs = gan.train_on_batch(X, return_dict=True)
    expected = noise.normal((3, 1), noise.fold_in(noise.key(0, 0, 0, 0, 0), 0)).numpy().mean()
    assert logs["latent_mean"] == pytest.approx(expected, rel=1e-5)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert {"latent_mean", "d_accuracy"} <= loaded.train_on_batch(X, return_dict=True).keys()


def test_names_of_metrics_are_free():
    with pytest.raises(ValueError, match=r"Metrics need different names. Received: g_loss"):
        linear_pair(metrics=[DiscriminatorAccuracy(name="g_loss")])
    with pytest.raises(ValueError, match=r"and Keras' metrics. Received: 'accuracy'"):
        linear_pair(metrics=["accuracy"])


def test_a_weight_follows_the_step_and_is_saved(tmp_path):
    """D's gradient is 0.7 everywhere, so R1 is 0.7^2 / 2 times its weight."""
    schedule = keras.optimizers.schedules.PolynomialDecay(4.0, 4, end_learning_rate=0.0)
    gan = still(penalties=[R1(schedule)])
    seen = [gan.fit(X, batch_size=3, verbose=0).history["r1"][0] for _ in range(3)]
    gan.save(tmp_path / "a.keras")
    gan = keras.saving.load_model(tmp_path / "a.keras")
    seen += [gan.fit(X, batch_size=3, verbose=0).history["r1"][0] for _ in range(3)]
    weights = [4.0, 3.0, 2.0, 1.0, 0.0, 0.0]
    np.testing.assert_allclose(seen, [w * 0.49 / 2 for w in weights], atol=1e-6)


def test_path_length_of_a_linear_generator_by_hand():
    """J is the 2x3 matrix W: lengths are ||W^T y||, y ~ N(0, I) / sqrt(pixels)."""
    w = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]], "float32")
    penalty = PathLength(2.0, interval=1, decay=0.9)
    penalty.build()
    player = lambda z: tf.reshape(z @ w, (-1, 1, 1, 2))  # noqa: E731
    key, given = noise.key(5), tf.zeros((4, 3))
    y = noise.normal((4, 1, 1, 2), key).numpy().reshape(4, 2)
    lengths = np.linalg.norm(y @ w.T, axis=1)
    term, seen = penalty(player, given, key)
    assert float(seen) == pytest.approx(lengths.mean(), rel=1e-4)
    assert float(term) == pytest.approx(lengths.var(), rel=1e-3), "the first time its own mean"
    penalty.observe(tf.constant(2.0), tf.constant(True))
    penalty.observe(tf.constant(9.0), tf.constant(False))
    penalty.observe(tf.constant(4.0), tf.constant(True))
    average = (0.9 * 2.0 + 4.0) / 1.9
    term, _ = penalty(player, given, key)
    assert float(term) == pytest.approx(((lengths - average) ** 2).mean(), rel=1e-3)


def test_a_penalty_moves_its_own_player_alone(tmp_path):
    gan = linear_pair(loss="wasserstein", penalties=[PathLength(5.0, interval=2)], run_eagerly=True)
    plain = linear_pair(loss="wasserstein", run_eagerly=True)
    for each in (gan, plain):
        each.fit(np.tile(X, (2, 1)), batch_size=3, shuffle=False, verbose=0)
    critics = [np.ravel(g.discriminator.get_weights()[0]) for g in (gan, plain)]
    makers = [np.ravel(g.generator.get_weights()[0]) for g in (gan, plain)]
    first_moves_alike = abs(critics[0] - critics[1]).max() < 0.2
    assert first_moves_alike
    assert abs(makers[0] - makers[1]).max() > 1e-4
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    sums = [g.penalties[0].variables[0].numpy() for g in (gan, loaded)]
    np.testing.assert_array_equal(*sums)
    assert sums[0][1] == pytest.approx(0.01), "two steps, due in the first"


def test_penalties_of_networks_that_are_not_there():
    with pytest.raises(ValueError, match=r"is for encoder. Received: a model of generator, disc"):
        linear_pair(penalties=[PathLength(network="encoder")])

    class Of(PlayerPenalty):
        network = "discriminator"

    with pytest.raises(ValueError, match="is for critics alone"):
        linear_pair(penalties=[Of(1.0, name="of")])


def test_accuracy_is_one_where_the_critic_has_won():
    gan = still(metrics=[keras_gan.metrics.DiscriminatorAccuracy()])
    gan.generator.set_weights([np.zeros((1, 1)), np.array([-50.0])])
    logs = gan.train_on_batch(X, return_dict=True)
    assert logs["d_accuracy"] == 1.0

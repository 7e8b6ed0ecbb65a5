"""What must not move: the other network, and all of them when they are only looked at."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, latents_of
from conftest import build, state

import keras_gan
from keras_gan.metrics import FID, Pixels


def restless(**rules):
    """Networks whose every kind of state moves in training: BatchNorm, Dropout, a counter."""

    class Counting(keras.layers.Layer):
        def build(self, shape):
            self.calls = self.add_weight(
                name="calls", shape=(), initializer="zeros", trainable=False
            )

        def call(self, x, training=False):
            if training:
                self.calls.assign_add(1.0)
            return x

    def network(inputs, outputs):
        return keras.Sequential(
            [
                keras.Input((inputs,)),
                keras.layers.Dense(4),
                keras.layers.BatchNormalization(momentum=0.5),
                keras.layers.LeakyReLU(),
                keras.layers.Dropout(0.5),
                keras.layers.SpectralNormalization(keras.layers.Dense(4)),
                Counting(),
                keras.layers.Dense(outputs),
            ]
        )

    gan = keras_gan.GAN(network(3, 2), network(2, 1), seed=0)
    frozen = keras.optimizers.SGD(0.0)
    moving = keras.optimizers.SGD(0.1)
    gan.compile(**{"generator_optimizer": moving, "discriminator_optimizer": frozen, **rules})
    return gan


PLANE = np.random.default_rng(1).normal(size=(12, 2)).astype("float32")


def discriminator_state(gan):
    return {v.path: np.copy(v.numpy()) for v in gan.discriminator.variables}


def after_a_step(**rules):
    keras.utils.set_random_seed(0)
    gan = restless(**rules)
    gan.fit(PLANE, batch_size=12, shuffle=False, verbose=0)
    return discriminator_state(gan)


@pytest.fixture(scope="module")
def plain_step():
    return after_a_step()


@pytest.mark.filterwarnings("ignore:.* with BatchNormalization")
@pytest.mark.parametrize("penalty", [[], ["r1"], ["gradient_penalty"]])
@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_scores_of_the_generators_step_and_penalties_leave_no_trace(plain_step, updates, penalty):
    """The discriminator's statistics move by its own two passes, whatever else looks at it."""
    found = after_a_step(updates=updates, penalties=penalty)
    for a, b in zip(plain_step.values(), found.values(), strict=True):
        np.testing.assert_array_equal(a, b)
    calls = [v for path, v in found.items() if path.endswith("calls")]
    assert calls == [2.0]


def test_critic_rounds_leave_the_generator_alone():
    """With n_critic rounds the generator's statistics move once, by its own pass."""
    gan = restless(n_critic=4)
    gan.fit(PLANE, batch_size=3, verbose=0)
    calls = [v.numpy() for v in gan.generator.variables if v.path.endswith("calls")]
    assert calls == [1.0]
    calls = [v.numpy() for v in gan.discriminator.variables if v.path.endswith("calls")]
    assert calls == [8.0]


def test_real_and_fake_pass_separately():
    """BatchNorm's moving mean is that of two passes, not of one over both."""
    norm = keras.layers.BatchNormalization(momentum=0.0)
    discriminator = keras.Sequential([keras.Input((1,)), norm, keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    gan = keras_gan.GAN(generator, discriminator, seed=0)
    z, fake_mean = latents_of(gan, 3), None
    fake_mean = float(np.mean(generator(z)))
    gan.compile()
    gan.fit(X, batch_size=3, verbose=0)
    assert float(norm.moving_mean.numpy()[0]) == pytest.approx(fake_mean, abs=1e-5)


def batched(images, labels, size):
    return tf.data.Dataset.from_tensor_slices((images, labels)).batch(size)


def test_observers_change_nothing(digits, tmp_path):
    images, labels = digits
    states = []
    for observed in (False, True):
        keras.utils.set_random_seed(0)
        observers = {}
        if observed:
            observers = {
                "validation_data": (images[200:260], labels[200:260]),
                "callbacks": [keras_gan.callbacks.SampleGrid(tmp_path, n=20)],
            }
        gan = build(keras_gan.CGAN, metrics=[MeanGap(Pixels())] if observed else None)
        gan.fit(images[:96], labels[:96], epochs=2, batch_size=32, verbose=0, **observers)
        if observed:
            gan.evaluate(images[:50], labels[:50], verbose=0)
            gan.sample(3)
        states.append(list(state(gan).values()))
    for a, b in zip(*states, strict=True):
        np.testing.assert_array_equal(a, b)


@keras.saving.register_keras_serializable("tests")
class MeanGap(keras_gan.metrics.Metric):
    """A metric of one's own: how far the mean of generated pixels is from that of real ones."""

    name = "gap"
    results = 0

    def measure(self, real, fake):
        MeanGap.results += 1
        means = [np.mean(self.features(sample)) for sample in (real, fake)]
        return {"gap": means[0] - means[1]}


def test_metrics_are_worked_out_once_an_evaluation(digits, monkeypatch):
    images, _ = digits
    monkeypatch.setattr(MeanGap, "results", 0)
    gan = build(keras_gan.DCGAN, metrics=[MeanGap(Pixels())])
    history = gan.fit(
        images[:128], batch_size=32, epochs=2, verbose=0, validation_data=images[128:256]
    ).history
    assert MeanGap.results == 2
    assert len(history["val_gap"]) == 2
    assert "gap" not in history
    results = gan.evaluate(images[:64], verbose=0, return_dict=True)
    assert set(results) == {"loss", "g_loss", "d_loss", "d_real", "d_fake", "gap"}
    assert gan.evaluate(images[:64], verbose=0) == pytest.approx(list(results.values()))


def test_metrics_see_all_held_out_images_and_one_sample_for_each(digits):
    images, labels = digits
    gan = build(keras_gan.CGAN, metrics=[MeanGap(Pixels())])
    for data in [(images[:70], labels[:70]), (batched(images[:70], labels[:70], 32), None)]:
        found = gan.evaluate(*data, batch_size=20, verbose=0, return_dict=True)
        fake = gan.sample(70, labels=labels[:70], seed=0)
        assert found["gap"] == pytest.approx(np.mean(images[:70]) - np.mean(fake), abs=5e-3)
    dataset = batched(images[:70], labels[:70], 10)
    found = gan.evaluate(dataset, steps=2, verbose=0, return_dict=True)
    fake = gan.sample(20, labels=labels[:20], seed=0)
    assert found["gap"] == pytest.approx(np.mean(images[:20]) - np.mean(fake), abs=5e-3)


def test_metrics_are_saved_with_the_model(digits, tmp_path):
    images, _ = digits
    gan = build(keras_gan.DCGAN, metrics=[FID(Pixels(), samples=70)])
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    figures = [g.evaluate(images[:80], verbose=0, return_dict=True)["fid"] for g in (gan, loaded)]
    assert figures[0] == pytest.approx(figures[1])


def test_metrics_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"keras_gan.metrics.Metric objects, .*'accuracy'"):
        build(keras_gan.DCGAN, metrics=["accuracy"])

"""What a subclass adds to a model: variables, a prior, a further network."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, linear_pair
from conftest import build
from keras import ops

import keras_gan
from keras_gan import metrics
from keras_gan.core import noise, saved_model
from keras_gan.export import publish
from keras_gan.reporting import measure


@keras.saving.register_keras_serializable("test_state")
class WithState(keras_gan.GAN):
    def __init__(self, *networks, **options):
        super().__init__(*networks, **options)
        self.scale = self.add_weight(name="scale", shape=(2,), initializer="ones")
        self.level = self.add_weight(name="level", initializer="zeros", trainable=False)
        self.kept = keras.Variable(0.0, trainable=False, name="kept")
        self.draws = keras.random.SeedGenerator(1)


def test_variables_of_a_subclass_are_kept(tmp_path):
    gan = linear_pair(WithState, run_eagerly=True)
    gan.fit(X, batch_size=3, verbose=0)
    gan.scale.assign([2.0, 3.0])
    gan.level.assign(0.7)
    gan.kept.assign(0.3)
    keras.random.normal((1,), seed=gan.draws)
    gan.save(tmp_path / "a.keras")
    gan.save_weights(tmp_path / "a.weights.h5")
    other = linear_pair(WithState)
    other.load_weights(tmp_path / "a.weights.h5")
    for loaded in (keras.saving.load_model(tmp_path / "a.keras"), other):
        assert loaded.scale.numpy().tolist() == [2.0, 3.0]
        assert float(loaded.level) == pytest.approx(0.7)
        assert float(loaded.kept) == pytest.approx(0.3)
        assert loaded.draws.state.numpy().tolist() == gan.draws.state.numpy().tolist()
        assert int(loaded.step) == 1


def test_a_file_of_a_class_that_had_fewer_variables_loads(tmp_path):
    gan = linear_pair()
    gan.fit(X, batch_size=3, verbose=0)
    gan.save_weights(tmp_path / "a.weights.h5")
    newer = linear_pair(WithState)
    newer.level.assign(0.7)
    newer.load_weights(tmp_path / "a.weights.h5")
    assert (int(newer.step), float(newer.level)) == (1, pytest.approx(0.7))


def uniform(shape, key):
    return 2.0 * noise.uniform(shape, key) - 1.0


class UniformGAN(keras_gan.GAN):
    prior = staticmethod(uniform)
    seen = ()

    def forward(self, batch, training):
        self.seen = batch.latents.numpy()
        return super().forward(batch, training)


def test_what_training_draws_sampling_draws():
    gan = linear_pair(UniformGAN, run_eagerly=True, ema_decay=0.0)
    gan.fit(np.zeros((200, 1), "float32"), batch_size=200, verbose=0)
    a, b = (float(np.ravel(w)[0]) for w in gan.generator.get_weights())
    sampled = (gan.sample(200, seed=1) - b) / a
    for latents in (gan.seen, sampled):
        assert np.abs(latents).max() < 1.0001
        assert np.abs(latents).max() > 0.9
        assert np.std(latents) == pytest.approx(3**-0.5, abs=0.05)


class UniformByMethod(keras_gan.GAN):
    def prior(self, shape, key):
        return uniform(shape, key)


def test_what_sampling_draws_exports_and_path_lengths_draw(tmp_path, monkeypatch):
    gan = linear_pair(UniformByMethod)
    publish(gan, tmp_path)  # which compares all signatures with the model
    expected = linear_pair(UniformGAN).sample(5, seed=3)
    np.testing.assert_array_equal(gan.sample(5, seed=3), expected)
    np.testing.assert_allclose(saved_model.sample(tmp_path, 5, seed=3), expected, rtol=1e-6)
    ends = []
    monkeypatch.setattr(metrics, "perceptual_path_length", lambda *_, **o: ends.append(o["ends"]))
    monkeypatch.setattr(measure, "row", lambda *_, **o: None)
    measure.path_length_row(gan, metrics.Pixels(), 100, 0)
    assert ends[0].shape == (2, 100, 1)
    assert 0.9 < np.abs(ends[0]).max() < 1.0001


@pytest.mark.parametrize(
    ("hook", "instead"),
    [("draw_latents", "prior ="), ("helper_terms", r"player_terms\(out\)"), ("begin", "forward")],
)
def test_hooks_of_former_days_are_refused(hook, instead):
    """They would be silently left out."""
    with pytest.raises(TypeError, match=rf"Received: Half.{hook}. Expected {instead}"):
        type("Half", (keras_gan.GAN,), {hook: lambda self, *_: None})


@keras.saving.register_keras_serializable("test_state")
class WithEncoder(keras_gan.GAN):
    """A third network, for which no optimizer is named."""

    networks = (*keras_gan.GAN.networks, "encoder")
    broken = False

    def build_encoder(self, image_shape):
        return keras.Sequential([keras.Input(image_shape), keras.layers.Dense(1)])

    def extra_terms(self):
        return ("code",)

    def player_terms(self, out):
        code = ops.mean(ops.square(self.encoder(out.real) - out.latents))
        if self.broken:  # a finite number whose gradient is 0 times infinity
            code = ops.sqrt(0.0 * code)
        return super().player_terms(out) | {"encoder": {"code": code}}


def test_a_third_network_is_trained_without_an_optimizer_of_its_own():
    gan = linear_pair(WithEncoder, run_eagerly=True)
    assert isinstance(gan.encoder_optimizer, keras.optimizers.Adam)
    before = gan.encoder.get_weights()[0].copy()
    gan.fit(X, batch_size=3, verbose=0)
    assert (gan.encoder.get_weights()[0] != before).all()


def test_divergence_names_the_network_that_diverged():
    gan = linear_pair(WithEncoder, run_eagerly=True)
    gan.broken = True
    with pytest.raises(
        keras_gan.DivergenceError, match=r"of epoch 1: code, encoder_loss is not finite"
    ):
        gan.fit(X, batch_size=3, verbose=0)
    gan = linear_pair(WithEncoder, run_eagerly=True)
    gan.broken = True
    stop = keras.callbacks.TerminateOnNaN()
    history = gan.fit(X, batch_size=3, epochs=3, callbacks=[stop], verbose=0)
    assert len(history.epoch) == 1


# -- networks of a user's own ----------------------------------------------------------------------


@keras.saving.register_keras_serializable("test_state")
class Subclassed(keras.Model):
    def __init__(self, shape, activation=None, **options):
        super().__init__(**options)
        self.shape, self.activation = shape, keras.activations.get(activation)
        self.flat = keras.layers.Flatten()
        self.dense = keras.layers.Dense(int(np.prod(shape)))
        self.norm = keras.layers.BatchNormalization()

    def call(self, x, training=False):
        x = self.norm(self.dense(self.flat(x)), training=training)
        return self.activation(ops.reshape(x, (-1, *self.shape)))

    def get_config(self):
        activation = keras.activations.serialize(self.activation)
        return {"shape": self.shape, "activation": activation}


def wrapped(network, shape):
    x = keras.Input(shape)
    return keras.Model(x, network(x))


def test_subclassed_networks_train_save_and_load(tmp_path):
    networks = wrapped(Subclassed((4, 4, 1), "tanh"), (3,)), wrapped(Subclassed((1,)), (4, 4, 1))
    gan = keras_gan.GAN(*networks, seed=0)
    gan.compile(run_eagerly=True)
    images = np.random.default_rng(0).uniform(-1, 1, (8, 4, 4, 1)).astype("float32")
    gan.fit(images, batch_size=4, verbose=0)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=0), gan.sample(3, seed=0))
    moved = gan.generator(gan.latents(noise.seed_rows(3, 0, None))).numpy()
    assert (gan.sample(3, seed=0) != moved).any()
    gan.fit(images, verbose=0)
    loaded.fit(images, verbose=0)
    for a, b in zip(gan.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Unknown(keras.layers.Layer):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


def test_networks_that_cannot_be_taken_are_told_why():
    discriminator = wrapped(Subclassed((1,)), (3,))
    with pytest.raises(
        ValueError, match=r"a Subclassed without known.*keras.Model\(x, network\(x\)"
    ):
        keras_gan.GAN(Subclassed((3,)), discriminator)
    with pytest.raises(ValueError, match=r"Received: Unknown. Expected a get_config\(\)"):
        keras_gan.GAN(wrapped(Unknown(tf.identity), (3,)), discriminator)


def test_an_image_shape_may_come_first():
    assert keras_gan.DCGAN((8, 8, 1), width=4).image_shape == (8, 8, 1)
    assert build(keras_gan.DCGAN).image_shape == (8, 8, 1)
    with pytest.raises(ValueError, match="GAN brings no networks: pass generator="):
        keras_gan.GAN((8, 8, 1))
    with pytest.raises(ValueError, match="discriminator=100 without known inputs"):
        keras_gan.DCGAN((8, 8, 1), 100)

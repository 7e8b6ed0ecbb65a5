"""The engine: steps worked out by hand, and the rules of a game."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, latents_of, linear_pair, weights
from conftest import build, changed, state

import keras_gan
from keras_gan import losses, penalties

BINARY = keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_a_step_by_hand(updates):
    gan = linear_pair(updates=updates)
    z = latents_of(gan, 3)
    history = gan.fit(X, batch_size=3, shuffle=False, verbose=0).history
    fake = 0.5 * z + 0.1
    c = 0.7 - 0.1 * (fake.mean() - X.mean())  # d/dc of mean D(fake) - mean D(real)
    assert weights(gan.discriminator) == pytest.approx([c, -0.2], abs=1e-6)
    judge = 0.7 if updates == "simultaneous" else c
    expected = [0.5 + 0.1 * judge * z.mean(), 0.1 + 0.1 * judge]
    assert weights(gan.generator) == pytest.approx(expected, abs=1e-6)
    d_loss = 0.7 * (fake.mean() - X.mean())
    assert history["d_loss"][0] == pytest.approx(d_loss, abs=1e-6)
    assert history["d_real"][0] == pytest.approx(0.7 * 3.0 - 0.2, abs=1e-6)
    assert history["g_loss"][0] == pytest.approx(-(judge * fake.mean() - 0.2), abs=1e-6)


def test_the_average_by_hand():
    gan = linear_pair(ema_decay=0.5)
    average = [0.5, 0.1]
    for t in range(8):
        gan.fit(X, batch_size=3, verbose=0)
        decay = min(0.5, (1 + t) / (10 + t))
        average = [
            decay * a + (1 - decay) * w
            for a, w in zip(average, weights(gan.generator), strict=True)
        ]
        assert weights(gan.ema_generator) == pytest.approx(average, abs=1e-6)


def test_no_average_means_the_generator_itself():
    gan = linear_pair(ema_decay=0.0)
    gan.fit(X, batch_size=3, verbose=0)
    assert gan.ema_generator is gan.generator


def test_a_file_of_a_model_without_average_fits_one_with_it(tmp_path):
    gan = linear_pair(ema_decay=0.0)
    gan.fit(X, batch_size=3, verbose=0)
    gan.save(tmp_path / "a.keras")
    gan.save_weights(tmp_path / "a.weights.h5")
    loaded = [keras.saving.load_model(tmp_path / "a.keras", compile=c) for c in (True, False)]
    averaging = linear_pair(ema_decay=0.9)
    averaging.load_weights(tmp_path / "a.weights.h5")
    for model in (*loaded, averaging):
        np.testing.assert_array_equal(model.sample(5, seed=0), gan.sample(5, seed=0))


def test_the_average_copies_batch_statistics(digits):
    gan = build(keras_gan.DCGAN, ema_decay=0.999)
    gan.fit(digits[0][:64], batch_size=32, epochs=2, verbose=0)
    pairs = list(zip(gan.generator.weights, gan.ema_generator.weights, strict=True))
    statistics = [(w, a) for w, a in pairs if "moving" in w.path]
    assert statistics
    for weight, average in statistics:
        np.testing.assert_array_equal(weight.numpy(), average.numpy())
    assert any((w.numpy() != a.numpy()).any() for w, a in pairs if "kernel" in w.path)


class Each(losses.Wasserstein):
    """Forgets the mean over the batch."""

    def generator(self, real, fake):
        return -fake


class Half(penalties.Penalty):
    def __call__(self, discriminator, real, fake, key):
        return discriminator(real) / 2.0


@pytest.mark.parametrize(
    ("rules", "name"),
    [({"loss": Each()}, "g_loss"), ({"penalties": [Half(1.0, name="half")]}, "half")],
)
def test_a_term_that_is_no_scalar_is_refused(rules, name):
    with pytest.raises(ValueError, match=rf"Received: {name} of shape \(.*, 1\). Expected \(\)"):
        linear_pair(**rules).fit(X, verbose=0)


def test_terms_and_their_names_are_the_same():
    class Unnamed(keras_gan.GAN):
        def generator_terms(self, out):
            return super().generator_terms(out) | {"l1": tf.constant(0.0)}

    class WithoutTerms(keras_gan.GAN):
        def extra_terms(self):
            return ("r1",)

    with pytest.raises(ValueError, match=r"without a name: \['l1'\], without a term: \[\]"):
        linear_pair(Unnamed).fit(X, verbose=0)
    with pytest.raises(ValueError, match=r"without a term: \['r1'\]"):
        linear_pair(WithoutTerms).fit(X, verbose=0)


def test_a_generator_that_no_gradient_reaches_is_refused():
    latents = keras.Input((1,))
    made = keras.ops.stop_gradient(keras.layers.Dense(1)(latents))
    gan = keras_gan.GAN(keras.Model(latents, made, name="dead"), linear_pair().discriminator)
    gan.compile()
    with pytest.raises(ValueError, match=r"Nothing that 'dead' minimises depends on its weights"):
        gan.fit(X, verbose=0)


def test_own_loss_and_penalty_survive_a_file(tmp_path):
    @keras.saving.register_keras_serializable("tests")
    class Scaled(losses.Wasserstein):
        def __init__(self, factor):
            self.factor = factor

        def generator(self, real, fake):
            return self.factor * super().generator(real, fake)

        def get_config(self):
            return {"factor": self.factor}

    gan = linear_pair(loss=Scaled(3.0), penalties=[penalties.R1(0.3, interval=2)])
    gan.fit(X, batch_size=3, verbose=0)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.objective.factor == 3.0
    assert (loaded.penalties[0].weight, loaded.penalties[0].interval) == (0.3, 2)


class PlainNoise(keras_gan.GAN):
    """XLA draws other numbers from the same key, so the noise comes from the images."""

    def _latents_for(self, real, key):
        return tf.sin(3.0 * real)


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_jit_compile_takes_the_same_step(updates):
    results = []
    for jit in (False, True):
        gan = linear_pair(
            PlainNoise, jit_compile=jit, penalties=["r1"], n_critic=2, updates=updates
        )
        x = np.linspace(-1, 1, 12, dtype="float32")[:, None]
        gan.fit(x, batch_size=3, shuffle=False, epochs=2, verbose=0)
        results.append(weights(gan.generator) + weights(gan.discriminator))
    assert results[0] == pytest.approx(results[1], abs=1e-5)


def test_float16_overflow_is_skipped_and_the_scale_lowered(digits):
    keras.config.set_dtype_policy("mixed_float16")
    gan = build(keras_gan.DCGAN)
    gan.discriminator_optimizer.dynamic_scale.assign(1e30)
    before = state(gan)
    gan.fit(digits[0][:32], batch_size=32, verbose=0)
    moved = changed(before, state(gan))
    assert gan.discriminator_optimizer.dynamic_scale.numpy() == pytest.approx(5e29, rel=1e-6)
    kernels = {f"discriminator/{v.path}" for v in gan.discriminator.trainable_variables}
    assert not kernels & moved
    assert {f"generator/{v.path}" for v in gan.generator.trainable_variables} & moved


def test_regularizers_of_the_networks_count():
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    l2 = keras.regularizers.L2(0.5)
    layer = keras.layers.Dense(1, kernel_regularizer=l2)
    gan = keras_gan.GAN(generator, keras.Sequential([keras.Input((1,)), layer]), seed=0)
    gan.compile(
        loss="wasserstein",
        discriminator_optimizer=keras.optimizers.SGD(0.1),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    kernel = float(layer.kernel.numpy()[0, 0])
    fake = generator(latents_of(gan, 3)).numpy()
    gan.fit(X, batch_size=3, verbose=0)
    expected = kernel - 0.1 * (fake.mean() - X.mean() + kernel)
    assert float(layer.kernel.numpy()[0, 0]) == pytest.approx(expected, abs=1e-5)


def test_float16_without_a_finite_gradient_is_divergence(digits):
    keras.config.set_dtype_policy("mixed_float16")
    gan = build(keras_gan.DCGAN)
    gan.discriminator_optimizer.dynamic_scale.assign(1.0)
    kernel = gan.discriminator.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, 1e30, "float32"))
    with pytest.raises(keras_gan.DivergenceError):
        gan.fit(digits[0][:32], batch_size=32, verbose=0)


def test_random_states_of_dropout_go_on_from_a_file(digits, tmp_path):
    generator = keras_gan.builders.dcgan_generator((8, 8, 1), latent_dim=8, width=8)
    judge = keras_gan.builders.dcgan_discriminator((8, 8, 1), width=8, dropout=0.3)
    gan = keras_gan.GAN(generator, judge, seed=1)
    gan.compile()
    gan.fit(digits[0][:64], verbose=0)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    for model in (gan, loaded):
        model.fit(digits[0][:64], epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(gan.sample(4, seed=0), loaded.sample(4, seed=0))
    for a, b in zip(
        gan.discriminator.get_weights(), loaded.discriminator.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_held_out_data_come_in_the_same_order_every_time():
    test = keras_gan.data.load("digits", split="test", batch_size=64)
    gan = build(keras_gan.CGAN)
    assert gan.evaluate(test, verbose=0) == gan.evaluate(test, verbose=0)
    with pytest.raises(ValueError, match=r"Load it once more"):
        gan.fit(test, steps_per_epoch=2, validation_data=test.take(2), verbose=0)


def test_both_optimizers_are_built_for_their_network():
    gan = linear_pair()
    assert gan.metrics_names
    fresh = keras_gan.GAN(gan.generator, gan.discriminator)
    assert fresh.metrics == []
    with pytest.raises(ValueError, match=r"compile"):
        fresh.fit(X)


def test_bce_agrees_with_keras(digits):
    """The default loss is Keras' binary cross-entropy of logits, as the tutorials write it."""
    real, fake = np.array([[2.0], [-1.0]], "float32"), np.array([[0.5], [3.0]], "float32")
    loss = losses.NonSaturating()
    expected = BINARY(np.ones((2, 1)), real) + BINARY(np.zeros((2, 1)), fake)
    assert float(loss.discriminator(real, fake)) == pytest.approx(float(expected), rel=1e-6)
    assert float(loss.generator(real, fake)) == pytest.approx(
        float(BINARY(np.ones((2, 1)), fake)), rel=1e-6
    )


def test_what_a_class_takes_and_keeps_by_name_is_in_the_configuration():
    class Own(keras_gan.FeatureMatchingGAN):
        def __init__(self, *networks, factor, **options):
            super().__init__(*networks, **options)
            self.factor = factor

    given = keras_gan.FeatureMatchingGAN(image_shape=(8, 8, 1), latent_dim=2, width=4)
    seen = [given.discriminator.layers[1].name]
    gan = Own(given.generator, given.discriminator, factor=3.0, feature_layers=seen)
    config = gan.get_config()
    assert {
        "factor": 3.0,
        "feature_layers": seen,
        "adversarial_weight": 0.0,
    }.items() <= config.items()
    assert not {"self", "networks", "options"} & config.keys()
    again = Own.from_config(config)
    assert (again.factor, again.feature_layers, again.seed) == (3.0, seen, gan.seed)

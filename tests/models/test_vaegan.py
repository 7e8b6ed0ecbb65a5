"""The third network: its terms by hand, what moves it, and what it is for."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from conftest import build, changed, state

import keras_gan


def test_terms_by_hand():
    weights = {"kl_weight": 0.5, "similarity_weight": 3.0}
    gan = keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=2, width=4, **weights)
    gan.compile()
    mean, log_variance = np.array([[1.0, 0.0], [0.5, 2.0]]), np.log([[1.0, 2.0], [4.0, 0.5]])
    real = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    fake = np.array([[0.0, 2.0, 1.0], [0.0, 0.0, 0.0], [9.0, 9.0, 9.0], [9.0, 9.0, 9.0]])
    out = played(scores=4, features=([real], [fake]), extra=(mean, log_variance))
    variance = np.exp(log_variance)
    kl = 0.5 * (mean**2 + variance - np.log(variance) - 1).sum(axis=1).mean()
    similarity = 0.5 * np.mean([1 + 0 + 4, 1])
    encoder = gan.player_terms(out)["encoder"]
    assert float(encoder["kl"]) == pytest.approx(kl / 2, rel=1e-5)
    assert float(encoder["e_similarity"]) == pytest.approx(similarity, rel=1e-5)
    generator = gan.player_terms(out)["generator"]
    assert float(generator["similarity"]) == pytest.approx(3.0 * similarity, rel=1e-5)
    assert float(generator["g_loss"]) == pytest.approx(np.log(2))


@pytest.mark.parametrize("network", ["generator", "discriminator", "encoder"])
@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_each_optimizer_moves_its_own_network(network, updates, digits):
    rates = {name: float(name == network) * 1e-3 for name in keras_gan.VAEGAN.networks}
    optimizers = {f"{n}_optimizer": keras.optimizers.SGD(rate) for n, rate in rates.items()}
    gan = build(keras_gan.VAEGAN, updates=updates, ema_decay=0.0, **optimizers)
    before = state(gan)
    gan.fit(digits[0][:32], batch_size=32, verbose=0)
    trainable = {f"{n}/{v.path}" for n in gan.networks for v in getattr(gan, n).trainable_variables}
    moved = changed(before, state(gan)) & trainable
    assert moved
    assert {name.split("/")[0] for name in moved} == {network}


def test_updates_of_the_critic_leave_the_encoder_alone(digits):
    gan = build(keras_gan.VAEGAN)
    gan.fit(digits[0][:32], batch_size=32, verbose=0)
    before = state(gan)
    gan._update_critics(gan._batches(tf.constant(digits[0][:32]))[0])
    moved = {name.split("/")[0] for name in changed(before, state(gan))}
    assert moved == {"discriminator", "discriminator_optimizer"}


def test_encodes_and_reconstructs(digits):
    images = digits[0]
    rates = {f"{n}_optimizer": keras.optimizers.Adam(2e-3, beta_1=0.5) for n in ("encoder",)}
    gan = build(keras_gan.VAEGAN, ema_decay=0.5, run_eagerly=False, **rates)
    history = gan.fit(images[:512], batch_size=64, epochs=5, verbose=0).history
    assert history["kl"][-1] > 0
    codes, made = gan.encode(images[:300]), gan.reconstruct(images[:300])
    assert (codes.shape, made.shape) == ((300, 8), (300, 8, 8, 1))
    assert (codes.dtype, made.dtype) == ("float32", "float32")
    expected = gan.encoder(images[:3], training=False)[:, :8]
    np.testing.assert_allclose(codes[:3], expected, atol=1e-5)
    np.testing.assert_allclose(made[:3], gan.ema_generator(codes[:3], training=False), atol=1e-5)
    as_bytes = np.round((images[:3] + 1) * 127.5).astype("uint8")
    np.testing.assert_allclose(gan.encode(as_bytes), codes[:3], atol=2e-2)
    own = np.abs(made - images[:300]).mean()
    others = np.abs(made - np.roll(images[:300], 1, axis=0)).mean()
    assert own < others, "a reconstruction is nearer to its image than to another"


@pytest.mark.filterwarnings("ignore:gradient_penalty, r2. with BatchNormalization")
def test_takes_every_loss_and_penalty(digits):
    gan = build(
        keras_gan.VAEGAN,
        loss="relativistic_paired",
        penalties=["gradient_penalty", "r2", "lecam"],
        augment="diff_augment",
        n_critic=2,
    )
    history = gan.fit(digits[0][:64], batch_size=16, verbose=0).history
    assert np.isfinite([v for values in history.values() for v in values]).all()


@pytest.mark.parametrize("cls", [keras_gan.VAEGAN, keras_gan.ACGAN, keras_gan.FeatureMatchingGAN])
def test_what_has_terms_of_its_own_is_compiled_by_xla(cls, digits):
    gan = build(cls, jit_compile=True)
    images, labels = digits
    history = gan.fit(images[:64], labels[:64], batch_size=32, verbose=0).history
    assert np.isfinite([v for values in history.values() for v in values]).all()


def test_an_encoder_of_another_size_is_refused():
    encoder = keras_gan.builders.vaegan_encoder((8, 8, 1), latent_dim=5, width=4)
    with pytest.raises(ValueError, match=r"\(10,\). Expected \(16,\)"):
        keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=8, width=4, encoder=encoder)
    encoder = keras_gan.builders.vaegan_encoder((9, 8, 1), latent_dim=8, width=4)
    with pytest.raises(ValueError, match=r"The encoder .* \(9, 8, 1\) taken, \(8, 8, 1\) made"):
        keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=8, width=4, encoder=encoder)
    encoder = keras.Sequential([keras.layers.Dense(16)])
    with pytest.raises(ValueError, match=r"The encoder must be a functional .* without known"):
        keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=8, width=4, encoder=encoder)


def test_networks_that_take_labels_are_refused():
    generator = keras_gan.builders.cgan_generator((8, 8, 1), 3, width=4)
    discriminator = keras_gan.builders.cgan_discriminator((8, 8, 1), 3, width=4)
    with pytest.raises(ValueError, match=r"Received: networks of two inputs. Expected one"):
        keras_gan.VAEGAN(generator, discriminator, num_classes=3)


def test_optimizers_of_networks_that_are_not_there():
    with pytest.raises(TypeError, match="takes no encoder_optimizer"):
        build(keras_gan.DCGAN, encoder_optimizer="adam")
    shared = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="optimizer of its own"):
        build(keras_gan.VAEGAN, encoder_optimizer=shared, generator_optimizer=shared)

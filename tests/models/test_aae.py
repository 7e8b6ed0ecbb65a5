"""The adversarial autoencoder: its terms by hand, what its critic is shown, what moves."""

import keras
import numpy as np
import pytest
from by_hand import played
from conftest import build, changed, state

import keras_gan


def of_points(latent_dim=3, critic=3, **rules):
    def dense(taken, made):
        return keras.Sequential([keras.Input((taken,)), keras.layers.Dense(made)])

    networks = {"discriminator": dense(critic, 1), "encoder": dense(2, latent_dim)}
    gan = keras_gan.AAE(dense(latent_dim, 2), **networks, seed=0, adversarial_weight=0.5)
    gan.compile(run_eagerly=True, **rules)
    return gan


def test_terms_by_hand():
    gan = of_points()
    real, fake = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[0.0, 2.0], [2.0, 0.0]])
    terms = gan.player_terms(played(real, fake))
    missed = np.mean([1.0, 4.0 + 1.0]) / 2
    assert {name: float(x) for name, x in terms["generator"].items()} == {"reconstruction": missed}
    encoder = {"reconstruction": missed, "e_adversarial": pytest.approx(0.5 * np.log(2))}
    assert {name: float(x) for name, x in terms["encoder"].items()} == encoder


def test_the_critic_tells_draws_of_the_prior_from_codes():
    gan = of_points()
    points = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    (batch,) = gan._batches(points)
    out = gan.forward(batch, training=True)
    drawn, codes = gan.views(out)["discriminator"]
    np.testing.assert_array_equal(drawn, batch.latents)
    np.testing.assert_allclose(codes, gan.encoder(points), rtol=1e-5)
    np.testing.assert_allclose(out.fake, gan.generator(codes), rtol=1e-5)


@pytest.mark.parametrize("network", keras_gan.AAE.networks)
def test_each_optimizer_moves_its_own_network(network, digits):
    rates = {name: float(name == network) * 1e-3 for name in keras_gan.AAE.networks}
    optimizers = {f"{n}_optimizer": keras.optimizers.SGD(rate) for n, rate in rates.items()}
    gan = build(keras_gan.AAE, run_eagerly=True, ema_decay=0.0, **optimizers)
    before = state(gan)
    gan.fit(digits[0][:16], batch_size=16, verbose=0)
    trainable = {f"{n}/{v.path}" for n in gan.networks for v in getattr(gan, n).trainable_variables}
    moved = changed(before, state(gan)) & trainable
    assert {name.split("/")[0] for name in moved} == {network}


def test_codes_and_reconstructions_are_those_of_the_averages():
    gan = of_points()
    points = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    gan.fit(points, batch_size=4, epochs=2, verbose=0)
    codes = gan.encode(points)
    np.testing.assert_allclose(codes, gan.ema_encoder(points), rtol=1e-5)
    assert not np.allclose(codes, gan.encoder(points), rtol=1e-5)
    np.testing.assert_allclose(gan.reconstruct(points), gan.ema_generator(codes), rtol=1e-5)


def test_sizes_follow_from_the_codes():
    gan = keras_gan.AAE(image_shape=(8, 8, 1), latent_dim=5, width=4)
    assert gan.encoder.output_shape == gan.discriminator.input_shape == (None, 5)
    with pytest.raises(ValueError, match="in AAE codes and no pictures"):
        gan.compile(augment="diff_augment")
    gan.compile(penalties=["r1"])


@pytest.mark.parametrize("options", [{"critic": 2}, {"latent_dim": 4}])
def test_a_critic_of_something_else_is_refused(options):
    with pytest.raises(ValueError, match=r"takes codes, .*Received: \([23],\).*Expected \([34],\)"):
        of_points(**options)


def test_the_report_asks_no_critic_of_codes_about_pictures():
    assert not of_points().judges_samples
    assert keras_gan.DCGAN(image_shape=(8, 8, 1), width=4).judges_samples

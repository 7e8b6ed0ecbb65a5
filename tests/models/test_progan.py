"""ProGAN: when it grows, what rests until then, and what an optimizer knows afterwards."""

import keras
import numpy as np
import pytest
from by_hand import played

import keras_gan

IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)).astype("float32")


def build(**rules):
    keras.utils.set_random_seed(7)
    gan = keras_gan.ProGAN(image_shape=(8, 8, 1), width=4, latent_dim=8, phase_steps=2, seed=3)
    gan.compile(**{"run_eagerly": True} | rules)
    return gan


def level(gan):
    return float(gan.generator.get_layer("growing").level.numpy())


def test_a_size_fades_in_for_a_phase_and_is_trained_for_another():
    gan = keras_gan.ProGAN(image_shape=(16, 16, 1), width=4, phase_steps=10)
    levels = [float(gan.level_at(step)) for step in (0, 9, 10, 15, 20, 29, 30, 32, 40, 90)]
    np.testing.assert_allclose(levels, [0, 0, 0, 0.5, 1, 1, 1, 1.2, 2, 2], atol=1e-6)


def test_both_networks_grow_and_so_does_the_average():
    gan = build()
    for expected in (0, 0, 0, 0.5, 1, 1):
        gan.train_on_batch(IMAGES[:2])
        networks = gan.generator, gan.discriminator, gan.ema_generator
        assert [float(n.get_layer("growing").level.numpy()) for n in networks] == [expected] * 3


def test_a_new_size_finds_optimizers_that_remember_nothing():
    gan = build()
    steps = []
    for _ in range(6):
        gan.train_on_batch(IMAGES[:2])
        steps.append([int(each.iterations.numpy()) for each in gan.optimizers])
    assert steps == [[1, 1], [2, 2], [3, 3], [1, 1], [2, 2], [3, 3]]


def test_weights_of_later_sizes_rest_whatever_moves_weights_without_a_gradient():
    adamw = {
        f"{name}_optimizer": keras.optimizers.AdamW(1e-2, weight_decay=0.1)
        for name in ("generator", "discriminator")
    }
    gan = build(**adamw)
    resting = [v for name in gan.networks for v in gan.resting(name)]
    before = [v.numpy() for v in resting]
    for _ in range(3):
        gan.train_on_batch(IMAGES[:2])
    assert len(resting) == 12
    for variable, value in zip(resting, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    gan.train_on_batch(IMAGES[:2])  # the size fades in
    assert not any(gan.resting(name) for name in gan.networks)
    kernels = [(v, old) for v, old in zip(resting, before, strict=True) if old.ndim > 1]
    assert all(not np.array_equal(v.numpy(), old) for v, old in kernels)


def test_a_run_that_is_resumed_grows_as_one_that_was_not_stopped(tmp_path):
    whole, first = build(), build()
    whole.fit(IMAGES, batch_size=2, epochs=2, verbose=0)
    first.fit(IMAGES, batch_size=2, verbose=0)
    first.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert level(again) == 0.5
    again.run_eagerly = True
    again.fit(IMAGES, batch_size=2, epochs=2, initial_epoch=1, verbose=0)
    assert level(again) == level(whole) == 1
    for a, b in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_graph_for_each_size_does_what_eager_steps_do():
    made = []
    for rules in ({}, {"run_eagerly": False, "steps_per_execution": 3}):
        names = ("generator", "discriminator")
        rates = {f"{name}_optimizer": keras.optimizers.SGD(0.01) for name in names}
        gan = build(**rules, **rates)
        gan.fit(np.concatenate([IMAGES, IMAGES[:4]]), batch_size=2, verbose=0)
        assert level(gan) == 1
        made.append(gan.sample(2, seed=1))
    np.testing.assert_allclose(*made, atol=1e-4)


def test_the_critic_pays_for_a_drift_of_its_scores():
    real, fake = ({"scores": np.array(x, "float32")} for x in ([[1.0], [3.0]], [[0.0], [2.0]]))
    out = played()._replace(critics={"discriminator": (real, fake)})
    terms = build().discriminator_terms(out)
    assert float(terms["drift"]) == pytest.approx(0.001 * (1 + 9) / 2)
    assert float(terms["d_loss"]) == pytest.approx(1.0 - 2.0)


def test_networks_that_grow_unlike_each_other_are_refused():
    grown = keras_gan.builders.progan_generator((8, 8, 1), 8, 4)
    plain = keras_gan.builders.dcgan_discriminator((8, 8, 1), 4)
    with pytest.raises(ValueError, match=r"grow alike.*Received: a generator that grows by"):
        keras_gan.ProGAN(grown, plain)
    with pytest.raises(ValueError, match="phase_steps=0"):
        keras_gan.ProGAN(image_shape=(8, 8, 1), phase_steps=0)

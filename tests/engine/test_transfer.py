"""A training that begins with another model's weights: what is taken, what stays as it is."""

import keras
import numpy as np
import pytest

import keras_gan
from keras_gan.engine.transfer import freeze, take_weights


def dcgan(side=16, **options):
    options = {"latent_dim": 4, "width": 2, "seed": 0} | options
    return keras_gan.DCGAN(image_shape=(side, side, 1), **options)


def test_a_model_of_the_same_kind_is_taken_whole():
    one, other = dcgan(), dcgan()
    other.ema_generator.set_weights([w + 1.0 for w in other.ema_generator.get_weights()])
    taken = take_weights(one, other)
    counts = {name: len(getattr(one, name).weights) for name in one.networks}
    assert taken == {name: (n, n) for name, n in counts.items()}
    for name in ("generator", "discriminator", "ema_generator"):
        pairs = zip(getattr(one, name).weights, getattr(other, name).weights, strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)
        assert all(a is not b for a, b in pairs)


def test_of_larger_pictures_the_layers_that_fit_are_taken():
    one, other = dcgan(32), dcgan(16)
    before = {name: [w.numpy() for w in getattr(one, name).weights] for name in one.networks}
    taken = take_weights(one, other)
    for name, (n, of) in taken.items():
        moved = [
            not np.array_equal(a, b)
            for a, b in zip(before[name], getattr(one, name).weights, strict=True)
        ]
        assert 0 < n < of == len(moved)
        assert 0 < sum(moved) <= n  # zeros at the start are the same in both
    assert np.isfinite(one.sample(2, seed=0)).all()


def test_nothing_that_fits_is_told():
    points = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"Nothing of the VanillaGAN .* into the DCGAN\. Expected"):
        take_weights(dcgan(latent_dim=5, width=3), keras_gan.VanillaGAN(points, judge))


def test_frozen_layers_stay_and_the_others_move(tmp_path):
    gan = dcgan(seed=1)
    freeze(gan.discriminator, 1)
    gan.compile(run_eagerly=True)
    images = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    gan.save(tmp_path / "gan.keras")
    gan = keras.saving.load_model(tmp_path / "gan.keras")  # a run that is resumed
    before = gan.discriminator.get_weights()
    gan.train_on_batch(images)
    moved = [
        not np.array_equal(a, b)
        for a, b in zip(before, gan.discriminator.get_weights(), strict=True)
    ]
    first = len(gan.discriminator.layers[1].weights)
    assert not any(moved[:first])
    assert moved[-2]  # the last kernel
    with pytest.raises(ValueError, match=r"has 3 layers with a kernel.* Received: 3 layers"):
        freeze(gan.discriminator, 3)

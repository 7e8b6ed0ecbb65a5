"""The progress bar: images shown, how fast, what is left, and no sum of losses."""

import numpy as np
import pytest
from conftest import build

import keras_gan
from keras_gan.engine import bar


class Clock:
    """Seconds that pass by one with each look at it."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        self.now += 1.0
        return self.now


@pytest.fixture
def shown(monkeypatch):
    """What the bar is told, step by step: (steps of the epoch, its values)."""
    found = []

    class Bar:
        target = None

        def __init__(self, **options):
            pass

        def update(self, current, values=None, finalize=None):
            found.append((current, dict(values), finalize))

    monkeypatch.setattr("keras.src.callbacks.progbar_logger.Progbar", Bar)
    monkeypatch.setattr(bar, "time", Clock())
    return found


def test_the_bar_says_how_far_it_is(shown):
    """40 images in batches of 16 are 3 steps of 13.3 images; the clock says a second a step."""
    gan = build(keras_gan.VanillaGAN)
    images = np.zeros((40, 8, 8, 1), np.uint8)
    history = gan.fit(images, batch_size=16, epochs=2, verbose=1)
    assert set(history.history) >= {"loss", "g_loss", "d_loss"}
    assert not any({"loss", "val_loss"} & set(values) for _, values, _ in shown)
    assert all("d_loss" in values for _, values, _ in shown)
    steps = [(at, values) for at, values, final in shown if not final]
    assert [at for at, _ in steps] == [1, 2, 3, 1, 2, 3]
    kimg = [values["kimg"] for _, values in steps]
    assert kimg == pytest.approx([40 / 3 * k / 1000 for k in range(1, 7)])
    assert "images/s" not in steps[0][1]  # the first step is traced
    second = steps[1][1]
    assert second["images/s"] == pytest.approx(40 / 3)
    assert second["minutes left"] == pytest.approx(4 / 60)
    assert steps[-1][1]["minutes left"] == 0
    gan.fit(images, batch_size=16, epochs=1, verbose=1)
    assert shown[-1][1]["kimg"] == pytest.approx(0.12)  # of the whole training
    before = len(shown)
    gan.fit(images, batch_size=16, epochs=1, verbose=0)
    assert [final for _, _, final in shown[before:]] == [True]


def test_the_bar_counts_all_updates_of_a_critic(shown):
    """Two updates of 8 images each: 40 images are 3 steps."""
    gan = build(keras_gan.VanillaGAN, n_critic=2)
    gan.fit(np.zeros((40, 8, 8, 1), np.uint8), batch_size=8, verbose=2)
    assert gan.images_per_step == pytest.approx(40 / 3)
    assert shown[-1][1]["kimg"] == pytest.approx(0.04)


def test_points_are_samples(shown):
    gan = keras_gan.VanillaGAN(image_shape=(2,), latent_dim=4, width=4)
    gan.compile(run_eagerly=True)
    gan.fit(np.zeros((8, 2), np.float32), batch_size=8, verbose=1)
    assert shown[-1][1]["ksamples"] == pytest.approx(0.008)

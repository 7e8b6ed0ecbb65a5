"""Losses against numbers worked out by hand and an independent float64 version."""

import keras
import numpy as np
import pytest

from keras_gan import losses

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.0], [4.0]], "float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype("float64")))


EXPECTED = {
    "minimax": (
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        np.log(1 - sigmoid(FAKE)).mean(),
    ),
    "non_saturating": (
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        -np.log(sigmoid(FAKE)).mean(),
    ),
    "wasserstein": (1 / 3 - 0.5, -1 / 3),
    "hinge": ((0 + 2 + 0.5) / 3 + (0 + 1 + 5) / 3, -1 / 3),
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_values(name, dtype):
    loss = losses.get(name)
    real, fake = (keras.ops.cast(x, dtype) for x in (REAL, FAKE))
    for value, expected in zip(
        (loss.discriminator(real, fake), loss.generator(real, fake)), EXPECTED[name], strict=True
    ):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert value.shape == ()
        assert float(value) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", EXPECTED)
def test_maps_of_logits(name):
    """A PatchGAN's map counts every place alike."""
    loss = losses.get(name)
    wide = [np.broadcast_to(x[:, :, None, None], (3, 1, 4, 5)) for x in (REAL, FAKE)]
    assert float(loss.discriminator(*wide)) == pytest.approx(EXPECTED[name][0], rel=1e-5)
    assert float(loss.generator(*wide)) == pytest.approx(EXPECTED[name][1], rel=1e-5)


def test_extreme_logits_stay_finite():
    huge = np.array([[1e4], [-1e4]], "float32")
    for name in EXPECTED:
        loss = losses.get(name)
        assert np.isfinite(float(loss.discriminator(huge, -huge)))
        assert np.isfinite(float(loss.generator(huge, -huge)))

"""Settings as the authors' code has them, where Keras' own mean something else."""

import keras
import numpy as np
import pytest

import keras_gan
from keras_gan import builders


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_wgans_rmsprop_is_that_of_torch(network):
    """torch: v = 0.99 v + 0.01 g^2, w -= 5e-5 g / (sqrt(v) + 1e-8), for gradients as WGAN has."""
    maker = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    judge = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizer = keras_gan.WGAN(maker, judge, seed=0).defaults()[f"{network}_optimizer"]
    weight, expected, v = keras.Variable([0.0, 0.0, 0.0]), np.zeros(3), np.zeros(3)
    for gradient in np.array([[1e-4, 3e-4, 1e-2], [-2e-4, 5e-4, 1e-3]]):
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [weight])
        v = 0.99 * v + 0.01 * gradient**2
        expected -= 5e-5 * gradient / (np.sqrt(v) + 1e-8)
    np.testing.assert_allclose(weight.numpy(), expected, rtol=0.01)


def test_sngans_last_convolution_begins_with_gain_one():
    """Glorot: uniform within sqrt(6 / (9 in + 9 out)); within blocks sqrt(2) times that."""
    generator = builders.resnet_generator((8, 8, 3), width=32)
    *_, inner, last = [w for w in generator.trainable_variables if tuple(w.shape[:2]) == (3, 3)]
    for kernel, gain in ((inner, 2**0.5), (last, 1.0)):
        limit = gain * (6 / (9 * sum(kernel.shape[2:]))) ** 0.5
        assert np.abs(kernel.numpy()).max() == pytest.approx(limit, rel=0.01)

"""Penalties on weights: by hand, of any network, lazily, and where there is nothing to penalise."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan.penalties import Orthogonal

W = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]], "float32")  # inner products 2, 0 and 1
POINTS = np.ones((8, 2), "float32")


def dense_gan(**rules):
    maker = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    for network in (maker, judge):
        network.layers[0].kernel.assign(W)
        network.layers[1].kernel.assign(np.eye(3)[:, : network.layers[1].units])
    gan = keras_gan.GAN(maker, judge, seed=0)
    gan.compile(run_eagerly=True, **rules)
    return gan


def test_squares_of_all_inner_products_of_two_filters():
    assert float(Orthogonal()([tf.constant(W)])) == 2 * (2.0**2 + 0.0 + 1.0)
    convolution = W.reshape(1, 2, 1, 3)
    assert float(Orthogonal()([tf.constant(W), tf.constant(convolution)])) == 20.0
    assert float(Orthogonal()([5.0 * tf.eye(4)])) == 0.0


def test_it_is_of_any_network_and_as_often_as_it_says():
    sgd = {f"{name}_optimizer": keras.optimizers.SGD(0.0) for name in keras_gan.GAN.networks}
    lazy = Orthogonal(0.25, interval=2, name="d_orthogonal", network="discriminator")
    gan = dense_gan(penalties=[Orthogonal(0.5), lazy], n_critic=3, **sgd)
    history = gan.fit(np.repeat(POINTS, 12, axis=0), batch_size=8, verbose=0).history  # 4 steps
    assert history["orthogonal"][0] == pytest.approx(0.5 * 10.0)
    assert history["d_orthogonal"][0] == pytest.approx(0.25 * 10.0)  # twice as much, half as often
    held_out = gan.evaluate(POINTS, verbose=0, return_dict=True)
    assert held_out["d_orthogonal"] == pytest.approx(0.25 * 10.0)


def test_it_turns_filters_away_from_each_other():
    sgd = {f"{name}_optimizer": keras.optimizers.SGD(1e-3) for name in keras_gan.GAN.networks}
    gan = dense_gan(penalties=Orthogonal(10.0), **sgd)
    gan.fit(POINTS, batch_size=8, verbose=0)
    kernel = gan.generator.layers[0].kernel.numpy()
    assert abs(kernel[:, 0] @ kernel[:, 1]) < 2.0
    products = kernel.T @ kernel
    by_hand = W - 1e-3 * 10.0 * 4.0 * W @ ((W.T @ W) * (1 - np.eye(3)))
    np.testing.assert_allclose(kernel, by_hand, atol=5e-3)  # and the game's own gradient
    assert np.sum(np.square(products * (1 - np.eye(3)))) < 10.0


def test_names_files_and_networks_without_kernels():
    gan = dense_gan(penalties="orthogonal")
    (penalty,) = gan.penalties
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(penalty))
    assert again.get_config() == penalty.get_config()
    assert (again.weight, again.network) == (1e-4, "generator")
    with pytest.raises(ValueError, match=r"layers with kernels. Received: a generator without any"):
        Orthogonal()([])
    with pytest.raises(ValueError, match=r"'orthogonal' is for encoder. Received: a model of gen"):
        dense_gan(penalties=Orthogonal(network="encoder"))

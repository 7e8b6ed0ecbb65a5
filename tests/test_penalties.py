"""Penalties on critics whose gradient is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan import noise, penalties
from keras_gan.autodiff import input_gradient

KEY = noise.key(0, 1)
W = np.array([[3.0], [4.0]], "float32")  # a linear critic's gradient is W everywhere: norm 5
REAL = np.array([[1.0, 2.0], [0.0, -1.0], [2.0, 2.0]], "float32")
FAKE = np.array([[0.0, 0.0], [5.0, 1.0], [-1.0, 3.0]], "float32")


def linear(x):
    return x @ W


def quadratic(x):
    """Gradient x, different for every sample."""
    return tf.reduce_sum(x * x, axis=1, keepdims=True) / 2


@pytest.mark.parametrize(
    ("penalty", "expected"), [("gradient_penalty", 16.0), ("r1", 12.5), ("r2", 12.5)]
)
def test_linear_critic(penalty, expected):
    value = penalties.get(penalty)(linear, tf.constant(REAL), tf.constant(FAKE), KEY)
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_r1_and_r2_look_at_their_own_images():
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    r1 = float(penalties.R1()(quadratic, real, fake, KEY))
    r2 = float(penalties.R2()(quadratic, real, fake, KEY))
    assert r1 == pytest.approx((REAL**2).sum(axis=1).mean() / 2, rel=1e-5)
    assert r2 == pytest.approx((FAKE**2).sum(axis=1).mean() / 2, rel=1e-5)


def test_gradient_penalty_has_one_factor_for_each_image():
    u = noise.uniform((3, 1), KEY).numpy()
    assert len(np.unique(u)) == 3
    between = u * REAL + (1 - u) * FAKE
    expected = ((np.sqrt((between**2).sum(axis=1)) - 1) ** 2).mean()
    value = penalties.GradientPenalty()(quadratic, tf.constant(REAL), tf.constant(FAKE), KEY)
    assert float(value) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("name", ["gradient_penalty", "r1", "r2"])
def test_second_order_gradient_by_finite_differences(name):
    weight = tf.Variable([[0.3, -0.2], [0.5, 0.7]], dtype="float32")
    critic = lambda x: tf.reduce_sum(tf.tanh(x @ weight), axis=1, keepdims=True)  # noqa: E731
    penalty = penalties.get(name)

    def value():
        return penalty(critic, tf.constant(REAL), tf.constant(FAKE), KEY)

    with tf.GradientTape() as tape:
        result = value()
    gradient = tape.gradient(result, weight).numpy()
    for i in range(2):
        for j in range(2):
            step = np.zeros((2, 2), "float32")
            step[i, j] = 1e-2
            weight.assign_add(step)
            above = float(value())
            weight.assign_sub(2 * step)
            below = float(value())
            weight.assign_add(step)
            assert gradient[i, j] == pytest.approx((above - below) / 2e-2, rel=2e-2, abs=2e-3)


def test_a_flat_critic_has_a_finite_gradient():
    weight = tf.Variable([[0.0], [0.0]])
    with tf.GradientTape() as tape:
        value = penalties.GradientPenalty()(
            lambda x: x @ weight, tf.constant(REAL), tf.constant(FAKE), KEY
        )
    assert float(value) == pytest.approx(1.0, abs=1e-4)
    assert np.isfinite(tape.gradient(value, weight).numpy()).all()


def test_input_gradient_is_float32():
    x = tf.cast(REAL, "float16")
    gradient = input_gradient(lambda x: x * tf.cast(3.0, "float16"), x)
    assert gradient.dtype == "float32"
    np.testing.assert_array_equal(gradient, np.full((3, 2), 3.0))


@pytest.mark.parametrize("bad", [{"weight": -1.0}, {"interval": 0}, {"interval": 1.5}])
def test_settings_that_cannot_be(bad):
    with pytest.raises(ValueError, match="R1 needs weight >= 0 and a whole interval"):
        penalties.R1(**bad)


def test_config_round_trip():
    penalty = penalties.R1(0.5, interval=3, name="mine")
    data = keras.saving.serialize_keras_object(penalty)
    again = keras.saving.deserialize_keras_object(data)
    assert again.get_config() == penalty.get_config()

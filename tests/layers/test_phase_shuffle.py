"""Phase shuffle: which shifts there are, who draws them, and where the draws stand."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.layers import PhaseShuffle

X = np.arange(2 * 6 * 2, dtype="float32").reshape(2, 6, 2)
PLACES = {  # of the features, with two of them reflected at either rim
    0: [2, 1, 0, 1, 2, 3],
    1: [1, 0, 1, 2, 3, 4],
    2: [0, 1, 2, 3, 4, 5],
    3: [1, 2, 3, 4, 5, 4],
    4: [2, 3, 4, 5, 4, 3],
}


def shifts(layer, n):
    found = []
    for _ in range(n):
        made = layer(X, training=True).numpy()
        (k,) = [k for k, places in PLACES.items() if np.array_equal(made, X[:, places])]
        found.append(k)
    return found


def test_all_shifts_are_drawn_for_the_whole_batch_and_none_in_use():
    layer = PhaseShuffle(2, seed=0)
    drawn = shifts(layer, 60)
    assert set(drawn) == set(PLACES)
    assert max(map(drawn.count, PLACES)) < 30
    np.testing.assert_array_equal(layer(X), X)
    np.testing.assert_array_equal(PhaseShuffle(0)(X, training=True), X)
    with pytest.raises(ValueError, match="n of at least 0"):
        PhaseShuffle(-1)


def test_draws_go_on_from_their_state():
    layer, other = PhaseShuffle(2, seed=0), PhaseShuffle.from_config(PhaseShuffle(2).get_config())
    shifts(layer, 3)
    other.seed_generator.state.assign(layer.seed_generator.state)
    assert shifts(layer, 10) == shifts(other, 10)


def test_each_replica_draws_its_own(monkeypatch):
    drawn = []
    for rank in range(2):
        context = types.SimpleNamespace(replica_id_in_sync_group=rank)
        monkeypatch.setattr(tf.distribute, "get_replica_context", lambda here=context: here)
        drawn.append(shifts(PhaseShuffle(2, seed=0), 20))
    assert drawn[0] != drawn[1]


def test_gradients_of_gradients_pass():
    x = keras.Input((6, 2))
    network = keras.Model(x, PhaseShuffle(2, seed=0)(x))
    given = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(given)
        with tf.GradientTape() as inner:
            inner.watch(given)
            y = tf.reduce_sum(network(given, training=True) ** 2)
        slope = tf.reduce_sum(inner.gradient(y, given) ** 2)
    assert network.output_shape == (None, 6, 2)
    assert float(tf.reduce_sum(tf.abs(outer.gradient(slope, given)))) > 0

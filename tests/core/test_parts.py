"""Parts of a network: which there are, and that looking for one leaves the network whole."""

import keras
import numpy as np
import pytest

from keras_gan.core.networks import part_between


@pytest.fixture
def network():
    """p = a, q = 2 p + b, r = b, s = p + a."""
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    p = keras.layers.Rescaling(1.0)(a)
    q = keras.layers.Add()([keras.layers.Rescaling(2.0)(p), b])
    return keras.Model([a, b], [p, q, keras.layers.Rescaling(1.0)(b), keras.layers.Add()([p, a])])


def test_a_part_is_a_function_of_an_output_and_the_further_inputs(network):
    part = part_between(network, 0, 1)
    found = part([np.array([[3.0]], "float32"), np.array([[0.5]], "float32")])
    np.testing.assert_array_equal(found, [[6.5]])


@pytest.mark.parametrize(("start", "end"), [(0, 2), (2, 0), (0, 3), (1, 0)])
def test_there_is_none_where_the_output_is_made_otherwise(network, start, end):
    assert part_between(network, start, end) is None
    assert keras.Model.from_config(network.get_config()).count_params() == 0

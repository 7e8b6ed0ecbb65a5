"""Whether half precision is slower is measured, said, and leaves no trace."""

import random
import warnings

import keras
import numpy as np
import pytest
from conftest import build, state

import keras_gan
from keras_gan.engine import precision, replicas


def is_mixed(networks):
    layers = [layer for network in networks for layer in network._flatten_layers()]
    return any(
        layer.compute_dtype != layer.variable_dtype
        for layer in layers
        if not isinstance(layer, (keras.Model, keras.layers.InputLayer))
    )


@pytest.fixture
def seconds(monkeypatch):
    """What a pass takes in mixed precision and in float32, in place of a clock."""
    taken = {True: 4.0, False: 0.5}
    monkeypatch.setattr(precision, "_pass", lambda networks, *_: networks)
    monkeypatch.setattr(precision, "_seconds", lambda networks: taken[is_mixed(networks)])
    return taken


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("cls", [keras_gan.CGAN, keras_gan.VAEGAN])
def test_the_ratio_is_that_of_copies_in_either_precision(cls, name, seconds):
    keras.config.set_dtype_policy(name)
    gan = cls(image_shape=(8, 8, 1), width=4, **({"num_classes": 3} if cls.conditional else {}))
    assert precision.slowdown(gan) == 8.0
    with pytest.warns(UserWarning, match=rf"take 8.0 times as long in {name} as in float32"):
        precision.warn_if_slower(gan)


def test_the_layer_within_a_layer_is_copied_in_float32_too():
    keras.config.set_dtype_policy("mixed_float16")
    copy = precision._float32_copy(keras_gan.layers.SpectralNormalization(keras.layers.Dense(2)))
    assert {copy.compute_dtype, copy.layer.compute_dtype} == {"float32"}


def test_nothing_is_said_where_it_is_faster_or_not_asked_for(seconds, monkeypatch):
    seconds[True] = 0.4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan = build(keras_gan.VanillaGAN)
        assert precision.slowdown(gan) == 1.0
        precision.warn_if_slower(gan)
        keras.config.set_dtype_policy("mixed_bfloat16")
        gan = build(keras_gan.VanillaGAN)
        assert precision.slowdown(gan) == 0.8
        precision.warn_if_slower(gan)
        seconds[True] = 40.0
        monkeypatch.setattr(replicas, "is_multi_worker", lambda strategy: True)
        precision.warn_if_slower(gan)


def test_measuring_changes_nothing():
    keras.config.set_dtype_policy("mixed_bfloat16")
    gan = build(keras_gan.VanillaGAN)
    before, chance = state(gan), (random.getstate(), np.random.get_state()[1].tolist())
    assert precision.slowdown(gan, batch_size=2) > 0
    assert (random.getstate(), np.random.get_state()[1].tolist()) == chance
    for name, value in state(gan).items():
        np.testing.assert_array_equal(value, before[name])
    with pytest.raises(ValueError, match="batch_size"):
        precision.slowdown(gan, batch_size=0)

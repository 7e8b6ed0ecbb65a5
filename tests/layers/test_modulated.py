"""Modulated convolutions against the kernel of each row, the filter within them, noise, styles."""

import keras
import numpy as np
import pytest

from keras_gan import layers

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def modulated(**options):
    maps, styles = normal(3, 5, 4, 2), normal(3, 7)
    layer = layers.ModulatedConv2D(6, 3, **options)
    layer([maps, styles])
    kernel, _, affine, shift = layer.get_weights()
    np.testing.assert_array_equal(shift, np.ones(2))
    layer.set_weights([kernel, normal(6), affine, shift])
    return layer, maps, styles


def by_row(layer, maps, styles, read):
    """`read(row, kernel)` with the kernel that is that row's own, by the paper's equations."""
    kernel, bias, affine, shift = layer.get_weights()
    found = []
    for row, style in zip(maps, styles, strict=True):
        own = kernel * (style @ affine / np.sqrt(7) + shift)[:, None] / np.sqrt(18)
        if layer.demodulate:
            own = own / np.sqrt(np.sum(own**2, axis=(0, 1, 2)) + 1e-8)
        found.append(np.asarray(read(row[None], (layer.gain * own).astype("float32")))[0] + bias)
    return np.stack(found)


def conv(x, kernel, **options):
    return keras.ops.conv(x, kernel, padding="same", data_format="channels_last", **options)


@pytest.mark.parametrize("demodulate", [True, False])
def test_each_row_has_a_kernel_of_its_own(demodulate):
    layer, maps, styles = modulated(demodulate=demodulate)
    expected = by_row(layer, maps, styles, conv)
    np.testing.assert_allclose(layer([maps, styles]), expected, atol=1e-5)


@pytest.mark.parametrize("size", [(2, 2), (2, 1)])
def test_a_larger_map_is_that_of_the_filter_and_then_the_kernel(size):
    layer, maps, styles = modulated(size=size)

    def read(row, kernel):
        turned = kernel[::-1, ::-1]  # by a transposed convolution
        return conv(layers.FilteredUpsampling2D(size)(row), turned)

    found, expected = layer([maps, styles]), by_row(layer, maps, styles, read)
    assert found.shape == layer.compute_output_shape([maps.shape, styles.shape])
    inner = slice(1, -1)  # at the rim the larger map ends, for the filter zeros go on
    np.testing.assert_allclose(found[:, inner, inner], expected[:, inner, inner], atol=1e-5)


@pytest.mark.parametrize(("strides", "shape"), [((2, 2), (6, 4)), ((2, 1), (5, 3))])
def test_a_smaller_map_is_that_of_the_filter_and_then_the_kernel(strides, shape):
    x = normal(2, *shape, 3)
    layer = layers.FilteredConv2D(4, 3, strides=strides)
    found = np.asarray(layer(x))
    plain = conv(x, layer.get_weights()[0] * (2 / 27) ** 0.5)
    expected = np.asarray(layers.FilteredDownsampling2D(strides)(plain))
    assert found.shape == expected.shape
    inner = slice(1, -1)
    np.testing.assert_allclose(found[:, inner, inner], expected[:, inner, inner], atol=1e-5)


def test_a_rate_leaves_the_first_numbers_as_they_are_and_shrinks_steps():
    x = normal(500, 40)
    layer = layers.EqualizedDense(300, rate=0.01, gain=1.0, bias_initializer="ones")
    found = np.asarray(layer(x))
    kernel, bias = layer.get_weights()
    assert kernel.std() == pytest.approx(100, rel=0.05)
    assert found.std() == pytest.approx(1, rel=0.05)
    np.testing.assert_allclose(found, x @ kernel * 0.01 / 40**0.5 + 0.01 * bias, atol=1e-4)


def test_noise_is_one_draw_but_in_training():
    layer = layers.PixelNoise(seed=1)
    x = np.zeros((3, 4, 5, 2), "float32")
    np.testing.assert_array_equal(layer(x, training=True), x)  # of strength 0 at first
    layer.strength.assign(2.0)
    still = np.asarray(layer(x))
    np.testing.assert_array_equal(still, np.broadcast_to(2 * layer.constant.numpy(), x.shape))
    first, second = (np.asarray(layer(x, training=True)) for _ in range(2))
    assert (first[..., 0] == first[..., 1]).all()
    numbers = np.stack([first[0, ..., 0], first[1, ..., 0], second[0, ..., 0], still[0, ..., 0]])
    assert len(np.unique(numbers)) == numbers.size
    again = layers.PixelNoise.from_config(layer.get_config())
    again.build(x.shape)
    again.set_weights(layer.get_weights())
    again(x, training=True)
    np.testing.assert_array_equal(again(x, training=True), first)


def test_styles_know_their_mean():
    layer = layers.Styles(3)
    style = np.array([[1.0, 2.0], [5.0, 4.0]], "float32")
    styles = np.asarray(layer(style))
    np.testing.assert_array_equal(styles, np.repeat(style[:, None], 3, axis=1))
    np.testing.assert_array_equal(layer.mean, [0, 0])
    layer.observe(np.array([3.0, 3.0], "float32"))
    layer.observe(np.array([1.0, 0.0], "float32"))
    mean = 0.995 * 0.005 * np.array([3.0, 3.0]) + 0.005 * np.array([1.0, 0.0])
    np.testing.assert_allclose(layer.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(layer.nearer(styles, 0.5), (mean + styles) / 2, rtol=1e-6)
    each = np.asarray(layer.nearer(style, np.array([[0.0], [1.0]], "float32")))
    np.testing.assert_allclose(each, [mean, style[1]], rtol=1e-6)


def test_a_learned_map_is_the_same_for_all():
    layer = layers.LearnedMap((2, 3, 4))
    found = np.asarray(layer(normal(5, 9)))
    np.testing.assert_array_equal(found, np.broadcast_to(layer.map.numpy(), (5, 2, 3, 4)))

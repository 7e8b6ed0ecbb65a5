"""Layers that grow: squares of equal pixels below the full size, and sizes that fade in."""

import keras
import numpy as np
import pytest

from keras_gan import builders
from keras_gan.layers import EqualizedConv2D, EqualizedDense, GrowingImages, GrowingMaps

STRIDES, CHANNELS = [(2, 2), (2, 1)], [6, 5, 4]  # from (4, 4) to (8, 8) to (16, 8)
RNG = np.random.default_rng(0)
MAPS = RNG.normal(size=(3, 4, 4, 6)).astype("float32")
IMAGES = RNG.uniform(-1, 1, (3, 16, 8, 2)).astype("float32")


def images_at(layer, level, training=False):
    layer.level.assign(level)
    return np.asarray(layer(MAPS, training=training))


def enlarged(x, vertical, horizontal):
    return np.repeat(np.repeat(x, vertical, axis=1), horizontal, axis=2)


def reduced(x, vertical, horizontal):
    n, height, width, channels = x.shape
    x = x.reshape(n, height // vertical, vertical, width // horizontal, horizontal, channels)
    return x.mean(axis=(2, 4))


@pytest.fixture(scope="module")
def growing():
    keras.utils.set_random_seed(1)
    return GrowingImages(STRIDES, CHANNELS, 2), GrowingMaps(STRIDES, CHANNELS)


@pytest.mark.parametrize("training", [True, False])
def test_pictures_are_of_the_full_size_at_every_level(growing, training):
    images, _ = growing
    smallest, middle, full = (images_at(images, level, training) for level in (0, 1, 2))
    assert smallest.shape == middle.shape == full.shape == (3, 16, 8, 2)
    np.testing.assert_array_equal(smallest, enlarged(smallest[:, ::4, ::2], 4, 2))
    np.testing.assert_array_equal(middle, enlarged(middle[:, ::2], 2, 1))
    assert not np.array_equal(full, enlarged(full[:, ::2], 2, 1))
    for level, before, after in ((0.25, smallest, middle), (1.5, middle, full)):
        part = level % 1
        expected = (1 - part) * before + part * after
        np.testing.assert_allclose(images_at(images, level, training), expected, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_a_critic_sees_no_more_than_the_level_has(growing, training):
    _, maps = growing
    coarse = enlarged(reduced(IMAGES, 2, 1), 2, 1)
    for level, same in ((1.0, True), (1.5, False)):
        maps.level.assign(level)
        found, of_coarse = (np.asarray(maps(x, training=training)) for x in (IMAGES, coarse))
        assert found.shape == (3, 4, 4, 6)
        assert np.allclose(found, of_coarse, atol=1e-5) == same


def test_a_size_fades_into_the_critic_behind_its_own_layers(growing):
    _, maps = growing
    maps.level.assign(1.25)
    small = reduced(IMAGES, 2, 1)
    new = reduced(np.asarray(maps.blocks[1](maps.from_images[2](IMAGES))), 2, 1)
    x = 0.75 * np.asarray(maps.from_images[1](small)) + 0.25 * new
    expected = reduced(np.asarray(maps.blocks[0](x)), 2, 2)
    np.testing.assert_allclose(maps(IMAGES, training=True), expected, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_real_pictures_lose_what_has_not_faded_in(growing, training):
    _, maps = growing
    small = enlarged(reduced(IMAGES, 4, 2), 4, 2)
    middle = enlarged(reduced(IMAGES, 2, 1), 2, 1)
    for level, expected in ((0.0, IMAGES), (0.25, 0.75 * small + 0.25 * IMAGES), (1.0, IMAGES)):
        maps.level.assign(level)
        np.testing.assert_allclose(maps.faded(IMAGES, training), expected, atol=1e-6)
    maps.level.assign(1.75)
    expected = 0.25 * middle + 0.75 * IMAGES
    np.testing.assert_allclose(maps.faded(IMAGES, training), expected, atol=1e-6)


def test_what_rests_is_what_no_picture_depends_on(growing):
    images, maps = growing
    for layer in (images, maps):
        for level, count in ((0, 12), (0.5, 6), (1, 6), (2, 2)):
            layer.level.assign(level)
            assert len(layer.resting) == count


def test_equalized_weights_are_scaled_where_they_are_used():
    conv, dense = EqualizedConv2D(4, 3, gain=0.5), EqualizedDense(5)
    found = np.asarray(conv(MAPS))
    plain = keras.layers.Conv2D(4, 3, padding="same")
    plain.build(MAPS.shape)
    plain.set_weights([conv.get_weights()[0] * 0.5 / 54**0.5, conv.get_weights()[1]])
    np.testing.assert_allclose(found, plain(MAPS), atol=1e-5)
    found = np.asarray(dense(MAPS))
    np.testing.assert_allclose(found, MAPS @ dense.get_weights()[0] * (2 / 6) ** 0.5, atol=1e-5)


def test_first_weights_are_a_standard_normal():
    weights = builders.progan_discriminator((16, 16, 3), width=32).get_weights()
    kernels = [w for w in weights if w.size > 2000]
    assert kernels
    for kernel in kernels:
        assert abs(kernel.mean()) < 0.1
        assert abs(kernel.std() - 1) < 0.1


@pytest.mark.parametrize("shape", [(30, 32, 3), (17, 16, 1)])
def test_sides_that_are_not_doubled_are_refused(shape):
    for build in (builders.progan_generator, builders.progan_discriminator):
        with pytest.raises(ValueError, match=r"doubles a side of 4 to 7.*Received: .*Expected"):
            build(shape)

"""Halving and doubling through [1, 3, 3, 1]: expected numbers by hand and by upfirdn2d's loops."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan import builders, layers

TAPS = (1, 3, 3, 1)


def halved(x):
    """Along the first axis, as the authors' code: y[i] = sum_k TAPS[k] / 8 x[2 i - 1 + k]."""
    places = range(-(-len(x) // 2))
    outside = np.zeros_like(x[0])
    read = lambda j: x[j] if 0 <= j < len(x) else outside  # noqa: E731
    return np.stack([sum(w * read(2 * i - 1 + k) for k, w in enumerate(TAPS)) / 8 for i in places])


def doubled(x):
    """Zeros between the places, one further at either end, then TAPS / 4."""
    spread = np.zeros((2 * len(x) + 3, *x.shape[1:]))
    spread[2:-1:2] = x
    return np.stack(
        [sum(w * spread[i + k] for k, w in enumerate(TAPS)) / 4 for i in range(2 * len(x))]
    )


def along(function, x, axis):
    return np.moveaxis(function(np.moveaxis(x, axis, 0)), 0, axis)


@pytest.mark.parametrize("layer", ["FilteredDownsampling2D", "FilteredUpsampling2D"])
@pytest.mark.parametrize("size", [(2, 2), (2, 1), (1, 2), (1, 1)])
def test_numbers(layer, size):
    x = np.random.default_rng(0).normal(size=(2, 7, 10, 3)).astype("float32")
    function = halved if layer == "FilteredDownsampling2D" else doubled
    expected = x
    for axis, factor in enumerate(size, start=1):
        expected = along(function, expected, axis) if factor == 2 else expected
    made = getattr(layers, layer)(size)
    np.testing.assert_allclose(made(x), expected, rtol=1e-5, atol=1e-6)
    assert made.compute_output_shape((None, 7, 10, 3))[1:] == expected.shape[1:]
    again = type(made).from_config(made.get_config())
    np.testing.assert_array_equal(again(x), made(x))


def test_by_hand():
    x = tf.reshape([8.0, 0.0, 0.0, 16.0], (1, 4, 1, 1))
    down = layers.FilteredDownsampling2D((2, 1))(x)
    assert down.numpy().ravel().tolist() == [3.0, 6.0]
    up = layers.FilteredUpsampling2D((2, 1))(x)
    assert up.numpy().ravel().tolist() == [6.0, 6.0, 2.0, 0.0, 0.0, 4.0, 12.0, 12.0]


def test_channels_become_squares():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 8)).astype("float32")
    made = layers.PixelShuffle2D(2)
    np.testing.assert_array_equal(made(x), tf.nn.depth_to_space(x, 2))
    assert made.compute_output_shape((None, 3, 5, 8)) == (None, 6, 10, 2)
    assert type(made).from_config(made.get_config()).size == 2
    with pytest.raises(ValueError, match=r"Received: 6 channels\. Expected a multiple of 4"):
        made(x[..., :6])


def test_inside_the_border_doubling_is_bilinear():
    x = np.random.default_rng(0).normal(size=(1, 5, 6, 2)).astype("float32")
    bilinear = keras.layers.UpSampling2D(interpolation="bilinear")(x)
    ours = layers.FilteredUpsampling2D()(x)
    np.testing.assert_allclose(ours[:, 1:-1, 1:-1], bilinear[:, 1:-1, 1:-1], atol=1e-6)


def test_short_waves_do_not_come_back_as_long_ones():
    """At 0.7 pi the filter lets cos(0.35 pi)^3 through, the mean of two cos(0.35 pi)."""
    wave = np.exp(0.7j * np.pi * np.arange(64))
    response = []
    for layer in (layers.FilteredDownsampling2D((1, 2)), keras.layers.AveragePooling2D((1, 2))):
        waves = np.stack([wave.real, wave.imag]).astype("float32")[:, None, :, None]
        cosine, sine = np.array(layer(waves))[:, 0, 1:-1, 0]
        response.append(np.hypot(cosine, sine))
    np.testing.assert_allclose(response[0], np.cos(0.35 * np.pi) ** 3, rtol=1e-4)
    np.testing.assert_allclose(response[1], np.cos(0.35 * np.pi), rtol=1e-4)
    assert response[0].max() == pytest.approx(0.09, abs=0.005)


def test_gradient_of_a_gradient():
    """Of |J^T J x|^2 / 2, which is J^T J J^T J x, with J as a matrix read off unit vectors."""
    for layer in (layers.FilteredDownsampling2D(), layers.FilteredUpsampling2D()):
        basis = np.eye(12, dtype="float32").reshape(12, 3, 4, 1)
        matrix = layer(basis).numpy().reshape(12, -1)
        x = tf.constant(np.random.default_rng(0).normal(size=(1, 3, 4, 1)), "float32")
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.square(layer(x))) / 2
            loss = tf.reduce_sum(tf.square(inner.gradient(y, x))) / 2
        gram = matrix @ matrix.T
        expected = x.numpy().reshape(1, -1) @ gram @ gram
        np.testing.assert_allclose(
            outer.gradient(loss, x).numpy().reshape(1, -1), expected, rtol=1e-4
        )


def test_half_precision():
    x = np.random.default_rng(0).normal(size=(1, 6, 6, 2)).astype("float32")
    for name in ("FilteredDownsampling2D", "FilteredUpsampling2D"):
        exact, rounded = (
            getattr(layers, name)(dtype=policy)(x) for policy in ("float32", "mixed_bfloat16")
        )
        assert rounded.dtype == "bfloat16"
        np.testing.assert_allclose(tf.cast(rounded, "float32"), exact, atol=0.03)


def test_what_cannot_be_resampled():
    with pytest.raises(ValueError, match=r"sides by 1 or 2. Received: size=\(3, 2\). Expected"):
        layers.FilteredDownsampling2D((3, 2))
    with pytest.raises(ValueError, match=r"sides of its maps. Received: input of shape \(None, N"):
        layers.FilteredUpsampling2D()(keras.Input((None, 4, 1)))


# -- in R3GAN --------------------------------------------------------------------------------------


def test_r3gan_resamples_through_the_filter():
    generator = builders.r3gan_generator((37, 16, 1), width=4)
    discriminator = builders.r3gan_discriminator((37, 16, 1), width=4)
    kinds = {type(x) for network in (generator, discriminator) for x in network.layers}
    assert {layers.FilteredUpsampling2D, layers.FilteredDownsampling2D} <= kinds
    assert not kinds & {keras.layers.UpSampling2D, keras.layers.AveragePooling2D}
    sizes = [
        (x.size, x.output.shape[1:3])
        for x in discriminator.layers
        if isinstance(x, layers.FilteredDownsampling2D)
    ]
    assert sizes == [((2, 2), (19, 8)), ((2, 2), (10, 4)), ((2, 1), (5, 4))]


def test_r3gans_labels_move_as_the_authors():
    """Logits are sums over features, the factor 1 / sqrt(32) in the vectors as they begin."""
    network = builders.r3gan_discriminator((8, 8, 1), 400, width=4)
    vectors = next(w for w in network.trainable_variables if tuple(w.shape) == (400, 32))
    assert np.std(vectors.numpy()) == pytest.approx((400 * 32) ** -0.5, rel=0.02)
    images = np.random.default_rng(0).normal(size=(1, 8, 8, 1)).astype("float32")
    call = lambda: float(network([images, np.array([3], "int32")])[0, 0])  # noqa: E731
    features = next(x for x in network.layers if x.output.shape == (None, 32)).output
    features = keras.Model(network.inputs[0], features)(images).numpy()[0]
    before = call()
    rate = 1e-3  # Adam's first step: `rate` against the sign of the gradient
    step = np.zeros((400, 32), "float32")
    step[3] = rate * np.sign(features)
    vectors.assign(vectors + step)
    assert call() - before == pytest.approx(rate * np.abs(features).sum(), rel=1e-2)

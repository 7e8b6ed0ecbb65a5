"""Extractors: what they make of images, what they are called, and what they refuse."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from judges import eight_bits, network
from keras import layers
from PIL import Image
from scipy.special import softmax

from keras_gan import metrics
from keras_gan.metrics import FID, Extractor, ModelFeatures, Pixels, random_convolutions

pytestmark = pytest.mark.usefixtures("home")


def part(model, layer):
    return keras.Model(model.inputs, model.get_layer(layer).output)


def floats(images):
    return (images / 127.5 - 1).astype(np.float32)


# Pixels


def test_pixels_are_the_images():
    images = np.array([0, 51, 255, 102], np.uint8).reshape(1, 2, 2, 1)
    found = Pixels().extract(images)
    np.testing.assert_allclose(found.features, [[-1, -0.6, 1, -0.2]], atol=1e-6)
    assert found.features.dtype == np.float32
    assert found.probabilities is None
    assert Pixels().extract(eight_bits(3, (4, 5, 3))).features.shape == (3, 60)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float64])
def test_points_are_taken_as_they_are(dtype):
    points = np.array([[3, 250], [0, 7]], dtype)
    found = Pixels().extract(points).features
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[3, 250], [0, 7]])


def test_more_images_than_go_through_at_a_time():
    images = eight_bits(1100, (2, 2, 1))
    found = Pixels().extract(images).features
    np.testing.assert_allclose(found, floats(images).reshape(1100, 4), atol=1e-6)
    large = eight_bits(3, (2000, 1500, 1))  # 3 million values: two at a time
    assert Pixels().extract(large).features.shape == (3, 3_000_000)


def test_progress(capsys):
    Pixels().extract(eight_bits())
    assert capsys.readouterr().out == ""
    Pixels().extract(eight_bits(600), progress=True)
    assert "2/2" in capsys.readouterr().out


# Networks


@pytest.mark.parametrize(
    "extractor",
    [lambda: Pixels(), lambda: ModelFeatures(network(), "wide"), lambda: random_convolutions()],
)
def test_8_bits_and_floats_are_the_same_to_them(extractor):
    images = eight_bits()
    extractor = extractor()
    expected = extractor.extract(images).features
    for dtype in (np.float32, np.float64):
        found = extractor.extract((images / 127.5 - 1).astype(dtype)).features
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_features_of_a_layer_are_its_output():
    model, images = network(), eight_bits(700)
    found = ModelFeatures(model, layer="wide").extract(images)
    expected = part(model, "wide").predict(floats(images), verbose=0)
    np.testing.assert_allclose(found.features, expected, atol=1e-6)
    assert found.features.dtype == np.float32
    assert found.probabilities is None
    by_layer = ModelFeatures(model, layer=model.get_layer("wide"))
    np.testing.assert_array_equal(by_layer.extract(images).features, found.features)


def test_maps_are_averaged():
    model, images = network(), eight_bits()
    found = ModelFeatures(model, layer="maps").extract(images).features
    maps = part(model, "maps").predict(floats(images), verbose=0)
    assert maps.shape == (6, 6, 6, 6)
    np.testing.assert_allclose(found, maps.mean(axis=(1, 2)), atol=1e-6)


def test_the_output_is_the_default_and_sequential_models_will_do():
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3)])
    images = eight_bits()
    found = ModelFeatures(model).extract(images).features
    np.testing.assert_allclose(found, model.predict(floats(images), verbose=0), atol=1e-6)


def test_logits_and_probabilities():
    model, images = network(), eight_bits()
    by_logits = ModelFeatures(model, "wide", logits="logits").extract(images).probabilities
    logits = part(model, "logits").predict(floats(images), verbose=0)
    np.testing.assert_allclose(by_logits, softmax(logits, axis=1), atol=1e-6)
    given = ModelFeatures(model, "wide", probabilities="soft").extract(images).probabilities
    np.testing.assert_allclose(given, by_logits, atol=1e-6)
    assert given.dtype == np.float32
    with pytest.raises(ValueError, match="both logits and probabilities"):
        ModelFeatures(model, logits="logits", probabilities="soft")


@pytest.mark.parametrize("low_high", [(0, 1), (0, 255), (-2, 2), (1, -1)])
def test_input_range(low_high):
    model, images = network(), eight_bits()
    low, high = low_high
    found = ModelFeatures(model, "wide", input_range=low_high).extract(images).features
    scaled = low + images / 255 * (high - low)
    expected = part(model, "wide").predict(scaled.astype(np.float32), verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def identity(size, channels):
    """A model whose features are the images that it is given."""
    return keras.Sequential([keras.Input((*size, channels)), layers.Flatten()], name="identity")


@pytest.mark.parametrize(("before", "after"), [((28, 20), (9, 11)), ((7, 5), (12, 14))])
def test_resizing_is_bilinear_and_antialiased(before, after):
    images = eight_bits(3, (*before, 1))
    extractor = ModelFeatures(identity(after, 1), resize=True)
    assert extractor.resize == f"{after[0]}x{after[1]} bilinear"
    found = extractor.extract(images).features.reshape(3, *after, 1)
    by_tf = tf.image.resize(floats(images), after, "bilinear", antialias=True)
    np.testing.assert_allclose(found, by_tf, atol=1e-5)
    by_pil = [
        Image.fromarray(image[..., 0]).resize(after[::-1], Image.Resampling.BILINEAR)
        for image in floats(images)
    ]
    np.testing.assert_allclose(found[..., 0], by_pil, atol=1e-3)


def test_gray_images_become_rgb_where_a_model_resizes():
    images = eight_bits(3)
    found = ModelFeatures(identity((8, 8), 3), resize=True).extract(images).features
    expected = np.repeat(floats(images), 3, axis=3)
    np.testing.assert_allclose(found.reshape(3, 8, 8, 3), expected, atol=1e-6)


def test_what_is_said_of_the_size():
    assert ModelFeatures(network()).resize == "8x8"
    assert not ModelFeatures(network()).resizes
    free = keras.Sequential([keras.Input((None, None, 1)), layers.GlobalAveragePooling2D()])
    assert ModelFeatures(free).resize == "none"
    assert ModelFeatures(free).extract(eight_bits(2, (5, 7, 1))).features.shape == (2, 1)
    with pytest.raises(ValueError, match=r"Nothing says what to resize to. .*\(None, None, 1\)"):
        ModelFeatures(free, resize=True)


def test_the_network_is_a_copy():
    model, images = network(), eight_bits()
    extractor = ModelFeatures(model, "wide")
    before = extractor.extract(images).features
    model.set_weights([weight + 1 for weight in model.get_weights()])
    np.testing.assert_array_equal(extractor.extract(images).features, before)


def test_fingerprints_follow_what_determines_the_features():
    model = network()
    base = ModelFeatures(model, "wide").fingerprint
    assert ModelFeatures(model, "wide", name="other").fingerprint == base
    others = [
        ModelFeatures(model, "maps"),
        ModelFeatures(model, "wide", logits="logits"),
        ModelFeatures(model, "wide", input_range=(0, 1)),
        ModelFeatures(model, "wide", resize=True),
        random_convolutions(),
        random_convolutions(1),
        Pixels(),
    ]
    model.get_layer("wide").bias.assign_add(np.full(5, 1e-6, np.float32))
    others.append(ModelFeatures(model, "wide"))
    assert len({base, *(other.fingerprint for other in others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (eight_bits(2, (9, 8, 1)), r"extractor 'judge'. .*shape \(9, 8, 1\). Expected \(8, 8, 1\)"),
        (eight_bits(2, (8, 8, 3)), r"shape \(8, 8, 3\). Expected \(8, 8, 1\)"),
        (eight_bits(2, (8, 8))[:, :, :], r"shape \(2, 8, 8\). .*channel axis: images\[..., None\]"),
        (np.zeros((2, 64)), r"These are no images. Received: shape \(2, 64\)"),
        (np.zeros((0, 8, 8, 1)), "There are no images"),
        (np.zeros((2, 8, 8, 1), np.int64), "no agreed range. .*dtype int64"),
        (np.full((2, 8, 8, 1), 200.0), "from 200 to 200. .*They look like 0..255"),
        (np.full((2, 8, 8, 1), -1.1), "out of range. .*from -1.1 to -1.1"),
        (np.full((2, 8, 8, 1), np.nan), "NaN or infinite values"),
    ],
)
def test_images_that_do_not_fit(images, message):
    with pytest.raises(ValueError, match=message):
        ModelFeatures(network()).extract(images)


def test_channels_that_cannot_be_resized():
    with pytest.raises(ValueError, match=r"shape \(8, 8, 3\). Expected \(8, 8, 1\)"):
        ModelFeatures(network(), resize=True).extract(eight_bits(2, (8, 8, 3)))
    with pytest.raises(ValueError, match=r"shape \(8, 8, 1\). Expected \(8, 8, 2\)"):
        ModelFeatures(network((8, 8, 2)), resize=True).extract(eight_bits())


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((2, 3, 4), np.uint8), "channel axis"),
        (np.array([[np.inf, 0.0]]), "samples have NaN or infinite values"),
    ],
)
def test_points_that_are_none(points, message):
    with pytest.raises(ValueError, match=message):
        Pixels().extract(points)


def test_weights_that_are_not_finite():
    model = network()
    model.get_layer("wide").bias.assign(np.full(5, np.nan))
    message = "extractor 'judge' are not finite. .* for 6 of 6 images. Look at its weights"
    with pytest.raises(ValueError, match=message):
        ModelFeatures(model, "wide").extract(eight_bits())


class Subclass(keras.Model):
    def call(self, x):
        return x


def nested():
    inner, inputs = network(), keras.Input((8, 8, 1))
    return keras.Model(inputs, layers.Dense(2)(inner(inputs)), name="outer")


def two_inputs():
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    return keras.Model([a, b], layers.Flatten()(a + b))


@pytest.mark.parametrize(
    ("model", "layer", "message"),
    [
        (Subclass, None, r"functional or sequential model of one input. Received: Subclass. Try"),
        (lambda: keras.Sequential([layers.Dense(2)]), None, "Received: Sequential. Try"),
        (lambda: "inception", None, "Received: str"),
        (two_inputs, None, "of one input"),
        (lambda: keras.Sequential([keras.Input((3,)), layers.Dense(2)]), None, r"\(None, 3\)"),
        (network, "dense", "no such layer. Received: features of 'dense'. Expected one of .*wide"),
        (network, -2, "Received: features of -2"),
        (network, layers.Dense(5, name="wide"), "Received: features of 'wide'"),
        (lambda: keras.Sequential([keras.Input((8, 8, 1)), layers.Reshape((8, 8))]), None, "shape"),
        (nested, "judge", r"'judge' of the model 'outer'. Try ModelFeatures\(model.get_layer"),
    ],
)
def test_models_that_features_cannot_be_had_from(model, layer, message):
    with pytest.raises(ValueError, match=message):
        ModelFeatures(model(), layer)


def test_maps_are_no_logits():
    message = r"logits have no shape of use. .*from layer 'maps'. Expected \(n, d\):"
    with pytest.raises(ValueError, match=message):
        ModelFeatures(network(), logits="maps")


def test_a_mixed_policy_is_left_out_of_it():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = network()
    found = ModelFeatures(model, "maps", logits="logits").extract(eight_bits())
    assert found.features.dtype == found.probabilities.dtype == np.float32
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_an_extractor_of_ones_own():
    class Means(Extractor):
        name = "means"
        fingerprint = "means 1"

        def _features(self, images):
            return metrics.Features(floats(images).mean(axis=(1, 2)))

    images = eight_bits(700)
    found = FID(Means()).measure(metrics.Sample(images), metrics.Sample(images))
    assert found["fid"] == pytest.approx(0, abs=1e-9)

"""The frozen graph of published FIDs, by a small one that is written as it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from judges import eight_bits

from keras_gan import metrics
from keras_gan.metrics import FID, Sample, fixed_networks, inception_2015, protocol_name

MEAN, VARIANCE, BETA, GAMMA, EPSILON = 0.1, 2.0, 0.3, 1.5, 1e-3


def frozen(path, names=("ExpandDims", "pool_3")):
    """One picture of any size, resized, scaled, normalized as graphs of 2015 do it, and pooled."""
    graph, wanted = tf.Graph(), names[1]
    with graph.as_default():
        picture = tf.constant(np.zeros((5, 5, 3), np.float32))
        x = tf.compat.v1.expand_dims(picture, 0, name=names[0])
        x = tf.raw_ops.ResizeBilinear(images=x, size=[299, 299], name="ResizeBilinear")
        tf.multiply(tf.subtract(x, 128.0, name="Sub"), 0.0078125, name="Mul")
    definition = graph.as_graph_def()

    def node(name, op, *inputs):
        made = definition.node.add()
        made.name, made.op = name, op
        made.input.extend(inputs)
        return made.attr

    for name, value in zip("mvbg", (MEAN, VARIANCE, BETA, GAMMA), strict=True):
        attributes = node(name, "Const")
        attributes["dtype"].type = tf.float32.as_datatype_enum
        attributes["value"].tensor.CopyFrom(tf.make_tensor_proto(np.full(3, value, np.float32)))
    attributes = node("conv/batchnorm", "BatchNormWithGlobalNormalization", "Mul", *"mvbg")
    attributes["T"].type = tf.float32.as_datatype_enum
    attributes["variance_epsilon"].f = EPSILON
    attributes["scale_after_normalization"].b = True
    attributes = node(wanted, "AvgPool", "conv/batchnorm")
    attributes["T"].type = tf.float32.as_datatype_enum
    attributes["padding"].s = b"VALID"
    for sides in ("ksize", "strides"):
        attributes[sides].list.i.extend([1, 13, 13, 1])
    for made in definition.node:  # graphs of 2015 know no such attribute
        made.attr.pop("half_pixel_centers", None)
    definition.versions.producer = 8  # from 9 on there is no such normalization
    definition.versions.min_consumer = 0
    path.write_bytes(definition.SerializeToString())
    return path


def resized(images):
    """Bilinear, by the corners of pixels: the value at i comes from the place i * side / 299."""
    for axis in (1, 2):
        side = images.shape[axis]
        places = np.arange(299) * np.float64(side) / 299
        low = places.astype(int)
        weight = (places - low).reshape([-1 if k == axis else 1 for k in range(4)])
        below, above = (images.take(np.minimum(low + k, side - 1), axis) for k in (0, 1))
        images = below * (1 - weight) + above * weight
    return images


def by_hand(images):
    """Features of images (n, height, width, 3) in 0..255."""
    x = (resized(images.astype(np.float64)) - 128) / 128
    x = (x - MEAN) / np.sqrt(VARIANCE + EPSILON) * GAMMA + BETA
    return x.reshape(len(x), 23, 13, 23, 13, 3).mean(axis=(2, 4)).reshape(len(x), -1)


@pytest.fixture
def graph(tmp_path, monkeypatch):
    path = frozen(tmp_path / "classify_image_graph_def.pb")

    def get_file(name, url, cache_subdir, file_hash):
        assert name == path.name
        assert url.endswith(name)
        assert (cache_subdir, len(file_hash)) == ("models", 64)
        return str(path)

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    return path


@pytest.mark.parametrize("shape", [(32, 32, 3), (7, 20, 1), (320, 300, 3)])
def test_features_are_those_of_the_graph_on_whole_batches(graph, shape):
    images = eight_bits(3, shape)
    expected = by_hand(np.repeat(images, 3 // shape[2], axis=3))
    for given in (images, (images / 127.5 - 1).astype(np.float32)):
        found = inception_2015().extract(given)
        assert found.features.dtype == np.float32
        assert found.probabilities is None
        np.testing.assert_allclose(found.features, expected, atol=2e-5)


def test_more_images_than_go_through_at_a_time(graph):
    images = eight_bits(35, (4, 4, 1))
    found = inception_2015().extract(images).features
    np.testing.assert_allclose(found[-1], by_hand(np.repeat(images[-1:], 3, axis=3))[0], atol=2e-5)


def test_figures_have_their_published_names(graph):
    network = inception_2015()
    assert protocol_name("fid", network, 50_000, 50_000) == "fid50k"
    assert protocol_name("fid", network, 5000, 5000) == "fid5k"
    assert protocol_name("fid", network, 5000, 10_000, seed=3) == "fid5k_real10k_seed3"
    assert protocol_name("kid", metrics.Pixels(), 5000) == "kid5k_pixels"


@pytest.mark.filterwarnings("ignore:A Fréchet distance from fewer samples")
def test_it_is_an_extractor_like_others(graph):
    real, fake = (Sample(eight_bits(12, (4, 4, 1), seed=seed)) for seed in (0, 1))
    metric = FID(inception_2015())
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    expected = metrics.frechet_distance(
        *(by_hand(np.repeat(sample.images, 3, axis=3)) for sample in (real, fake))
    )
    assert again.measure(real, fake)["fid"] == pytest.approx(expected, rel=1e-4)
    assert again.extractor.fingerprint == metric.extractor.fingerprint
    with pytest.raises(ValueError, match=r"gray images and RGB ones. .*\(4, 4, 2\). Expected 1"):
        inception_2015().extract(eight_bits(2, (4, 4, 2)))


@pytest.mark.parametrize("content", [b"no graph at all", None])
def test_a_file_that_is_another(graph, content):
    if content is None:
        frozen(graph, names=("images", "features"))
    else:
        graph.write_bytes(content)
    message = "no frozen graph with the tensors 'ExpandDims:0' and 'pool_3:0'. Received: "
    with pytest.raises(ValueError, match=message):
        inception_2015().extract(eight_bits(2))


def test_without_a_network(monkeypatch, tmp_path):
    def offline(name, url, **_):
        raise OSError("URL fetch failure: Name or service not known")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", offline)
    message = (
        "network of published FIDs cannot be downloaded. Received: URL fetch failure: Name or "
        rf"service not known. Offline, put the file https://.*/classify_.*pb into {tmp_path}/models"
    )
    for without in (inception_2015, lambda: fixed_networks.Inception2015().extract(eight_bits(2))):
        with pytest.raises(ValueError, match=message) as caught:
            without()
        assert caught.value.__suppress_context__, "no traceback of urllib"

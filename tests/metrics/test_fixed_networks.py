"""InceptionV3 and random convolutions, which know nothing of the user's data."""

import keras
import numpy as np
import pytest

from keras_gan import metrics
from keras_gan.metrics import fixed_networks, inception_v3, random_convolutions


def pictures(n=2, shape=(8, 8, 1)):
    return np.random.default_rng(0).uniform(-1, 1, (n, *shape)).astype(np.float32)


def test_inception_that_cannot_be_downloaded(monkeypatch, tmp_path):
    def offline(name, url, **_):
        assert url.endswith(name)
        assert fixed_networks.socket.getdefaulttimeout() == 20
        raise OSError("Name or service not known")

    before = fixed_networks.socket.getdefaulttimeout()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", offline)
    message = (
        r"InceptionV3 cannot be downloaded. Received: Name or service not known. Offline, put the "
        rf"file https://.*tf_kernels.h5 into {tmp_path}/models/, or use features that need no"
    )
    with pytest.raises(ValueError, match=message):
        inception_v3()
    with pytest.raises(ValueError, match=message):
        fixed_networks.InceptionV3().extract(pictures())
    assert fixed_networks.socket.getdefaulttimeout() == before


def test_inception(monkeypatch):
    """With random weights: its shapes, names and what is done to images are those of the real."""
    monkeypatch.setattr(fixed_networks, "inception_weights", lambda: None)
    extractor = inception_v3()
    found = extractor.extract(pictures(2))
    assert found.features.shape == (2, 2048)
    assert found.probabilities.shape == (2, 1000)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-4)
    assert metrics.protocol_name("fid", extractor, 2000) == (
        "fid2k_inception-v3-keras_299x299-bilinear"
    )


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (5, 64, 3), (1, 1, 2)])
def test_random_convolutions_take_any_image(shape):
    images = pictures(3, shape)
    found, same, other = (random_convolutions(s).extract(images).features for s in (0, 0, 1))
    assert found.shape == (3, 448)
    np.testing.assert_array_equal(found, same)
    assert not np.allclose(found, other)
    assert random_convolutions().comparison_only


def test_random_convolutions_by_hand():
    """The first 64 features are mean and deviation of the first layer's maps."""
    extractor, images = random_convolutions(), pictures(2)
    network = extractor._network_for(1)
    first = keras.Model(network.inputs, network.get_layer("convolution_0").output)
    maps = first.predict(images, verbose=0)
    assert maps.shape == (2, 4, 4, 32)
    found = extractor.extract(images).features
    np.testing.assert_allclose(found[:, :32], maps.mean(axis=(1, 2)), atol=1e-5)
    np.testing.assert_allclose(found[:, 32:64], maps.std(axis=(1, 2)), atol=1e-5)
    kernels = [layer.kernel.numpy() for layer in network.layers if hasattr(layer, "kernel")]
    for kernel in kernels[1:]:
        assert kernel.std() == pytest.approx(np.sqrt(2 / np.prod(kernel.shape[:3])), rel=0.02)

"""Networks that know nothing of the user's data: two trained on ImageNet, and one not trained."""

import contextlib
import functools
import os
import socket
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from keras_gan.core.frozen_graph import FrozenGraph
from keras_gan.core.ranges import scaled
from keras_gan.metrics.cache import Features
from keras_gan.metrics.extractors import Extractor, NetworkFeatures
from keras_gan.metrics.networks import apart, network_hash, text_hash

_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
_URL = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{_FILE}"
_MD5 = "9a0d58056eeedaa3f26cb7ebd46da564"
_GRAPH_FILE = "classify_image_graph_def.pb"
_GRAPH_URL = (
    f"https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/{_GRAPH_FILE}"
)
_GRAPH_SHA256 = "009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6"
_PATIENCE = 20  # seconds without a word from the network
_WIDTHS = (32, 64, 128)  # of the random convolutions


@keras.saving.register_keras_serializable("keras_gan")
class InceptionV3(NetworkFeatures):
    """See `inception_v3`, which says at once if the weights cannot be had; this one when used."""

    name = "inception-v3-keras"
    image_shape = (299, 299, 3)
    resizes = True
    fingerprint = text_hash("inception-v3-keras 1", _MD5)

    @functools.cached_property
    def _network(self) -> keras.Model:
        weights = inception_weights()
        with apart():
            model = keras.applications.InceptionV3(weights=weights)
            outputs = {
                "features": model.get_layer("avg_pool").output,
                "probabilities": model.get_layer("predictions").output,
            }
            return keras.Model(model.inputs, outputs, name="inception_v3_features")

    def _network_for(self, channels: int) -> keras.Model:
        return self._network


def inception_v3() -> InceptionV3:
    """InceptionV3 of keras.applications with ImageNet weights, which Keras downloads (92 MB).

    2,048 features before the last layer and 1,000 class probabilities, from images resized to
    299x299 (bilinear, antialiased). It is not the network of published FIDs, whose weights and
    resizing are others: do not compare figures with published ones.

    Raises:
        ValueError: if the weights cannot be downloaded; says what to do offline.

    Example:

    >>> FID(inception_v3())

    References:
        Szegedy et al., 2016, https://arxiv.org/abs/1512.00567.
    """
    inception_weights()
    return InceptionV3()


def inception_weights() -> str:
    """Path of the weights, downloaded if they are not there."""
    return _downloaded("weights of InceptionV3", _FILE, _URL, _MD5)


@keras.saving.register_keras_serializable("keras_gan")
class Inception2015(Extractor):
    """See `inception_2015`, which says at once if the graph cannot be had; this one when used."""

    name = "inception-2015-12-05"
    resize = "299x299 bilinear of TensorFlow 1"
    resizes = True
    published = True
    fingerprint = text_hash("inception-2015-12-05 1", _GRAPH_SHA256)

    @functools.cached_property
    def _graph(self) -> FrozenGraph:
        return FrozenGraph(inception_graph(), "ExpandDims:0", "pool_3:0", (None, None, None, 3))

    def _check(self, images: np.ndarray) -> None:
        super()._check(images)
        if images.shape[3] not in (1, 3):
            raise ValueError(
                "The Inception network of published FIDs sees gray images and RGB ones. Received: "
                f"images of shape {images.shape[1:]}. Expected 1 or 3 channels."
            )

    def _values(self, shape: tuple) -> int:
        return max(super()._values(shape), 299 * 299 * 3)

    def _features(self, images: np.ndarray) -> Features:
        if images.dtype != np.uint8:
            images = (scaled(images) + 1) * np.float32(127.5)
        images = np.repeat(images, 3 // images.shape[3], axis=3)
        seen = self._graph(images.astype(np.float32))  # (n, 1, 1, 2048)
        return Features(seen.reshape(len(images), -1))


def inception_2015() -> Inception2015:
    """The Inception network of published FIDs: a frozen graph of 2015-12-05, downloaded (96 MB).

    2,048 features, its tensor `pool_3`, of images in 0..255; gray ones become RGB. The graph itself
    resizes to 299x299 as TensorFlow 1 did: bilinear, without antialiasing, by corners (a pixel
    samples the image at its corner, not in its middle). torch-fidelity does the same, pytorch-fid
    takes the middles: docs/measured.md says what that makes of pixels. Figures are named without a
    suffix: `fid50k` is the FID of 50,000 images against as many.

    The file is the copy that OpenAI's evaluations of guided-diffusion read, checked by SHA-256.

    Raises:
        ValueError: if the graph cannot be downloaded; says what to do offline.

    Example:

    >>> FID(inception_2015())

    References:
        Heusel et al., 2017, https://arxiv.org/abs/1706.08500.
        Szegedy et al., 2016, https://arxiv.org/abs/1512.00567.
    """
    inception_graph()
    return Inception2015()


def inception_graph() -> str:
    """Path of the frozen graph, downloaded if it is not there."""
    what = "Inception network of published FIDs"
    return _downloaded(what, _GRAPH_FILE, _GRAPH_URL, _GRAPH_SHA256)


def _downloaded(what: str, file: str, url: str, digest: str) -> str:
    """Path of a file in Keras' own cache, of this MD5 or SHA-256."""
    try:
        with _patience(_PATIENCE):
            return keras.utils.get_file(file, url, cache_subdir="models", file_hash=digest)
    except Exception as error:  # whatever Keras, urllib or the file system make of it
        raise ValueError(
            f"The {what} cannot be downloaded. Received: {error}. Offline, put the "
            f"file {url} into {os.environ.get('KERAS_HOME', '~/.keras')}/models/, or use features "
            "that need no download: keras_gan.metrics.classifier(images, labels, name) or "
            "random_convolutions()."
        ) from None


@contextlib.contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Connections made within give up; left alone, Keras waits for ever where nothing answers."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@keras.saving.register_keras_serializable("keras_gan")
class RandomConvolutions(NetworkFeatures):
    """See `random_convolutions`."""

    name = "random-convolutions"
    comparison_only = True

    def __init__(self, seed: int = 0):
        self.seed = seed
        self._networks = {}  # by number of channels

    @functools.cached_property
    def fingerprint(self) -> str:
        return network_hash(self._network_for(3))

    def get_config(self) -> dict:
        return {"seed": self.seed}

    def _network_for(self, channels: int) -> keras.Model:
        if channels not in self._networks:
            self._networks[channels] = self._build(channels)
        return self._networks[channels]

    def _build(self, channels: int) -> keras.Model:
        rng = np.random.default_rng([self.seed, channels])
        with apart():
            x = inputs = keras.Input((None, None, channels), name="images")
            pools = []
            for depth, width in enumerate(_WIDTHS):
                convolution = keras.layers.Conv2D(
                    width, 3, 2, "same", activation="relu", name=f"convolution_{depth}"
                )
                x = convolution(x)
                shape = convolution.kernel.shape
                kernel = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:3]))  # He
                convolution.set_weights([kernel, np.zeros(width)])
                pools.append(Spread(name=f"spread_{depth}")(x))
            features = keras.layers.Concatenate(name="features")(pools)
            return keras.Model(inputs, {"features": features}, name="random_convolutions")


def random_convolutions(seed: int = 0) -> RandomConvolutions:
    """A fixed, untrained convolutional network: features when nothing better can be had.

    Three strided convolutions with normal weights (He 2015), drawn from the seed; the features are
    mean and standard deviation of each channel over all places, 448 in all, for images of any size
    and number of channels. They know edges and textures but no objects: `comparison_only`.

    Args:
        seed: Another seed is another extractor.

    Example:

    >>> random_convolutions().extract(images).features.shape
    (1797, 448)

    References:
        He et al., 2015, https://arxiv.org/abs/1502.01852 (scale of the weights).
    """
    return RandomConvolutions(seed)


@keras.saving.register_keras_serializable("keras_gan")
class Spread(keras.layers.Layer):
    """Mean and standard deviation over places: `(n, h, w, c)` -> `(n, 2 c)`."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        mean = ops.mean(x, axis=(1, 2), keepdims=True)
        variance = ops.mean(ops.square(x - mean), axis=(1, 2))
        return ops.concatenate([ops.squeeze(mean, (1, 2)), ops.sqrt(variance)], axis=1)

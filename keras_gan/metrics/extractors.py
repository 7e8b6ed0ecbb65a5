"""From images to features: what the metrics look at. Each says exactly what it is.

An extractor goes by its `fingerprint`, the hash of all that determines its output. Keras can store
it in a model's file: weights are not stored there but kept in the cache by fingerprint.
"""

import contextlib
import functools
import hashlib
import json
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_gan import files
from keras_gan.metrics.cache import Features, content_hash, directory, or_warn

_VALUES = 2**23  # pixels times channels that go through a network at a time
_AT_MOST = 512  # images at a time


class Extractor:
    """Base of all extractors.

    Attributes:
        name: Says which features these are, in the names of figures: "pixels".
        fingerprint: SHA-256 of all that determines the output.
        resize: What becomes of the images' size: "28x28" (asked for), "299x299 bilinear", "none".
        resizes: Whether images of another size than that are resized.
        comparison_only: Whether figures by it mean nothing but better or worse than others by it.
    """

    name: str
    fingerprint: str
    resize = "none"
    resizes = False
    comparison_only = False

    def extract(self, images: np.ndarray, progress: bool = False) -> Features:
        """Features of images, in batches.

        Args:
            images: `(n, height, width, channels)`, uint8 in 0..255 or floats in [-1, 1].
            progress: Whether to show a progress bar.

        Returns:
            `Features(features, probabilities)`.

        Raises:
            ValueError: for what are no such images, or features that are not finite.
        """
        images = np.asarray(images)
        self._check(images)
        size = max(1, min(_AT_MOST, _VALUES // self._values(images.shape[1:])))
        starts = range(0, len(images), size)
        bar = keras.utils.Progbar(len(starts), verbose=int(progress), unit_name="batch")
        parts = []
        for number, start in enumerate(starts, 1):
            parts.append(self._features(images[start : start + size]))
            bar.update(number)
        features, probabilities = zip(*parts, strict=True)
        joined = np.concatenate(features)
        wrong = np.count_nonzero(~np.isfinite(joined).all(axis=1))
        if wrong:
            raise ValueError(
                f"The features of the extractor {self.name!r} are not finite. Received: NaN or "
                f"infinity for {wrong} of {len(images)} images. Look at its weights."
            )
        known = probabilities[0] is not None
        return Features(joined, np.concatenate(probabilities) if known else None)

    def get_config(self) -> dict:
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Extractor":
        return cls(**config)

    def _check(self, images: np.ndarray) -> None:
        check_images(images)

    def _values(self, shape: tuple) -> int:
        """Size of one image inside."""
        return int(np.prod(shape))

    def _features(self, images: np.ndarray) -> Features:
        """Those of one batch."""
        raise NotImplementedError


@keras.saving.register_keras_serializable("keras_gan")
class Pixels(Extractor):
    """The images themselves, as rows of values in [-1, 1]; points `(n, d)` are taken as they are.

    Example:

    >>> Pixels().extract(images).features.shape
    (1797, 64)
    """

    name = "pixels"
    fingerprint = hashlib.sha256(b"pixels 1").hexdigest()

    def _check(self, images: np.ndarray) -> None:
        check_images(images, points=True)

    def _features(self, images: np.ndarray) -> Features:
        return Features(to_float(images).reshape(len(images), -1))


class NetworkFeatures(Extractor):
    """What a Keras network `{"features": ..., "probabilities": ...}` sees; base of those below."""

    image_shape: tuple = (None, None, None)  # None where any size will do
    input_range: tuple[float, float] = (-1.0, 1.0)

    @property
    def resize(self) -> str:
        if None in self.image_shape[:2]:
            return "none"
        size = "x".join(map(str, self.image_shape[:2]))
        return f"{size} bilinear" if self.resizes else size

    def _network_for(self, channels: int) -> keras.Model:
        raise NotImplementedError

    def _check(self, images: np.ndarray) -> None:
        check_images(images)
        shape = images.shape[1:]
        if self.resizes:
            gray = shape[2] == 1 and self.image_shape[2] == 3
            fits = gray or self.image_shape[2] in (None, shape[2])
        else:
            fits = all(want in (None, has) for want, has in zip(self.image_shape, shape))
        if not fits:
            raise ValueError(
                f"The images do not fit the extractor {self.name!r}. Received: images of shape "
                f"{shape}. Expected {self.image_shape}."
            )

    def _values(self, shape: tuple) -> int:
        return int(np.prod(np.maximum(shape, self.image_shape) if self.resizes else shape))

    def _features(self, images: np.ndarray) -> Features:
        images = to_float(images)
        if self.resizes:
            height, width, channels = self.image_shape
            if images.shape[1:3] != (height, width):
                images = ops.image.resize(
                    images,
                    (height, width),
                    interpolation="bilinear",
                    antialias=True,
                    data_format="channels_last",
                )
                images = ops.convert_to_numpy(images)
            if images.shape[3] != channels:
                images = np.repeat(images, channels, axis=3)
        low, high = self.input_range
        if (low, high) != (-1, 1):
            images = (images + 1) * np.float32((high - low) / 2) + np.float32(low)
        seen = self._network_for(images.shape[3]).predict_on_batch(images)
        probabilities = seen.get("probabilities")
        return Features(
            seen["features"].astype(np.float32),
            None if probabilities is None else probabilities.astype(np.float32),
        )


@keras.saving.register_keras_serializable("keras_gan")
class ModelFeatures(NetworkFeatures):
    """Features of any Keras model, or of a layer of one.

    Maps of features `(n, h, w, d)` are averaged over their places. The network is copied: training
    the model further changes nothing here. Its weights are kept in the cache directory, by content,
    as soon as a model that has this extractor among its metrics is saved.

    Args:
        model: A functional or sequential model of one input, images `(n, h, w, c)`.
        layer: The layer whose output are the features, or its name; by default the model's output.
        logits: The layer whose output are logits of classes `(n, classes)`, or its name, if the
            model knows classes; a softmax makes them probabilities.
        probabilities: Instead of `logits`, a layer that gives probabilities already.
        name: Name of the features; by default that of the model.
        input_range: What the model takes for black and white: (-1, 1), (0, 1) or (0, 255), say.
        resize: Whether images of other sizes are resized (bilinear, antialiased) to that of the
            model, and gray ones made RGB; otherwise they are an error.
        cache_dir: Where the weights are kept; by default in `keras_gan.metrics.cache_dir()`.

    Raises:
        ValueError: for a model or layer that features cannot be had from.

    Example:

    >>> ModelFeatures(model, layer="dense", logits="logits", name="my-features")
    """

    def __init__(
        self,
        model: keras.Model,
        layer: str | keras.layers.Layer | None = None,
        *,
        logits: str | keras.layers.Layer | None = None,
        probabilities: str | keras.layers.Layer | None = None,
        name: str | None = None,
        input_range: tuple[float, float] = (-1.0, 1.0),
        resize: bool = False,
        cache_dir: str | Path | None = None,
    ):
        network = feature_network(model, layer, logits, probabilities)
        self.name = name or model.name
        self.image_shape = tuple(network.inputs[0].shape[1:])
        self.input_range = tuple(float(value) for value in input_range)
        self.resizes = resize
        self.cache_dir = cache_dir
        if resize and None in self.image_shape:
            raise ValueError(
                f"Nothing says what to resize to. Received: a model of images {self.image_shape}. "
                "Expected: resize=False, or a model of one size."
            )
        self._network = network
        how = [self.image_shape, self.input_range, self.resizes]
        self.fingerprint = _hash(json.dumps(how), network_hash(network))

    def get_config(self) -> dict:
        self.keep()
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "image_shape": list(self.image_shape),
            "input_range": list(self.input_range),
            "resizes": self.resizes,
            "cache_dir": None if self.cache_dir is None else str(self.cache_dir),
        }

    @classmethod
    def from_config(cls, config: dict) -> "ModelFeatures":
        extractor = cls.__new__(cls)
        vars(extractor).update(config)
        extractor.image_shape = tuple(config["image_shape"])
        extractor.input_range = tuple(config["input_range"])
        extractor._network = None
        return extractor

    @property
    def path(self) -> Path:
        """Where the network is kept."""
        return directory(self.cache_dir) / "extractors" / f"{self.fingerprint}.keras"

    def keep(self) -> None:
        """Writes the network to the cache, if it is not there."""
        if self._network is not None and not self.path.exists():
            with or_warn(self.path), files.replacing(self.path) as part:
                self._network.save(part)

    def _network_for(self, channels: int) -> keras.Model:
        if self._network is None:
            try:
                with apart():
                    self._network = keras.saving.load_model(self.path, compile=False)
            except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
                raise ValueError(
                    f"The network of the extractor {self.name!r} cannot be read from the cache: "
                    f"{self.path}. Make the extractor again and call "
                    "compile(metrics=...) with it, or copy the file from where it was made."
                ) from error
        return self._network


@keras.saving.register_keras_serializable("keras_gan")
class InceptionV3(NetworkFeatures):
    """See `inception_v3`, which says at once if the weights cannot be had; this one when used."""

    name = "inception-v3-keras"
    image_shape = (299, 299, 3)
    resizes = True

    @functools.cached_property
    def _network(self) -> keras.Model:
        try:
            with apart():
                model = keras.applications.InceptionV3(weights="imagenet")
        except Exception as error:
            home = os.environ.get("KERAS_HOME", "~/.keras")
            name = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
            raise ValueError(
                f"The weights of InceptionV3 cannot be downloaded ({error}). Offline, put the file "
                "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
                f"{name} into {home}/models/, or use features that need no download: "
                "keras_gan.metrics.classifier(images, labels, name) or random_convolutions()."
            ) from error
        with apart():
            outputs = {
                "features": model.get_layer("avg_pool").output,
                "probabilities": model.get_layer("predictions").output,
            }
            return keras.Model(model.inputs, outputs, name="inception_v3_features")

    @functools.cached_property
    def fingerprint(self) -> str:
        return _hash("inception-v3-keras 1", content_hash(*self._network.get_weights()))

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
    extractor = InceptionV3()
    _ = extractor._network
    return extractor


@keras.saving.register_keras_serializable("keras_gan")
class RandomConvolutions(NetworkFeatures):
    """See `random_convolutions`."""

    name = "random-convolutions"
    comparison_only = True

    def __init__(self, seed: int = 0, widths: tuple[int, ...] = (32, 64, 128)):
        self.seed, self.widths = seed, tuple(widths)
        self._networks = {}  # by number of channels

    @functools.cached_property
    def fingerprint(self) -> str:
        return network_hash(self._network_for(3))

    def get_config(self) -> dict:
        return {"seed": self.seed, "widths": list(self.widths)}

    def _network_for(self, channels: int) -> keras.Model:
        if channels not in self._networks:
            self._networks[channels] = self._build(channels)
        return self._networks[channels]

    def _build(self, channels: int) -> keras.Model:
        rng = np.random.default_rng([self.seed, channels])
        with apart():
            x = inputs = keras.Input((None, None, channels), name="images")
            pools = []
            for depth, width in enumerate(self.widths):
                convolution = keras.layers.Conv2D(
                    width, 3, 2, "same", activation="relu", name=f"convolution_{depth}"
                )
                x = convolution(x)
                shape = convolution.kernel.shape
                kernel = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:3]))  # He
                convolution.set_weights([kernel, np.zeros(width)])
                pools += [Spread(name=f"spread_{depth}")(x)]
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

    def call(self, x):
        mean = ops.mean(x, axis=(1, 2), keepdims=True)
        variance = ops.mean(ops.square(x - mean), axis=(1, 2))
        return ops.concatenate([ops.squeeze(mean, (1, 2)), ops.sqrt(variance)], axis=1)


def feature_network(model, layer, logits, probabilities) -> keras.Model:
    """A copy of that part of a model which gives features and probabilities of classes."""
    if not isinstance(model, keras.Model) or len(getattr(model, "inputs", None) or ()) != 1:
        raise ValueError(
            "An extractor needs a functional or sequential model of one input. Received: "
            f"{type(model).__name__}. Try keras.Model(inputs, model(inputs)), with "
            "inputs = keras.Input(shape)."
        )
    if len(model.inputs[0].shape) != 4:
        raise ValueError(
            "An extractor needs a model of images (n, height, width, channels). "
            f"Received: a model of inputs {model.inputs[0].shape}."
        )
    if logits is not None and probabilities is not None:
        raise ValueError("Received both logits and probabilities. Expected one of them at most.")
    with apart():
        outputs = {"features": _output(model, layer, "features", (2, 4))}
        if len(outputs["features"].shape) == 4:
            pool = keras.layers.GlobalAveragePooling2D(
                data_format="channels_last", name="keras_gan_pool"
            )
            outputs["features"] = pool(outputs["features"])
        if probabilities is not None:
            outputs["probabilities"] = _output(model, probabilities, "probabilities", (2,))
        if logits is not None:
            softmax = keras.layers.Softmax(name="keras_gan_softmax")
            outputs["probabilities"] = softmax(_output(model, logits, "logits", (2,)))
        network = keras.Model(model.inputs, outputs, name="features")
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
    return copy


def _output(model, layer, what: str, ranks: tuple[int, ...]):
    """The output of a layer, or of the model."""
    if layer is None:
        output, place = model.output, "its output"
    else:
        name = layer if isinstance(layer, str) else layer.name
        names = [own.name for own in model.layers]
        if name not in names or not (isinstance(layer, str) or layer in model.layers):
            raise ValueError(
                f"The model has no such layer. Received: {what} of {name!r}. "
                f"Expected one of {', '.join(names)}."
            )
        output, place = model.get_layer(name).output, f"layer {name!r}"
    if not isinstance(output, keras.KerasTensor) or len(output.shape) not in ranks:
        shape = getattr(output, "shape", type(output).__name__)
        raise ValueError(
            f"The {what} have no shape of use. Received: {shape} from {place}. Expected (n, d)"
            f"{' or (n, height, width, d)' if 4 in ranks else ''}: name another layer."
        )
    return output


@contextlib.contextmanager
def apart(seed: int = 0) -> Iterator[None]:
    """Networks made within are float32 and as seeded here; Python's random numbers, from which
    Keras draws default seeds, and the dtype policy are given back as they were."""
    state, policy = random.getstate(), keras.config.dtype_policy()
    random.seed(seed)
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        random.setstate(state)
        keras.config.set_dtype_policy(policy)


def network_hash(network: keras.Model) -> str:
    """SHA-256 of a network's configuration and weights."""
    return _hash(network.to_json(sort_keys=True), content_hash(*network.get_weights()))


def _hash(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def to_float(images: np.ndarray) -> np.ndarray:
    """float32, and in [-1, 1] if they were uint8."""
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(127.5) - np.float32(1)
    return images.astype(np.float32, copy=False)


def check_images(images: np.ndarray, points: bool = False) -> None:
    """Says what is wrong with images: uint8 in 0..255, or floats in [-1, 1].

    Args:
        images: `(n, height, width, channels)`.
        points: Whether points `(n, d)` will do as well; they only have to be finite.
    """
    if images.ndim != 4 and not (points and images.ndim == 2):
        hint = " Add a channel axis: images[..., None]." if images.ndim == 3 else ""
        raise ValueError(
            f"These are no images. Received: shape {images.shape}. "
            f"Expected (n, height, width, channels).{hint}"
        )
    if images.size == 0:
        raise ValueError(
            f"There are no images. Received: images of shape {images.shape}. Expected at least one."
        )
    if images.dtype == np.uint8:
        return
    if images.dtype.kind != "f":
        raise ValueError(
            f"Images of this dtype have no agreed range. Received: images of dtype {images.dtype}. "
            "Expected uint8 in 0..255 or floats in [-1, 1]."
        )
    with np.errstate(invalid="ignore"):
        low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"The images have NaN or infinite values. Received: minimum {low:g}, maximum "
            f"{high:g}. Expected finite numbers."
        )
    if images.ndim == 4 and (low < -1.001 or high > 1.001):
        hint = ""
        if low >= 0 and high > 2:
            hint = " They look like 0..255: pass them as uint8, or as x / 127.5 - 1."
        raise ValueError(
            f"Float images are out of range. Received: values from {low:g} to {high:g}. "
            f"Expected floats in [-1, 1] (or uint8 in 0..255).{hint}"
        )

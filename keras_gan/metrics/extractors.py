"""From images to features: what the metrics look at. Each says exactly what it is.

An extractor goes by its `fingerprint`, the hash of all that determines its output. Keras can store
it in a model's file: weights are not stored there but kept in the cache by fingerprint.
"""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_gan.core import files, kinds, ranges, sound
from keras_gan.core.progress import verbosity
from keras_gan.metrics.cache import Features, directory, or_warn
from keras_gan.metrics.images import check_images
from keras_gan.metrics.networks import apart, feature_network, network_hash, text_hash

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
        published: Whether articles publish figures by it, which need no further name.
    """

    name: str
    fingerprint: str
    resize = "none"
    resizes = False
    comparison_only = False
    published = False

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
        bar = keras.utils.Progbar(len(starts), verbose=verbosity(progress), unit_name="batch")
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
    """The samples themselves, as rows of values: images and clips in [-1, 1], others as they are.

    Example:

    >>> Pixels().extract(images).features.shape
    (1797, 64)
    """

    name = "pixels"
    fingerprint = text_hash("pixels 1")

    def _check(self, images: np.ndarray) -> None:
        check_images(images, others=True)

    def _features(self, images: np.ndarray) -> Features:
        return Features(kinds.of(images.shape[1:]).scale(images).reshape(len(images), -1))


@keras.saving.register_keras_serializable("keras_gan")
class Spectra(Extractor):
    """Of sound, the mean and the spread over time of each frequency's decibels.

    They do not change where a wave is shifted a little, as the samples themselves do.

    Example:

    >>> Spectra().extract(waves).features.shape
    (1000, 258)
    """

    name = "spectra"
    fingerprint = text_hash("spectra 1")

    def _check(self, images: np.ndarray) -> None:
        kinds.Wave().check(images)

    def _features(self, images: np.ndarray) -> Features:
        decibels = np.concatenate(
            [sound.log_spectra(images[..., k]) for k in range(images.shape[-1])], axis=-1
        )
        return Features(np.concatenate([decibels.mean(axis=1), decibels.std(axis=1)], axis=-1))


@keras.saving.register_keras_serializable("keras_gan")
class Words(Extractor):
    """Of text, the numbers of its words."""

    name = "words"
    fingerprint = text_hash("words 1")

    def _check(self, images: np.ndarray) -> None:
        kinds.Tokens().check(images)

    def _features(self, images: np.ndarray) -> Features:
        return Features(kinds.Tokens().numbers(images))


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
            wanted = self.image_shape[2]
            fits = shape[2] == wanted or (shape[2], wanted) == (1, 3)
        else:
            pairs = zip(self.image_shape, shape, strict=True)
            fits = all(want in (None, has) for want, has in pairs)
        if not fits:
            raise ValueError(
                f"The images do not fit the extractor {self.name!r}. Received: images of shape "
                f"{shape}. Expected {self.image_shape}."
            )

    def _values(self, shape: tuple) -> int:
        return int(np.prod(np.maximum(shape, self.image_shape) if self.resizes else shape))

    def _features(self, images: np.ndarray) -> Features:
        images = ranges.scaled(images)
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
        self.fingerprint = text_hash(json.dumps(how), network_hash(network))

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
        """Writes the network to the cache, if it is not there whole."""
        if self._network is not None and not zipfile.is_zipfile(self.path):
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

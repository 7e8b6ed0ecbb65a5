"""`Sample`: images of one kind, and what extractors see in them."""

import numpy as np

from keras_gan.core import kinds
from keras_gan.metrics.cache import cached_features, content_hash
from keras_gan.metrics.extractors import Extractor, Features


class Sample:
    """Images of one kind, real or generated, in a fixed order; each extractor looks at them once.

    Images and clips are rounded to 8 bits, as in a PNG file, so that real and generated ones have
    the same steps of gray. Samples of other kinds, such as points `(n, d)`, stay as they are.

    Args:
        images: `(n, height, width, channels)`, uint8 or float in [-1, 1], or other samples.
        labels: Class labels `(n,)`, or None.
        kind: What they are called in an error.
        cached: Whether their features are kept on disk, for images that come again: real ones.
        of: What each of them is, such as a `keras_gan.core.kinds.Table()`; what their shape means
            if not given.

    Raises:
        ValueError: for images that are not finite or of another rank, or labels of another number.

    Example:

    >>> real = Sample(images, labels, cached=True)
    >>> real.seen_by(Pixels()).features.shape
    (1797, 64)
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        kind: str = "generated",
        cached: bool = False,
        of: kinds.Kind | None = None,
    ):
        images = np.asarray(images)
        if images.ndim < 2 or 0 in images.shape:
            raise ValueError(
                f"Expected {kind} images (n, height, width, channels), points (n, d) or other "
                f"samples. Received: an array of shape {images.shape}."
            )
        self.of = of or kinds.of(images.shape[1:])
        if labels is not None and np.shape(labels) != (len(images),):
            raise ValueError(
                f"Expected one label for each of the {len(images)} {kind} images. "
                f"Received: labels of shape {np.shape(labels)}."
            )
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            raise ValueError(f"The {kind} images are not finite: they hold NaN or infinity.")
        if images.dtype.kind in "uib":
            self.of.check(images)
            images = images if self.of.in_range else images.astype(np.float32)
        self.images = self.of.to_uint8(images)
        self.labels = None if labels is None else np.asarray(labels)
        self.kind = kind
        self.cached = cached
        self._seen: dict[str, Features] = {}

    def __len__(self) -> int:
        return len(self.images)

    def seen_by(self, extractor: Extractor, progress: bool = False) -> Features:
        """Features and, where the extractor is a classifier, probabilities of all images."""
        if extractor.fingerprint not in self._seen:
            self._seen[extractor.fingerprint] = (
                cached_features(self.images, extractor, progress=progress)
                if self.cached
                else extractor.extract(self.images, progress=progress)
            )
        return self._seen[extractor.fingerprint]

    @property
    def sha256(self) -> str:
        """Hash of the images, their shape and order."""
        return content_hash(self.images)

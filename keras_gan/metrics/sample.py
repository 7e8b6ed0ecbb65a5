"""`Sample`: images of one kind, and what extractors see in them."""

import numpy as np

from keras_gan.metrics.cache import cached_features, content_hash
from keras_gan.metrics.extractors import Extractor, Features


class Sample:
    """Images of one kind, real or generated, in a fixed order; each extractor looks at them once.

    Images are rounded to 8 bits, as in a PNG file, so that real and generated ones have the same
    steps of gray. Points `(n, d)` stay as they are.

    Args:
        images: `(n, height, width, channels)`, uint8 or float in [-1, 1], or points `(n, d)`.
        labels: Class labels `(n,)`, or None.
        kind: What they are called in an error.
        cached: Whether their features are kept on disk, for images that come again: real ones.

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
    ):
        images = np.asarray(images)
        if images.ndim not in (2, 4) or 0 in images.shape:
            raise ValueError(
                f"Expected {kind} images (n, height, width, channels) or points (n, d). "
                f"Received: an array of shape {images.shape}."
            )
        if labels is not None and np.shape(labels) != (len(images),):
            raise ValueError(
                f"Expected one label for each of the {len(images)} {kind} images. "
                f"Received: labels of shape {np.shape(labels)}."
            )
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            raise ValueError(f"The {kind} images are not finite: they hold NaN or infinity.")
        if images.ndim == 4 and images.dtype != np.uint8:
            images = np.rint(np.clip(images + 1.0, 0.0, 2.0) * 127.5).astype(np.uint8)
        self.images = images
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

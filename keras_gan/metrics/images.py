"""What extractors ask of images."""

import numpy as np

from keras_gan.data import checks


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
    checks.check_images(images)

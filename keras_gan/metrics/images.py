"""What extractors ask of images."""

import numpy as np

from keras_gan.core import kinds


def check_images(images: np.ndarray, others: bool = False) -> None:
    """Says what is wrong with images: uint8 in 0..255, or floats in [-1, 1].

    Args:
        images: `(n, height, width, channels)`.
        others: Whether samples of other kinds, such as points `(n, d)`, will do as well.
    """
    kind = kinds.of(images.shape[1:])
    if not isinstance(kind, kinds.Picture) and not (others and images.ndim > 1):
        hint = " Add a channel axis: images[..., None]." if images.ndim == 3 else ""
        raise ValueError(
            f"These are no images. Received: shape {images.shape}. "
            f"Expected (n, height, width, channels).{hint}"
        )
    kind.check(images)

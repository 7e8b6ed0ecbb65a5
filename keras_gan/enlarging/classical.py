"""Classical augmentation of what a classifier learns from: turned, zoomed, shifted, mirrored."""

import math

import tensorflow as tf
from keras import ops

from keras_gan.core import noise


class Affine:
    """`augment(images, key)`: each picture moved in a way of its own, what comes in as at its edge.

    Args:
        turn: Degrees, at most.
        zoom: Share of the size, at most.
        shift: Share of each side, at most.
        mirror: Whether half of them are mirrored: for views from above, not for digits.

    Example:

    >>> keras_gan.enlarging.gain(..., augment=keras_gan.enlarging.Affine(mirror=True))
    """

    def __init__(
        self, turn: float = 10.0, zoom: float = 0.1, shift: float = 0.1, mirror: bool = False
    ):
        for name, value in {"turn": turn, "zoom": zoom, "shift": shift}.items():
            if not 0 <= value < (1 if name != "turn" else math.inf):
                raise ValueError(
                    f"Expected {name} >= 0{'' if name == 'turn' else ', below 1'}. "
                    f"Received: {name}={value}."
                )
        self.turn, self.zoom, self.shift, self.mirror = turn, zoom, shift, mirror

    def __call__(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        u = noise.uniform((ops.shape(images)[0], 5), key)  # (B, 5) in [0, 1)
        centred = 2.0 * u - 1.0
        angle = math.radians(self.turn) * centred[:, 0]
        size = 1.0 + self.zoom * centred[:, 1]
        sign = ops.where(u[:, 4] < 0.5, -1.0, 1.0) if self.mirror else ops.ones_like(angle)
        height, width = images.shape[1:3]
        x, y = (width - 1) / 2, (height - 1) / 2  # the middle, which stays where it is
        cos, sin = ops.cos(angle) * size, ops.sin(angle) * size
        rows = [
            sign * cos,
            -sin,
            x - sign * cos * x + sin * y + self.shift * width * centred[:, 2],
            sign * sin,
            cos,
            y - sign * sin * x - cos * y + self.shift * height * centred[:, 3],
        ]
        still = ops.zeros_like(angle)
        return ops.image.affine_transform(
            images,
            ops.stack([*rows, still, still], axis=1),
            interpolation="bilinear",
            fill_mode="nearest",
            data_format="channels_last",
        )

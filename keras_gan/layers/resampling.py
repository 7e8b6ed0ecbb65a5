"""Maps of other sides: halved and doubled through the filter [1, 3, 3, 1], or continued.

The filter is that of StyleGAN2 and R3GAN.
"""

import keras
import numpy as np
from keras import ops


def _halving(side: int) -> np.ndarray:
    """[1, 3, 3, 1] / 8 around every second place, zeros outside: `(ceil(side / 2), side)`."""
    offset = np.arange(side) - 2 * np.arange(-(-side // 2))[:, None]
    return np.maximum(4 - np.abs(2 * offset - 1), 0).astype("float32") / 8.0


def _doubling(side: int) -> np.ndarray:
    """[1, 3, 3, 1] / 4 over places with zeros between them, zeros outside: `(2 side, side)`."""
    return 2.0 * _halving(2 * side).T


def filtered(kernel: keras.KerasTensor, strides: tuple[int, int]) -> keras.KerasTensor:
    """A convolution's kernel and [1, 3, 3, 1] / 8 before it as one, along axes of stride 2.

    Args:
        kernel: `(height, width, in, out)`.
        strides: `(vertical, horizontal)`, each 1 or 2.
    """
    for axis, stride in enumerate(strides):
        if stride == 2:
            shifts = ([(k, 3 - k) if a == axis else (0, 0) for a in range(4)] for k in range(4))
            parts = (ops.pad(kernel, shift) for shift in shifts)
            kernel = sum(part * (w / 8.0) for w, part in zip((1, 3, 3, 1), parts, strict=True))
    return kernel


class _Resampling2D(keras.layers.Layer):
    """A product with a matrix along each axis: on CPUs the cheapest form, with all its gradients.

    A subclass has `matrix`, which makes the one for a side of so many pixels.

    Args:
        size: `(vertical, horizontal)` factors, each 1 or 2.
    """

    def __init__(self, size: tuple[int, int] = (2, 2), **kwargs: object):
        super().__init__(**kwargs)
        self.size = tuple(size)
        if len(self.size) != 2 or not set(self.size) <= {1, 2}:
            raise ValueError(
                f"{type(self).__name__} changes sides by 1 or 2. Received: size={size}. Expected "
                "(vertical, horizontal), such as (2, 2) or (2, 1)."
            )

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 4 or None in input_shape[1:]:
            raise ValueError(
                f"{type(self).__name__} needs to know the sides of its maps. Received: input of "
                f"shape {tuple(input_shape)}. Expected (batch, height, width, channels)."
            )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        x = inputs
        for axis, factor in enumerate(self.size, start=1):
            if factor == 2:
                _, height, width, channels = x.shape
                matrix = self.matrix(x.shape[axis])
                flat = (height, width * channels) if axis == 1 else (width, channels)
                x = ops.matmul(ops.cast(matrix, x.dtype), ops.reshape(x, (-1, *flat)))
                sides = (len(matrix), width) if axis == 1 else (height, len(matrix))
                x = ops.reshape(x, (-1, *sides, channels))
        return x

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sides, channels = input_shape
        pairs = zip(sides, self.size, strict=True)
        return (batch, *(len(self.matrix(n)) if size == 2 else n for n, size in pairs), channels)

    def get_config(self) -> dict:
        return super().get_config() | {"size": self.size}


@keras.saving.register_keras_serializable("keras_gan")
class FilteredDownsampling2D(_Resampling2D):
    r"""Halves the sides of a map behind the low-pass filter [1, 3, 3, 1] / 8.

    A wave that is too short for the smaller map would come back as a longer one: at 0.7 pi the
    filter lets 0.09 of it through, the mean of 2x2 pixels 0.45. Beyond the border are zeros; an odd
    side is rounded up.

    Args:
        size: `(vertical, horizontal)` factors, each 1 or 2.

    Raises:
        ValueError: for another factor, or maps whose sides are not known.

    Example:

    >>> FilteredDownsampling2D()(ops.ones((1, 28, 28, 3))).shape
    (1, 14, 14, 3)

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958.
        Huang et al., 2024, https://arxiv.org/abs/2501.05441.
    """

    matrix = staticmethod(_halving)


@keras.saving.register_keras_serializable("keras_gan")
class FilteredUpsampling2D(_Resampling2D):
    r"""Doubles the sides of a map, with [1, 3, 3, 1] / 4 over the pixels and zeros between them.

    But for the border, beyond which are zeros, this is bilinear interpolation.

    Args:
        size: `(vertical, horizontal)` factors, each 1 or 2.

    Raises:
        ValueError: for another factor, or maps whose sides are not known.

    Example:

    >>> FilteredUpsampling2D((2, 1))(ops.ones((1, 7, 7, 3))).shape
    (1, 14, 7, 3)

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958.
        Huang et al., 2024, https://arxiv.org/abs/2501.05441.
    """

    matrix = staticmethod(_doubling)


@keras.saving.register_keras_serializable("keras_gan")
class PixelShuffle2D(keras.layers.Layer):
    r"""Larger maps of fewer channels: each place's channels become a square of `size` x `size`.

    Args:
        size: Factor of height and width, at least 1. Channels must be a multiple of its square.

    Example:

    >>> PixelShuffle2D(2)(ops.zeros((1, 8, 8, 12))).shape
    TensorShape([1, 16, 16, 3])

    References:
        Shi et al., 2016, https://arxiv.org/abs/1609.05158.
    """

    def __init__(self, size: int, **kwargs: object):
        super().__init__(**kwargs)
        self.size = size

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        _, height, width, channels = self.compute_output_shape(inputs.shape)
        size = self.size
        x = ops.reshape(inputs, (-1, height // size, width // size, size, size, channels))
        return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, height, width, channels))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, height, width, channels = input_shape
        if channels % self.size**2:
            raise ValueError(
                f"Channels are laid out in squares of {self.size} x {self.size}. Received: "
                f"{channels} channels. Expected a multiple of {self.size**2}."
            )
        return (batch, height * self.size, width * self.size, channels // self.size**2)

    def get_config(self) -> dict:
        return super().get_config() | {"size": self.size}


@keras.saving.register_keras_serializable("keras_gan")
class ReflectionPadding2D(keras.layers.Layer):
    """Pictures continued beyond their borders by their mirror image.

    Args:
        padding: Pixels on each side, at least 0 and less than the height and the width.

    Example:

    >>> ReflectionPadding2D(1)(ops.zeros((1, 8, 8, 3))).shape
    TensorShape([1, 10, 10, 3])
    """

    def __init__(self, padding: int, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        sides = (self.padding, self.padding)
        return ops.pad(inputs, ((0, 0), sides, sides, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sides, channels = input_shape
        grown = (None if side is None else side + 2 * self.padding for side in sides)
        return (batch, *grown, channels)

    def get_config(self) -> dict:
        return super().get_config() | {"padding": self.padding}

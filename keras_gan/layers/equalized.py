"""Layers whose weights all learn at the same speed. Karras et al., 2018, section 4.1."""

import math

import keras
from keras import ops

from keras_gan.layers.resampling import filtered


def _scale(kernel: keras.Variable, gain: float) -> float:
    """What a stored N(0, 1) is multiplied by: He's constant."""
    return gain / math.sqrt(math.prod(kernel.shape[:-1]))


@keras.saving.register_keras_serializable("keras_gan")
class EqualizedConv2D(keras.layers.Conv2D):
    r"""A convolution with an equalized learning rate.

    $$ y = \frac{\mathrm{gain}}{\sqrt{\mathrm{fan\_in}}}\, w * x + b, \qquad w \sim N(0, 1) $$

    Args:
        filters, kernel_size: As in `keras.layers.Conv2D`.
        gain: Above 0; the square root of 2 keeps the variance behind a ReLU.

    The other arguments are those of `keras.layers.Conv2D`; "same" padding if not given.

    Example:

    >>> EqualizedConv2D(8, 3)(ops.zeros((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 8])

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 4.1.
    """

    def __init__(self, filters: int, kernel_size: int, *, gain: float = 2**0.5, **options: object):
        plain = {"padding": "same", "kernel_initializer": keras.initializers.RandomNormal(0.0, 1.0)}
        super().__init__(filters, kernel_size, **plain | options)
        self.gain = gain

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        return super().convolution_op(inputs, kernel * _scale(self._kernel, self.gain))

    def get_config(self) -> dict:
        return super().get_config() | {"gain": self.gain}


@keras.saving.register_keras_serializable("keras_gan")
class FilteredConv2D(EqualizedConv2D):
    """An `EqualizedConv2D` that halves sides behind the low-pass filter [1, 3, 3, 1] / 8.

    It is one convolution, by the product of both kernels.

    Args:
        filters, kernel_size: As in `EqualizedConv2D`, the sides of the kernel odd.
        strides: `(vertical, horizontal)`, each 1 or 2; of 1 there is no filter.

    Example:

    >>> FilteredConv2D(8, 3, strides=(2, 2))(ops.zeros((1, 7, 4, 3))).shape
    TensorShape([1, 4, 2, 8])

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958.
    """

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        return super().convolution_op(inputs, filtered(kernel, self.strides))


@keras.saving.register_keras_serializable("keras_gan")
class EqualizedDense(keras.layers.Dense):
    """A dense layer with an equalized learning rate: see `EqualizedConv2D`.

    Args:
        units: As in `keras.layers.Dense`.
        gain: Above 0; the square root of 2 keeps the variance behind a ReLU.
        rate: What is stored, of N(0, 1 / rate^2) at first, is multiplied by this: by steps of an
            Adam weights move so many times as far.

    The other arguments are those of `keras.layers.Dense`.

    Example:

    >>> EqualizedDense(8)(ops.zeros((1, 4))).shape
    TensorShape([1, 8])

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 4.1.
    """

    def __init__(self, units: int, *, gain: float = 2**0.5, rate: float = 1.0, **options: object):
        normal = keras.initializers.RandomNormal(0.0, 1.0 / rate)
        super().__init__(units, **{"kernel_initializer": normal} | options)
        self.gain, self.rate = gain, rate

    def call(self, inputs: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        scale = self.rate * _scale(self._kernel, self.gain)
        x = ops.matmul(inputs * scale, self.kernel)
        if self.use_bias:
            x = x + self.rate * ops.convert_to_tensor(self.bias, x.dtype)
        return self.activation(x)

    def get_config(self) -> dict:
        return super().get_config() | {"gain": self.gain, "rate": self.rate}

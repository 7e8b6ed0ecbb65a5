"""Layers whose weights all learn at the same speed. Karras et al., 2018, section 4.1."""

import math

import keras


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
class EqualizedDense(keras.layers.Dense):
    """A dense layer with an equalized learning rate: see `EqualizedConv2D`.

    Args:
        units: As in `keras.layers.Dense`.
        gain: Above 0; the square root of 2 keeps the variance behind a ReLU.

    The other arguments are those of `keras.layers.Dense`.

    Example:

    >>> EqualizedDense(8)(ops.zeros((1, 4))).shape
    TensorShape([1, 8])

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 4.1.
    """

    def __init__(self, units: int, *, gain: float = 2**0.5, **options: object):
        plain = {"kernel_initializer": keras.initializers.RandomNormal(0.0, 1.0)}
        super().__init__(units, **plain | options)
        self.gain = gain

    def call(self, inputs: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        return super().call(inputs * _scale(self._kernel, self.gain), training=training)

    def get_config(self) -> dict:
        return super().get_config() | {"gain": self.gain}

"""Convolutions, and the activation between them, in less time than Keras' own."""

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable("keras_gan")
class GroupedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with `groups`, as one convolution for each group.

    The same numbers and weights; on CPUs TensorFlow's own takes about 180 times as long (5.7 s
    against 0.03 s forth and back for 8 groups of 16 channels, 64 maps of 16x16).
    """

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        split = [ops.split(x, self.groups, axis=-1) for x in (inputs, kernel)]
        options = {"strides": self.strides, "padding": self.padding}
        options |= {"dilation_rate": self.dilation_rate, "data_format": "channels_last"}
        return ops.concatenate([ops.conv(x, k, **options) for x, k in zip(*split, strict=True)], -1)


@keras.saving.register_keras_serializable("keras_gan")
class FoldedConv3D(keras.layers.Conv3D):
    """`keras.layers.Conv3D` as a convolution in two axes, of frames laid into channels.

    The same numbers and weights; on CPUs the gradients of TensorFlow's own take some 100 times as
    long as the convolution.

    Args:
        filters, kernel_size, strides: As in `keras.layers.Conv3D`; the padding is "same".
    """

    def __init__(self, filters: int, kernel_size: int | tuple[int, int, int], **kwargs: object):
        super().__init__(filters, kernel_size, **{"padding": "same"} | kwargs)
        _check_plain(self, kwargs)

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        depth, step = self.kernel_size[0], self.strides[0]
        frames, *sides = inputs.shape[1:]
        made = -(-frames // step)
        reach = (made - 1) * step + 1
        missing = max(reach + depth - 1 - frames, 0)
        x = ops.pad(inputs, [(0, 0), (missing // 2, missing - missing // 2), *[(0, 0)] * 3])
        x = ops.concatenate([x[:, k : k + reach : step] for k in range(depth)], axis=-1)
        x = ops.reshape(x, (-1, *sides[:2], x.shape[-1]))
        y = ops.conv(
            x, _folded(kernel), self.strides[1:], padding="same", data_format="channels_last"
        )
        return ops.reshape(y, (-1, made, *y.shape[1:]))


@keras.saving.register_keras_serializable("keras_gan")
class FoldedConv3DTranspose(keras.layers.Conv3DTranspose):
    """`keras.layers.Conv3DTranspose` as `FoldedConv3D` is `keras.layers.Conv3D`.

    Args:
        filters, kernel_size, strides: As in `keras.layers.Conv3DTranspose`; the padding is "same".
    """

    def __init__(self, filters: int, kernel_size: int | tuple[int, int, int], **kwargs: object):
        super().__init__(filters, kernel_size, **{"padding": "same"} | kwargs)
        _check_plain(self, kwargs)

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        depth, step = self.kernel_size[0], self.strides[0]
        frames, *sides = inputs.shape[1:]
        y = ops.conv_transpose(
            ops.reshape(inputs, (-1, *sides)),
            _folded(self.kernel),
            self.strides[1:],
            padding="same",
            data_format="channels_last",
        )
        y = ops.reshape(y, (-1, frames, *y.shape[1:3], depth, self.filters))
        y = ops.moveaxis(y, 4, 2)  # (B, frames, depth, H, W, C): each makes so many, in a row
        parts = -(-depth // step)  # that reach over one another
        y = ops.pad(y, [(0, 0), (0, 0), (0, parts * step - depth), *[(0, 0)] * 3])
        y = sum(
            ops.pad(
                ops.reshape(y[:, :, k : k + step], (-1, frames * step, *y.shape[3:])),
                [(0, 0), (k, (parts - 1) * step - k), *[(0, 0)] * 3],
            )
            for k in range(0, parts * step, step)
        )
        first = max(depth - step, 0) // 2
        y = y[:, first : first + frames * step]
        if self.use_bias:
            y = y + ops.cast(self.bias, y.dtype)
        return self.activation(y)


def _folded(kernel: keras.KerasTensor) -> keras.KerasTensor:
    """A kernel `(depth, height, width, a, b)` as one `(height, width, depth a, b)`."""
    _, *sides, _, last = kernel.shape
    return ops.reshape(ops.transpose(kernel, (1, 2, 0, 3, 4)), (*sides, -1, last))


def _check_plain(layer: keras.layers.Layer, given: dict) -> None:
    others = (layer.padding, *layer.dilation_rate, getattr(layer, "groups", 1))
    if others != ("same", 1, 1, 1, 1) or layer.data_format != "channels_last":
        raise ValueError(
            f"{type(layer).__name__} has padding 'same', channels last, and no dilation or groups. "
            f"Received: {given}."
        )


@keras.saving.register_keras_serializable("keras_gan")
class LeakyReLU(keras.layers.LeakyReLU):
    """Keras' layer, through which penalties on gradients pass at half the price.

    The same numbers. Its slope is constant on either side of 0, but to the gradient of a gradient
    TensorFlow adds a pass back through the whole network that carries nothing but zeros. The slope
    is read off the output, so that TensorFlow may fuse convolution, bias and activation; where it
    is read off the input, its optimizer fails in the attempt ("remapper failed").

    Args:
        negative_slope: Slope below 0.
    """

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        if not training:
            return super().call(inputs)

        @tf.custom_gradient
        def piecewise_linear(x: tf.Tensor) -> tuple:
            y = tf.nn.leaky_relu(x, self.negative_slope)

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                return tf.raw_ops.LeakyReluGrad(
                    gradients=upstream, features=tf.stop_gradient(y), alpha=self.negative_slope
                )

            return y, gradient

        return piecewise_linear(inputs)


@keras.saving.register_keras_serializable("keras_gan")
class UpsampledConv2D(keras.layers.Conv2D):
    r"""`keras.layers.UpSampling2D` and then `keras.layers.Conv2D`, without making the larger map.

    The same numbers and weights. Where neighbours are copies of one pixel, the kernel's weights for
    them can be added first: a transposed convolution of kernel size k + size - 1, which for k = 3
    and size 2 is 4/9 of the multiplications.

    Args:
        filters, kernel_size: As in `keras.layers.Conv2D`; the kernel's sides odd, padding "same".
        size: `(vertical, horizontal)` factors of the upsampling.

    Example:

    >>> UpsampledConv2D(64, 3)(ops.ones((1, 4, 4, 3))).shape
    (1, 8, 8, 64)
    """

    def __init__(
        self, filters: int, kernel_size: int, size: tuple[int, int] = (2, 2), **kwargs: object
    ):
        super().__init__(filters, kernel_size, **{"padding": "same"} | kwargs)
        self.size = tuple(size)
        others = (self.padding, *self.strides, *self.dilation_rate, self.groups)
        if others != ("same", 1, 1, 1, 1, 1) or not all(side % 2 for side in self.kernel_size):
            raise ValueError(
                "UpsampledConv2D has a kernel of odd sides, padding 'same', and no strides, "
                f"dilation or groups. Received: kernel_size={kernel_size}, {kwargs}."
            )

    def convolution_op(
        self, inputs: keras.KerasTensor, kernel: keras.KerasTensor
    ) -> keras.KerasTensor:
        kernel = ops.transpose(ops.flip(ops.flip(kernel, 0), 1), (0, 1, 3, 2))
        for axis, factor in enumerate(self.size):
            shifts = ((k, factor - 1 - k) for k in range(factor))
            kernel = sum(
                ops.pad(kernel, [shift if a == axis else (0, 0) for a in range(4)])
                for shift in shifts
            )
        return ops.conv_transpose(
            inputs, kernel, strides=self.size, padding="same", data_format="channels_last"
        )

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        sides = zip(input_shape[1:3], self.size, strict=True)
        return (input_shape[0], *(side and side * factor for side, factor in sides), self.filters)

    def get_config(self) -> dict:
        return super().get_config() | {"size": self.size}

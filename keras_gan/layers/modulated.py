"""What styles and noise do to maps. Karras et al., 2020, https://arxiv.org/abs/1912.04958"""

import math

import keras
import tensorflow as tf
from keras import ops

from keras_gan.layers.draws import next_key
from keras_gan.layers.equalized import EqualizedDense
from keras_gan.layers.resampling import filtered

MEAN_DECAY = 0.995  # of the mean style


@keras.saving.register_keras_serializable("keras_gan")
class ModulatedConv2D(keras.layers.Layer):
    r"""A convolution whose kernel is another one for each row, by its style.

    It is called with `[maps, styles]`. An affine layer, of 1 for style 0 at first, makes a factor
    s_i for each channel of the maps from the style, and the kernel is

    $$ w'_{oik} = \mathrm{gain} \, s_i w_{oik} \Big/ \sqrt{\sum_{i,k} (s_i w_{oik})^2 + 10^{-8}} $$

    Maps are multiplied by s, convolved with w, and divided by the root: the same numbers.

    Args:
        filters: Channels of the result.
        kernel_size: Side of the kernel, odd.
        size: `(vertical, horizontal)` factors by which sides grow, each 1 or 2, through the filter
            [1, 3, 3, 1]: one convolution, by the product of both kernels.
        demodulate: Whether there is the root; else w is of an equalized learning rate.
        gain: Above 0.

    Example:

    >>> ModulatedConv2D(8, 3, size=(2, 2))([ops.ones((1, 4, 4, 3)), ops.ones((1, 16))]).shape
    TensorShape([1, 8, 8, 8])

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958, section 2.2.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        size: tuple[int, int] = (1, 1),
        demodulate: bool = True,
        gain: float = 2**0.5,
        **options: object,
    ):
        super().__init__(**options)
        self.filters, self.kernel_size, self.size = filters, kernel_size, tuple(size)
        self.demodulate, self.gain = demodulate, gain

    def build(self, input_shape: list) -> None:
        maps, styles = input_shape
        shape = (self.kernel_size, self.kernel_size, maps[-1], self.filters)
        normal = keras.initializers.RandomNormal(0.0, 1.0)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=normal)
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        options = {"gain": 1.0, "bias_initializer": "ones", "dtype": self.dtype_policy}
        self.affine = EqualizedDense(maps[-1], name="affine", **options)
        self.affine.build(styles)

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        x, styles = inputs
        factors = self.affine(styles)  # (B, in)
        fan_in = self.kernel_size**2 * x.shape[-1]
        kernel = ops.convert_to_tensor(self.kernel) / math.sqrt(fan_in)
        y = self._convolved(x * factors[:, None, None], filtered(kernel, self.size))
        gains = self.gain
        if self.demodulate:
            squares = ops.sum(ops.square(ops.cast(kernel, "float32")), axis=(0, 1))  # (in, out)
            squares = ops.square(ops.cast(factors, "float32")) @ squares
            gains = ops.cast(self.gain * ops.rsqrt(squares + 1e-8), y.dtype)[:, None, None]
        return y * gains + self.bias

    def _convolved(self, x: keras.KerasTensor, kernel: keras.KerasTensor) -> keras.KerasTensor:
        options = {"padding": "same", "data_format": "channels_last"}
        if self.size == (1, 1):
            return ops.conv(x, kernel, **options)
        kernel = ops.transpose(math.prod(self.size) * kernel, (0, 1, 3, 2))
        return ops.conv_transpose(x, kernel, strides=self.size, **options)

    def compute_output_shape(self, input_shape: list) -> tuple:
        batch, height, width, _ = input_shape[0]
        return (batch, height * self.size[0], width * self.size[1], self.filters)

    def get_config(self) -> dict:
        names = ("filters", "kernel_size", "size", "demodulate", "gain")
        return super().get_config() | {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable("keras_gan")
class PixelNoise(keras.layers.Layer):
    """Adds noise, the same for all channels, times a factor that is learned from 0.

    In training it is N(0, 1), drawn anew for each row; where the draws stand is saved with the
    model. Else it is one draw that was made when the layer was, the same for all rows.

    Args:
        seed: Of the draws in training.

    References:
        Karras et al., 2019, https://arxiv.org/abs/1812.04948, section 2.
    """

    def __init__(self, seed: int | None = None, **options: object):
        super().__init__(**options)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: tuple) -> None:
        shape = (*input_shape[1:-1], 1)
        normal = keras.initializers.RandomNormal(0.0, 1.0)
        self.constant = self.add_weight(
            name="constant", shape=shape, initializer=normal, trainable=False
        )
        self.strength = self.add_weight(name="strength", shape=(), initializer="zeros")

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        noise = ops.convert_to_tensor(self.constant)
        if training:
            shape = (ops.shape(inputs)[0], *self.constant.shape)
            noise = tf.random.stateless_normal(shape, next_key(self.seed_generator), alg="philox")
        return inputs + self.strength * ops.cast(noise, inputs.dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        return super().get_config() | {"seed": self.seed}


@keras.saving.register_keras_serializable("keras_gan")
class LearnedMap(keras.layers.Layer):
    """A map that is learned, the same for each row of what the layer is called with.

    Args:
        shape: `(height, width, channels)`.
    """

    def __init__(self, shape: tuple[int, int, int], **options: object):
        super().__init__(**options)
        self.shape = tuple(shape)

    def build(self, input_shape: tuple) -> None:
        normal = keras.initializers.RandomNormal(0.0, 1.0)
        self.map = self.add_weight(name="map", shape=self.shape, initializer=normal)

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return ops.broadcast_to(self.map, (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *self.shape)

    def get_config(self) -> dict:
        return super().get_config() | {"shape": self.shape}


@keras.saving.register_keras_serializable("keras_gan")
class Styles(keras.layers.Layer):
    """The style of a row as those of all layers, `(batch, count, size)`; it knows the mean style.

    The mean, `w_avg` of the authors, moves by `observe` alone.

    Args:
        count: Layers that styles are for.

    References:
        Karras et al., 2019, https://arxiv.org/abs/1812.04948, appendix B (truncation).
    """

    def __init__(self, count: int, **options: object):
        super().__init__(**options)
        self.count = count

    def build(self, input_shape: tuple) -> None:
        self.mean = self.add_weight(
            name="mean",
            shape=input_shape[1:],
            initializer="zeros",
            trainable=False,
            dtype="float32",
            autocast=False,
        )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return ops.repeat(inputs[:, None], self.count, axis=1)

    def observe(self, mean: keras.KerasTensor) -> None:
        """Moves the mean towards that of a batch, of all replicas."""
        self.mean.assign(MEAN_DECAY * self.mean + (1.0 - MEAN_DECAY) * mean)

    def nearer(self, styles: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
        """Styles `(batch, ..., size)` that are `factor` times as far from the mean."""
        return self.mean + factor * (styles - self.mean)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.count, input_shape[1])

    def get_config(self) -> dict:
        return super().get_config() | {"count": self.count}

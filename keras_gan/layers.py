"""Layers that Keras lacks.

What it has is not here. Pixel normalization is `keras.layers.RMSNormalization(epsilon=1e-8,
trainable=False)`, instance noise is a `keras.layers.GaussianNoise` in front of the discriminator
(its seed is saved with the model, so a resumed run draws what an uninterrupted one would have; on
several replicas all of them draw the same).
"""

import contextlib
import contextvars
from collections.abc import Iterator

import keras
import tensorflow as tf
from keras import ops

from keras_gan.embedding import Embedding as Embedding
from keras_gan.embedding import one_hot
from keras_gan.resampling import FilteredDownsampling2D as FilteredDownsampling2D
from keras_gan.resampling import FilteredUpsampling2D as FilteredUpsampling2D

WARM_UP = 15  # steps of the power method before the first use

_resting = contextvars.ContextVar("resting", default=False)


@contextlib.contextmanager
def norms_at_rest() -> Iterator[None]:
    """Passes in here leave the vectors of `SpectralNormalization` where they are, in training too.

    A critic's update is several passes through the same weights: one of them moves the vectors.
    """
    token = _resting.set(True)
    try:
        yield
    finally:
        _resting.reset(token)


@keras.saving.register_keras_serializable("keras_gan")
class SpectralNormalization(keras.layers.Wrapper):
    r"""Divides a layer's kernel by its largest singular value while the layer looks at it.

    The layer computes with W / sigma, sigma = ||W u||, where u is a unit vector that one step of
    the power method, u <- normalized(W^T normalized(W u)), takes closer to the first right singular
    vector of the kernel as a matrix `(-1, last axis)`. It starts after 15 such steps. Gradients go
    through sigma; u is a constant to them. The kernel itself is never overwritten.

    u moves in a training pass, before it is used. Of the passes of one update of a critic only the
    first one moves it (`norms_at_rest`): real and fake images, penalties and the generator see one
    and the same function.

    Args:
        layer: A layer with a `kernel`, or an `Embedding`.

    Example:

    >>> SpectralNormalization(keras.layers.Conv2D(64, 3))

    References:
        Miyato et al., 2018, https://arxiv.org/abs/1802.05957, section 2.1 and algorithm 1.
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs):
        super().__init__(layer, **kwargs | {"dtype": "float32"})  # of sigma
        self.autocast = False  # images pass as they are; the layer casts for itself

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.kernel = getattr(self.layer, "kernel", None)
        if self.kernel is None:
            self.kernel = getattr(self.layer, "embeddings", None)
        if self.kernel is None:
            raise ValueError(
                f"SpectralNormalization needs a layer with a kernel. Received: {self.layer}."
            )
        self.vector = self.add_weight(
            name="vector",
            shape=(self.kernel.shape[-1], 1),
            initializer="random_normal",
            dtype="float32",
            trainable=False,
        )
        w, u = self._matrix(), ops.convert_to_tensor(self.vector)
        for _ in range(WARM_UP):
            u = _power_step(w, u)
        self.vector.assign(u)

    def _matrix(self) -> keras.KerasTensor:
        return ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        w, u = self._matrix(), ops.convert_to_tensor(self.vector)
        if training and not _resting.get():
            u = ops.stop_gradient(_power_step(w, u))
            self.vector.assign(u)
        sigma = ops.sqrt(ops.sum(ops.square(w @ u)) + 1e-12)
        with keras.StatelessScope([(self.kernel, self.kernel / sigma)]):
            return self.layer(inputs)


def _power_step(w: keras.KerasTensor, u: keras.KerasTensor) -> keras.KerasTensor:
    return _normalized(ops.transpose(w) @ _normalized(w @ u))


def _normalized(x: keras.KerasTensor) -> keras.KerasTensor:
    return x / ops.sqrt(ops.sum(ops.square(x)) + 1e-12)


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
        kernel = ops.transpose(ops.flip(kernel, (0, 1)), (0, 1, 3, 2))
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


@keras.saving.register_keras_serializable("keras_gan")
class MinibatchStdDev(keras.layers.Layer):
    """Appends a channel that says how much the images of a group differ.

    The standard deviation of each feature over the group, averaged over all features: one number
    for each group. The groups are dealt from the batch (from a replica's part of it) as evenly as
    goes; a batch below `group_size` is one group.

    Args:
        group_size: Images of a group, at least 2.

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196, section 3.
    """

    def __init__(self, group_size: int = 4, **kwargs):
        super().__init__(**kwargs)
        if group_size < 2:
            raise ValueError(f"Expected group_size >= 2. Received: group_size={group_size}.")
        self.group_size = group_size

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        n = ops.shape(inputs)[0]
        flat = ops.cast(ops.reshape(inputs, (n, -1)), "float32")
        group = ops.arange(n) % ops.maximum(n // self.group_size, 1)
        same = ops.cast(group[:, None] == group[None, :], "float32")
        mean_of_group = same / ops.sum(same, axis=1, keepdims=True)  # (n, n)
        variance = mean_of_group @ ops.square(flat - mean_of_group @ flat)
        deviation = ops.mean(ops.sqrt(variance + 1e-8), axis=1)
        deviation = ops.reshape(deviation, (n,) + (1,) * (len(inputs.shape) - 1))
        channel = ops.cast(deviation, inputs.dtype) * ops.ones_like(inputs[..., :1])
        return ops.concatenate([inputs, channel], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict:
        return super().get_config() | {"group_size": self.group_size}


@keras.saving.register_keras_serializable("keras_gan")
class SelfAttention(keras.layers.Layer):
    r"""Lets every place of a map look at all others: y = gamma o + x, gamma 0 at first.

    o = v(softmax(f(x) g(x)^T) h(x)) with 1x1 convolutions f and g to C/8 channels, h to C/2 and v
    back to C.

    Args:
        spectral: Whether the convolutions are normalised by `SpectralNormalization`.

    References:
        Zhang et al., 2019, https://arxiv.org/abs/1805.08318, section 3.
    """

    def __init__(self, spectral: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.spectral = spectral

    def build(self, input_shape: tuple) -> None:
        channels = input_shape[-1]
        widths = {"query": channels // 8, "key": channels // 8, "value": channels // 2}
        hidden = (*input_shape[:-1], max(channels // 2, 1))
        for name, width, shape in (
            *((name, max(width, 1), input_shape) for name, width in widths.items()),
            ("out", channels, hidden),
        ):
            conv = keras.layers.Conv2D(width, 1, use_bias=False, name=name, dtype=self.dtype_policy)
            conv = SpectralNormalization(conv, name=f"{name}_norm") if self.spectral else conv
            conv.build(shape)
            setattr(self, name, conv)
        self.gamma = self.add_weight(name="gamma", shape=(), initializer="zeros")

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        options = {"training": training} if self.spectral else {}
        _, height, width, _ = inputs.shape

        def places(conv: keras.layers.Layer) -> keras.KerasTensor:
            x = conv(inputs, **options)
            return ops.reshape(x, (-1, height * width, x.shape[-1]))

        query, key, value = (places(conv) for conv in (self.query, self.key, self.value))
        scores = ops.cast(query @ ops.transpose(key, (0, 2, 1)), "float32")  # (batch, HW, HW)
        seen = ops.cast(ops.softmax(scores), value.dtype) @ value
        seen = ops.reshape(seen, (-1, height, width, value.shape[-1]))
        return inputs + self.gamma * self.out(seen, **options)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        return super().get_config() | {"spectral": self.spectral}


@keras.saving.register_keras_serializable("keras_gan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer, whose training pass over feature maps is one fused kernel of TensorFlow.

    The same numbers, weights and arguments as `keras.layers.BatchNormalization`, which makes some
    ten passes over the maps instead of two: a step of DCGAN-64 takes 7% less time with this one.

    References:
        Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167.
    """

    def call(
        self,
        inputs: keras.KerasTensor,
        training: bool = False,
        mask: keras.KerasTensor | None = None,
    ) -> keras.KerasTensor:
        maps = len(inputs.shape) == 4 and self.axis in (-1, 3) and mask is None
        if not (maps and training and self.trainable) or self.synchronized or self.renorm:
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.cast(self.gamma, "float32") if self.scale else ops.ones(channels),
            offset=ops.cast(self.beta, "float32") if self.center else ops.zeros(channels),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        pixels = tf.cast(tf.size(inputs) // channels, "float32")
        variance *= (pixels - 1.0) / pixels  # the kernel's is the unbiased one
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(self.momentum * moving + (1.0 - self.momentum) * value)
        return y


@keras.saving.register_keras_serializable("keras_gan")
class ConditionalBatchNormalization(keras.layers.Layer):
    """BatchNormalization whose gamma and beta are those of the class.

    It is called with `[x, labels]`, `(batch, ..., channels)` and int `(batch,)`.

    Args:
        num_classes: Number of classes.
        momentum, epsilon: As in `keras.layers.BatchNormalization`.

    References:
        Dumoulin et al., 2017, https://arxiv.org/abs/1610.07629.
        Miyato and Koyama, 2018, https://arxiv.org/abs/1802.05637.
    """

    def __init__(self, num_classes: int, momentum: float = 0.9, epsilon: float = 2e-5, **kwargs):
        super().__init__(**kwargs)
        self.num_classes, self.momentum, self.epsilon = num_classes, momentum, epsilon

    def build(self, input_shape: list) -> None:
        shape, _ = input_shape
        self.norm = BatchNormalization(
            momentum=self.momentum,
            epsilon=self.epsilon,
            center=False,
            scale=False,
            dtype=self.dtype_policy,
            name="norm",
        )
        self.norm.build(shape)
        size = (self.num_classes, shape[-1])
        self.gamma = self.add_weight(name="gamma", shape=size, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=size, initializer="zeros")

    def call(self, inputs: list[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        x, labels = inputs
        shape = (-1, *(1,) * (len(x.shape) - 2), x.shape[-1])
        rows = one_hot(labels, self.num_classes)
        gamma, beta = (
            ops.reshape(ops.matmul(ops.cast(rows, w.dtype), w), shape)
            for w in map(ops.convert_to_tensor, (self.gamma, self.beta))
        )
        return gamma * self.norm(x, training=training) + beta

    def compute_output_shape(self, input_shape: list) -> tuple:
        return input_shape[0]

    def get_config(self) -> dict:
        return super().get_config() | {
            "num_classes": self.num_classes,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }

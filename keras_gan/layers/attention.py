"""Attention over the places of a picture."""

import keras
from keras import ops

from keras_gan.layers.norm import SpectralNormalization


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

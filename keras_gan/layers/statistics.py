"""Statistics of a batch as a feature of its images."""

import keras
from keras import ops


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

"""What keeps a critic of waves from telling made ones by their phase."""

import keras
import tensorflow as tf
from keras import ops

from keras_gan.layers.draws import next_key


@keras.saving.register_keras_serializable("keras_gan")
class PhaseShuffle(keras.layers.Layer):
    """Shifts all features of a batch by the same random number of steps, in training.

    What is shifted in is the reflection of the rim. On each replica another number is drawn; where
    the draws stand is saved with the model.

    Args:
        n: At most so many steps to either side, at least 0, and fewer than a wave has.
        seed: Of the draws.

    Example:

    >>> PhaseShuffle(2)(ops.ones((4, 16, 3)), training=True).shape
    TensorShape([4, 16, 3])

    References:
        Donahue et al., 2019, https://arxiv.org/abs/1802.04208, section 3.3.
    """

    def __init__(self, n: int = 2, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if n < 0:
            raise ValueError(f"Expected n of at least 0. Received: n={n}.")
        self.n = n
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        if not training or self.n == 0:
            return inputs
        shift = self._draw()
        padded = ops.pad(inputs, ((0, 0), (self.n, self.n), (0, 0)), mode="reflect")
        shifted = padded[:, shift : shift + inputs.shape[1]]
        return ops.reshape(shifted, (-1, *inputs.shape[1:]))

    def _draw(self) -> tf.Tensor:
        """A whole number from 0 to 2 n."""
        key = next_key(self.seed_generator)
        return tf.random.stateless_uniform((), key, 0, 2 * self.n + 1, tf.int32, alg="philox")

    def get_config(self) -> dict:
        return super().get_config() | {"n": self.n, "seed": self.seed}

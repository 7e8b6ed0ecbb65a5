"""A network inside of another one, of which nothing ever moves."""

import keras


@keras.saving.register_keras_serializable("keras_gan")
class FrozenNetwork(keras.layers.Wrapper):
    """A network that gradients pass through, and that no training changes.

    Its weights stay out of optimizers whatever the `trainable` of what it is a part of, its
    statistics of batches are the moving ones in training too, and nothing drops out.

    Args:
        network: Keras model, which becomes the layer's own.

    Example:

    >>> seen = FrozenNetwork(classifier)(images)

    References:
        Sauer et al., 2021, https://arxiv.org/abs/2111.01007, section 4.1.
    """

    def __init__(self, network: keras.Model, **kwargs):
        super().__init__(network, **kwargs | {"dtype": "float32"})
        self.autocast = False  # images pass as they are; the network casts for itself
        self.trainable = False

    @property
    def trainable(self) -> bool:
        return False

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._layers:
            layer.trainable = False

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor | list[keras.KerasTensor]:
        return self.layer(inputs, training=False)

"""What callbacks that write files have in common."""

import keras

from keras_gan.engine import replicas


class ChiefCallback(keras.callbacks.Callback):
    """A callback that knows whether this process is the one that writes."""

    @property
    def is_chief(self) -> bool:
        return replicas.is_chief(self.model.distribute_strategy)

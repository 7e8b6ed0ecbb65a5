"""Learning rates, epoch by epoch."""

from collections.abc import Callable

import keras
import numpy as np

from keras_gan.core.names import pick


class LearningRateScheduler(keras.callbacks.Callback):
    """Sets the learning rate of one optimizer, or of all, as each epoch begins.

    Logs `generator_learning_rate`, `discriminator_learning_rate` and so on, of those that it sets.

    Args:
        schedule: Function `(epoch, learning_rate) -> learning_rate`, epochs counted from 0.
        network: One of the model's `networks`, such as `"discriminator"`; all if not given.

    Raises:
        ValueError: in `fit`, for a network that the model does not have, if the optimizer has a
            schedule of its own, or if the function returns no positive number.

    Example:

    >>> halve = LearningRateScheduler(lambda epoch, lr: lr / 2 if epoch == 10 else lr)
    >>> gan.fit(images, epochs=20, callbacks=[halve])
    """

    def __init__(self, schedule: Callable[[int, float], float], network: str | None = None):
        super().__init__()
        self.schedule = schedule
        self.network = network

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._networks = self.model.networks
        if self.network is not None:
            pick("network", self.network, self.model.networks)
            self._networks = (self.network,)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        for network in self._networks:
            optimizer = self._optimizer(network)
            rate = self.schedule(epoch, _rate(optimizer))
            if not isinstance(rate, (float, np.floating)) or not 0 <= rate < np.inf:
                raise ValueError(f"A learning rate is a float >= 0. The schedule gave: {rate!r}.")
            try:
                optimizer.learning_rate = float(rate)
            except TypeError:
                raise ValueError(
                    f"The {network}'s optimizer has a learning rate schedule of its own, which "
                    "LearningRateScheduler cannot replace. Give it a number as learning_rate."
                ) from None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        for network in self._networks if logs is not None else ():
            logs[f"{network}_learning_rate"] = _rate(self._optimizer(network))

    def _optimizer(self, network: str) -> keras.optimizers.Optimizer:
        return getattr(self.model, f"{network}_optimizer")


def _rate(optimizer: keras.optimizers.Optimizer) -> float:
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))

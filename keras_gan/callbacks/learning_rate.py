"""Learning rates, epoch by epoch."""

from collections.abc import Callable

import keras
import numpy as np


class LearningRateScheduler(keras.callbacks.Callback):
    """Sets the learning rate of either optimizer, or both, as each epoch begins.

    Logs `g_learning_rate` and `d_learning_rate`, of those that it sets.

    Args:
        schedule: Function `(epoch, learning_rate) -> learning_rate`, epochs counted from 0.
        network: `"generator"` or `"discriminator"`; both if not given.

    Raises:
        ValueError: for another network; in `fit`, if the optimizer has a schedule of its own, or if
            the function returns no positive number.

    Example:

    >>> halve = LearningRateScheduler(lambda epoch, lr: lr / 2 if epoch == 10 else lr)
    >>> gan.fit(images, epochs=20, callbacks=[halve])
    """

    def __init__(self, schedule: Callable[[int, float], float], network: str | None = None):
        super().__init__()
        if network not in (None, "generator", "discriminator"):
            raise ValueError(
                f"Received: network={network!r}. Expected 'generator', 'discriminator' or None."
            )
        self.schedule = schedule
        self.networks = [network] if network else ["generator", "discriminator"]

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        for network in self.networks:
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
        for network in self.networks if logs is not None else ():
            logs[f"{network[0]}_learning_rate"] = _rate(self._optimizer(network))

    def _optimizer(self, network: str) -> keras.optimizers.Optimizer:
        return getattr(self.model, f"{network}_optimizer")


def _rate(optimizer: keras.optimizers.Optimizer) -> float:
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))

"""Keras' progress bar, which says besides how many images were shown, how fast, what is left."""

import time

import keras

from keras_gan.core.kinds import Picture


class Bar(keras.callbacks.ProgbarLogger):
    """The bar of `fit`: thousands of real images in all, images a second, minutes left.

    `loss` is left out of it, since the sum of what players minimise against each other says
    nothing; the logs have it.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        super().on_train_begin(logs)
        self._steps = int(self.model.step.numpy())  # before this epoch
        self._since = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if self._since is None:  # the first step is traced: its time says nothing of the others
            self._since = self._steps + batch + 1, time.perf_counter()
        super().on_train_batch_end(batch, self._shown(batch + 1, logs) if self.verbose else logs)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        super().on_epoch_end(epoch, self._shown(self.seen, logs))
        self._steps += self.seen

    def _shown(self, steps: int, logs: dict | None) -> dict[str, float]:
        losses = {k: v for k, v in (logs or {}).items() if k not in ("loss", "val_loss")}
        return self._progress(steps) | losses

    def _progress(self, steps: int) -> dict[str, float]:
        """What the bar says after so many steps of the epoch."""
        images = self.model.images_per_step
        if images is None or self._since is None:
            return {}
        done = self._steps + steps
        thousands, speed = ("kimg", "images/s")
        if not isinstance(self.model.kind, Picture):
            thousands, speed = ("ksamples", "samples/s")
        progress = {thousands: done * images / 1000}
        first, start = self._since
        if done > first:
            seconds = (time.perf_counter() - start) / (done - first)
            progress[speed] = images / seconds
            if self.target:
                left = (self.epochs - self._epoch) * self.target - steps
                progress["minutes left"] = left * seconds / 60
        return progress

"""Whole models, epoch by epoch."""

from pathlib import Path

from keras_gan.callbacks.chief import ChiefCallback
from keras_gan.core import checkpoints


class Checkpoint(ChiefCallback):
    """Saves the whole model after every epoch as `epoch-0001.keras` and so on, and keeps the last.

    The first epoch begins with a checkpoint too (`epoch-0000.keras`), so that a run interrupted
    within it can be resumed. Each file is whole or not there. `fit` goes on with `initial_epoch=`
    the number of epochs that `load_latest` returns.

    Args:
        directory: Where the files go; made if it is not there.
        keep: How many are kept. Two leave one to go back to, should the last be damaged.

    Raises:
        ValueError: for `keep` below 1; in `fit`, if the directory holds a readable checkpoint of a
            later epoch than the one that begins, which must be another run's.

    Example:

    >>> gan.fit(images, epochs=20, callbacks=[Checkpoint("checkpoints")])
    >>> gan, epoch = load_latest("checkpoints")
    >>> gan.fit(images, epochs=40, initial_epoch=epoch, callbacks=[Checkpoint("checkpoints")])
    """

    def __init__(self, directory: str | Path, keep: int = 2):
        super().__init__()
        if keep < 1:
            raise ValueError(f"Expected keep of at least 1. Received: keep={keep}.")
        self.directory = Path(directory)
        self.keep = keep

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._begun = False

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self._begun:
            return
        self._begun = True
        found = checkpoints.find(self.directory)
        later = [path for path, number in found if number > epoch and checkpoints.is_whole(path)]
        if later:
            raise ValueError(
                f"{later[-1]} is of a later epoch than {epoch}, with which this fit begins. Pass "
                "initial_epoch= to go on from there, remove it, or choose another directory."
            )
        if epoch == 0:
            self._save(epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._save(epoch + 1)

    def _save(self, epoch: int) -> None:
        self.model.save(self.directory / f"epoch-{epoch:04d}.keras")  # every worker takes part
        if self.is_chief:
            for path, _ in checkpoints.find(self.directory)[: -self.keep]:
                path.unlink(missing_ok=True)

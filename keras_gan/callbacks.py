"""Keras callbacks for GANs: sample grids, checkpoints, history.csv, learning rates.

None of them changes what is trained, but for `LearningRateScheduler`, whose job it is. Where
several workers train, only the chief writes. In `fit(callbacks=[...])`, put `Checkpoint` last: what
the others write of an epoch is then there before the checkpoint that says that it is over.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from keras_gan import checkpoints, files, plotting, replicas
from keras_gan.checkpoints import latest as latest
from keras_gan.checkpoints import load_latest as load_latest

_MAX_CLASSES = 16  # columns of a sample grid that shows one class each


class _ChiefCallback(keras.callbacks.Callback):
    """A callback that knows whether this process is the one that writes."""

    @property
    def is_chief(self) -> bool:
        return replicas.is_chief(self.model.distribute_strategy)


class SampleGrid(_ChiefCallback):
    """Draws the same latents after every epoch, so that one can watch the pictures form.

    Writes `epoch-0001.png` and so on, and `progress.gif` of all of them when the training ends.
    Points in a plane are drawn as such. Training is not changed: `gan.sample` has no state.

    Args:
        directory: Where the pictures go; made if it is not there.
        n: Number of images.
        columns: Images in a row. If not given: a class-conditional model gets one column for each
            class (the first 16 of more), another one a square grid.
        every: Epochs from one picture to the next; the last epoch is always drawn.
        seed: Of the latents.
        labels: Class labels `(n,)`, instead of `n`. If not given, the classes in turn.

    Raises:
        ValueError: for numbers below 1; in `fit`, for a model that makes neither images nor points,
            or is conditioned on anything but classes.

    Example:

    >>> gan.fit(images, labels, epochs=20, callbacks=[SampleGrid("runs/a/samples")])
    """

    def __init__(
        self,
        directory: str | Path,
        n: int = 64,
        columns: int | None = None,
        every: int = 1,
        seed: int = 0,
        labels: np.ndarray | None = None,
    ):
        super().__init__()
        for name, value in {"n": n, "columns": columns or 1, "every": every}.items():
            if value < 1:
                raise ValueError(f"Expected {name} of at least 1. Received: {name}={value}.")
        self.directory = Path(directory)
        self.n = n
        self.columns = columns
        self.every = every
        self.seed = seed
        self.labels = labels

    def on_train_begin(self, logs: dict | None = None) -> None:
        if len(self.model.image_shape) not in (1, 3):
            raise ValueError(
                "SampleGrid draws images (height, width, channels) or points. "
                f"Received: a model that makes {self.model.image_shape}."
            )
        if self.model.takes_condition and self.model.num_classes is None:
            raise ValueError(
                "SampleGrid draws from latents and classes. "
                f"Received: {type(self.model).__name__}, which is conditioned on pictures."
            )
        self._drawn = self._last = None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._last = epoch
        if (epoch + 1) % self.every == 0:
            self._draw(epoch)

    def on_train_end(self, logs: dict | None = None) -> None:
        if self._last != self._drawn:
            self._draw(self._last)
        pictures = sorted(self.directory.glob("epoch-*.png"), key=lambda p: (len(p.name), p.name))
        if self.is_chief and pictures:
            with files.replacing(self.directory / "progress.gif") as part:
                plotting.save_gif(pictures, part)

    def _draw(self, epoch: int) -> None:
        n, labels, columns = self._layout()
        images = self.model.sample(n, labels=labels, seed=self.seed)  # on every worker alike
        self._drawn = epoch
        if not self.is_chief:
            return
        with files.replacing(self.directory / f"epoch-{epoch + 1:04d}.png") as part:
            if images.ndim == 4:
                plotting.save_grid(images, part, columns)
            else:
                plotting.save_scatter(images, part)

    def _layout(self) -> tuple[int, np.ndarray | None, int | None]:
        """Number of images, their labels, and images in a row."""
        if self.labels is not None:
            return len(self.labels), self.labels, self.columns
        classes = self.model.num_classes
        if classes is None:
            return self.n, None, self.columns
        shown = min(classes, _MAX_CLASSES)
        n = self.n if self.columns else max(1, round(self.n / shown)) * shown  # rows that are full
        return n, np.arange(n) % shown, self.columns or shown


class Checkpoint(_ChiefCallback):
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


class HistoryCSV(_ChiefCallback):
    """Keeps `history.csv`: one row for each epoch, its number (from 1) and then its logs by name.

    The file holds nothing that differs from run to run, and is replaced as a whole after every
    epoch. A run that is resumed keeps the rows of the epochs before the one it begins with.

    Args:
        path: Where the file stands.

    Example:

    >>> gan.fit(images, epochs=20, callbacks=[HistoryCSV("runs/a/history.csv")])
    """

    def __init__(self, path: str | Path):
        super().__init__()
        self.path = Path(path)

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._rows = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self._rows is None:
            self._rows = [row for row in read_history_rows(self.path) if int(row["epoch"]) <= epoch]

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        values = {name: repr(float(np.mean(value))) for name, value in (logs or {}).items()}
        self._rows.append({"epoch": str(epoch + 1)} | values)
        if not self.is_chief:
            return
        names = sorted(set().union(*self._rows) - {"epoch"})
        with files.replacing(self.path) as part, part.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["epoch", *names], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._rows)


def read_history_rows(path: str | Path) -> list[dict[str, str]]:
    """The rows of a `history.csv` as they stand there; none if there is no such file."""
    if not Path(path).is_file():
        return []
    with Path(path).open(newline="") as file:
        return [{k: v for k, v in row.items() if v != ""} for row in csv.DictReader(file)]


def read_history(path: str | Path) -> dict[str, list[float | None]]:
    """Reads a `history.csv` as Keras' `history` has it, one list for each name.

    Args:
        path: The file.

    Returns:
        Lists of equal length, None where an epoch logged nothing under that name.

    Example:

    >>> keras_gan.plotting.training_curves(read_history("runs/a/history.csv"), "losses.png")
    """
    rows = read_history_rows(path)
    names = sorted(set().union(*rows) - {"epoch"})
    return {name: [float(row[name]) if name in row else None for row in rows] for name in names}


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

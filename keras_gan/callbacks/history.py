"""The logs of every epoch, as a table in a file."""

import csv
from pathlib import Path

import numpy as np

from keras_gan.callbacks.chief import ChiefCallback
from keras_gan.core import files


class HistoryCSV(ChiefCallback):
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
        with (
            files.replacing(self.path) as part,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, ["epoch", *names], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._rows)


def read_history_rows(path: str | Path) -> list[dict[str, str]]:
    """The rows of a `history.csv` as they stand there; none if there is no such file."""
    if not Path(path).is_file():
        return []
    with Path(path).open(newline="", encoding="utf-8") as file:
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

"""Metrics of samples while a model trains."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_gan.callbacks.chief import ChiefCallback
from keras_gan.core import files
from keras_gan.engine import inputs
from keras_gan.metrics import MEANINGS, Metric


class Evaluate(ChiefCallback):
    """Measures samples every few epochs, keeps the best model, and stops when it gets no better.

    The figures stand in the logs of the epoch under their short names, and so in Keras' history and
    in what later callbacks write (`TensorBoard`, `HistoryCSV`). Training is not changed. What looks
    at the real images is done once.

    Args:
        metrics: List of `keras_gan.metrics.Metric`.
        images: Held-out images `(n, height, width, channels)`, uint8 or float in [-1, 1].
        condition: Class labels or pictures, as `fit` takes them, for a conditional model.
        samples: The budget: so many samples are drawn, and compared with the first so many images.
        every: Epochs from one measurement to the next.
        monitor: The figure that says which model is best; the first one if not given.
        best: Path of a `.keras` file: the best model so far. Beside it stands `<name>.json`, which
            says how good it is, so that a resumed training knows.
        patience: Measurements without improvement after which the training is stopped.
        log_dir: Directory for TensorBoard, if Keras' own callback is not used.

    Raises:
        ValueError: for numbers below 1; as `fit` begins, for images or a condition that the model
            cannot be measured on.

    Example:

    >>> judge = classifier(images, labels, "mnist")
    >>> evaluate = Evaluate([FID(judge), PRDC(judge)], test_images, best="runs/a/best.keras")
    >>> gan.fit(images, epochs=20, callbacks=[evaluate])
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        images: np.ndarray,
        condition: np.ndarray | None = None,
        *,
        samples: int = 2000,
        every: int = 1,
        monitor: str | None = None,
        best: str | Path | None = None,
        patience: int | None = None,
        log_dir: str | Path | None = None,
    ):
        super().__init__()
        numbers = {"samples": samples, "every": every, "patience": patience or 1}
        for name, value in numbers.items():
            if value < 1:
                raise ValueError(f"Expected {name} of at least 1. Received: {name}={value}.")
        if not metrics:
            raise ValueError("Evaluate needs at least one metric. Received: none.")
        if best is not None and Path(best).suffix != ".keras":
            raise ValueError(f"The best model is a .keras file. Received: best={str(best)!r}.")
        self.held_out_metrics = list(metrics)
        self.images = images[:samples]
        self.condition = None if condition is None else condition[:samples]
        self.every = every
        self.monitor = monitor
        self.best = None if best is None else Path(best)
        self.patience = patience
        self.log_dir = log_dir

    def on_train_begin(self, logs: dict | None = None) -> None:
        expected = self.model.condition
        self._pair = inputs.checked(self.model, self.images, self.condition, expected)
        self._begun = False
        self._record, self._waited = None, 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if not self._begun:
            self._begun = True
            self._record = self._recorded(epoch)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if (epoch + 1) % self.every:
            return
        figures = self.model.measure(self.held_out_metrics, *self._pair)
        if logs is not None:
            logs.update(figures)
        self._write_summary(epoch, figures)
        name = self.monitor or next(iter(figures))
        if name not in figures:
            raise ValueError(f"Received: monitor={name!r}. Expected one of {', '.join(figures)}.")
        if self._is_better(name, figures[name]):
            self._record, self._waited = figures[name], 0
            self._keep_best(epoch, name, figures)
        else:
            self._waited += 1
            if self.patience is not None and self._waited >= self.patience:
                self.model.stop_training = True

    def _is_better(self, name: str, value: float) -> bool:
        if self._record is None or not math.isfinite(value):
            return math.isfinite(value)
        higher = name in MEANINGS and MEANINGS[name].better == "higher"
        return value > self._record if higher else value < self._record

    def _keep_best(self, epoch: int, name: str, figures: dict[str, float]) -> None:
        if self.best is None:
            return
        self.model.save(self.best)  # every worker takes part
        if self.is_chief:
            said = {"epoch": epoch + 1, "monitor": name, "value": figures[name], "figures": figures}
            with files.replacing(self.best.with_suffix(".json")) as part:
                part.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")

    def _recorded(self, epoch: int) -> float | None:
        """How good the best model was, if it is of this training's earlier epochs."""
        beside = self.best and self.best.with_suffix(".json")
        if not epoch or beside is None or not beside.is_file():
            return None
        said = json.loads(beside.read_text(encoding="utf-8"))
        known = said["epoch"] <= epoch and self.monitor in (None, said["monitor"])
        return said["value"] if known else None

    def _write_summary(self, epoch: int, figures: dict[str, float]) -> None:
        if self.log_dir is None or not self.is_chief:
            return
        import tensorflow as tf

        if not hasattr(self, "_writer"):
            self._writer = tf.summary.create_file_writer(str(self.log_dir))
        with self._writer.as_default():
            for name, value in figures.items():
                tf.summary.scalar(f"epoch_{name}", value, step=epoch)
        self._writer.flush()

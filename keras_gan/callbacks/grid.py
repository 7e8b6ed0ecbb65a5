"""Grids of samples, epoch by epoch, and after so many images."""

from pathlib import Path

import numpy as np

from keras_gan import plotting
from keras_gan.callbacks.chief import ChiefCallback
from keras_gan.core import files, kinds, noise
from keras_gan.data import check_labels

_MAX_CLASSES = 16  # columns of a sample grid that shows one class each


class SampleGrid(ChiefCallback):
    """Draws the same latents after every epoch, so that one can watch the pictures form.

    Writes `epoch-0001.png` and so on, and `progress.gif` of all of them when the training ends.
    With `images` there is `epoch-0000.png`, before the first step, and within long epochs
    `epoch-0000-000020032.png`: after no whole epoch and so many images of the training.
    Points, waves and other samples are drawn as their kind is, `gan.kind`; of sound, text and clips
    there is `epoch-0001.wav`, `.txt` or `.gif` besides. Training is not changed: `gan.sample` has
    no state.

    Args:
        directory: Where the pictures go; made if it is not there.
        n: Number of samples. If not given, 64, or as many as a picture shows well, of clips 8.
        columns: Samples in a row, of pictures and waves. If not given: a class-conditional model
            gets one column for each class (the first 16 of more), another one a square grid.
        every: Epochs from one picture to the next; the last epoch is always drawn.
        images: Real images from one picture to the next within an epoch; none but those of epochs
            if not given.
        seed: Of the latents.
        labels: Class labels `(n,)`, instead of `n`. If not given, the classes in turn.
        condition: Pictures `(n, ...)`, instead of `n`, for a model that makes its images from them.
            Each is drawn at the left of what is made from it.

    Raises:
        ValueError: for numbers below 1; in `fit`, for a model whose samples are of no kind that can
            be drawn, or which is made from arrays and is given none.

    Example:

    >>> gan.fit(images, labels, epochs=20, callbacks=[SampleGrid("runs/a/samples")])
    """

    def __init__(
        self,
        directory: str | Path,
        n: int | None = None,
        columns: int | None = None,
        every: int = 1,
        seed: int = 0,
        labels: np.ndarray | None = None,
        condition: np.ndarray | None = None,
        images: int | None = None,
    ):
        super().__init__()
        given = {"n": 1 if n is None else n, "columns": columns or 1, "every": every}
        given["images"] = 1 if images is None else images
        for name, value in given.items():
            if value < 1:
                raise ValueError(f"Expected {name} of at least 1. Received: {name}={value}.")
        noise.check_seed(seed)
        self.directory = Path(directory)
        self.n = n
        self.columns = columns
        self.every = every
        self.seed = seed
        self.labels = labels
        self.condition = condition
        self.images = images

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.model.kind.check_drawable(self.model.image_shape)
        from_arrays = self.model.condition.shape is not None
        if from_arrays is (self.condition is None):
            needed = f"the {self.model.condition.what}" if from_arrays else "none"
            raise ValueError(
                f"SampleGrid draws images of {type(self.model).__name__}. Received: "
                f"condition={'None' if self.condition is None else 'pictures'}. Expected {needed}."
            )
        if self.labels is not None:
            check_labels(self.labels, self.model.condition.num_classes)
        self._drawn = self._last = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch, self._steps = epoch, int(self.model.step.numpy())
        if self.images and not self._steps:
            self._draw("epoch-0000")

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        each = self.model.images_per_step
        if not (self.images and each):
            return
        passed = (batch + 1) * each // self.images > batch * each // self.images
        if passed and batch + 1 != self.params["steps"]:  # the epoch's own picture is about to come
            self._draw(f"epoch-{self._epoch:04d}-{round((self._steps + batch + 1) * each):09d}")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._last = epoch
        if (epoch + 1) % self.every == 0:
            self._draw_epoch(epoch)

    def on_train_end(self, logs: dict | None = None) -> None:
        if self._last != self._drawn:
            self._draw_epoch(self._last)
        pictures = sorted(self.directory.glob("epoch-*.png"), key=_place)
        if self.is_chief and pictures:
            with files.replacing(self.directory / "progress.gif") as part:
                plotting.save_gif(pictures, part)

    def _draw_epoch(self, epoch: int) -> None:
        self._drawn = epoch
        self._draw(f"epoch-{epoch + 1:04d}")

    def _draw(self, name: str) -> None:
        n, labels, columns = self._layout()
        condition = labels if self.condition is None else self.condition
        images = self.model.samples_for(n, condition, self.seed)  # on every worker alike
        if not self.is_chief:
            return
        with files.replacing(self.directory / f"{name}.png") as part:
            if self.condition is not None:
                plotting.save_grid(beside(self.condition, images), part, columns)
            else:
                self.model.kind.draw(images, part, columns)
        if suffix := kinds.FILES[self.model.kind.medium]:
            with files.replacing(self.directory / f"{name}{suffix}") as part:
                self.model.kind.draw(images, part)

    def _layout(self) -> tuple[int, np.ndarray | None, int | None]:
        """Number of images, their labels, and images in a row."""
        if self.condition is not None:
            side = round((2 * len(self.condition)) ** 0.5)
            return len(self.condition), None, self.columns or max(2, side - side % 2)
        if self.labels is not None:
            return len(self.labels), self.labels, self.columns
        n = self.n or self.model.kind.usual
        classes = self.model.condition.num_classes
        if classes is None:
            return n, None, self.columns
        shown = min(classes, _MAX_CLASSES)
        if not self.columns:
            n = max(1, round(n / shown)) * shown  # rows that are full
        return n, np.arange(n) % shown, self.columns or shown


def _place(picture: Path) -> list[int]:
    """Where a picture stands in the training: after so many epochs, and so many images."""
    return [int(number) for number in picture.stem.split("-")[1:]]


def beside(condition: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Pictures and what is made from them, in turn; the images alone if the sizes do not fit.

    Smaller pictures are enlarged by whole pixels; of a mask beside the colours nothing is drawn.
    """
    times = [side // own for side, own in zip(images.shape[1:3], condition.shape[1:3], strict=True)]
    for axis, n in enumerate(times, start=1):
        condition = np.repeat(condition, n, axis=axis)
    if condition.shape[1:3] != images.shape[1:3]:
        return images
    condition = condition[..., : 3 if condition.shape[-1] >= 3 else 1]
    channels = max(condition.shape[-1], images.shape[-1])
    both = [np.broadcast_to(x, (*x.shape[:-1], channels)) for x in (condition, images)]
    return np.stack(both, axis=1).reshape(-1, *both[0].shape[1:])

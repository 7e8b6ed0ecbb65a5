"""Real pictures and made ones as one training set, and a manifest that tells them apart."""

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan import data
from keras_gan.core import files, noise, ranges
from keras_gan.engine.model import GenerativeModel
from keras_gan.enlarging import keeping, labelled
from keras_gan.enlarging.labelled import Labelled


@dataclasses.dataclass
class Manifest:
    """What each picture of an enlarged set is.

    Attributes:
        real: bool `(n,)`: whether it is real.
        labels: int32 `(n,)`.
        rows: int64 `(n,)`: of a real one its place in the training set; of a made one i, where it
            is sample i of `gan.sample(..., labels=labels, seed=seed)`.
        seed: Of the samples.
        files: Where each lies, if in a folder.
    """

    real: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    seed: int
    files: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.real)

    def __str__(self) -> str:
        real = int(self.real.sum())
        return f"{real:,} real and {len(self) - real:,} made pictures"

    def write(self, path: str | Path, class_names: Sequence[str] | None = None) -> None:
        """Writes a CSV file: one line for each picture.

        Args:
            path: Of the file.
            class_names: One for each class; their numbers if not given.
        """
        names = class_names or [str(c) for c in range(int(self.labels.max()) + 1)]
        columns = ("file", "class", "label", "real", "row", "seed")
        with files.replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(columns)
            for k, (real, label, row) in enumerate(
                zip(self.real, self.labels, self.rows, strict=True)
            ):
                where = self.files[k] if self.files else k
                seed = "" if real else self.seed
                lines.writerow((where, names[label], int(label), int(real), int(row), seed))


def enlarge(
    train: Any,
    gan: GenerativeModel,
    ratio: float = 1.0,
    keep: str | keeping.Keep | None = None,
    balance: bool = False,
    test: Any = None,
    *,
    batch_size: int = 32,
    seed: int = 0,
) -> tf.data.Dataset:
    """A training set with samples of a class-conditional model among its pictures.

    The model must have been trained on `train` alone: of whatever else it has seen, the samples
    tell.

    Args:
        train: `(images, labels)`, uint8 or float in [-1, 1], or a dataset of such batches.
        gan: A model that was trained on these pictures and labels.
        ratio: Made pictures for one real one; 0 leaves the set as it is.
        keep: Which samples are taken: "confidence", "distance", or a `Confidence` or `Distance`;
            all of them if not given.
        balance: Whether the samples go to the rarest classes first, until all are alike, and not to
            each in proportion to its size.
        test: What a classifier will be judged on, in the form of `train`: it must have no picture
            in common with it.
        batch_size: Pictures of a batch.
        seed: Of the samples, and of the order of each epoch.

    Returns:
        A `tf.data.Dataset` of `(images, labels)`, float32 in [-1, 1] and int32, as
        `keras_gan.data.load` gives it, for `model.fit`. Its attribute `manifest` is a `Manifest`,
        in the order of the set before it is shuffled.

    Raises:
        ValueError: for a training set with one class, a picture of `test` in it, a ratio below 0, a
            model without labels, or labels that it never saw.

    Example:

    >>> enlarged = keras_gan.enlarging.enlarge((images, labels), gan, ratio=1.0)
    >>> classifier.fit(enlarged, epochs=10)
    """
    labelled.check_ratio(ratio)
    noise.check_seed(seed)
    train = labelled.read(train)
    labelled.check_model(gan, train)
    if test is not None:
        test = labelled.read(test, "test")
        labelled.check_alike(train, test, "test")
        labelled.check_apart(train, test)
    wanted = wanted_of(train.labels, round(ratio * len(train.labels)), balance)
    both, manifest = mixed(train, gan, wanted, keep, seed)
    names = None if train.class_names is None else list(train.class_names)
    dataset = data.load(both[:2], batch_size=batch_size, seed=seed, class_names=names)
    dataset.manifest = manifest
    return dataset


def wanted_of(labels: np.ndarray, n: int, balance: bool) -> np.ndarray:
    """How many of `n` made pictures each class `(classes,)` gets; one that has none gets none.

    Args:
        labels: Of the real pictures.
        n: Made pictures in all.
        balance: As in `enlarge`.
    """
    counts = np.bincount(labels)
    there = np.flatnonzero(counts)
    if balance:
        # as water rises over the rarest classes: the highest level that n pictures reach
        low, high = 0, int(counts.max()) + n
        while low < high:
            level = (low + high + 1) // 2
            filled = np.maximum(level - counts[there], 0).sum()
            low, high = (level, high) if filled <= n else (low, level - 1)
        share = np.maximum(low - counts[there], 0)
        next_ones = np.flatnonzero(counts[there] <= low)
    else:
        exact = n * counts[there] / counts.sum()
        share = np.floor(exact).astype(np.int64)
        next_ones = np.argsort(share - exact, kind="stable")
    share[next_ones[: n - share.sum()]] += 1
    wanted = np.zeros(len(counts), np.int64)
    wanted[there] = share
    return wanted


def mixed(
    train: Labelled,
    gan: GenerativeModel,
    wanted: np.ndarray,
    keep: str | keeping.Keep | None = None,
    seed: int = 0,
) -> tuple[Labelled, Manifest]:
    """The real pictures, then as many made ones of each class as are wanted `(classes,)`."""
    made, rows = _made(train, gan, np.asarray(wanted), keeping.get(keep), seed)
    n = len(train.labels)
    images, labels = (np.concatenate(pair) for pair in zip(train[:2], made[:2], strict=True))
    rows = np.concatenate([np.arange(n), rows])
    return Labelled(images, labels, train.class_names), Manifest(
        np.arange(len(labels)) < n, labels, rows, seed
    )


def _made(
    train: Labelled, gan: GenerativeModel, wanted: np.ndarray, keep: keeping.Keep | None, seed: int
) -> tuple[Labelled, np.ndarray]:
    """Samples, and which of those that were drawn they are."""
    drawn = wanted if keep is None else keep.drawn(wanted)
    labels = np.repeat(np.arange(len(drawn)), drawn).astype(np.int32)
    if not len(labels):
        return train.of(np.empty(0, np.int64)), np.empty(0, np.int64)
    made = Labelled(ranges.to_uint8(gan.sample(len(labels), labels, seed)), labels)
    rows = np.arange(len(labels))
    if keep is not None:
        rows = keeping.best(keep.scores(train, made), labels, wanted)
    return made.of(rows), rows

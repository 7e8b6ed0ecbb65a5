"""The real images that samples are compared with, and who looks at both."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gan import data, metrics
from keras_gan.metrics import Extractor, Sample

EXTRACTORS = ("auto", "classifier", "inception", "pixels", "random")
OPTIONS = ("image_size", "data_dir", "labels", "limit", "errors")  # of `keras_gan.data.load`
HELD_OUT_SPLITS = ("test", "validation")


class Part(NamedTuple):
    """Images of one split, in a fixed shuffled order."""

    split: str
    images: Sample


class RealData(NamedTuple):
    """What a source holds.

    Attributes:
        source: Its name.
        train: The training images.
        held_out: Images that no model was trained on, or None.
        class_names: One for each class, or None without labels.
    """

    source: str
    train: Part
    held_out: Part | None
    class_names: list[str] | None


def load(source: Any, held_out: Any = None, **options: Any) -> RealData:
    """Loads the real images of a source.

    Args:
        source: As in `keras_gan.data.load`, or a `tf.data.Dataset` of images or (images, labels),
            or points `(n, d)`.
        held_out: Images of the same kind that were not trained on. If not given, the split `test`
            or `validation` of the source, where it has one.
        options: Those of `OPTIONS`, as in `keras_gan.data.load`.

    Raises:
        ValueError: for a source that cannot be read.
    """
    images, labels, names = _read(source, "train", options)
    train = Part("train", _sample(images, labels, "training"))
    return RealData(_name(source), train, _held_out(source, held_out, options), names)


def _held_out(source: Any, given: Any, options: dict) -> Part | None:
    if given is not None:
        images, labels, _ = _read(given, "train", options)
        return Part("held out", _sample(images, labels, "held-out"))
    for split in HELD_OUT_SPLITS if isinstance(source, (str, Path)) else ():
        try:
            images, labels, _ = _read(source, split, options)
        except ValueError:  # the source itself could be read: it has no such split
            continue
        return Part(split, _sample(images, labels, "held-out"))
    return None


def _read(
    source: Any, split: str, options: dict
) -> tuple[np.ndarray, np.ndarray | None, list[str] | None]:
    names = None
    if isinstance(source, tf.data.Dataset):
        dataset = source
    elif getattr(source, "ndim", None) == 2:  # points
        data.check_images(source)
        return np.asarray(source, np.float32), None, None
    else:
        dataset = data.load(source, batch_size=1000, split=split, shuffle=False, **options)
        if dataset.num_classes is not None:
            names = dataset.class_names or range(dataset.num_classes)
            names = [str(name) for name in names]
    batches = [b if isinstance(b, tuple) else (b,) for b in dataset.as_numpy_iterator()]
    images, *labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    if not labels:
        return images, None, None
    data.check_labels(labels[0], None, len(images))
    if labels[0].ndim == 2:
        labels = [labels[0].argmax(axis=1)] if labels[0].shape[1] > 1 else [labels[0][:, 0]]
    names = names or [str(c) for c in range(int(labels[0].max()) + 1)]
    return images, labels[0], names


def _sample(images: np.ndarray, labels: np.ndarray | None, kind: str) -> Sample:
    data.check_images(images)
    if data.looks_unscaled(images):
        raise ValueError(
            f"The {kind} images look like [0, 1]. Expected [-1, 1] (x * 2 - 1), or uint8."
        )
    order = np.random.default_rng(0).permutation(len(images))  # folders are sorted by class
    labels = None if labels is None else labels[order]
    return Sample(images[order], labels, kind, cached=True)


def _name(source: Any) -> str:
    if isinstance(source, Path) or (isinstance(source, str) and Path(source).is_dir()):
        return Path(source).name
    return source if isinstance(source, str) else "your data"


def extractors(
    real: RealData, choice: str | Extractor = "auto", progress: bool = False
) -> tuple[Extractor, Extractor | None]:
    """Who gives the features, and who tells the classes: None where there are no labels.

    Args:
        real: The real images.
        choice: One of `EXTRACTORS`, or an extractor. "auto" takes a classifier of the data where
            there are labels, then Inception, then random features.
        progress: Whether to show how the classifier is fitted.

    Raises:
        ValueError: for a choice that cannot be had here.
    """
    if not isinstance(choice, Extractor) and choice not in EXTRACTORS:
        raise ValueError(
            f"Received: extractor={choice!r}. Expected one of {', '.join(EXTRACTORS)}, or a "
            "keras_gan.metrics.Extractor."
        )
    judge = _judge(real, progress)
    if isinstance(choice, Extractor):
        return choice, judge
    if choice == "classifier" and judge is None:
        raise ValueError(
            "The features of a classifier need images with labels of at least two classes. "
            f"Received: {real.source}. Expected extractor 'inception', 'pixels' or 'random'."
        )
    if choice == "pixels" or real.train.images.images.ndim != 4:
        return metrics.Pixels(), judge
    if choice == "random":
        return metrics.random_convolutions(), judge
    if choice != "inception" and judge is not None:
        return judge, judge
    try:
        return metrics.inception_v3(), judge
    except ValueError:
        if choice == "inception":
            raise
        return metrics.random_convolutions(), judge


def _judge(real: RealData, progress: bool) -> Extractor | None:
    train = real.train.images
    if train.images.ndim != 4 or train.labels is None or len(np.unique(train.labels)) < 2:
        return None
    held_out = real.held_out and (real.held_out.images.images, real.held_out.images.labels)
    return metrics.classifier(
        train.images, train.labels, real.source, held_out=held_out, progress=progress
    )

"""The real images that samples are compared with, and who looks at both."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gan import data, metrics
from keras_gan.core import kinds
from keras_gan.data.pictures import shown
from keras_gan.metrics import Extractor, Sample

EXTRACTORS = ("auto", "classifier", "inception", "inception-2015", "pixels", "random")
# of `keras_gan.data.load` and `paired`
OPTIONS = ("image_size", "length", "data_dir", "labels", "limit", "errors", "condition", "unpaired")
HELD_OUT_SPLITS = ("test", "validation")


class Part(NamedTuple):
    """Images of one split, in a fixed shuffled order, and the pictures they are to be made from."""

    split: str
    images: Sample
    condition: np.ndarray | None = None


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

    @property
    def first(self) -> Part:
        """What samples are compared with: held-out images if there are any."""
        return self.held_out or self.train


def load(
    source: Any, held_out: Any = None, kind: kinds.Kind | None = None, **options: Any
) -> RealData:
    """Loads the real images of a source.

    Args:
        source: As in `keras_gan.data.load`, or a `tf.data.Dataset` of images or (images, labels).
        held_out: Images of the same kind that were not trained on. If not given, the split `test`
            or `validation` of the source, where it has one; False leaves that out.
        kind: What the samples are, as in `keras_gan.data.load`.
        options: Those of `OPTIONS`, as in `keras_gan.data.load`.

    Raises:
        ValueError: for a source that cannot be read.
    """
    source_type = options.get("source_type")
    source_type = source_type or data.source_type(source, options.get("data_dir"))
    options = options | {"source_type": source_type, "kind": kind}
    found = _read(source, "train", options)
    kind = options["kind"] = kind or found.kind
    train = _part("train", found, "training", kind)
    other = _held_out(source, found, held_out, options)
    return RealData(_name(source, source_type), train, other, found.names())


def _held_out(source: Any, training: "_Found", given: Any, options: dict) -> Part | None:
    if given is False:
        return None
    if given is not None:
        found = _read(given, "train", options | {"source_type": None, "class_names": None})
        return _part("held out", _numbered_as(training, found), "held-out", options["kind"])
    for split in HELD_OUT_SPLITS if options["source_type"] != "arrays" else ():
        try:
            found = _read(source, split, options)
        except data.NoSuchSplit:
            continue
        return _part(split, found, "held-out", options["kind"])
    return None


def _numbered_as(training: "_Found", found: "_Found") -> "_Found":
    """Held-out labels with the training data's numbers: by name where both have names."""
    if training.labels is None or found.labels is None:
        return found
    known, own = training.names(), found.names()
    if training.class_names is None or found.class_names is None:  # the numbers are all there is
        known, own = list(range(training.num_classes)), list(range(found.num_classes))
    unknown = [own[c] for c in np.unique(found.labels) if own[c] not in known]
    if unknown:
        raise ValueError(
            f"The held-out images are of classes that the training images do not have. Received: "
            f"{unknown}. Expected some of {known}."
        )
    numbers = np.array([known.index(name) if name in known else -1 for name in own])
    return found._replace(labels=numbers[found.labels])


class _Found(NamedTuple):
    images: np.ndarray
    labels: np.ndarray | None = None
    num_classes: int | None = None
    class_names: list[str] | None = None
    condition: np.ndarray | None = None
    kind: kinds.Kind | None = None

    def names(self) -> list[str] | None:
        if self.class_names or not self.num_classes:
            return self.class_names
        return [str(number) for number in range(self.num_classes)]


def _read(source: Any, split: str, options: dict) -> _Found:
    if isinstance(source, tf.data.Dataset):
        dataset = source
    else:
        options = {"batch_size": 1000, "split": split, "shuffle": False} | options
        condition, unpaired = (options.pop(name, None) for name in ("condition", "unpaired"))
        if condition is not None or unpaired is not None:
            unused = ("labels", "class_names", "length")
            options = {name: value for name, value in options.items() if name not in unused}
        if unpaired is not None:
            other = _read(unpaired, split, options | {"source_type": None, "labels": False}).images
            images = _read(source, split, options | {"labels": False}).images
            return _Found(images, condition=np.resize(other, (len(images), *other.shape[1:])))
        if condition is not None:
            batches = data.paired(source, condition, **options).as_numpy_iterator()
            images, pictures = (np.concatenate(part) for part in zip(*batches, strict=True))
            return _Found(images, condition=pictures)
        dataset = data.load(source, **options)
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "Real images are read to their end. Received: a dataset that never ends. "
            "Expected dataset.take(n)."
        )
    batches = [b if isinstance(b, tuple) else (b,) for b in dataset.as_numpy_iterator()]
    images, *labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    kind = getattr(dataset, "kind", None)
    if not labels:
        return _Found(images, kind=kind)
    numbers = data.class_numbers(labels[0], None, len(images))
    if dataset is source:
        return _Found(images, numbers, int(numbers.max()) + 1)
    return _Found(images, numbers, dataset.num_classes, dataset.class_names, kind=kind)


def _part(split: str, found: _Found, name: str, kind: kinds.Kind | None) -> Part:
    images, labels = found.images, found.labels
    kind = kind or kinds.of(images.shape[1:])
    kind.check(images)
    if kind.looks_unscaled(images):
        raise ValueError(
            f"The {name} images look like [0, 1]. Expected [-1, 1] (x * 2 - 1), or uint8."
        )
    order = np.random.default_rng(0).permutation(len(images))  # folders are sorted by class
    labels, condition = (x if x is None else x[order] for x in (labels, found.condition))
    return Part(split, Sample(images[order], labels, name, cached=True, of=kind), condition)


def _name(source: Any, source_type: str) -> str:
    if source_type in ("folder", "text"):
        return shown(Path(source).expanduser().resolve().name)
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
    if choice == "auto" and real.train.images.of.medium == "sound":
        return metrics.Spectra(), judge
    if choice == "pixels" or not isinstance(real.train.images.of, kinds.Picture):
        return metrics.Pixels(), judge
    if choice == "random":
        return metrics.random_convolutions(), judge
    if choice == "inception-2015":
        return metrics.inception_2015(), judge
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
    if not isinstance(train.of, kinds.Picture):
        return None
    if train.labels is None or len(np.unique(train.labels)) < 2:
        return None
    other = real.held_out and real.held_out.images
    held_out = None if other is None or other.labels is None else (other.images, other.labels)
    return metrics.classifier(
        train.images, train.labels, real.source, held_out=held_out, progress=progress
    )

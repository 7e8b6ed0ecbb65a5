"""A small classifier of the user's own images: features and probabilities without a download."""

import math
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from keras_gan.core import files, ranges
from keras_gan.core.progress import verbosity
from keras_gan.metrics.cache import content_hash, directory, or_warn
from keras_gan.metrics.extractors import ModelFeatures
from keras_gan.metrics.images import check_images
from keras_gan.metrics.networks import apart

RECIPE = 1  # changes with anything below that changes what is learnt
BATCH = 128
PASSES = 4
STEPS = (1000, 2000)  # at least, at most
WORK = 8e12  # floating point operations, at most: about a minute of two cores
RATE = 2e-3
WIDTHS = (32, 64, 128, 128, 128)


@keras.saving.register_keras_serializable("keras_gan")
class Classifier(ModelFeatures):
    """See `classifier`.

    Attributes:
        accuracy: Share of held-out images that it gets right.
    """

    accuracy: float

    def get_config(self) -> dict:
        return super().get_config() | {"accuracy": self.accuracy}


class AccuracyScore(NamedTuple):
    """Shares of real images that are classified rightly, in all and by class `(classes,)`.

    The share of a class without real images is NaN.
    """

    accuracy: float
    by_class: np.ndarray


def classifier(
    images: np.ndarray,
    labels: np.ndarray,
    name: str,
    *,
    held_out: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int = 0,
    cache_dir: str | Path | None = None,
    progress: bool = False,
) -> Classifier:
    """Fits a small convolutional network to labelled images, in about a minute on two cores.

    3x3 convolutions and max pooling down to at most 7x7, 128 features, dropout, logits; Adam with
    a cosine schedule. It is kept in the cache by the content of the data, and no random numbers but
    its own are drawn: a training that is under way is not disturbed.

    Args:
        images: `(n, height, width, channels)`, uint8 or float in [-1, 1].
        labels: Integers `(n,)`, of at least two classes.
        name: Of the data; the features are called `classifier-<name>`.
        held_out: Images and labels that `accuracy` is worked out on. If not given, a tenth of the
            images, which are not learnt from then.
        seed: Of the first weights, the order and the dropout.
        cache_dir: Where it is kept; by default in `keras_gan.metrics.cache_dir()`.
        progress: Whether to show a progress bar.

    Returns:
        An extractor with `accuracy`.

    Raises:
        ValueError: for images or labels that cannot be learnt from.

    Example:

    >>> judge = classifier(images, labels, "mnist", held_out=(test_images, test_labels))
    >>> judge.name, round(judge.accuracy, 2)
    ('classifier-mnist', 0.99)
    """
    images, labels = _checked(images, labels)
    if held_out is None:
        images, labels, *held_out = _split(images, labels)
    known, truth = _checked(*held_out, classes=1)
    _check_size(images, known)
    path = directory(cache_dir) / "classifiers" / f"{_key(images, labels, seed)}.keras"
    model = _load(path)
    if model is None:
        model = _fit(images, labels, int(labels.max()) + 1, seed, progress)
        with or_warn(path), files.replacing(path) as part:
            model.save(part)
    judge = Classifier(
        model, "features", logits="logits", name=f"classifier-{name}", cache_dir=cache_dir
    )
    judge.accuracy = float(np.mean(_classes(judge, known) == truth))
    return judge


def classification_accuracy_score(
    fake: np.ndarray,
    fake_labels: np.ndarray,
    real: np.ndarray,
    real_labels: np.ndarray,
    *,
    seed: int = 0,
    progress: bool = False,
) -> AccuracyScore:
    """Accuracy, on real images, of a classifier that has seen generated ones only (CAS).

    The network and its training are those of `classifier`, so compare within this package only
    (the paper trains a ResNet-50 on ImageNet).

    Args:
        fake, fake_labels: Generated images `(n, h, w, c)` and the classes asked for `(n,)`.
        real, real_labels: Real images and their classes, `(m, h, w, c)` and `(m,)`.
        seed: As in `classifier`.
        progress: Whether to show a progress bar.

    Returns:
        `AccuracyScore(accuracy, by_class)`.

    Raises:
        ValueError: for images or labels that cannot be learnt from.

    Example:

    >>> classification_accuracy_score(gan.sample(5000, labels=y), y, images, labels).accuracy

    References:
        Ravuri and Vinyals, 2019, https://arxiv.org/abs/1905.10887.
    """
    fake, fake_labels = _checked(fake, fake_labels)
    real, real_labels = _checked(real, real_labels, classes=1)
    _check_size(fake, real)
    classes = int(max(fake_labels.max(), real_labels.max())) + 1
    model = _fit(fake, fake_labels, classes, seed, progress)
    judge = ModelFeatures(model, "features", logits="logits")
    right = _classes(judge, real) == real_labels
    of_class = [right[real_labels == c] for c in range(classes)]
    by_class = [found.mean() if len(found) else np.nan for found in of_class]
    return AccuracyScore(float(right.mean()), np.array(by_class))


def _checked(
    images: np.ndarray, labels: np.ndarray, classes: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.asarray(images), np.asarray(labels)
    check_images(images)
    if labels.shape != (len(images),) or labels.dtype.kind not in "ui" or labels.min() < 0:
        raise ValueError(
            f"A classifier needs one class for each image, integers >= 0. Received: "
            f"{len(images)} images, labels of shape {labels.shape} and dtype {labels.dtype}."
        )
    if len(np.unique(labels)) < classes:
        raise ValueError(
            f"A classifier needs at least two classes. Received: only class {labels[0]}. Use "
            "features that need no labels: inception_v3(), Pixels(), random_convolutions()."
        )
    return images, labels


def _check_size(learnt: np.ndarray, judged: np.ndarray) -> None:
    if learnt.shape[1:] != judged.shape[1:]:
        raise ValueError(
            "A classifier judges images of the shape that it has learnt from. Received: images of "
            f"shape {judged.shape[1:]}. Expected {learnt.shape[1:]}."
        )


def _split(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Nine tenths and one tenth of each class: images, labels, images, labels."""
    rng = np.random.default_rng(0)
    second = np.zeros(len(labels), bool)
    for c in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == c))
        second[rows[: -(-len(rows) // 10) if len(rows) > 1 else 0]] = True
    if not second.any():
        raise ValueError(
            f"Nothing can be held out. Received: {len(images)} images, each of another class. "
            "Expected two of a class, or `held_out`."
        )
    return images[~second], labels[~second], images[second], labels[second]


def _key(images: np.ndarray, labels: np.ndarray, seed: int) -> str:
    return f"{content_hash(images, labels.astype(np.int64))[:40]}-{RECIPE}-{seed}"


def _load(path: Path) -> keras.Model | None:
    """None if there is none, or it is damaged: it is fitted again then."""
    try:
        with apart():
            return keras.saving.load_model(path, compile=False)
    except Exception:  # whatever Keras, h5py or zipfile make of it
        return None


def _fit(
    images: np.ndarray, labels: np.ndarray, classes: int, seed: int, progress: bool
) -> keras.Model:
    with apart(seed):
        model = network(images.shape[1:], classes, seed)
        steps = int(np.clip(PASSES * len(images) // BATCH, *STEPS))
        steps = min(steps, int(WORK / (6 * BATCH * _products(model))))
        rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
        model.compile(
            optimizer=keras.optimizers.Adam(rate),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
    rng = np.random.default_rng(seed)
    bar = keras.utils.Progbar(steps, verbose=verbosity(progress), unit_name="step")
    order = np.empty(0, np.int64)
    for step in range(steps):
        while len(order) < BATCH:
            order = np.concatenate([order, rng.permutation(len(images))])
        rows, order = order[:BATCH], order[BATCH:]
        loss = model.train_on_batch(ranges.scaled(images[rows]), labels[rows])
        bar.update(step + 1, [("loss", float(loss))])
    return model


def network(shape: tuple[int, int, int], classes: int, seed: int) -> keras.Model:
    """The network that `classifier` fits, from pictures in [-1, 1] to logits."""
    x = inputs = keras.Input(shape, name="images")
    for depth, width in enumerate(WIDTHS):
        stride = 2 if max(x.shape[1:3]) > 48 else 1
        name = f"conv_{depth}"
        x = layers.Conv2D(width, 3, stride, "same", activation="relu", name=name)(x)
        if max(x.shape[1:3]) > 7:
            x = layers.MaxPooling2D(padding="same", name=f"pool_{depth}")(x)
        if max(x.shape[1:3]) <= 7:
            break
    x = layers.Flatten(name="flat")(x)
    x = layers.Dense(128, activation="relu", name="features")(x)
    x = layers.Dropout(0.5, seed=seed, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(classes, name="logits")(x), name="classifier")


def _products(model: keras.Model) -> int:
    """Multiplications in one pass of one image."""
    kernels = [layer for layer in model.layers if hasattr(layer, "kernel")]
    places = (math.prod(layer.output.shape[1:-1]) for layer in kernels)
    return sum(n * math.prod(k.kernel.shape) for n, k in zip(places, kernels, strict=True))


def _classes(judge: ModelFeatures, images: np.ndarray) -> np.ndarray:
    return np.argmax(judge.extract(images).probabilities, axis=1)

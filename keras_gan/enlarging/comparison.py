"""`gain`: what a classifier is worth with made pictures among those that it learns from."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.core import noise, ranges
from keras_gan.data.checks import check_count
from keras_gan.engine.model import GenerativeModel
from keras_gan.enlarging import figures, keeping, labelled
from keras_gan.enlarging.classical import Affine
from keras_gan.enlarging.labelled import Labelled
from keras_gan.enlarging.mixture import mixed, wanted_of
from keras_gan.enlarging.result import BOTH, CLASSICAL, GAN, REAL, Gain

RATIOS = (0.5, 1.0, 2.0)
Augmentation = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def gain(
    train: Any,
    validation: Any,
    test: Any,
    make_classifier: Callable[[int], keras.Model],
    make_gan: Callable[[np.ndarray, np.ndarray, int], GenerativeModel],
    seeds: int | Sequence[int] = 5,
    *,
    ratios: Sequence[float] = RATIOS,
    keep: str | keeping.Keep | None = None,
    balance: bool = False,
    augment: Augmentation | None = None,
    steps: int = 1000,
    batch_size: int = 64,
    progress: bool = True,
) -> Gain:
    """Compares four ways to teach a classifier: real pictures, classical augmentation, GAN, both.

    All have the same steps. The GAN and what `keep` chooses by see `train` alone; the ratio of made
    pictures is that with the highest mean accuracy on `validation`; `test` has no say in it.

    Args:
        train, validation, test: `(images, labels)`, or datasets of such batches, that have no
            picture in common. `validation` of None holds a fifth of each class of `train` out.
        make_classifier: Of a seed, a new compiled Keras classifier of float pictures in [-1, 1].
        make_gan: Of `(images, labels, seed)`, uint8 and int32, a model that was fitted on them.
        seeds: How many, or which: of the GAN, its samples, the classifier and the order.
        ratios: Made pictures for one real one, to choose from.
        keep: As in `enlarge`.
        balance: Whether all four see all classes alike often, and samples go to the rarest first.
        augment: Classical augmentation: of float pictures and a key as in `keras_gan.augment`;
            `Affine()` if not given.
        steps, batch_size: Of each classifier.
        progress: Whether to say what is under way.

    Returns:
        A `Gain`, which prints as a table, and draws and saves itself.

    Raises:
        ValueError: for sets of one class, or that have a picture in common, too few pictures to
            hold out from, a ratio that is not above 0, or a model that does not fit.

    Example:

    >>> result = keras_gan.enlarging.gain(train, validation, test, make_classifier, make_gan)
    >>> print(result)
    >>> result.draw("gain.png")

    References:
        Antoniou et al., 2017, https://arxiv.org/abs/1711.04340 (DAGAN).
    """
    seeds = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    for seed in seeds:
        noise.check_seed(seed)
    if len(seeds) < 2:
        raise ValueError(f"A paired test takes two seeds or more. Received: seeds={seeds}.")
    check_count("steps", steps)
    check_count("batch_size", batch_size)
    parts = read_parts(train, validation, test)
    rows = []
    for seed in seeds:
        rows += runs(
            *parts,
            make_classifier,
            make_gan,
            seed,
            ratios=ratios,
            keep=keep,
            balance=balance,
            augment=augment,
            steps=steps,
            batch_size=batch_size,
            progress=progress,
        )
    facts = dict(zip(("train", "validation", "test"), (len(p.labels) for p in parts), strict=True))
    return Gain(rows, facts | {"steps": steps, "batch_size": batch_size, "balance": balance})


def read_parts(train: Any, validation: Any, test: Any) -> tuple[Labelled, Labelled, Labelled]:
    """The three sets of `gain`, checked against each other.

    Raises:
        ValueError: as `gain`.
    """
    train = labelled.read(train)
    if validation is None:
        train, validation = held_out(train)
    others = {"validation": validation, "test": test}
    others = {name: labelled.read(given, name) for name, given in others.items()}
    for name, other in others.items():
        labelled.check_alike(train, other, name)
        labelled.check_apart(train, other, name)
    labelled.check_apart(others["validation"], others["test"], "test", "validation")
    return train, others["validation"], others["test"]


def held_out(train: Any, share: float = 0.2, seed: int = 0) -> tuple[Labelled, Labelled]:
    """Parts a training set: what remains, and a share of each class, at least one picture.

    Args:
        train: As in `enlarge`.
        share: Of each class, in (0, 1).
        seed: Of the choice.

    Returns:
        Two tuples that begin with `(images, labels)`.

    Raises:
        ValueError: for a class of fewer than two pictures.

    Example:

    >>> train, validation = keras_gan.enlarging.held_out((images, labels))
    """
    if not 0 < share < 1:
        raise ValueError(f"Expected a share above 0 and below 1. Received: share={share}.")
    train = labelled.read(train)
    counts = np.bincount(train.labels)
    (alone,) = np.nonzero(counts == 1)
    if len(alone):
        raise ValueError(
            f"The training set is too small to hold out from. Received: one picture of class "
            f"{alone[0]}. Expected two or more of each class, or a validation set."
        )
    rng = np.random.default_rng(seed)
    out = np.zeros(len(train.labels), bool)
    for c in np.flatnonzero(counts):
        own = rng.permutation(np.flatnonzero(train.labels == c))
        out[own[: min(max(1, round(share * len(own))), len(own) - 1)]] = True
    digests = np.array([labelled.digest(image) for image in train.images])
    out |= np.isin(digests, digests[out])  # copies go together
    return train.of(np.flatnonzero(~out)), train.of(np.flatnonzero(out))


def runs(
    train: Labelled,
    validation: Labelled,
    test: Labelled,
    make_classifier: Callable[[int], keras.Model],
    make_gan: Callable[[np.ndarray, np.ndarray, int], GenerativeModel],
    seed: int,
    *,
    ratios: Sequence[float] = RATIOS,
    keep: str | keeping.Keep | None = None,
    balance: bool = False,
    augment: Augmentation | None = None,
    steps: int = 1000,
    batch_size: int = 64,
    progress: bool = True,
) -> list[dict[str, Any]]:
    """What `gain` does for one seed: a row for each arm and ratio, 0 without made pictures."""
    for ratio in ratios:
        labelled.check_ratio(ratio)
    if not ratios or 0 in ratios:
        raise ValueError(f"Expected ratios above 0, one or more. Received: ratios={ratios}.")
    keep, augment = keeping.get(keep), augment or Affine()

    def say(what: str) -> None:
        if progress:
            print(f"Seed {seed}: {what}", file=sys.stderr, flush=True)

    def row(arm: str, ratio: float, learnt: Labelled) -> dict[str, Any]:
        say(f"{arm}, {ratio:g} made for one real")
        keras.utils.set_random_seed(seed % 2**32)
        model = make_classifier(seed)
        _check_classifier(model, int(train.labels.max()) + 1)
        changed = augment if arm in (CLASSICAL, BOTH) else None
        order = np.random.default_rng(seed)
        shown = rows_of(learnt.labels, steps * batch_size, order, balance)
        batches = batches_of(learnt, shown, batch_size, seed, changed)
        model.fit(batches, shuffle=False, verbose=0)
        found = {
            name: figures.judged(figures.probabilities(model, part.images), part.labels)
            for name, part in {"validation": validation, "test": test}.items()
        }
        chosen_by = {"validation": found["validation"]["balanced"]}
        return {"seed": seed, "arm": arm, "ratio": float(ratio)} | chosen_by | found["test"]

    rows = [row(arm, 0.0, train) for arm in (REAL, CLASSICAL)]
    say("the GAN")
    keras.utils.set_random_seed(seed % 2**32)
    gan = make_gan(train.images, train.labels, seed)
    labelled.check_model(gan, train)
    for ratio in ratios:
        wanted = wanted_of(train.labels, round(ratio * len(train.labels)), balance)
        both, _ = mixed(train, gan, wanted, keep, seed)
        rows += [row(arm, ratio, both) for arm in (GAN, BOTH)]
    return rows


def _check_classifier(model: Any, classes: int) -> None:
    """Refuses what cannot be fitted on so many classes."""
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError(
            "Expected make_classifier to give a compiled Keras model. Received: "
            f"{type(model).__name__}{', not compiled' if isinstance(model, keras.Model) else ''}."
        )
    shape = getattr(model, "output_shape", None)  # a subclass may not know it yet
    if shape is not None and (len(shape) != 2 or shape[1] < classes):
        raise ValueError(
            f"A classifier gives a number for each class. Received: outputs of shape {shape}. "
            f"Expected (None, {classes})."
        )


def batches_of(
    learnt: Labelled,
    rows: np.ndarray,
    batch_size: int,
    seed: int = 0,
    augment: Augmentation | None = None,
) -> tf.data.Dataset:
    """Full batches of float pictures and labels.

    Args:
        learnt: Pictures to learn from.
        rows: Which of them, one after the other; a multiple of the batch size.
        batch_size: Of the batches.
        seed: Of the augmentation.
        augment: What is done to the pictures of each batch.
    """
    images, labels = tf.constant(learnt.images), tf.constant(learnt.labels)
    steps = len(rows) // batch_size

    def batch(step: tf.Tensor, own: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shown = ranges.scaled(tf.gather(images, own))
        shown = augment(shown, noise.key(seed, step)) if augment else shown
        return tf.ensure_shape(shown, (batch_size, *learnt.images.shape[1:])), tf.gather(
            labels, own
        )

    numbered = (np.arange(steps), rows.reshape(steps, batch_size))
    return tf.data.Dataset.from_tensor_slices(numbered).map(batch).prefetch(2)


def rows_of(labels: np.ndarray, n: int, rng: np.random.Generator, balance: bool) -> np.ndarray:
    """`n` rows, pass after pass; with `balance` each class's own passes, as many of each class."""

    def passes(own: np.ndarray, m: int) -> np.ndarray:
        times = -(-m // len(own))
        return np.concatenate([rng.permutation(own) for _ in range(times)] or [own])[:m]

    if not balance:
        return passes(np.arange(len(labels)), n)
    classes = np.unique(labels)
    each = -(-n // len(classes))
    rows = np.stack([passes(np.flatnonzero(labels == c), each) for c in classes], axis=1)
    return rng.permuted(rows, axis=1).reshape(-1)[:n]  # each round of classes in another order

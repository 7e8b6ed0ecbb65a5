"""Which of the pictures that a model makes are kept: those that score best, class by class."""

import math
from typing import Any

import keras
import numpy as np

from keras_gan import metrics
from keras_gan.core import names
from keras_gan.enlarging.figures import probabilities
from keras_gan.enlarging.labelled import Labelled
from keras_gan.metrics import Extractor


class Keep:
    """Base of the ways to choose: so large a share of what is drawn is kept, of each class.

    Args:
        share: In (0, 1]. The smaller, the less variety is left.
    """

    def __init__(self, share: float = 0.5):
        if not 0 < share <= 1:
            raise ValueError(f"Expected a share above 0, at most 1. Received: share={share}.")
        self.share = share

    def drawn(self, wanted: np.ndarray) -> np.ndarray:
        """How many to draw of each class so that as many as are wanted `(classes,)` are kept."""
        return np.array([math.ceil(n / self.share) for n in wanted], np.int64)

    def scores(self, train: Labelled, made: Labelled) -> np.ndarray:
        """A number for each made picture, the higher the better; it knows `train` alone."""
        raise NotImplementedError


class Confidence(Keep):
    """Keeps what a classifier is surest of: the probability that it gives to the class asked for.

    Args:
        judge: An extractor that is a classifier, or a Keras classifier of pictures in [-1, 1]; one
            that is fitted on the training set (`keras_gan.metrics.classifier`) if not given.
        share: As in `Keep`.

    Example:

    >>> enlarging.enlarge(train, gan, keep=enlarging.Confidence(share=0.8))
    """

    def __init__(self, judge: Extractor | keras.Model | None = None, share: float = 0.5):
        super().__init__(share)
        self.judge = judge

    def scores(self, train: Labelled, made: Labelled) -> np.ndarray:
        judge = self.judge or metrics.classifier(train.images, train.labels, "train")
        if isinstance(judge, Extractor):
            found = judge.extract(made.images).probabilities
        else:
            found = probabilities(judge, made.images)
        if found is None or found.shape[1] <= made.labels.max():
            known = "no" if found is None else found.shape[1]
            raise ValueError(
                "Samples are kept by a classifier of their classes. Received: a judge that knows "
                f"{known} classes. Expected {made.labels.max() + 1} or more."
            )
        return found[np.arange(len(made.labels)), made.labels]


class Distance(Keep):
    """Keeps what is nearest to a real picture of its class. Copies are nearest of all.

    Args:
        extractor: Whose features are compared; the pixels if not given.
        share: As in `Keep`.

    Example:

    >>> enlarging.enlarge(train, gan, keep=enlarging.Distance(share=0.8))
    """

    def __init__(self, extractor: Extractor | None = None, share: float = 0.5):
        super().__init__(share)
        self.extractor = extractor

    def scores(self, train: Labelled, made: Labelled) -> np.ndarray:
        extractor = self.extractor or metrics.Pixels()
        real, fake = (extractor.extract(part.images).features for part in (train, made))
        found = np.empty(len(fake))
        for c in np.unique(made.labels):
            own = made.labels == c
            nearest, _ = metrics.nearest_neighbours(fake[own], real[train.labels == c])
            found[own] = -nearest[:, 0]
        return found


KEEP = {"confidence": Confidence, "distance": Distance}


def get(identifier: Any) -> Keep | None:
    """A way to choose by its name or class; an object, or None for all, passes as it is.

    Raises:
        ValueError: for anything else.
    """
    keep = names.resolve("keep", identifier, KEEP)
    if keep is not None and not isinstance(keep, Keep):
        raise ValueError(
            f"Received: keep={keep!r}. Expected None, {' or '.join(map(repr, KEEP))}, or an object "
            "such as keras_gan.enlarging.Confidence(share=0.8)."
        )
    return keep


def best(scores: np.ndarray, labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Rows of the best of each class, as many as are wanted `(classes,)`, in their order."""
    kept = []
    for c, n in enumerate(wanted):
        own = np.flatnonzero(labels == c)
        kept.append(own[np.argsort(-scores[own], kind="stable")[:n]])
    return np.sort(np.concatenate(kept))

"""Nearest neighbours in the training set, and whether samples are copies of it."""

import math
from typing import NamedTuple

import numpy as np

from keras_gan.metrics.checks import check_set, check_sets
from keras_gan.metrics.distances import Distances, directions, slices
from keras_gan.metrics.frechet import frechet_distance

NEAR = 0.01  # share of held-out data that lies as near to the training data as a copy may
_ROWS = 256  # samples whose cosines with all training data are worked out at a time
_EPSILON = 1e-14  # what the distance of exact copies counts as


class Memorisation(NamedTuple):
    """What `memorisation` found.

    Attributes:
        z: Standardised rank sum; about -3 or less says that samples as a whole lie too near.
        share: Share of the samples that lie very near to the training data.
        expected: What that share would be on average if nothing was copied.
        p_value: Probability of such a share, or a larger one, if nothing was copied.
        in_training: Share of the samples whose nearest real image is one of the training data,
            among equally many of these and of the held-out ones; 0.5 if nothing was copied.
        distances: Distance `(m,)` of each sample to the nearest training sample.
        indices: Index `(m,)` of that training sample.
    """

    z: float
    share: float
    expected: float
    p_value: float
    in_training: float
    distances: np.ndarray
    indices: np.ndarray


def nearest_neighbours(
    queries: np.ndarray, references: np.ndarray, k: int = 1, progress: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest references of each query, by Euclidean distance.

    Args:
        queries: Features `(n, d)`.
        references: Features `(m, d)`, m at least k.
        k: Number of neighbours, at least 1.
        progress: Whether to show a bar.

    Returns:
        Distances `(n, k)` in float64, ascending, and indices `(n, k)` of the references.

    Raises:
        ValueError: for features that are not finite, too few or differently wide.

    Example:

    >>> distances, indices = nearest_neighbours(fake_features, train_features)
    """
    if k < 1:
        raise ValueError(f"Expected k of at least 1. Received: k={k}.")
    queries, references = check_sets(1, "A search", query=queries, reference=references)
    check_set(references, "reference", k, f"A neighbour number k={k}")
    label = "nearest neighbours" if progress else None
    squares, indices = Distances(queries, references).nearest(k, label)
    return np.sqrt(squares), indices


def memorisation(
    train: np.ndarray, held_out: np.ndarray, fake: np.ndarray, progress: bool = False
) -> Memorisation:
    r"""Tests whether samples lie nearer to the training data than held-out real data do.

    Three tests of nearest neighbours. The first compares all distances to the training data: z is
    (U - E[U]) / sd[U], with the Mann-Whitney count U of the pairs in which the sample is farther
    away than the held-out one, ties by halves. It is 0 on average if both are drawn alike, falls
    far below if samples copy, and rises if they are unlike any real data. It falls as well if
    samples are but more usual than real data, nearer to all of them.

    The second sees it when only a few are copies, whatever the others are like. It takes the
    held-out distance below which 1% of the held-out data lie, the rth smallest of n, and counts the
    samples below it: if nothing is copied, r / (n + 1) of them on average. The p-value is Fisher's
    exact test (of samples against held-out ones among the nearest of both), which knows that the
    rth smallest is itself an estimate, and assumes nothing about the distances.

    The third tells copies from usual samples: those lie as near to held-out data as to training
    data, if there are as many of either.

    Args:
        train: Features `(t, d)` of the images that were trained on.
        held_out: Features `(n, d)` of real images that were not, best 1,000 or more.
        fake: Features `(m, d)` of generated images.
        progress: Whether to show a bar.

    Returns:
        A `Memorisation`.

    Raises:
        ValueError: for features that are not finite, fewer than 2, or differently wide.

    Example:

    >>> found = memorisation(train_features, test_features, fake_features)
    >>> found.z > -3 and found.p_value > 0.001
    True

    References:
        Meehan, Chaudhuri, Dasgupta, 2020, https://arxiv.org/abs/2004.05675 (z, without its cells).
    """
    train, held_out, fake = check_sets(
        2, "A memorisation test", train=train, held_out=held_out, fake=fake
    )
    real_distances = nearest_neighbours(held_out, train, 1, progress)[0][:, 0]
    distances, indices = (x[:, 0] for x in nearest_neighbours(fake, train, 1, progress))
    n, m = len(real_distances), len(distances)
    rank = max(1, round(NEAR * (n + 1)))
    near = np.count_nonzero(distances < np.partition(real_distances, rank - 1)[rank - 1])
    return Memorisation(
        z=_rank_sum(real_distances, distances),
        share=near / m,
        expected=rank / (n + 1),
        p_value=_at_least(near, rank, n, m),
        in_training=_nearer_to(train, held_out, fake),
        distances=distances,
        indices=indices,
    )


def memorisation_informed_distance(
    train: np.ndarray, fake: np.ndarray, threshold: float = 0.1
) -> float:
    r"""Fréchet distance that grows where samples lie too near to the training data (MiFID).

    frechet_distance(train, fake) / (s + 1e-14) if s is less than the threshold, else the distance
    itself, with the memorisation distance s = mean over samples x of
    min over training data t of 1 - |<x, t>| / (|x| |t|). Copies of a few images get a very large
    figure. The threshold, 0.1 in Kaggle's contests, is one of Inception's features: others may lie
    nearer to each other, which the same figure of held-out data shows.

    Args:
        train: Features `(t, d)` of the images that were trained on, t at least 2.
        fake: Features `(m, d)` of generated images, m at least 2.
        threshold: Of s, above which nothing is memorised.

    Returns:
        The distance, at least 0.

    Raises:
        ValueError: for features that are not finite, fewer than 2, or differently wide; for a
            threshold that is not from 0 to 1.

    Warns:
        UserWarning: for fewer samples than features.

    Example:

    >>> memorisation_informed_distance(np.eye(2), np.array([[1.0, 1.0], [-1.0, 0.0]]))

    References:
        Bai et al., 2021, https://arxiv.org/abs/2106.03062.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"Expected a threshold from 0 to 1. Received: threshold={threshold}.")
    train, fake = check_sets(2, "A memorisation-informed distance", train=train, fake=fake)
    known, made = directions(train), directions(fake)
    nearest = [np.abs(made[rows] @ known.T).max(axis=1) for rows in slices(len(made), _ROWS)]
    apart = float(np.mean(np.maximum(0.0, 1.0 - np.concatenate(nearest))))
    distance = frechet_distance(train, fake)
    return distance / (apart + _EPSILON) if apart < threshold else distance


def _nearer_to(train: np.ndarray, held_out: np.ndarray, fake: np.ndarray) -> float:
    """Share of the fakes that lie nearer to the first rows of one set than to as many others."""
    rows = min(len(train), len(held_out))
    seen, unseen = (nearest_neighbours(fake, real[:rows])[0][:, 0] for real in (train, held_out))
    return float(np.mean((seen < unseen) + (seen == unseen) / 2))


def _rank_sum(real: np.ndarray, fake: np.ndarray) -> float:
    """Mann-Whitney's U of the fakes, less its mean, by its standard deviation without copies."""
    n, m = len(real), len(fake)
    _, place, ties = np.unique(
        np.concatenate([real, fake]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    above = ranks[n:].sum() - m * (m + 1) / 2
    tied = np.sum(ties.astype(np.float64) ** 3 - ties) / ((n + m) * (n + m - 1))
    variance = n * m / 12 * (n + m + 1 - tied)
    return float((above - n * m / 2) / math.sqrt(variance)) if variance > 0 else 0.0


def _at_least(near: int, rank: int, n: int, m: int) -> float:
    """Probability that of m as many or more lie below the one of that rank among n drawn alike.

    That is, that among the nearest `near + rank - 1` of all n + m fewer than `rank` are of the n.
    """
    drawn = near + rank - 1
    terms = [
        _log_choose(n, held_out) + _log_choose(m, drawn - held_out) - _log_choose(n + m, drawn)
        for held_out in range(max(0, drawn - m), rank)
    ]
    return min(1.0, math.fsum(map(math.exp, terms)))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

"""Which modes of the data a generator reaches: classes, or the parts of a Gaussian mixture."""

from typing import NamedTuple

import numpy as np


class ClassModes(NamedTuple):
    """What `class_modes` found."""

    found: int
    missing: tuple[int, ...]
    shares: np.ndarray
    reverse_kl: float


class MixtureModes(NamedTuple):
    """What `mixture_modes` found."""

    found: int
    high_quality: float
    reverse_kl: float
    counts: np.ndarray


def class_modes(
    predicted: np.ndarray, num_classes: int, real: np.ndarray | None = None
) -> ClassModes:
    r"""Counts the classes that a classifier sees in the samples.

    A class is found if one sample shows it. The reverse divergence sum_c f_c log(f_c / r_c) between
    the shares f of the samples and r of real images is 0 where they agree; a class without real
    images but with samples makes it infinite. In the Stacked-MNIST protocol three digits are the
    colours of an image; of 26,000 of them, `predicted` is 100 a + 10 b + c, of 1,000 classes.

    Args:
        predicted: Integers `(n,)` in 0..num_classes-1, the classes that the samples show.
        num_classes: Number of classes.
        real: Integers `(m,)`, the classes of real images; if not given, all are equally frequent.

    Returns:
        `ClassModes(found, missing, shares, reverse_kl)`: number of classes found, the others, the
        share `(num_classes,)` of each class in the samples, and the divergence in nats.

    Raises:
        ValueError: for labels that are no integers, out of range, or none at all.

    Example:

    >>> class_modes([0, 0, 1, 1], num_classes=3).missing
    (2,)

    References:
        Metz et al., 2017, https://arxiv.org/abs/1611.02163 (Stacked MNIST).
        Srivastava et al., 2017, https://arxiv.org/abs/1705.07761 (reverse divergence).
        Lin et al., 2018, https://arxiv.org/abs/1712.04086.
    """
    shares = _shares(predicted, num_classes, "predicted")
    expected = np.full(num_classes, 1.0 / num_classes)
    if real is not None:
        expected = _shares(real, num_classes, "real")
    return ClassModes(
        found=int(np.count_nonzero(shares)),
        missing=tuple(int(c) for c in np.flatnonzero(shares == 0)),
        shares=shares,
        reverse_kl=_divergence(shares, expected),
    )


def mixture_modes(
    points: np.ndarray, centres: np.ndarray, std: float, within: float = 3.0
) -> MixtureModes:
    r"""Counts the parts of a mixture of equal, round Gaussians that the samples reach.

    Each sample belongs to its nearest centre, and is of high quality if it lies nearer to it than
    `within` standard deviations. A mode is found if one sample of high quality belongs to it. The
    reverse divergence compares the shares of the modes among samples of high quality with equal
    shares; it is infinite if there are none. (Of real samples in a plane, 98.9% are of high
    quality. In many dimensions d even the real ones lie sqrt(d) deviations away: the paper takes
    10 for 1,200.)

    Args:
        points: Samples `(n, d)`.
        centres: Centres `(modes, d)`.
        std: Standard deviation of every mode, along each axis.
        within: Radius of a mode, in standard deviations.

    Returns:
        `MixtureModes(found, high_quality, reverse_kl, counts)`: number of modes found, share of
        samples of high quality, divergence in nats, number `(modes,)` of such samples by mode.

    Raises:
        ValueError: for points or centres of other shapes, or that are not finite.

    Example:

    >>> mixture_modes([[0.1], [3.9], [2.0]], centres=[[0.0], [4.0]], std=0.2).found
    2

    References:
        Srivastava et al., 2017, https://arxiv.org/abs/1705.07761.
        Lin et al., 2018, https://arxiv.org/abs/1712.04086 (section 4.1).
    """
    points, centres = np.asarray(points, np.float64), np.asarray(centres, np.float64)
    if points.ndim != 2 or centres.ndim != 2 or points.shape[1] != centres.shape[1]:
        raise ValueError(
            f"Expected points (n, d) and centres (modes, d). Received: shapes {points.shape} and "
            f"{centres.shape}."
        )
    for name, rows in (("points", points), ("centres", centres)):
        wrong = np.count_nonzero(~np.isfinite(rows).all(axis=1))
        if wrong or not len(rows):
            raise ValueError(
                f"Expected finite {name}, at least one. Received: {len(rows)} {name}, {wrong} of "
                "them NaN or infinite."
            )
    if not (std > 0 and within > 0):
        raise ValueError(f"Expected std and within above 0. Received: {std} and {within}.")
    squares = np.stack([np.sum((points - centre) ** 2, axis=1) for centre in centres], axis=1)
    nearest = squares.argmin(axis=1)
    good = squares.min(axis=1) < (within * std) ** 2
    counts = np.bincount(nearest[good], minlength=len(centres))
    divergence = np.inf
    if good.any():
        divergence = _divergence(counts / counts.sum(), np.full(len(centres), 1 / len(centres)))
    return MixtureModes(int(np.count_nonzero(counts)), float(good.mean()), divergence, counts)


def _divergence(fake: np.ndarray, real: np.ndarray) -> float:
    """KL(fake || real) = sum f log(f / r), with 0 log 0 = 0."""
    seen = fake > 0
    if (real[seen] == 0).any():
        return float("inf")
    return max(0.0, float(np.sum(fake[seen] * np.log(fake[seen] / real[seen]))))


def _shares(labels: np.ndarray, num_classes: int, name: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.ndim != 1 or not labels.size or labels.dtype.kind not in "ui":
        raise ValueError(
            f"Expected {name} classes as integers (n,), at least one. "
            f"Received: shape {labels.shape}, dtype {labels.dtype}."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"A {name} class is out of range. Received: {labels.min()} to {labels.max()}. "
            f"Expected 0 to {num_classes - 1}."
        )
    return np.bincount(labels.astype(np.int64), minlength=num_classes) / len(labels)

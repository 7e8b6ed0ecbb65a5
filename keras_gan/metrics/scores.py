"""What a discriminator gets right."""

from typing import NamedTuple

import numpy as np


class ScoreAccuracy(NamedTuple):
    """Shares of images that a discriminator puts on the right side of 0."""

    real: float
    fake: float
    held_out: float | None


def score_accuracy(
    real: np.ndarray, fake: np.ndarray, held_out: np.ndarray | None = None
) -> ScoreAccuracy:
    r"""Accuracy of a discriminator, as articles about GANs count it.

    The share of real images with logits above 0, and of generated ones with logits below 0; exactly
    0 is wrong for both. Well above one half on both means that it tells them apart; much more on
    `real` than on `held_out` means that it knows the training images by heart. Only losses with a
    threshold at 0 (cross-entropy, hinge) give it a meaning: a Wasserstein critic has no zero.

    Args:
        real: Logits of training images, `(n,)` or `(n, ...)`: a map of logits, one for
            each patch, counts by its mean.
        fake: Logits of generated images, likewise.
        held_out: Logits of real images that the discriminator has not been trained on.

    Returns:
        `ScoreAccuracy(real, fake, held_out)`, each in [0, 1]; `held_out` is None if not given.

    Raises:
        ValueError: for logits that are missing or not finite.

    Example:

    >>> score_accuracy(real=[2.0, -1.0], fake=[-3.0, -0.5])
    ScoreAccuracy(real=0.5, fake=1.0, held_out=None)

    References:
        Brock et al., 2019, https://arxiv.org/abs/1809.11096 (section 4.2: on held-out images).
    """
    return ScoreAccuracy(
        real=float(np.mean(_means(real, "real") > 0)),
        fake=float(np.mean(_means(fake, "fake") < 0)),
        held_out=None if held_out is None else float(np.mean(_means(held_out, "held-out") > 0)),
    )


def _means(logits: np.ndarray, name: str) -> np.ndarray:
    """One logit per image, in float64."""
    logits = np.asarray(logits)
    if logits.ndim == 0 or logits.size == 0:
        raise ValueError(
            f"Expected {name} logits (n,) or (n, ...). Received: shape {logits.shape}."
        )
    logits = logits.reshape(len(logits), -1).mean(axis=1, dtype=np.float64)
    if not np.isfinite(logits).all():
        raise ValueError(
            f"The {name} logits are not finite. Received: NaN or infinity for "
            f"{np.count_nonzero(~np.isfinite(logits))} of {len(logits)} images."
        )
    return logits

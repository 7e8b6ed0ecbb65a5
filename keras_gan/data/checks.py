"""Numpy checks of images and labels: cheap enough for every batch, each failure one sentence."""

import numbers

import numpy as np

from keras_gan.core import kinds
from keras_gan.core.arrays import check_shape as check_shape
from keras_gan.core.arrays import numeric

UNLABELLED = -1


def check_images(
    images: np.ndarray, image_shape: tuple | None = None, kind: kinds.Kind | None = None
) -> None:
    """Check that a batch can be trained on: shape, dtype, finite values, range.

    Images (rank 4) are uint8 in 0..255 or floats in [-1, 1]. Other samples are as their kind says:
    points in a plane, for instance, only have to be finite numbers. Two passes over the data, no
    copies.

    Args:
        images: array (n, height, width, channels), or (n, ...) of another rank.
        image_shape: shape of one sample, None where a size is free; or None not to check it.
        kind: what the samples are; what their shape means if not given.

    Raises:
        ValueError: says what is wrong and what was expected.

    Example:
        >>> check_images(np.zeros((5, 28, 28, 1), "uint8"), (28, 28, 1))
    """
    (kind or kinds.of(np.shape(images)[1:])).check(images, image_shape)


def looks_unscaled(images: np.ndarray, kind: kinds.Kind | None = None) -> bool:
    """Say whether float images all lie in [0, 1], where [-1, 1] is meant (use `x * 2 - 1`).

    Args:
        images: array; only samples of a kind with a range, such as pictures, can look unscaled.
        kind: what the samples are; what their shape means if not given.

    Returns:
        True if no value is below 0 or above 1.

    Example:
        >>> looks_unscaled(np.full((1, 8, 8, 1), 0.5))
        True
    """
    return (kind or kinds.of(np.shape(images)[1:])).looks_unscaled(images)


def check_labels(
    labels: np.ndarray, num_classes: int | None, n: int | None = None, *, unlabelled: bool = False
) -> None:
    """Check class labels: integers (n,) or (n, 1) in 0..num_classes-1, or one-hot (n, num_classes).

    Args:
        labels: array of labels.
        num_classes: number of classes; None checks only that no label is negative.
        n: number of images that the labels belong to, or None.
        unlabelled: whether an integer may be -1, for an image without a label.

    Raises:
        ValueError: names the offending value.

    Example:
        >>> check_labels(np.array([0, 2, 1]), num_classes=3, n=3)
    """
    labels = np.asarray(labels)
    if labels.ndim == 0:
        raise ValueError("Labels need a batch axis. Received: a scalar. Expected (n,).")
    if n is not None and len(labels) != n:
        raise ValueError(
            f"Every image needs one label. Received: {len(labels)} labels for {n} images. "
            f"Expected {n} labels."
        )
    if labels.size == 0:
        return
    expected = "integers (n,)" if num_classes is None else f"integers in 0..{num_classes - 1}"
    least = UNLABELLED if unlabelled else 0
    if unlabelled:
        expected += f", {UNLABELLED} for an image without a label"
    column = labels.ndim == 1 or (labels.ndim == 2 and labels.shape[1] == 1)
    if column and labels.dtype.kind in "ui":
        low, high = labels.min(), labels.max()
        bad = low if low < least else high
        if low < least or (num_classes is not None and high >= num_classes):
            raise ValueError(
                f"A label is out of range. Received: label {int(bad)}. Expected {expected}."
            )
        return
    if num_classes is not None:
        expected += f", or one-hot rows of shape (n, {num_classes})"
    one_hot = labels.ndim == 2 and num_classes in (None, labels.shape[1])
    if not one_hot:
        raise ValueError(
            f"These are no class labels. Received: labels of shape {labels.shape} and dtype "
            f"{labels.dtype}. Expected {expected}."
        )
    rows = numeric(labels)
    good = ((rows == 0) | (rows == 1)).all(axis=1) & (rows.sum(axis=1) == 1)
    if not good.all():
        i = int(np.argmin(good))
        row = np.array2string(rows[i], separator=", ", threshold=12)
        raise ValueError(
            f"A label row is not one-hot. Received: row {i} is {row}. Expected {expected}."
        )


def class_numbers(
    labels: np.ndarray, num_classes: int | None, n: int | None = None, *, unlabelled: bool = False
) -> np.ndarray:
    """Read class labels in any form that `check_labels` passes: the one reader of labels.

    Args:
        labels, num_classes, n, unlabelled: as in `check_labels`, which is called.

    Returns:
        int32 array (n,) of class numbers.

    Example:
        >>> class_numbers(np.eye(3), num_classes=3)
        array([0, 1, 2], dtype=int32)
    """
    labels = np.asarray(labels)
    check_labels(labels, num_classes, n, unlabelled=unlabelled)
    if labels.ndim == 2 and labels.shape[1] > 1:
        return labels.argmax(axis=1).astype(np.int32)
    return labels.reshape(-1).astype(np.int32)


def check_count(name: str, value: int) -> None:
    """Check that an argument such as `batch_size` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(
            f"`{name}` counts something. Received: {name}={value!r}. Expected an integer >= 1."
        )

"""Numpy checks of images and labels: cheap enough for every batch, each failure one sentence."""

import numbers

import numpy as np

TOLERANCE = 1e-3  # float rounding allowed around [-1, 1]


def check_images(images: np.ndarray, image_shape: tuple | None = None) -> None:
    """Check that a batch can be trained on: shape, dtype, finite values, range.

    Images (rank 4) are uint8 in 0..255 or floats in [-1, 1]. Samples of any other rank, points in a
    plane for instance, only have to be finite numbers. Two passes over the data, no copies.

    Args:
        images: array (n, height, width, channels), or (n, ...) of another rank.
        image_shape: shape of one sample, None where a size is free; or None not to check it.

    Raises:
        ValueError: says what is wrong and what was expected.

    Example:
        >>> check_images(np.zeros((5, 28, 28, 1), "uint8"), (28, 28, 1))
    """
    images = np.asarray(images)
    if images.ndim == 0:
        raise ValueError("A batch needs a batch axis. Received: a scalar. Expected (n, ...).")
    if image_shape is not None:
        check_shape(images.shape, tuple(image_shape))
    if images.size == 0:
        raise ValueError(
            f"There are no images. Received: images of shape {images.shape}. Expected at least one."
        )
    images = _numeric(images)
    is_image = images.ndim == 4
    if images.dtype.kind in "uib":
        if is_image and images.dtype != np.uint8:
            raise ValueError(
                f"Images of this dtype have no agreed range. Received: images of dtype "
                f"{images.dtype}. Expected uint8 in 0..255 or floats in [-1, 1]."
            )
        return
    low, high = _range(images)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"The {'images' if is_image else 'samples'} have NaN or infinite values. "
            f"Received: minimum {low:g}, maximum {high:g}. Expected finite numbers."
        )
    if is_image and (low < -1 - TOLERANCE or high > 1 + TOLERANCE):
        hint = ""
        if low >= 0 and high > 2:
            hint = " They look like 0..255: pass them as uint8, or as x / 127.5 - 1."
        raise ValueError(
            f"Float images are out of range. Received: values from {low:g} to {high:g}. "
            f"Expected floats in [-1, 1] (or uint8 in 0..255).{hint}"
        )


def looks_unscaled(images: np.ndarray) -> bool:
    """Say whether float images all lie in [0, 1], where [-1, 1] is meant (use `x * 2 - 1`).

    Args:
        images: array; only float images of rank 4 can look unscaled.

    Returns:
        True if no value is below 0 or above 1.

    Example:
        >>> looks_unscaled(np.full((1, 8, 8, 1), 0.5))
        True
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.size == 0:
        return False
    images = _numeric(images)
    if images.dtype.kind != "f" or images[:1].min() < 0:
        return False
    low, high = _range(images)
    return bool(low >= 0 and high <= 1)


def check_labels(labels: np.ndarray, num_classes: int | None, n: int | None = None) -> None:
    """Check class labels: integers (n,) or (n, 1) in 0..num_classes-1, or one-hot (n, num_classes).

    Args:
        labels: array of labels.
        num_classes: number of classes; None checks only that no label is negative.
        n: number of images that the labels belong to, or None.

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
    column = labels.ndim == 1 or (labels.ndim == 2 and labels.shape[1] == 1)
    if column and labels.dtype.kind in "ui":
        low, high = labels.min(), labels.max()
        bad = low if low < 0 else high
        if low < 0 or (num_classes is not None and high >= num_classes):
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
    rows = _numeric(labels)
    good = ((rows == 0) | (rows == 1)).all(axis=1) & (rows.sum(axis=1) == 1)
    if not good.all():
        i = int(np.argmin(good))
        row = np.array2string(rows[i], separator=", ", threshold=12)
        raise ValueError(
            f"A label row is not one-hot. Received: row {i} is {row}. Expected {expected}."
        )


def class_numbers(labels: np.ndarray, num_classes: int | None, n: int | None = None) -> np.ndarray:
    """Read class labels in any form that `check_labels` passes: the one reader of labels.

    Args:
        labels, num_classes, n: as in `check_labels`, which is called.

    Returns:
        int32 array (n,) of class numbers.

    Example:
        >>> class_numbers(np.eye(3), num_classes=3)
        array([0, 1, 2], dtype=int32)
    """
    labels = np.asarray(labels)
    check_labels(labels, num_classes, n)
    if labels.ndim == 2 and labels.shape[1] > 1:
        return labels.argmax(axis=1).astype(np.int32)
    return labels.reshape(-1).astype(np.int32)


def check_count(name: str, value: int) -> None:
    """Check that an argument such as `batch_size` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(
            f"`{name}` counts something. Received: {name}={value!r}. Expected an integer >= 1."
        )


def check_shape(shape: tuple, image_shape: tuple) -> None:
    """Check the shape of a batch; what is None on either side is left to the batches."""
    if len(shape) == len(image_shape) + 1 and all(
        e is None or g is None or g == e for g, e in zip(shape[1:], image_shape, strict=True)
    ):
        return
    hint = ""
    if len(image_shape) == 3 and image_shape[2] == 1 and shape[1:] == image_shape[:2]:
        hint = " Add a channel axis: images[..., None]."
    what = f"images of shape {shape[1:]}"
    if len(shape) != len(image_shape) + 1:
        what = f"a batch of shape {shape}"
        image_shape = ("n", *image_shape)
    expected = "(" + ", ".join(map(str, image_shape)) + ("," if len(image_shape) == 1 else "") + ")"
    raise ValueError(
        f"The images do not fit the model. Received: {what}. Expected {expected}.{hint}"
    )


def _numeric(values: np.ndarray) -> np.ndarray:
    """bfloat16 and the like, which numpy does not know as floats, become float32."""
    if values.dtype.kind in "fuib":
        return values
    try:
        if values.dtype.kind == "V":
            return values.astype(np.float32)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"The data are no numbers. Received: dtype {values.dtype}. Expected numbers.")


def _range(values: np.ndarray) -> tuple[float, float]:
    with np.errstate(invalid="ignore"):
        return float(values.min()), float(values.max())

"""What every check of an array asks: its shape, its numbers and their range."""

import numpy as np


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


def stacked(samples: object, plural: str) -> np.ndarray:
    """An array of samples, which may have come as a list.

    Raises:
        ValueError: for a list of samples of several shapes.
    """
    if isinstance(samples, list):
        shapes = list(dict.fromkeys(np.shape(sample) for sample in samples))
        if len(shapes) > 1:
            raise ValueError(
                f"The {plural} differ in their shapes. Received: {shapes[0]} and {shapes[1]}. "
                "Expected one for all: cut them alike."
            )
    return np.asarray(samples)


def numeric(values: np.ndarray) -> np.ndarray:
    """bfloat16 and the like, which numpy does not know as floats, become float32.

    Raises:
        ValueError: for what are no numbers.
    """
    if values.dtype.kind in "fuib":
        return values
    try:
        if values.dtype.kind == "V":
            return values.astype(np.float32)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"The data are no numbers. Received: dtype {values.dtype}. Expected numbers.")


def value_range(values: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest value."""
    with np.errstate(invalid="ignore"):
        return float(values.min()), float(values.max())

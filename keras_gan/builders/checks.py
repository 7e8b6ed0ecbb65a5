"""What all builders share: the checks of sizes, and channels that come last."""

import contextlib
import operator
from collections.abc import Iterator

import keras

MIN_SIDE, MAX_SIDE = 8, 128

_AT_LEAST = {
    **dict.fromkeys(("width", "latent_dim", "code_dim", "codes"), 1),
    **dict.fromkeys(("num_classes", "num_generators"), 2),
}


@contextlib.contextmanager
def channels_last() -> Iterator[None]:
    """Layers made in here, or in a function decorated by it, read images as this package has them.

    Whatever `keras.config.image_data_format()` says.
    """
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)


def check_sizes(
    image_shape: tuple[int, ...], *, points: bool = False, max_side: int = MAX_SIDE, **sizes: int
) -> tuple:
    """Checks an image shape and the other whole numbers that a builder is given.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        points: Whether `(features,)` is accepted too, and images of any size.
        max_side: Pixels of the longest side.
        **sizes: `width`, `latent_dim`, `code_dim` and `codes` (at least 1), `num_classes` and
            `num_generators` (at least 2).

    Returns:
        `image_shape` as a tuple of Python integers.

    Raises:
        ValueError: If one of them is out of range or not a whole number.
    """
    expected = "Expected (height, width, channels)" + (" or (features,)." if points else ".")
    shape = _checked_shape(image_shape, (3, 1) if points else (3,), expected)
    if not points and not all(MIN_SIDE <= side <= max_side for side in shape[:2]):
        raise ValueError(
            f"Height and width must be from {MIN_SIDE} to {max_side} pixels. "
            f"Received: image_shape={image_shape!r}. {expected}"
        )
    _check_numbers(sizes)
    return shape


def check_sequence(image_shape: tuple[int, ...], what: str, least: int, **sizes: int) -> tuple:
    """Checks the shape of a wave or a text, and the other whole numbers that a builder is given.

    Args:
        image_shape: `(length, what)`.
        what: Of the last axis: "channels" or "words".
        least: The shortest length.
        **sizes: As in `check_sizes`.

    Returns:
        `image_shape` as a tuple of Python integers.

    Raises:
        ValueError: If one of them is out of range or not a whole number.
    """
    expected = f"Expected (length, {what}), at least ({least}, 1)."
    shape = _checked_shape(image_shape, (2,), expected)
    if shape[0] < least:
        raise ValueError(f"The length is too small. Received: image_shape={shape}. {expected}")
    _check_numbers(sizes)
    return shape


def _checked_shape(image_shape: tuple[int, ...], ranks: tuple[int, ...], expected: str) -> tuple:
    received = f"Received: image_shape={image_shape!r}."
    try:
        shape = tuple(operator.index(side) for side in image_shape)
    except TypeError:
        raise ValueError(f"`image_shape` must be whole numbers. {received} {expected}") from None
    if len(shape) not in ranks:
        raise ValueError(f"`image_shape` has the wrong rank. {received} {expected}")
    if min(shape) < 1:
        raise ValueError(f"`image_shape` must be positive throughout. {received} {expected}")
    return shape


def _check_numbers(sizes: dict[str, int]) -> None:
    for name, value in sizes.items():
        try:
            fits = operator.index(value) >= _AT_LEAST[name]
        except TypeError:
            fits = False
        if not fits:
            raise ValueError(
                f"`{name}` must be a whole number of at least {_AT_LEAST[name]}. "
                f"Received: {name}={value!r}."
            )

"""Lines of text as samples: one-hot characters of one length."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_gan.core.kinds import Tokens
from keras_gan.data.checks import check_count
from keras_gan.data.pictures import shown
from keras_gan.data.source import NoSuchSplit, Source

PADDING = "\n"  # which no line has in it


def tokens(
    lines: Sequence[str],
    length: int,
    vocabulary: Sequence[str] | None = None,
    padding: str = PADDING,
) -> tuple[np.ndarray, Tokens]:
    """Turn lines into one-hot characters, cut to one length or filled up to it.

    Args:
        lines: Strings; what stands behind the last character of `length` is left out.
        length: Characters of a sample.
        vocabulary: The characters by number, the padding among them; those of the lines, in their
            order, if not given.
        padding: The character that shorter lines are filled up with. It is in no line.

    Returns:
        uint8 array `(n, length, characters)`, and what it is: the kind that a model is to be given.

    Raises:
        ValueError: for no lines, or characters that are not in the vocabulary.

    Example:

    >>> texts, kind = tokens(["to be", "or not to be"], 8)
    >>> texts.shape, kind.lines(texts)
    ((2, 8, 9), ['to be', 'or not t'])
    """
    kind = _kind(lines, length, vocabulary, padding)
    numbers = _numbers(lines, length, kind)
    return _one_hot(numbers, len(kind.vocabulary)), kind


def text_source(
    path: str | Path, length: int | None, split: str, limit: int | None, kind: Tokens | None
) -> tuple[Source, Tokens]:
    """Read the lines of a text file that are not empty; the arguments are those of `load`."""
    path = Path(path).expanduser()
    if length is None:
        raise ValueError(
            "Text is cut into samples of one length. Received: length=None. Expected a number of "
            "characters, such as length=32."
        )
    if split != "train":
        raise NoSuchSplit(
            f"A text file has no splits. Received: split={split!r}. Expected 'train'."
        )
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"A text file cannot be read ({error}). Received: {shown(path)}. Expected text in "
            "UTF-8."
        ) from None
    lines = [line for line in (one.strip() for one in text.splitlines()) if line][:limit]
    given = (None, PADDING) if kind is None else (kind.vocabulary, kind.padding)
    kind = _kind(lines, length, *given)
    numbers = _numbers(lines, length, kind)
    words = len(kind.vocabulary)
    source = Source(
        size=len(numbers),
        image_shape=(length, words),
        dtype=np.dtype(np.uint8),
        fetch=lambda rows: _one_hot(numbers[rows], words),
        fingerprint=hashlib.sha256(content).hexdigest(),
    )
    return source, kind


def _kind(
    lines: Sequence[str], length: int, vocabulary: Sequence[str] | None, padding: str | None
) -> Tokens:
    check_count("length", length)
    if isinstance(lines, str) or not all(isinstance(line, str) for line in lines):
        raise ValueError(
            f"Text is a list of lines. Received: {type(lines).__name__} such as "
            f"{str(lines)[:40]!r}. Expected strings."
        )
    if not len(lines):
        raise ValueError("There is no text. Received: no lines. Expected at least one.")
    if any(padding in line for line in lines):
        raise ValueError(
            f"The padding is a character of the text. Received: padding={padding!r}. Expected one "
            "that is in no line."
        )
    if vocabulary is None:
        vocabulary = sorted({padding, *"".join(line[:length] for line in lines)})
    return Tokens(tuple(vocabulary), padding=padding)


def _numbers(lines: Sequence[str], length: int, kind: Tokens) -> np.ndarray:
    """The characters' numbers, int32 `(n, length)`."""
    number = {character: k for k, character in enumerate(kind.vocabulary)}
    filled = "".join(line[:length].ljust(length, kind.padding) for line in lines)
    unknown = sorted(set(filled) - number.keys())
    if unknown:
        raise ValueError(
            f"The text has characters that are not in the vocabulary. Received: {len(unknown)} "
            f"such as {', '.join(map(repr, unknown[:5]))}. Expected those of "
            f"{''.join(kind.vocabulary)!r} alone."
        )
    return np.fromiter((number[c] for c in filled), np.int32, len(filled)).reshape(-1, length)


def _one_hot(numbers: np.ndarray, words: int) -> np.ndarray:
    return (numbers[..., None] == np.arange(words)).astype(np.uint8)

"""What samples are: pictures, points, waves, clips, tables, tokens.

A kind knows how to check samples, bring them to the range that networks see and back, and draw
them. `of` says which kind a shape means; tables and tokens, which no shape tells, are named by
their model: `kind = Table()`.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from keras_gan.core import drawing, sound
from keras_gan.core.arrays import numeric, value_range
from keras_gan.core.kind import TOLERANCE, Kind

FILES = {"picture": None, "sound": ".wav", "text": ".txt", "clip": ".gif"}
"""Suffix of the file that holds samples as what they are, by the kind's `medium`."""


@keras.saving.register_keras_serializable("keras_gan")
class Picture(Kind):
    """Pictures `(height, width, channels)`, drawn in rows."""

    name = "picture"
    plural = "images"
    axes = ("height", "width", "channels")
    in_range = True

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        return drawing.grid(samples, columns)


@keras.saving.register_keras_serializable("keras_gan")
class Points(Kind):
    """Points of one or more coordinates, of which the first two are drawn in a plane."""

    name = "point"
    axes = ("features",)
    shown = None

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        return drawing.scatter(samples)


@keras.saving.register_keras_serializable("keras_gan")
@dataclasses.dataclass(frozen=True)
class Wave(Kind):
    """Waves `(length, channels)`, drawn as lines in small multiples, a colour for each channel.

    With a rate they are sound in [-1, 1]: drawn as spectrograms of the first channel, and a file
    that ends in .wav holds them one after the other.

    Args:
        rate: Samples in a second, of sound.
    """

    rate: int | None = None

    name: ClassVar[str] = "wave"
    plural: ClassVar[str] = "waves"
    axes: ClassVar[tuple[str, ...]] = ("length", "channels")
    integers: ClassVar[bool] = False

    @property
    def medium(self) -> str:
        return "picture" if self.rate is None else "sound"

    @property
    def _suffix(self) -> str | None:
        return None if self.rate is None else ".wav"

    def check(self, samples: np.ndarray, shape: tuple | None = None) -> None:
        super().check(samples, shape)
        low, high = value_range(numeric(np.asarray(samples)))
        if self.rate is not None and not -1 - TOLERANCE <= low <= high <= 1 + TOLERANCE:
            raise ValueError(
                f"Sound is out of range. Received: values from {low:g} to {high:g}. Expected "
                "floats in [-1, 1]: of files of 16 bits x / 32768."
            )

    def joined(self, samples: np.ndarray) -> np.ndarray:
        """Sound of all samples, a fifth of a second apart: int16 `(length, channels)`."""
        return sound.joined(self._drawable(samples), self.rate)

    def file(self, samples: np.ndarray) -> bytes:
        """A WAV file of that."""
        return sound.wav_file(self.joined(samples), self.rate)

    def _write(self, samples: np.ndarray, path: Path, columns: int | None) -> None:
        path.write_bytes(self.file(samples))

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        samples = self._drawable(samples)
        if self.rate is None:
            return drawing.lines(samples, columns)
        return drawing.grid(sound.spectrograms(samples[..., 0]), columns)


@keras.saving.register_keras_serializable("keras_gan")
class Clip(Kind):
    """Clips `(frames, height, width, channels)`: strips of frames, one below the other.

    A file that ends in .gif moves: it shows the clips beside each other, frame by frame.
    """

    name = "clip"
    plural = "clips"
    axes = ("frames", "height", "width", "channels")
    in_range = True
    shown = 8

    _suffix = ".gif"

    @property
    def medium(self) -> str:
        return "clip"

    def _write(self, samples: np.ndarray, path: Path, columns: int | None) -> None:
        frames = np.moveaxis(self._drawable(samples), 1, 0)
        drawing.save_moving([drawing.grid(frame, columns) for frame in frames], path)

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        samples = self._drawable(samples)
        return drawing.grid(samples.reshape(-1, *samples.shape[2:]), columns=samples.shape[1])


@keras.saving.register_keras_serializable("keras_gan")
@dataclasses.dataclass(frozen=True)
class Table(Kind):
    """Rows of a table `(features,)`, drawn as a histogram of each column.

    Args:
        columns: Their names; numbers if not given.
        gaps: Whether NaN stands for a value that is missing.
    """

    columns: Sequence[str] | None = None
    gaps: bool = False

    name: ClassVar[str] = "table"
    plural: ClassVar[str] = "rows"
    axes: ClassVar[tuple[str, ...]] = ("features",)
    shown: ClassVar[int | None] = None

    @property
    def _names(self) -> Sequence[str] | None:
        return self.columns

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        samples = self._drawable(samples)
        real = None if real is None else self._drawable(real)
        return drawing.histograms(samples, self.columns or range(samples.shape[1]), real)


@keras.saving.register_keras_serializable("keras_gan")
@dataclasses.dataclass(frozen=True)
class Tokens(Kind):
    """Texts `(length, words)`: a weight of each word at each place, of which the highest counts.

    They are drawn as text where the vocabulary is known, else as a matrix of the words' numbers. A
    file that ends in .txt holds them as text.

    Args:
        vocabulary: The words, or characters, by number.
        between: What stands between two words.
        padding: The word that texts are filled up with. At their end it is left out.
    """

    vocabulary: Sequence[str] | None = None
    between: str = ""
    padding: str | None = None

    name: ClassVar[str] = "tokens"
    plural: ClassVar[str] = "texts"
    axes: ClassVar[tuple[str, ...]] = ("length", "words")

    _suffix: ClassVar[str] = ".txt"

    @property
    def _names(self) -> Sequence[str] | None:
        return self.vocabulary

    @property
    def medium(self) -> str:
        return "picture" if self.vocabulary is None else "text"

    def numbers(self, samples: np.ndarray) -> np.ndarray:
        """The most probable word at each place: integers `(n, length)`."""
        return np.argmax(self._drawable(samples), axis=-1)

    def lines(self, samples: np.ndarray) -> list[str]:
        """The texts; numbers with spaces between them where no vocabulary is known."""
        rows = self.numbers(samples)
        if self.vocabulary is None:
            return [" ".join(map(str, row)) for row in rows]
        texts = ([self.vocabulary[k] for k in row] for row in rows)
        return [self.between.join(self._without_padding(text)) for text in texts]

    def _without_padding(self, text: list[str]) -> list[str]:
        while text and text[-1] == self.padding:
            text.pop()
        return ["⏎" if word == "\n" else word for word in text]

    def _write(self, samples: np.ndarray, path: Path, columns: int | None) -> None:
        path.write_text("\n".join(self.lines(samples)) + "\n", encoding="utf-8")

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        if self.vocabulary is None:
            return drawing.matrix(self.numbers(samples), np.shape(samples)[-1])
        return drawing.text(self.lines(samples))


KINDS = (Picture, Points, Wave, Clip, Table, Tokens)
_BY_RANK = {1: Points, 2: Wave, 3: Picture, 4: Clip}


def of(shape: Sequence[int | None]) -> Kind:
    """The kind that the shape of one sample means by itself; a bare `Kind` where it means none.

    Example:

    >>> of((28, 28, 1))
    Picture()
    """
    return _BY_RANK.get(len(shape), Kind)()


def described(kind: Kind) -> dict[str, Any]:
    """A kind as JSON can hold it; `read` makes it of that again."""
    given = {name: value for name, value in kind.get_config().items() if value is not None}
    return {"name": kind.name} | given


def read(description: dict[str, Any] | None, shape: Sequence[int | None]) -> Kind:
    """The kind of this description; what the shape means where there is none, or none we know."""
    options = dict(description or {})
    name = options.pop("name", None)
    known = next((kind for kind in KINDS if kind.name == name), None)
    return of(shape) if known is None else known.from_config(options)

"""`Kind`: what every kind of samples knows to do; the named ones are in `keras_gan.core.kinds`."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from keras_gan.core import drawing, ranges
from keras_gan.core.arrays import check_shape, numeric, value_range

TOLERANCE = 1e-3  # float rounding allowed around [-1, 1]


@dataclasses.dataclass(frozen=True)
class Kind:
    """Finite numbers of any shape, which nobody knows to draw; base of the kinds that have a name.

    Attributes:
        name: What one sample is called.
        plural: What several are called in an error.
        axes: Of one sample, in words; none where any will do.
        in_range: Whether values lie in [-1, 1], and uint8 stands for 0..255.
        integers: Whether integers will do, where `in_range` does not say so.
        shown: So many samples one picture shows well; None where it shows any number.
        gaps: Whether NaN stands for a value that is missing.
    """

    name: ClassVar[str] = "sample"
    plural: ClassVar[str] = "samples"
    axes: ClassVar[tuple[str, ...]] = ()
    in_range: ClassVar[bool] = False
    integers: ClassVar[bool] = True
    shown: ClassVar[int | None] = 64
    gaps = False  # not annotated: dataclasses would make it the first field of Table

    _suffix: ClassVar[str | None] = None  # of files that hold samples otherwise than drawn
    _names: ClassVar[Sequence[str] | None] = None  # of what the last axis holds

    @property
    def medium(self) -> str:
        """What a page shows samples by: "picture", "sound", "text" or "clip"."""
        return "picture"

    @property
    def usual(self) -> int:
        """So many samples are drawn where nobody says how many."""
        return self.shown or 64

    def get_config(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Kind":
        return cls(**{key: tuple(x) if isinstance(x, list) else x for key, x in config.items()})

    def check(self, samples: np.ndarray, shape: tuple | None = None) -> None:
        """Checks that a batch can be trained on: shape, dtype, finite values, range.

        Two passes over the data, no copies.

        Args:
            samples: Array `(n, ...)`.
            shape: Of one sample, None where a size is free; or None not to check it.

        Raises:
            ValueError: says what is wrong and what was expected.

        Example:

        >>> Picture().check(np.zeros((5, 28, 28, 1), "uint8"), (28, 28, 1))
        """
        samples = np.asarray(samples)
        if samples.ndim == 0:
            raise ValueError("A batch needs a batch axis. Received: a scalar. Expected (n, ...).")
        if shape is not None:
            check_shape(samples.shape, tuple(shape))
        self._check_axes(samples.shape)
        if samples.size == 0:
            raise ValueError(
                f"There are no images. Received: images of shape {samples.shape}. "
                "Expected at least one."
            )
        samples = numeric(samples)
        if samples.dtype.kind in "uib":
            self._check_integers(samples)
            return
        if self.gaps:
            samples = samples[~np.isnan(samples)]
            if not samples.size:
                raise ValueError(f"All values are missing. Received: {self.plural} of NaN alone.")
        low, high = value_range(samples)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError(
                f"The {self.plural} have NaN or infinite values. "
                f"Received: minimum {low:g}, maximum {high:g}. Expected finite numbers."
            )
        if self.in_range and (low < -1 - TOLERANCE or high > 1 + TOLERANCE):
            hint = ""
            if low >= 0 and high > 2:
                hint = " They look like 0..255: pass them as uint8, or as x / 127.5 - 1."
            raise ValueError(
                f"Float {self.plural} are out of range. Received: values from {low:g} to {high:g}. "
                f"Expected floats in [-1, 1] (or uint8 in 0..255).{hint}"
            )

    def looks_unscaled(self, samples: np.ndarray) -> bool:
        """Whether float samples all lie in [0, 1], where [-1, 1] is meant (use `x * 2 - 1`)."""
        samples = np.asarray(samples)
        if not self.in_range or samples.size == 0:
            return False
        samples = numeric(samples)
        if samples.dtype.kind != "f" or samples[:1].min() < 0:
            return False
        low, high = value_range(samples)
        return bool(low >= 0 and high <= 1)

    def scale(self, samples: Any) -> Any:
        """What networks see of an array or tensor: float32, and uint8 in [-1, 1] if `in_range`."""
        return ranges.scaled(samples) if self.in_range else ranges.as_float32(samples)

    def to_unit(self, samples: Any) -> Any:
        """What is served of networks' samples: in [0, 1] if `in_range`, else as they are."""
        return ranges.to_unit(samples) if self.in_range else samples

    def from_unit(self, samples: Any) -> Any:
        """What networks see of served samples."""
        return ranges.from_unit(samples) if self.in_range else samples

    def to_uint8(self, samples: np.ndarray) -> np.ndarray:
        """What files hold of networks' samples: uint8 if `in_range`, else as they are."""
        return ranges.to_uint8(samples) if self.in_range else samples

    def picture(
        self, samples: np.ndarray, columns: int | None = None, real: np.ndarray | None = None
    ) -> np.ndarray:
        """Lays samples out in one picture.

        Args:
            samples: Array `(n, ...)`.
            columns: Samples in a row, of pictures and waves; about a square if not given.
            real: Real samples, of which tables show the histograms beside the samples' own.

        Returns:
            uint8 array `(height, width, 1)` or `(height, width, 3)`.

        Raises:
            ValueError: for samples of another shape, or of no kind that can be drawn.
        """
        return drawing.pixels_of(self._drawn(samples, columns, real))

    def draw(
        self,
        samples: np.ndarray,
        path: str | Path,
        columns: int | None = None,
        real: np.ndarray | None = None,
    ) -> None:
        """Writes such a picture, or what else the file's name asks for.

        Args:
            samples, columns, real: As for `picture`.
            path: Where to write; the directory must exist.

        Example:

        >>> gan.kind.draw(gan.sample(64, seed=0), "samples.png")
        """
        if Path(path).suffix.lower() == self._suffix:
            self._write(samples, Path(path), columns)
        else:
            drawing.save(self._drawn(samples, columns, real), path)

    def check_drawable(self, shape: tuple) -> None:
        """Refuses a shape of one sample that is not of this kind, or of none that can be drawn.

        Raises:
            ValueError: says what is wrong.
        """
        if type(self) is Kind:
            raise ValueError(
                "Samples of this shape are of no kind that can be drawn. Received: samples of "
                f"shape {tuple(shape)}. Expected pictures, points, waves, clips, a table or tokens."
            )
        self._check_axes((None, *shape))

    def _write(self, samples: np.ndarray, path: Path, columns: int | None) -> None:
        """Writes a file that ends in `_suffix`."""
        raise NotImplementedError

    def _drawn(self, samples: np.ndarray, columns: int | None, real: np.ndarray | None) -> Any:
        """Pixels, or a figure."""
        self.check_drawable(np.shape(samples)[1:])
        raise NotImplementedError

    def _drawable(self, samples: np.ndarray) -> np.ndarray:
        samples = np.asarray(samples)
        self._check_axes(samples.shape)
        if 0 in samples.shape:
            raise ValueError(
                f"There is nothing to draw. Received: an array of shape {samples.shape}."
            )
        return samples

    def _check_axes(self, shape: tuple) -> None:
        if self.axes and len(shape) != len(self.axes) + 1:
            raise ValueError(
                f"These are no {self.plural}. Received: an array of shape {shape}. "
                f"Expected ({', '.join(('n', *self.axes))})."
            )
        if self._names is not None and len(self._names) != shape[-1]:
            raise ValueError(
                f"The {self.plural} do not fit their names. Received: an array of shape {shape}. "
                f"Expected {len(self._names)} {self.axes[-1]}."
            )

    def _check_integers(self, samples: np.ndarray) -> None:
        if self.in_range and samples.dtype != np.uint8:
            raise ValueError(
                f"{self.plural.capitalize()} of this dtype have no agreed range. Received: "
                f"{self.plural} of dtype {samples.dtype}. Expected uint8 in 0..255 or floats in "
                "[-1, 1]."
            )
        if not self.in_range and not self.integers:
            hint = " Pictures have a channel axis: images[..., None]." if samples.ndim == 3 else ""
            raise ValueError(
                f"{self.plural.capitalize()} of this dtype have no agreed range. Received: an array"
                f" of shape {samples.shape} and dtype {samples.dtype}. Expected floats.{hint}"
            )

"""What a report shows of samples: PNG files, sound, lines, small enough to stand in the page.

The gaps of a grid are transparent, so that it looks well on light and on dark paper.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from keras_gan.core import drawing, kinds

SIDE = 144  # pixels that an image is enlarged to, about: browsers scale down well, not up
HEARD = 16  # waves in a player


@dataclass(frozen=True)
class Pictures:
    """What a report shows. Images are float in [-1, 1] or uint8; what is None is left out.

    Args:
        samples: Generated images `(n, h, w, c)`, or other samples, such as points `(n, d)`.
        real: Real ones, as `samples`.
        by_class: `(classes, m, h, w, c)`: generated images of each class.
        neighbours: `(images, nearest, distances)` of shapes `(n, h, w, c)`, `(n, k, h, w, c)` and
            `(n, k)`: generated images and the training images nearest to each.
        interpolations: `(rows, steps, h, w, c)`: walks from one latent to another.
        truncations: `(values, images)` of shapes `(rows,)` and `(rows, m, h, w, c)`.
        reasons: For what is None, why: name of the field -> a sentence for the page.
        kind: What the samples are; what their shape means if not given.

    Example:

    >>> Pictures(gan.sample(64, seed=0), real[:64], reasons={"by_class": "There are no labels."})
    """

    samples: np.ndarray | None = None
    real: np.ndarray | None = None
    by_class: np.ndarray | None = None
    neighbours: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    interpolations: np.ndarray | None = None
    truncations: tuple[np.ndarray, np.ndarray] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    kind: kinds.Kind | None = None


class Picture(NamedTuple):
    """A PNG file and what a page must know to place it."""

    png: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The file itself as an address, for `<img src>`."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


class Sound(NamedTuple):
    """A WAV file of samples, and their picture."""

    wav: bytes
    picture: Picture

    @property
    def uri(self) -> str:
        """The file itself as an address, for `<audio src>`."""
        return "data:audio/wav;base64," + base64.b64encode(self.wav).decode("ascii")


class Text(NamedTuple):
    """Samples as lines."""

    lines: list[str]


def grid_picture(images: np.ndarray, columns: int | None = None) -> Picture:
    """Lays images out in rows, as `keras_gan.plotting.grid`, with transparent gaps.

    Args:
        images: `(n, h, w, c)`, float in [-1, 1] or uint8.
        columns: Images in a row. If not given, the grid is about as high as it is wide.

    Raises:
        ValueError: if there are no images, or they have another rank.

    Example:

    >>> grid_picture(gan.sample(64, seed=0), columns=8).png
    """
    pixels = drawing.grid(images, columns)
    gaps = drawing.grid(np.zeros((*np.shape(images)[:3], 1), np.uint8), columns)
    inside = slice(2, -2)  # no rim: the grid ends where the text beside it ends
    pixels = np.concatenate([pixels, 255 - gaps], axis=-1)[inside, inside]
    factor = max(1, round(SIDE / max(drawing.TILE, *np.shape(images)[1:3])))
    return _picture(pixels.repeat(factor, axis=0).repeat(factor, axis=1))


def strip_pictures(images: np.ndarray) -> list[Picture]:
    """One picture a row: `(rows, m, h, w, c)` -> rows strips of m images each."""
    return [grid_picture(row, columns=len(row)) for row in images]


def single_pictures(images: np.ndarray) -> list[Picture]:
    """One picture an image: `(n, h, w, c)` -> n pictures."""
    return [grid_picture(image[None]) for image in images]


def file_picture(png: bytes) -> Picture:
    """A picture from a PNG file that is already there.

    Raises:
        ValueError: if the bytes are no picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(png)) as image:
            return Picture(png, *image.size)
    except UnidentifiedImageError as error:
        raise ValueError(f"Expected the bytes of a PNG. Received: {png[:16]!r}...") from error


def kind_of(samples: np.ndarray) -> kinds.Kind:
    """What samples `(n, ...)` are by their shape.

    Raises:
        ValueError: for what no report can show.
    """
    shape = np.shape(samples)
    kind = kinds.of(shape[1:])
    if 0 in shape or type(kind) is kinds.Kind:
        raise ValueError(
            "A report shows images (n, height, width, channels), points (n, d) or other samples. "
            f"Received: an array of shape {shape}."
        )
    return kind


def sample_view(
    kind: kinds.Kind, samples: np.ndarray, real: np.ndarray | None = None
) -> Picture | Sound | Text:
    """What a page shows of samples: one picture, a player beside it, or lines.

    Pictures are as their kind draws them; the gaps of images are transparent.
    """
    if isinstance(kind, kinds.Picture):
        return grid_picture(samples)
    if kind.medium == "text":
        return Text(kind.lines(samples))
    if kind.medium == "sound":
        heard = samples[:HEARD]
        return Sound(kind.file(heard), _picture(kind.picture(heard)))
    return _picture(kind.picture(samples, real=real))


def _picture(pixels: np.ndarray) -> Picture:
    from PIL import Image

    file = io.BytesIO()
    flat = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(flat).save(file, format="PNG")
    return Picture(file.getvalue(), pixels.shape[1], pixels.shape[0])

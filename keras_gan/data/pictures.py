"""One picture: what its header says, decoding to 8 bits, cropping and resizing (Pillow)."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image, ImageFile, ImageOps, ImageSequence

from keras_gan.data.bare import bare

GRAY_MODES = {"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N", "F"}
ORIENTATION = 0x0112  # the EXIF tag
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ON_ITS_SIDE = [TURNS[value] for value in (5, 6, 7, 8)]
LANCZOS = Image.Resampling.LANCZOS
WHITE = 65535  # of 16 bits

# Not taken though Pillow opens them: EPS is drawn by Ghostscript; of MPEG the header alone is read;
# the flat copy in a PSD is blank where its program was told not to keep one; FITS are measurements
# in which no value is white.
NOT_TAKEN = {"EPS", "FITS", "MPEG", "PSD"}


class Header(NamedTuple):
    """Size as seen after the EXIF rotation, whether the picture is gray, and of over 8 bits."""

    size: tuple[int, int]  # (height, width)
    gray: bool
    deep: bool


def formats() -> list[str]:
    """Names of the raster formats that Pillow decodes by itself, and of those added to it."""
    Image.init()
    return [
        name
        for name, (factory, _) in Image.OPEN.items()
        if name not in NOT_TAKEN
        and not (isinstance(factory, type) and issubclass(factory, ImageFile.StubImageFile))
    ]


def suffixes() -> set[str]:
    """Suffixes of the files that are taken, such as ".png"."""
    taken = {*formats(), "MPO"}  # JPEG's decoder opens MPO
    return {suffix for suffix, name in Image.registered_extensions().items() if name in taken}


def header(path: str | Path) -> Header:
    """Read a picture's header without decoding its pixels; ValueError if it has none."""

    def look(image: Image.Image) -> Header:
        width, height = image.size
        # Pillow decodes a whole PNG in search of EXIF data behind its pixels: not here.
        if (image.format != "PNG" or "exif" in image.info) and _turn(image) in ON_ITS_SIDE:
            width, height = height, width
        raw = _raw_mode(image)
        gray = image.mode in GRAY_MODES or raw == "LA;16B"
        deep = image.mode[0] in "IF" or raw.endswith(("16B", "16L", "16N"))
        return Header((height, width), gray, deep)

    return _opened(path, look)


def read(path: str | Path, size: tuple[int, int], gray: bool) -> np.ndarray:
    """Decode a picture file at a size.

    The first frame is turned as EXIF says, laid on white where transparent, brought to 8 bits,
    centre-cropped to the target's aspect and resized with antialiasing (Lanczos).

    Args:
        path: file of one of `formats()`, of any mode.
        size: (height, width).
        gray: True gives one channel, False three.

    Returns:
        uint8 array (height, width, 1 or 3).

    Raises:
        ValueError: names the file that cannot be decoded.

    Example:
        >>> read("cat.jpg", (64, 64), gray=False).shape
        (64, 64, 3)
    """

    def decode(image: Image.Image) -> np.ndarray:
        # JPEG only: decode at 1/2, 1/4 or 1/8 as long as twice the target's size remains.
        image.draft(None, (2 * max(size), 2 * max(size)))
        flat = _eight_bits(image, "L" if gray else "RGB")
        turn = _turn(image)
        if turn is not None:
            flat = flat.transpose(turn)
        return np.asarray(ImageOps.fit(flat, size[::-1], LANCZOS))

    pixels = _opened(path, decode)
    return pixels[:, :, None] if gray else pixels


def frames(path: str | Path, size: tuple[int, int] | None = None) -> np.ndarray:
    """Decode all frames of a moving picture, each as `read` decodes the first one.

    Args:
        path: file of one of `formats()`.
        size: (height, width); that of the file if not given.

    Returns:
        uint8 array (frames, height, width, 3).

    Raises:
        ValueError: names the file that cannot be decoded.
    """

    def decode(image: Image.Image) -> np.ndarray:
        flat = [_eight_bits(frame, "RGB") for frame in ImageSequence.Iterator(image)]
        wanted = flat[0].size if size is None else size[::-1]
        return np.stack([np.asarray(ImageOps.fit(frame, wanted, LANCZOS)) for frame in flat])

    return _opened(path, decode)


def brightest(path: str | Path) -> float:
    """The largest value of a picture of over 8 bits, where 1 is what comes out white."""

    def look(image: Image.Image) -> float:
        if image.mode[0] in "IF":
            return float(np.asarray(image).max()) / WHITE
        return float(np.asarray(image.convert("RGB")).max()) / 255

    return _opened(path, look)


def unreadable(path: str | Path, error: Exception) -> ValueError:
    """The one sentence about a file that is damaged, truncated or no picture."""
    reason = str(error).replace(f" {str(path)!r}", "").rstrip(": ") or type(error).__name__
    return ValueError(
        f"An image file cannot be read ({reason}). Received: {shown(path)}. "
        f"Expected a whole picture; errors='skip' leaves such files out."
    )


def shown(name: str | Path) -> str:
    """A file's name as it can be printed: bytes that are no UTF-8, and controls, are escaped."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}" for c in text)


def fit(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Centre-crop an array to the target's aspect and resize it with antialiasing (Lanczos).

    Args:
        image: uint8 (h, w, channels), or float32 in [-1, 1].
        size: (height, width).

    Returns:
        Array (height, width, channels) of the same dtype and range; the input itself if it fits.

    Example:
        >>> fit(np.zeros((10, 20, 3), "uint8"), (5, 5)).shape
        (5, 5, 3)
    """
    if image.shape[:2] == tuple(size):
        return image
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(image, -1, 0)]
    planes = [np.asarray(ImageOps.fit(plane, size[::-1], LANCZOS)) for plane in planes]
    resized = np.stack(planes, axis=-1)
    return resized if resized.dtype == np.uint8 else resized.clip(-1, 1)  # Lanczos overshoots


def _opened(path: str | Path, work: Callable[[Image.Image], Any]) -> Any:
    """Do something with the open picture; where that fails, without its side information."""
    try:
        with Image.open(path, formats=formats()) as image:
            return work(image)
    except Exception as error:
        try:
            with Image.open(io.BytesIO(bare(path) or b""), formats=formats()) as image:
                return work(image)
        except Exception:
            if isinstance(error, Warning):  # the process makes warnings errors: not the file's
                raise error from None
            raise unreadable(path, error) from error


def _raw_mode(image: Image.Image) -> str:
    """How the file holds its pixels, such as "L;4" or "RGB;16B"; "" where that is not said."""
    args = image.tile[0].args if getattr(image, "tile", None) else ""
    args = args[0] if isinstance(args, tuple) and args else args
    return args if isinstance(args, str) else ""


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How EXIF says that the picture is to be turned; None if it does not, or is broken."""
    try:
        return TURNS.get(image.getexif().get(ORIENTATION))
    except Exception:
        return None


def _eight_bits(image: Image.Image, mode: str) -> Image.Image:
    """Convert to "L" or "RGB", transparent pixels on white."""
    raw, key = _raw_mode(image), image.info.get("transparency")
    clear = None  # where a file of other than 8 bits is transparent
    if raw == "RGB;16B" and key is not None:  # Pillow keeps the high bytes, which are no key
        clear = _clear_of_16_bits(image)
    if image.mode[0] in "IF":  # 16-bit gray: 65535 is white
        values = np.asarray(image).astype(np.float64)
        if not np.isfinite(values).all():
            raise ValueError("it has values that are not finite")
        clear = None if key is None else values == key
        image = Image.fromarray((values / 257.0).round().clip(0, 255).astype(np.uint8))
    elif key is not None and raw in ("L;2", "L;4"):
        clear = np.asarray(image) == key * (85 if raw == "L;2" else 17)
    if clear is not None:
        image = image.convert(mode)
        image.info.pop("transparency", None)
        image.paste("white", mask=Image.fromarray(clear))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert(mode)


def _clear_of_16_bits(image: Image.Image) -> np.ndarray:
    """Where a PNG of 16 bits per colour is transparent."""
    place = image.fp.tell()
    image.fp.seek(0)
    pixels = tf.io.decode_png(image.fp.read(), channels=4, dtype=tf.uint16).numpy()
    image.fp.seek(place)
    return pixels[:, :, 3] == 0

"""One picture: what its header says, decoding to 8 bits, cropping and resizing (Pillow)."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

GRAY_MODES = {"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N"}
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}
ORIENTATION = 0x0112  # the EXIF tag
LANCZOS = Image.Resampling.LANCZOS


class Header(NamedTuple):
    """Size as seen after the EXIF rotation, and whether the picture is gray."""

    size: tuple[int, int]  # (height, width)
    gray: bool


def header(path: str | Path) -> Header:
    """Read a picture's header without decoding its pixels; ValueError if it has none."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            # Pillow decodes a whole PNG in search of EXIF data behind its pixels: not here.
            has_exif = image.format != "PNG" or "exif" in image.info
            if has_exif and image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8):
                width, height = height, width
            return Header((height, width), image.mode in GRAY_MODES)
    except Exception as error:
        raise unreadable(path, error) from error


def read(path: str | Path, size: tuple[int, int], gray: bool) -> np.ndarray:
    """Decode a picture file at a size.

    The first frame is turned as EXIF says, laid on white where transparent, brought to 8 bits,
    centre-cropped to the target's aspect and resized with antialiasing (Lanczos).

    Args:
        path: PNG, JPEG, BMP, GIF or WebP file of any mode.
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
    try:
        with Image.open(path) as image:
            # JPEG only: decode at 1/2, 1/4 or 1/8 as long as twice the target's size remains.
            image.draft(None, (2 * max(size), 2 * max(size)))
            image = ImageOps.exif_transpose(image)
            image = _eight_bits(image, "L" if gray else "RGB")
            pixels = np.asarray(ImageOps.fit(image, size[::-1], LANCZOS))
    except Exception as error:
        raise unreadable(path, error) from error
    return pixels[:, :, None] if gray else pixels


def unreadable(path: str | Path, error: Exception) -> ValueError:
    """The one sentence about a file that is damaged, truncated or no picture."""
    reason = str(error).replace(f" {str(path)!r}", "").rstrip(": ") or type(error).__name__
    return ValueError(
        f"An image file cannot be read ({reason}). Received: {path}. "
        f"Expected a whole PNG, JPEG, BMP, GIF or WebP file; errors='skip' leaves such files out."
    )


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


def _eight_bits(image: Image.Image, mode: str) -> Image.Image:
    """Convert to "L" or "RGB", transparent pixels on white."""
    if image.mode == "F" or image.mode.startswith("I"):  # 16-bit gray: 65535 is white
        values = np.asarray(image).astype(np.float64) / 257.0
        image = Image.fromarray(values.round().clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert(mode)

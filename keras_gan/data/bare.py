"""A picture file without its side information, for when that is broken and the pixels are not."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
PNG_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
CLEAR_COLOUR = {0: 2, 2: 6}  # bytes of a tRNS chunk by the colour type, gray or RGB
JPEG = b"\xff\xd8"
APP0, APP1, APP14, APP15, COMMENT, SCAN = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE, 0xDA
JPEG_NEEDED = {APP0: (b"JFIF\0", 14), APP1: (b"Exif\0\0", 8), APP14: (b"Adobe", 12)}  # least bytes


def bare(path: str | Path) -> bytes | None:
    """Read a PNG or JPEG file without what its pixels do not need.

    Texts, colour profiles, thumbnails and animations go. What turns the picture or tells its
    colours stays where it is whole.

    Args:
        path: any file.

    Returns:
        The bytes of a picture file; None for other formats.

    Example:
        >>> bare("scan.png")[:4]
        b'\\x89PNG'
    """
    content = Path(path).read_bytes()
    if content.startswith(PNG):
        return PNG + b"".join(_chunks(content))
    if content.startswith(JPEG):
        return JPEG + b"".join(_segments(content))
    return None


def _chunks(content: bytes) -> Iterator[bytes]:
    start, least = len(PNG), CLEAR_COLOUR.get(content[25], 1)
    while start + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, start)
        stop = start + 12 + length
        kind = content[start + 4 : start + 8]
        crc = struct.pack(">I", zlib.crc32(content[start + 4 : stop - 4]))
        whole = content[stop - 4 : stop] == crc
        side = whole and (kind == b"eXIf" or (kind == b"tRNS" and length >= least))
        if side or kind in PNG_NEEDED:
            yield content[start:stop]
        start = stop


def _segments(content: bytes) -> Iterator[bytes]:
    start = len(JPEG)
    while start + 4 <= len(content) and content[start] == 0xFF and content[start + 1] != SCAN:
        marker, (length,) = content[start + 1], struct.unpack_from(">H", content, start + 2)
        stop = start + 2 + max(length, 2)
        begin, least = JPEG_NEEDED.get(marker, (None, 0))
        side = APP0 <= marker <= APP15 or marker == COMMENT
        if not side or (begin and content.startswith(begin, start + 4) and length >= least):
            yield content[start:stop]
        start = stop
    yield content[start:]

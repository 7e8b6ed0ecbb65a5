"""One picture file: what lies beside its pixels, transparency at every depth, 16 bits."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_gan.data import load, pictures


def chunk(kind, content, crc=None):
    crc = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


def png(width, depth, colour_type, row, *chunks, after=b""):
    """A PNG of one row, bit by bit."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, depth, colour_type, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" + bytes(row)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + pixels + after + chunk(b"IEND", b"")


def words(*values):
    return struct.pack(f">{len(values)}H", *values)


def encoded(image, suffix, **options):
    file = io.BytesIO()
    image.save(file, suffix, **options)
    return file.getvalue()


def read(folder, content, suffix="png"):
    """The pixels of the first row."""
    path = folder / f"a.{suffix}"
    path.write_bytes(content)
    head = pictures.header(path)
    return pictures.read(path, head.size, head.gray)[0].tolist()


PALETTE = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]))
WHITE = [255, 255, 255]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png(2, 1, 0, [0b01000000], chunk(b"tRNS", words(0))), [[255], [255]]),
        (png(2, 1, 0, [0b01000000], chunk(b"tRNS", words(1))), [[0], [255]]),
        (png(4, 2, 0, [0b00011011], chunk(b"tRNS", words(1))), [[0], [255], [170], [255]]),
        (png(2, 4, 0, [0x2E], chunk(b"tRNS", words(2))), [[255], [238]]),
        (png(2, 8, 0, [10, 200], chunk(b"tRNS", words(10))), [[255], [200]]),
        # 65535 is 255; the second pixel has the key's high byte and is another colour
        (
            png(3, 16, 0, words(25700, 25701, 51400), chunk(b"tRNS", words(25700))),
            [[255], [100], [200]],
        ),
        (png(2, 16, 4, words(25700, 0, 25700, 65535)), [[255], [100]]),
        (
            png(
                2,
                16,
                2,
                words(2560, 5120, 7680, 2560, 5120, 7681),
                chunk(b"tRNS", words(2560, 5120, 7680)),
            ),
            [WHITE, [10, 20, 30]],
        ),
        (png(2, 16, 6, words(2560, 0, 0, 0, 2560, 5120, 7680, 65535)), [WHITE, [10, 20, 30]]),
        (
            png(4, 2, 3, [0b00011011], PALETTE, chunk(b"tRNS", bytes([0, 51, 255]))),
            [WHITE, [204, 255, 204], [0, 0, 255], [9, 9, 9]],
        ),
    ],
    ids=["1bit0", "1bit1", "2bit", "4bit", "8bit", "16bit", "16la", "16rgb", "16rgba", "palette"],
)
def test_transparent_colours_lie_on_white_at_every_depth(tmp_path, content, expected):
    assert read(tmp_path, content) == expected


def test_other_modes(tmp_path):
    red = Image.new("LAB", (1, 1), (138, 209, 198))  # 54.3, 80.8, 69.9 under D50
    np.testing.assert_allclose(read(tmp_path, encoded(red, "tiff"), "tif"), [[255, 0, 0]], atol=5)
    inverted = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpeg", quality=100)
    assert b"Adobe" in inverted
    np.testing.assert_allclose(read(tmp_path, inverted, "jpg")[0], [255, 0, 0], atol=3)
    floats = encoded(Image.fromarray(np.full((1, 1), 25700.0, np.float32)), "tiff")
    assert read(tmp_path, floats, "tif") == [[100]]
    frames = [Image.new("L", (1, 1), value) for value in (10, 200)]
    for suffix in ("tiff", "gif", "webp"):
        many = encoded(frames[0], suffix, save_all=True, append_images=frames[1:])
        np.testing.assert_allclose(read(tmp_path, many, suffix)[0], 10, atol=1)
    bad = encoded(Image.fromarray(np.full((1, 1), np.nan, np.float32)), "tiff")
    with pytest.raises(ValueError, match=r"not finite.*errors='skip'"):
        read(tmp_path, bad, "tif")


PIXELS = [1, 2, 3, 9, 9, 9]
BOMB = zlib.compress(bytes(3 * 2**20))


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"eXIf", b"\0\x08\0\x02\x01\x12\0\x03"),
        chunk(b"eXIf", b"II*\0\x08\0\0\0", crc=1),
        chunk(b"tEXt", b"key\0value", crc=1),
        chunk(b"zTXt", b"key\0\7what"),
        chunk(b"zTXt", b"key\0\0" + BOMB),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB),
        chunk(b"iCCP", b""),
        chunk(b"iCCP", b"name\0\1what"),
        chunk(b"gAMA", b"1"),
        chunk(b"pHYs", b"1"),
        chunk(b"acTL", b"1"),
        chunk(b"acTL", bytes(8)),
        chunk(b"tRNS", b"1"),
    ],
    ids=lambda content: content[4:8].decode(),
)
def test_broken_chunks_beside_the_pixels_of_a_png(tmp_path, broken):
    assert read(tmp_path, png(2, 8, 2, PIXELS, broken)) == [[1, 2, 3], [9, 9, 9]]
    if b"TXt" in broken:
        assert read(tmp_path, png(2, 8, 2, PIXELS, after=broken)) == [[1, 2, 3], [9, 9, 9]]


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


@pytest.mark.parametrize(
    "broken",
    [
        segment(0xE1, b"Exif\0\0" + b"\0\x08\0\x02\x01\x12\0\x03"),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<<<"),
        segment(0xE2, b"ICC_PROFILE\0"),
        segment(0xE2, b"MPF\0what"),
        segment(0xEE, b"Adobe"),
        segment(0xE0, b"JFIF\0"),
    ],
)
def test_broken_segments_beside_the_pixels_of_a_jpeg(tmp_path, broken):
    jpeg = encoded(Image.new("RGB", (8, 8), (200, 100, 50)), "jpeg", quality=100)
    got = read(tmp_path, jpeg[:2] + broken + jpeg[2:], "jpg")
    np.testing.assert_allclose(got[0], [200, 100, 50], atol=3)


def test_what_turns_a_picture_survives_broken_neighbours(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    turn = exif.tobytes()[6:]  # without "Exif\0\0"
    content = png(2, 8, 0, [10, 20], chunk(b"eXIf", turn), chunk(b"gAMA", b"1"))
    (tmp_path / "a.png").write_bytes(content)
    assert pictures.header(tmp_path / "a.png").size == (2, 1)
    assert pictures.read(tmp_path / "a.png", (2, 1), True).ravel().tolist() == [10, 20]


@pytest.mark.parametrize("suffix", ["png", "webp", "jpeg"])
def test_a_folder_with_broken_exif_is_read_without_a_word(tmp_path, suffix):
    for i, exif in enumerate((b"\0\x08\0\x02\x01\x12\0\x03", b"II*\0\xff\xff\xff\xff")):
        whole = Image.new("RGB", (8, 8), (200, 0, 0))
        whole.save(tmp_path / f"{i}.{suffix}", exif=b"Exif\0\0" + exif)
    assert load(tmp_path).size == 2


def test_a_damaged_picture_is_still_unreadable(tmp_path):
    content = bytearray(png(2, 8, 2, PIXELS, chunk(b"gAMA", b"1")))
    content[content.index(b"IDAT") + 6] ^= 255
    with pytest.raises(ValueError, match=r"cannot be read.*a\.png"):
        read(tmp_path, bytes(content))


def test_a_large_picture_is_no_warning_of_pillow(tmp_path, monkeypatch):
    Image.new("L", (20, 20), 7).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)  # 400 warn, 600 are refused
    assert load(tmp_path).size == 1
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match=r"cannot be read \(Image size \(400 pixels\)"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "suffix", "said"),
    [
        (encoded(Image.fromarray(np.full((2, 2), 4095, np.uint16)), "png"), "png", "6.2% of white"),
        (encoded(Image.fromarray(np.full((2, 2), 16383, np.uint16)), "tiff"), "tif", "25.0%"),
        (png(1, 16, 2, words(4095, 0, 0)), "png", "5.9% of white"),
        (encoded(Image.fromarray(np.ones((2, 2), np.float32)), "tiff"), "tif", "0.0% of white"),
        (encoded(Image.fromarray(np.full((2, 2), 131070, np.int32)), "tiff"), "tif", "2.0 times"),
    ],
    ids=["12bit", "14bit", "rgb", "float", "32bit"],
)
@pytest.mark.parametrize("cache", [True, False])
def test_values_that_leave_pictures_dark_are_said_once(tmp_path, content, suffix, said, cache):
    for i in range(3):
        (tmp_path / f"{i}.{suffix}").write_bytes(content)
    with pytest.warns(UserWarning, match=said) as caught:
        load(tmp_path, cache=cache)
    assert len(caught) == 1
    assert "3 files" in str(caught[0].message)


def test_values_of_16_bits_and_one_dark_picture_are_not_said(tmp_path):
    for i, value in enumerate((3000, 30000)):
        Image.fromarray(np.full((2, 2), value, np.uint16)).save(tmp_path / f"{i}.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(tmp_path).size == 2


def test_formats():
    names, taken = set(pictures.formats()), pictures.suffixes()
    assert {"PNG", "JPEG", "TIFF", "WEBP", "AVIF", "GIF", "BMP", "TGA", "QOI"} <= names
    assert {".png", ".jpe", ".jfif", ".tif", ".tiff", ".avif", ".mpo", ".ppm"} <= taken
    # Stubs without a decoder, what another program draws, headers alone, working files.
    assert not names & {"BUFR", "GRIB", "HDF5", "WMF", "EPS", "PDF", "MPEG", "PSD", "FITS"}
    assert not taken & {".eps", ".ps", ".pdf", ".wmf", ".h5", ".mpg", ".psd", ".txt", ""}

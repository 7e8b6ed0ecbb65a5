"""Pictures of a report: every pixel where it belongs, gaps that can be seen through."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from keras_gan import plotting
from keras_gan.core import kinds
from keras_gan.reporting import pictures


def decode(picture):
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.size == (picture.width, picture.height)
        return np.asarray(image)


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 1), (32, 3), (200, 3)])
def test_a_grid_shows_each_image_enlarged_by_a_whole_number(size, channels):
    images = np.random.default_rng(0).uniform(-1, 1, (5, size, size, channels))
    pixels = decode(pictures.grid_picture(images, columns=3))
    bands = 2 if channels == 1 else 4  # gray or RGB, and how far one sees through
    assert pixels.shape[-1] == bands
    factor = {8: 18, 28: 6, 32: 6, 200: 1}[size]
    tile = size * factor
    gap = 2 * {8: 3, 28: 3, 32: 3, 200: 1}[size]
    assert pixels.shape[:2] == (2 * tile + gap, 3 * tile + 2 * gap)
    for i, image in enumerate(plotting.to_uint8(images)):
        top, left = i // 3 * (tile + gap), i % 3 * (tile + gap)
        shown = pixels[top : top + tile, left : left + tile]
        assert (shown[..., -1] == 255).all()
        assert np.array_equal(shown[::factor, ::factor, :-1], image)
        assert np.array_equal(shown[factor - 1 :: factor, factor - 1 :: factor, :-1], image)
    assert (pixels[tile : tile + gap, :, -1] == 0).all()
    assert (pixels[tile:, 2 * tile + gap :, -1] == 0).all()  # no sixth image


def test_strips_and_single_pictures(digits):
    images = digits[0][:12]
    strips = pictures.strip_pictures(images.reshape(3, 4, 8, 8, 1))
    assert [(s.width, s.height) for s in strips] == [(4 * 144 + 3 * 6, 144)] * 3
    singles = pictures.single_pictures(images)
    assert len(singles) == 12
    assert np.array_equal(decode(singles[5])[::18, ::18, 0], plotting.to_uint8(images[5])[..., 0])


def test_an_address_holds_the_file():
    picture = pictures.grid_picture(np.zeros((1, 8, 8, 1)))
    head, content = picture.uri.split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(content) == picture.png


def test_a_file_is_taken_as_it_is(tmp_path):
    plotting.save_grid(np.zeros((2, 8, 8, 1)), tmp_path / "a.png", columns=2)
    png = (tmp_path / "a.png").read_bytes()
    assert pictures.file_picture(png) == pictures.Picture(png, 102, 52)
    with pytest.raises(ValueError, match=r"Expected the bytes of a PNG. Received: b'no picture'"):
        pictures.file_picture(b"no picture")


def test_images_and_points_are_told_apart():
    assert pictures.kind_of(np.zeros((5, 2))) == kinds.Points()
    assert pictures.kind_of(np.zeros((5, 8, 8, 1))) == kinds.Picture()
    assert pictures.kind_of(np.zeros((5, 8, 8))) == kinds.Wave()
    for shape in [(5, 1, 2, 3, 4, 5), (0, 2), (5,)]:
        with pytest.raises(ValueError, match="Received: an array of shape"):
            pictures.kind_of(np.zeros(shape))

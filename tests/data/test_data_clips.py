"""Folders of moving pictures, and lists of clips: read whole, or refused in a sentence."""

import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan import data
from keras_gan.core.kinds import Clip


def write(path, frames, size=(10, 8), colours=False, seed=0):
    """A GIF of so many frames, each a level of gray of its own."""
    levels = np.linspace(0, 255, frames + 2).astype(np.uint8)[1:-1] - seed
    pixels = np.ones((frames, *size, 3), np.uint8) * levels[:, None, None, None]
    if colours:
        pixels[..., 0] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [Image.fromarray(frame) for frame in pixels]
    images[0].save(path, save_all=True, append_images=images[1:], duration=100)
    return pixels


def loaded(folder, **options):
    return data.load(str(folder), kind=Clip(), shuffle=False, **options)


def test_all_frames_are_read_and_gray_stays_gray(tmp_path):
    written = [write(tmp_path / f"{k}.gif", 4, seed=k) for k in range(3)]
    found = loaded(tmp_path)
    assert (found.image_shape, found.size, found.kind) == ((4, 10, 8, 1), 3, Clip())
    (batch,) = found.as_numpy_iterator()
    np.testing.assert_allclose(batch, np.stack(written)[..., :1] / 127.5 - 1, atol=1e-6)
    first = next(iter(data.load(str(tmp_path), shuffle=False)))
    np.testing.assert_allclose(first[..., :1], batch[:, 0], atol=1e-6)  # without the kind


def test_classes_colours_and_sizes(tmp_path):
    write(tmp_path / "a" / "1.gif", 4, colours=True)
    write(tmp_path / "b" / "1.gif", 6, size=(20, 16))
    found = loaded(tmp_path, length=3, image_size=8)
    assert (found.image_shape, found.class_names) == ((3, 8, 8, 3), ["a", "b"])
    assert found.fingerprint == loaded(tmp_path, length=4, image_size=4).fingerprint


def test_what_does_not_fit_is_named(tmp_path):
    write(tmp_path / "1.gif", 4)
    write(tmp_path / "2.gif", 6)
    with pytest.raises(
        ValueError, match=r"clips differ in their lengths.*4 frames .*1.gif. and 6.*length="
    ):
        loaded(tmp_path)
    with pytest.raises(ValueError, match=r"too short. Received: .*1.gif of 4 frames. Expected 5"):
        loaded(tmp_path, length=5)
    assert loaded(tmp_path, length=2).image_shape == (2, 10, 8, 1)
    write(tmp_path / "3.gif", 4, size=(8, 8))
    with pytest.raises(ValueError, match=r"sides.*10x8 pixels .* and 8x8.*image_size="):
        loaded(tmp_path, length=2)
    Image.new("L", (8, 10)).save(tmp_path / "4.png")
    with pytest.raises(ValueError, match=r"too short.*4.png of 1 frames. Expected at least 2"):
        loaded(tmp_path, image_size=8)


def test_unreadable_ones_are_named_or_left_out(tmp_path):
    write(tmp_path / "1.gif", 4)
    (tmp_path / "2.gif").write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match=r"cannot be read.*2.gif"):
        loaded(tmp_path)
    with pytest.warns(UserWarning, match="1 of 2 clips cannot be read"):
        assert loaded(tmp_path, errors="skip").size == 1


def test_lists_of_clips_that_differ_are_refused():
    clips = [np.zeros((n, 8, 8, 1), np.float32) for n in (4, 4, 6)]
    message = r"clips differ in their shapes. Received: \(4, 8, 8, 1\) and \(6, 8, 8, 1\)"
    with pytest.raises(ValueError, match=message):
        data.load(clips, kind=Clip())
    gan = keras_gan.VideoGAN((4, 8, 8, 1), width=2, latent_dim=2)
    gan.compile()
    with pytest.raises(ValueError, match=message):
        gan.fit(clips)

"""Samples by the thousand are those of `sample`, written part by part; walks from seed to seed."""

import numpy as np
import pytest
from conftest import build
from PIL import Image

import keras_gan
from keras_gan.command import many, walk


@pytest.fixture(scope="module")
def gan():
    return build(keras_gan.CGAN, num_classes=3)


def test_a_folder_of_pictures(gan, tmp_path, monkeypatch):
    monkeypatch.setattr(many, "PART", 3)
    out = f"{tmp_path / 'a'}/"
    many.save_samples(gan, out, 7, [0, 1, 2, 0, 1, 2, 0], seed=4, truncation=0.5)
    expected = keras_gan.plotting.to_uint8(
        gan.sample(7, labels=[0, 1, 2, 0, 1, 2, 0], seed=4, truncation=0.5)
    )
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert files == [f"{k:05}.png" for k in range(7)]
    for k, name in enumerate(files):
        with Image.open(tmp_path / "a" / name) as image:
            difference = np.asarray(image).astype(int) - expected[k, ..., 0]
            assert np.abs(difference).max() <= 1
    with pytest.raises(FileExistsError):
        many.save_samples(gan, out, 2, None, 0, 1.0)


def test_an_npz_file(gan, tmp_path, monkeypatch):
    monkeypatch.setattr(many, "PART", 4)
    for _ in range(2):  # the file may be replaced
        many.save_samples(gan, str(tmp_path / "a.npz"), 9, None, seed=0, truncation=1.0)
    with np.load(tmp_path / "a.npz") as found:
        assert (found["images"].shape, found["images"].dtype) == ((9, 8, 8, 1), np.uint8)
        assert found["labels"].tolist() == [0, 1, 2] * 3
        expected = keras_gan.plotting.to_uint8(gan.sample(9, seed=0)).astype(int)
        assert np.abs(found["images"] - expected).max() <= 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_points_stay_what_they_are(tmp_path):
    points = build(keras_gan.VanillaGAN, image_shape=(2,))
    many.save_samples(points, str(tmp_path / "a.npz"), 5, None, 0, 1.0)
    with np.load(tmp_path / "a.npz") as found:
        assert found.files == ["images"]
        np.testing.assert_allclose(found["images"], points.sample(5, seed=0), rtol=1e-6)
    with pytest.raises(ValueError, match=r"Expected an \.npz file"):
        many.save_samples(points, f"{tmp_path}/b/", 5, None, 0, 1.0)


def test_what_is_written_follows_from_the_name():
    assert many.is_for_many("a/")
    assert many.is_for_many("a.npz")
    assert not many.is_for_many("a.png")


def test_a_walk_begins_with_the_samples_of_its_seed(gan, tmp_path, monkeypatch):
    """Three stops of two frames each: every second frame is what the next seed gives."""
    monkeypatch.setattr(walk, "STOPS", 3)
    monkeypatch.setattr(walk, "FRAMES", 2)
    walk.save_walk(gan, tmp_path / "walk.gif", n=4, labels=[0, 1, 2, 0], seed=5)
    with Image.open(tmp_path / "walk.gif") as image:
        assert image.n_frames == 6
        for k in range(3):
            image.seek(2 * k)
            expected = keras_gan.plotting.grid(gan.sample(4, labels=[0, 1, 2, 0], seed=5 + k))
            difference = np.asarray(image.convert("L")).astype(int) - expected[..., 0]
            assert np.abs(difference).max() <= 2
    points = build(keras_gan.VanillaGAN, image_shape=(2,))
    with pytest.raises(ValueError, match="A walk is shown in pictures"):
        walk.save_walk(points, tmp_path / "b.gif")

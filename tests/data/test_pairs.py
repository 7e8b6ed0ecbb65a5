"""Pictures and what they are to be made from: by name, by half, or computed."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gan.data import find, load, paired


def folder(path, values, suffix="png", shape=(8, 8)):
    """A folder of grey pictures, each of one value; `values` go by their names."""
    for name, value in values.items():
        file = path / f"{name}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(shape, value, np.uint8)).save(file)
    return path


def pairs(dataset):
    both = [np.concatenate(part) for part in zip(*dataset.as_numpy_iterator(), strict=True)]
    return [np.round((x[:, 0, 0, 0] + 1) * 127.5).astype(int).tolist() for x in both]


def test_a_folder_goes_by_names_whatever_the_suffix(tmp_path):
    photos = folder(tmp_path / "a", {"x/1": 1, "x/2": 2, "y/3": 3})
    drawings = folder(tmp_path / "b", {"y/3": 103, "x/1": 101, "x/2": 102, "x/0": 100}, "bmp")
    dataset = paired(photos, drawings, batch_size=2, seed=4)
    images, inputs = pairs(dataset)
    assert images == (np.random.default_rng([4, 0]).permutation(3) + 1).tolist()
    assert inputs == [100 + value for value in images]
    again = paired(photos, drawings, batch_size=2, seed=4).map(lambda a, b: (a, b))
    find(again, "order").epoch = 1
    assert pairs(again) == pairs(dataset)  # that goes on with its second epoch
    facts = dataset.image_shape, dataset.condition_shape, dataset.size, dataset.num_classes
    assert facts == ((8, 8, 1), (8, 8, 1), 3, None)
    assert pairs(paired(photos, drawings, limit=1, shuffle=False))[1][0] > 100
    folder(tmp_path / "b", {"x/1": 99}, "bmp")
    assert paired(photos, drawings).fingerprint != dataset.fingerprint


def test_pictures_without_one_of_their_name_are_counted(tmp_path):
    photos = folder(tmp_path / "a", {"1": 1, "2": 2})
    drawings = folder(tmp_path / "b", {"1": 1})
    with pytest.raises(ValueError, match=r"Received: 1 of 2 without, such as '2'"):
        paired(photos, drawings)
    folder(tmp_path / "b", {"2": 1, "1": 2}, "bmp")
    with pytest.raises(ValueError, match=r"same name. Received: '1' with two suffixes"):
        paired(photos, drawings)
    with pytest.raises(ValueError, match="Expected two folders, or two arrays"):
        paired("digits", photos)


def test_arrays_go_by_their_order():
    images = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 1), np.uint8)
    assert pairs(paired(images, images + 50, shuffle=False)) == [[0, 1, 2, 3], [50, 51, 52, 53]]
    with pytest.raises(ValueError, match="Received: 3 for 4"):
        paired(images, images[:3])


def test_halves_are_of_the_same_size(tmp_path):
    wide = np.concatenate([np.full((8, 6), 10), np.full((8, 6), 20)], 1).astype(np.uint8)
    (tmp_path / "a").mkdir()
    Image.fromarray(wide).save(tmp_path / "a" / "1.png")
    left = paired(tmp_path / "a", "left")
    assert (left.image_shape, left.condition_shape) == ((8, 6, 1), (8, 6, 1))
    assert pairs(left) == [[20], [10]]
    assert pairs(paired(tmp_path / "a", "right")) == [[10], [20]]
    assert paired(tmp_path / "a", "left", image_size=(4, 3)).image_shape == (4, 3, 1)
    with pytest.raises(ValueError, match="Received: pictures 7 pixels wide"):
        paired(np.zeros((2, 8, 7, 1), np.uint8), "left")


def test_what_is_computed_from_the_picture():
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    images, grey = next(iter(paired(colours, "grey", shuffle=False)))
    expected = (colours / 127.5 - 1) @ [0.2989, 0.587, 0.114]
    np.testing.assert_allclose(grey[..., 0], expected, atol=1e-3)
    np.testing.assert_allclose(images, colours / 127.5 - 1, atol=1e-6)

    steps = np.zeros((1, 8, 8, 1), np.uint8)
    steps[:, :, 4:] = 255
    edges = next(iter(paired(steps, "edges")))[1].numpy()[0, :, :, 0]
    assert (edges == np.where(np.isin(np.arange(8), (3, 4)), 1, -1)).all()
    assert (next(iter(paired(steps // 5, "edges")))[1].numpy() == -1).all(), "shading is no edge"

    small = next(iter(paired(colours, "small", shuffle=False)))[1]
    assert small.shape == (3, 8, 8, 3)
    assert np.abs(small).max() <= 1
    assert np.std(small) < np.std(images) / 2
    flat = next(iter(paired(np.full((1, 8, 8, 3), 51, np.uint8), "small")))[1]
    np.testing.assert_allclose(flat, -0.6, atol=1e-5)


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(ValueError, match="condition='grey' and pictures of 1 channel"):
        paired("digits", "grey")
    with pytest.raises(ValueError, match="There is no such folder"):
        paired("digits", "./edgs")


def test_a_stream_can_be_halved(tfds_dir):
    kept = paired("mnist", "left", data_dir=tfds_dir, cache=False, limit=3, shuffle=False)
    whole = next(iter(load("mnist", data_dir=tfds_dir, limit=3, shuffle=False, labels=False)))
    images, inputs = next(iter(kept))
    assert kept.image_shape == (28, 14, 1)
    np.testing.assert_allclose(tf.concat([inputs, images], 2), whole)

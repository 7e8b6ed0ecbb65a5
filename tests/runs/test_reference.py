"""The real images of a report: held-out labels have the training labels' numbers."""

import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gan.runs import reference

GRAY = {"ants": 0, "bees": 100, "cats": 200}


def pictures(root, *names, count=3):
    for name in names:
        (root / name).mkdir(parents=True, exist_ok=True)
        for k in range(count):
            Image.new("L", (8, 8), GRAY[name]).save(root / name / f"{k}.png")
    return root


def seen(part):
    """Label and gray level of every image."""
    rows = zip(part.images.images, part.images.labels, strict=True)
    return {(int(label), round(float(x.mean()))) for x, label in rows}


@pytest.fixture
def photos(tmp_path):
    pictures(tmp_path / "photos" / "train", *GRAY)
    return tmp_path / "photos"


def test_a_class_that_the_test_folder_lacks_shifts_no_label(photos):
    pictures(photos / "test", "bees", "cats")
    (photos / "test" / "ants").mkdir()
    real = reference.load(photos)
    assert real.class_names == ["ants", "bees", "cats"]
    assert seen(real.train) == {(0, 0), (1, 100), (2, 200)}
    assert seen(real.held_out) == {(1, 100), (2, 200)}
    assert (real.source, real.held_out.split) == ("photos", "test")


def test_held_out_images_from_elsewhere_are_numbered_by_name(photos, tmp_path):
    other = pictures(tmp_path / "other", "bees", "cats")
    assert seen(reference.load(photos, other).held_out) == {(1, 100), (2, 200)}
    recorded = ["cats", "ants", "bees"]
    real = reference.load(photos, other, class_names=recorded)
    assert real.class_names == recorded
    assert seen(real.held_out) == {(2, 100), (0, 200)}
    pictures(tmp_path / "few", "ants", "bees")
    with pytest.raises(ValueError, match=r"held-out.*Received: \['cats'\]. Expected some of"):
        reference.load(tmp_path / "few", other)


def test_numbers_are_all_that_arrays_have():
    images = np.zeros((4, 8, 8, 1), np.uint8)
    real = reference.load((images, [0, 1, 2, 2]), held_out=(images, [1, 1, 0, 0]))
    assert real.class_names == ["0", "1", "2"]
    assert sorted(real.held_out.images.labels) == [0, 0, 1, 1]
    with pytest.raises(
        ValueError, match=r"held-out.*Received: \[3\]. Expected some of \[0, 1, 2\]"
    ):
        reference.load((images, [0, 1, 2, 2]), held_out=(images, [0, 1, 2, 3]))
    batches = tf.data.Dataset.from_tensor_slices(
        (np.zeros((4, 8, 8, 1), np.float32) - 1, [0, 1, 1, 0])
    )
    assert reference.load(batches.batch(2)).class_names == ["0", "1"]


def test_what_is_wrong_with_a_test_folder_is_not_taken_for_its_absence(photos):
    assert reference.load(photos).held_out is None
    pictures(photos / "test", "bees")
    (photos / "test" / "bees" / "0.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"cannot be read.*0\.png"):
        reference.load(photos)


def test_a_folder_whose_name_is_no_utf8_can_be_written(photos, tmp_path):
    strange = photos.rename(tmp_path / os.fsdecode(b"caf\xe9"))
    assert reference.load(strange).source == "caf\\xe9"


def test_a_folder_called_like_a_dataset_is_not_asked(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photos.rename(tmp_path / "digits")
    with pytest.warns(UserWarning, match="the dataset is taken") as caught:
        real = reference.load("digits", limit=20)
    assert (len(caught), real.source, len(real.class_names)) == (1, "digits", 10)
    assert reference.load("./digits").class_names == list(GRAY)
    assert reference.load("digits", source_type="folder").source == "digits"


def test_unpaired_pictures_are_what_others_are_made_from():
    """As many as there are images, again from the start where they are fewer."""
    found = reference.load("digits", limit=50, unpaired=np.zeros((20, 8, 8, 3), "uint8"))
    assert found.first.condition.shape == (50, 8, 8, 3)
    assert found.first.images.labels is None
    found = reference.load("digits", limit=50, unpaired="digits")
    assert found.held_out.condition.shape == found.held_out.images.images.shape


def test_the_network_of_published_fids_is_one_of_the_choices(monkeypatch):
    network = reference.metrics.Pixels()
    monkeypatch.setattr(reference.metrics, "inception_2015", lambda: network)
    real = reference.load(np.zeros((4, 8, 8, 1), np.uint8))
    assert reference.extractors(real, "inception-2015") == (network, None)

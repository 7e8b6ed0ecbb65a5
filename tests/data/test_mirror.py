"""Mirrored pictures: about half of each epoch, by (seed, epoch) alone, labels as they were."""

import numpy as np
import pytest

from keras_gan import data
from keras_gan.core.kinds import Wave
from keras_gan.data.order import find
from keras_gan.runs.settings import Settings

LEFT = np.zeros((40, 8, 8, 1), np.uint8)
LEFT[:, :, 0] = 10 + 5 * np.arange(40)[:, None, None]  # each tells itself, and its left side
LABELS = np.arange(40) % 3


def epoch(dataset, number):
    find(dataset, "order").epoch = number
    images, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def test_about_half_is_mirrored_and_the_order_stays():
    plain = data.load((LEFT, LABELS), batch_size=7, seed=3)
    some = data.load((LEFT, LABELS), batch_size=7, seed=3, mirror=True)
    (images, labels), (expected, told) = epoch(some, 0), epoch(plain, 0)
    turned = (images[:, :, -1] > -1).all(axis=(1, 2))
    assert 10 < turned.sum() < 30
    images[turned] = images[turned, :, ::-1]
    assert np.array_equal(images, expected)
    assert np.array_equal(labels, told)
    assert (some.size, some.num_classes, len(some)) == (40, 3, len(plain))


def test_each_epoch_is_drawn_anew_and_again():
    some = data.load((LEFT, LABELS), seed=3, mirror=True)
    first, second, again = epoch(some, 0)[0], epoch(some, 1)[0], epoch(some, 0)[0]
    assert np.array_equal(first, again)
    sides = [set(np.nonzero(x[:, 0, -1, 0] > -1)[0].tolist()) for x in (first, second)]
    assert sides[0] != sides[1]


def test_a_stream_is_mirrored_too(tfds_dir):
    options = {"limit": 40, "data_dir": tfds_dir, "cache": False, "batch_size": 16}
    plain = epoch(data.load("mnist", **options), 1)
    some = epoch(data.load("mnist", **options, mirror=True), 1)
    assert np.array_equal(plain[1], some[1])
    same = (plain[0] == some[0]).all(axis=(1, 2, 3))
    assert 5 < same.sum() < 35
    assert np.array_equal(plain[0][~same], some[0][~same, :, ::-1])
    again = epoch(data.load("mnist", **options, mirror=True), 1)
    assert np.array_equal(some[0], again[0])


def test_what_is_no_picture_or_belongs_to_one_is_refused():
    with pytest.raises(ValueError, match="Pictures can be mirrored"):
        data.load(np.zeros((4, 16, 1), np.float32), kind=Wave(), mirror=True)
    with pytest.raises(ValueError, match="Received: mirror=True"):
        Settings("digits", model="pix2pix", condition="edges", mirror=True)
    assert not Settings("digits").mirror

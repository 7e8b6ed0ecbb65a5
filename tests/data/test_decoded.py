"""Folders whose decoded pictures are kept on disk."""

import os
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from keras_gan.core import files
from keras_gan.data import decoded, load, pictures


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Seven pictures, and a cache of its own."""
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "cache"))
    pixels = np.random.default_rng(0).integers(0, 256, (7, 10, 12, 3), np.uint8)
    (tmp_path / "photos").mkdir()
    for k, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / "photos" / f"{k}.png")
    return tmp_path / "photos"


def seen(folder, **options):
    options = {"image_size": 8, "batch_size": 3, "seed": 1} | options
    return [batch.numpy() for batch in load(folder, **options)]


def count_reads(monkeypatch):
    read, calls = pictures.read, []
    monkeypatch.setattr(pictures, "read", lambda *given: calls.append(given) or read(*given))
    return calls


def test_they_are_decoded_once_and_are_those_of_memory(folder, monkeypatch):
    expected = seen(folder, cache=True)
    calls = count_reads(monkeypatch)
    monkeypatch.setattr("keras_gan.data.folder.PART", 2)
    first, again = seen(folder, cache="disk"), seen(folder, cache="disk")
    assert len(calls) == 7
    for one, two, three in zip(expected, first, again, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(one, three)
    (file,) = (files.cache_dir() / "pictures").iterdir()
    source = load(folder, image_size=8, cache="disk").source
    assert isinstance(source.fetch.__self__, np.memmap)  # the file is not read into memory
    assert not source.fetch.__self__.flags.writeable
    file.write_bytes(file.read_bytes()[:-5])  # damaged
    np.testing.assert_array_equal(seen(folder, cache="disk")[0], expected[0])
    assert len(calls) == 14


def test_a_changed_file_is_seen(folder):
    before = seen(folder, cache="disk", shuffle=False)
    path = folder / "2.png"
    Image.fromarray(np.zeros((10, 12, 3), np.uint8)).save(path)
    after = seen(folder, cache="disk", shuffle=False)
    assert (after[0][2] == -1).all()
    np.testing.assert_array_equal(after[1], before[1])
    smaller = seen(folder, cache="disk", shuffle=False, image_size=4)
    assert smaller[0].shape == (3, 4, 4, 3)
    name = decoded.key("a", [path], (8, 8, 3))
    os.utime(path, ns=(0, 1))  # of as many bytes, perhaps, and not among those whose content counts
    assert decoded.key("a", [path], (8, 8, 3)) != name


def test_large_folders_are_kept_there_where_there_is_room(folder, monkeypatch):
    usage = SimpleNamespace(free=0)
    monkeypatch.setattr(decoded.shutil, "disk_usage", lambda path: usage)
    large = decoded.MEMORY // 192 + 1
    for n, free, wanted in ((large, 3, True), (large, 1, False), (100, 3, False)):
        usage.free = free * decoded.MEMORY
        assert decoded.on_disk(n, (8, 8, 3), None) is wanted
    assert not decoded.on_disk(large, (8, 8, 3), False)
    assert decoded.on_disk(1, (8, 8, 3), "disk")


def test_without_a_place_to_write_they_are_decoded_each_time(folder, monkeypatch):
    monkeypatch.setattr(decoded.np.lib.format, "open_memmap", _full)
    with pytest.warns(UserWarning, match=r"decoded in each epoch \(.*No space left"):
        found = seen(folder, cache="disk")
    np.testing.assert_array_equal(found[0], seen(folder, cache=False)[0])
    assert not [*(files.cache_dir() / "pictures").iterdir()]


def _full(*_):
    raise OSError(28, "No space left on device")


def test_a_damaged_picture_leaves_nothing(folder):
    (folder / "3.png").write_bytes((folder / "3.png").read_bytes()[:150])
    with pytest.raises(ValueError, match=r"3\.png"):
        seen(folder, cache="disk")
    assert not [*(files.cache_dir() / "pictures").iterdir()]


@pytest.mark.parametrize(("source", "cache"), [("digits", "disk"), ("digits", "memory")])
def test_other_caches_are_refused(source, cache):
    with pytest.raises(ValueError, match=r"Expected True, False, None or, for a folder, 'disk'"):
        load(source, cache=cache)

"""Features on disk: by content, whole or not at all, and never in the way."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

from keras_gan.metrics import Features, Pixels, cache, cache_dir, cached_features, content_hash


class Counting(Pixels):
    """Pixels and probabilities, and how often they were worked out."""

    def __init__(self, fingerprint="counting"):
        self.fingerprint, self.calls = fingerprint, 0

    def extract(self, images, progress=False):
        self.calls += 1
        features = super().extract(images, progress).features
        return Features(features, np.full((len(features), 2), 0.5, np.float32))


def the_file(home):
    (path,) = (home / "features").iterdir()  # one, and nothing half-written beside it
    return path


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "own"
    monkeypatch.delenv("KERAS_GAN_CACHE")
    assert cache_dir() == tmp_path / "xdg" / "keras_gan"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path / ".cache" / "keras_gan"
    monkeypatch.setenv("KERAS_GAN_CACHE", "~/here")
    assert cache_dir() == tmp_path / "here"


def test_worked_out_once(home, digits):
    images, extractor = digits[0][:20], Counting()
    first, second = cached_features(images, extractor), cached_features(images, extractor)
    assert extractor.calls == 1
    np.testing.assert_array_equal(second.features, images.reshape(20, -1))
    assert second.features.dtype == np.float32
    np.testing.assert_array_equal(second.probabilities, first.probabilities)


def test_without_probabilities(home, digits):
    for _ in range(2):
        assert cached_features(digits[0][:5], Pixels()).probabilities is None


def test_another_directory(home, digits, tmp_path):
    cached_features(digits[0][:5], Pixels(), cache_dir=tmp_path / "other")
    assert not home.exists()
    assert the_file(tmp_path / "other").suffix == ".npz"


def test_another_extractor_or_other_images(home, digits):
    images, first, second = digits[0][:5], Counting("a"), Counting("b")
    cached_features(images, first)
    cached_features(images, second)
    assert second.calls == 1
    cached_features(images[::-1], first)
    cached_features(images[:4], first)
    cached_features(np.rint((images + 1) * 127.5).astype(np.uint8), first)
    assert first.calls == 4


def test_what_the_hash_sees():
    x = np.arange(12, dtype=np.uint8)
    hashes = {
        content_hash(x),
        content_hash(x.reshape(3, 4)),
        content_hash(x.reshape(4, 3)),
        content_hash(x.astype(np.float32)),
        content_hash(x.view(np.int8)),
        content_hash(x[::-1]),
        content_hash(x[:6], x[6:]),
        content_hash(),
        content_hash(x[:0]),
    }
    assert len(hashes) == 9
    every_other = np.repeat(x, 2)[::2]
    assert not every_other.flags["C_CONTIGUOUS"]
    assert content_hash(every_other) == content_hash(x)


def test_a_damaged_file_is_replaced(home, digits):
    images, extractor = digits[0][:20], Counting()
    good = cached_features(images, extractor)
    path = the_file(home)
    whole = path.read_bytes()
    flipped = whole[:2000] + bytes([whole[2000] ^ 255]) + whole[2001:]
    damages = [b"", b"PK", whole[: len(whole) // 2], b"no archive", flipped]
    for calls, damage in enumerate(damages, 2):
        path.write_bytes(damage)
        found = cached_features(images, extractor)
        assert extractor.calls == calls
        np.testing.assert_array_equal(found.features, good.features)
        assert the_file(home).read_bytes() == whole


def test_a_file_without_features_is_replaced(home, digits):
    extractor = Counting()
    cached_features(digits[0][:5], extractor)
    np.savez(the_file(home), other=np.zeros(3))
    assert cached_features(digits[0][:5], extractor).features.shape == (5, 64)


def test_a_directory_that_cannot_be_written_to_warns_once(tmp_path, digits):
    """A file stands where the directory should be: that stops the superuser as well."""
    (tmp_path / "file").write_text("")
    cache._warn.cache_clear()
    images, extractor = digits[0][:5], Counting()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            found = cached_features(images, extractor, cache_dir=tmp_path / "file")
            np.testing.assert_array_equal(found.features, images.reshape(5, -1))
    assert extractor.calls == 3
    (warning,) = caught
    assert warning.category is UserWarning
    assert f"Nothing can be kept in the cache {tmp_path / 'file' / 'features'}" in str(
        warning.message
    )
    assert "set KERAS_GAN_CACHE to a directory that can be written to" in str(warning.message)


def test_errors_of_the_extractor_are_not_swallowed(home):
    with pytest.raises(ValueError, match="There are no images"):
        cached_features(np.zeros((0, 2, 2, 1), np.uint8), Pixels())
    assert not home.exists()


PROCESS = """
import json, sys
import numpy as np
from keras_gan.metrics import Pixels, cached_features

images = np.arange(40 * 8 * 8, dtype=np.uint8).reshape(40, 8, 8, 1)
print("ready", flush=True)
sys.stdin.readline()
sums = [float(cached_features(images[i:], Pixels()).features.sum()) for i in range(20)]
print(json.dumps(sums))
"""


def test_two_processes_at_once(home):
    """Both are started, wait until either is ready, and fill the same cache."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", PROCESS], **pipes) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    found = [json.loads(process.communicate()[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert found[0] == found[1]
    files = list((home / "features").iterdir())
    assert len(files) == 20
    assert all(file.suffix == ".npz" and not file.name.startswith(".") for file in files)

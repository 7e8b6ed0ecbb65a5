"""Images of one kind, looked at once."""

import numpy as np
import pytest

from keras_gan.metrics import Pixels, Sample


class Counting(Pixels):
    calls = 0

    def extract(self, images, progress=False):
        self.calls += 1
        return super().extract(images, progress)


def test_images_are_rounded_to_8_bits(digits):
    images, _ = digits
    sample = Sample(np.concatenate([images[:3], [[[[-1.2]] * 8] * 8, [[[0.001]] * 8] * 8]]))
    assert sample.images.dtype == np.uint8
    assert len(sample) == 5
    np.testing.assert_array_equal(sample.images[:3], np.rint((images[:3] + 1) * 127.5))
    assert (sample.images[3] == 0).all()
    assert (sample.images[4] == 128).all()
    seen = sample.seen_by(Pixels()).features
    np.testing.assert_allclose(seen[4], 128 / 127.5 - 1, atol=1e-6)


def test_points_stay_as_they_are():
    points = np.array([[3.5, -2.25], [0.1, 0.2]], np.float32)
    np.testing.assert_array_equal(Sample(points).images, points)
    np.testing.assert_array_equal(Sample(points).seen_by(Pixels()).features, points)


@pytest.mark.parametrize("cached", [False, True])
def test_an_extractor_looks_once(digits, cached, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path))
    extractor = Counting()
    sample = Sample(digits[0][:20], cached=cached)
    first = sample.seen_by(extractor)
    assert sample.seen_by(extractor) is first
    again = Sample(digits[0][:20], cached=cached).seen_by(extractor)
    np.testing.assert_array_equal(again.features, first.features)
    assert extractor.calls == (1 if cached else 2)


def test_the_hash_is_of_the_content(digits):
    images = digits[0][:20]
    assert Sample(images).sha256 == Sample(images.copy()).sha256
    assert Sample(images).sha256 != Sample(images[::-1]).sha256


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (np.zeros(4), None, r"\(n, height, width, channels\), points .* \(4,\)"),
        (np.zeros((4, 8, 8), np.uint8), None, r"\(4, 8, 8\) and dtype uint8. .* channel axis"),
        (np.zeros((0, 8, 8, 1)), None, "Expected generated images"),
        (np.full((4, 8, 8, 1), np.nan), None, "generated images are not finite"),
        (np.zeros((4, 8, 8, 1)), np.arange(3), "one label for each of the 4 generated images"),
    ],
)
def test_bad_images_are_refused(images, labels, words):
    with pytest.raises(ValueError, match=words):
        Sample(images, labels)

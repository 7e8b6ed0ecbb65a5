from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.quality import stacked_mnist as bench
from keras_gan import layers, plotting


@pytest.fixture
def small(digits):
    """Real digits of 8x8, as uint8 pictures of 28x28, and their classes."""
    images = plotting.to_uint8(digits[0][:200]).repeat(3, axis=1).repeat(3, axis=2)
    return np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)]), digits[1][:200]


class Judge:
    """Knows the pictures by heart."""

    accuracy = 1.0

    def __init__(self, images, labels):
        self.known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}

    def extract(self, images):
        classes = [self.known[image.tobytes()] for image in images]
        return SimpleNamespace(probabilities=np.eye(10)[classes])


def test_channels_are_the_decimals_of_the_mode(small):
    images, labels = small
    rows = np.array([[3, 1, 4], [1, 5, 9]])
    stacked = bench.stack(images, rows)
    assert stacked.shape == (2, 28, 28, 3)
    for picture in range(2):
        for channel in range(3):
            expected = images[rows[picture, channel], ..., 0]
            np.testing.assert_array_equal(stacked[picture, ..., channel], expected)
    assert bench.modes_of(np.array([[3, 1, 4], [0, 0, 7]])).tolist() == [314, 7]
    found = bench.count_modes(stacked, Judge(images, labels))
    assert found == {"modes": 2, "reverse_kl": pytest.approx(np.log(500))}


def test_the_triples_follow_from_the_seed(small):
    images, _ = small
    first, again, other = (next(iter(bench.dataset(images, seed))) for seed in (1, 1, 2))
    assert first.shape == (bench.BATCH, *bench.IMAGE_SHAPE)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_classifier_that_is_often_wrong_is_refused(monkeypatch):
    poor = SimpleNamespace(accuracy=0.98)
    monkeypatch.setattr(bench.reference, "extractors", lambda real, progress: (None, poor))
    with pytest.raises(ValueError, match=r"accuracy 0\.9800\. Expected at least 0\.985"):
        bench.judge_of(None)


def test_capacity_is_equal():
    sizes = set()
    for model in bench.MODELS:
        gan = bench.build(model, 0)
        networks = (gan.generator, gan.discriminator)
        sizes.add(tuple(sum(np.prod(v.shape) for v in n.trainable_variables) for n in networks))
        wrapped = [isinstance(x, layers.SpectralNormalization) for x in gan.discriminator.layers]
        assert any(wrapped) == (model == "SNGAN")
    assert len(sizes) == 1


@pytest.mark.usefixtures("models_run_eagerly")
def test_a_run_goes_on_and_becomes_a_line_of_the_table(small, tmp_path, monkeypatch):
    images, labels = small
    for name, value in {"WIDTH": 2, "TRIPLES": 64, "BATCH": 16, "EPOCH": 32}.items():
        monkeypatch.setattr(bench, name, value)
    monkeypatch.setattr(bench, "count_modes", lambda *_: {"modes": 7, "reverse_kl": 0.5})
    run = {"model": "DCGAN", "seed": 0, "images": 64, "digits": images, "folder": tmp_path / "run"}
    run["judge"] = Judge(images, labels)
    assert bench.train(**run, end=0) is None
    row = bench.train(**run)
    assert row["curve"] == [[32, 7, 0.5], [64, 7, 0.5]]
    assert row["generator_steps"] == 4
    record = bench.Record("stacked", tmp_path)
    record.add(row)
    record.add({"model": "real", "seed": 0, "modes": 1000, "reverse_kl": 0.02})
    lines = bench.table(record, 64).splitlines()
    assert lines[2].startswith("| `DCGAN` | 0 | 7 | 0.500 | 4 ")
    assert lines[3].startswith("| real test digits |  | 1,000 | 0.020 ")
    assert len({line.count("|") for line in lines}) == 1

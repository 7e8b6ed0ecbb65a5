import json
import shutil
import threading

import cpp_loader
import numpy as np
import pytest
import served
import tensorflow as tf

from keras_gan.core import noise
from keras_gan.export import publish, signatures, versions


@pytest.fixture(scope="module")
def gan():
    return served.unconditional()


@pytest.fixture
def quick(monkeypatch):
    """Publishing without its slow half: writes what was asked for as JSON, checks nothing."""

    def write(gan, part, **options):
        part.mkdir(parents=True)
        (part / "saved_model.pb").write_text(json.dumps([part.name, options]))

    monkeypatch.setattr(versions, "export", write)
    monkeypatch.setattr(versions, "check", lambda gan, path, endpoints: None)


def names(directory):
    """All that is there but the publishers' lock."""
    return sorted(path.name for path in directory.iterdir() if path.name != ".lock")


def test_counts_versions(gan, tmp_path):
    base = tmp_path / "faces"
    assert publish(gan, base, verbose=False) == base / "1"
    (base / "7").mkdir()
    (base / "latest").write_text("not a version")
    assert publish(gan, base, verbose=False) == base / "8"
    assert names(base) == ["1", "7", "8", "latest"]
    asked = served.requests(gan, 2)["serving_default"]
    made = cpp_loader.Session(base / "8").run("serving_default", asked)["images"]
    expected = (gan.predict(asked["latents"], verbose=0) + 1) / 2
    np.testing.assert_allclose(made, expected, atol=1e-6)


def test_says_what_it_did(gan, tmp_path, capsys, quick):
    publish(gan, tmp_path)
    publish(gan, tmp_path, keep=1)
    first, second = capsys.readouterr().out.splitlines()
    listed = "signatures serving_default, from_seed, png, interpolate)"
    assert first.startswith(f"SavedModel of DCGAN: {tmp_path / '1'} (0.00 MB; {listed}, checked")
    assert second.endswith("checked against the Keras model. Removed: 1.")
    publish(gan, tmp_path, verbose=False)
    assert capsys.readouterr().out == ""


def test_hands_on_what_export_takes(gan, tmp_path, quick):
    path = publish(gan, tmp_path, verbose=False, metadata={"data": "faces"}, max_bytes=10)
    written = json.loads((path / "saved_model.pb").read_text())[1]
    assert written == {"verbose": False, "metadata": {"data": "faces"}, "max_bytes": 10}


def test_two_publishers_get_two_versions(gan, tmp_path, quick):
    together = threading.Barrier(8)
    found = []

    def one():
        together.wait()
        found.extend(publish(gan, tmp_path / "base", verbose=False) for _ in range(10))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(path.name) for path in found) == list(range(1, 81))
    assert len({(path / "saved_model.pb").read_text() for path in found}) == 80


@pytest.mark.parametrize("keep", [1, 3, 9])
def test_old_versions_go_only_when_asked(gan, tmp_path, quick, keep):
    for _ in range(4):
        publish(gan, tmp_path, verbose=False)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "canary").mkdir()
    assert publish(gan, tmp_path, keep=keep, verbose=False).name == "5"
    kept = [str(number) for number in range(max(1, 6 - keep), 6)]
    assert names(tmp_path) == [*kept, "canary", "notes.txt"]


def test_ten_comes_after_nine(gan, tmp_path, quick):
    for number in (2, 9, 10):
        (tmp_path / str(number)).mkdir()
    publish(gan, tmp_path, keep=2, verbose=False)
    assert names(tmp_path) == ["10", "11"]


def test_pruning_beside_other_publishers(gan, tmp_path, quick):
    """No number is given twice, not even that of a version that is gone already."""
    together = threading.Barrier(4)
    found = []

    def one():
        together.wait()
        found.extend(publish(gan, tmp_path, keep=2, verbose=False) for _ in range(10))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(path.name) for path in found) == list(range(1, 41))
    assert names(tmp_path) == ["39", "40"]


@pytest.mark.parametrize("keep", [0, -1])
def test_something_is_kept(gan, tmp_path, keep):
    with pytest.raises(ValueError, match=rf"keep of at least 1.*Received: keep={keep}\."):
        publish(gan, tmp_path, keep=keep)
    assert names(tmp_path) == []


# -- a version that is not what it should be -----------------------------------------------------


def test_another_model_s_pictures_are_not_published(gan, tmp_path, monkeypatch):
    (tmp_path / "1").mkdir()
    other = served.unconditional()
    other.ema_generator.set_weights([w + 0.1 for w in other.ema_generator.get_weights()])
    write = versions.export
    monkeypatch.setattr(versions, "export", lambda gan, part, **o: write(other, part, **o))
    with pytest.raises(ValueError, match=r"signature serving_default, images are 0\.\d+ off"):
        publish(gan, tmp_path, keep=1)
    assert names(tmp_path) == ["1"]


def test_other_noise_is_not_published(tmp_path, monkeypatch):
    gan = served.unconditional()
    sample = gan.sample
    monkeypatch.setattr(gan, "sample", lambda seeds, labels: sample(seeds=seeds + 1))
    with pytest.raises(ValueError, match=r"signature from_seed, images are .* not published"):
        publish(gan, tmp_path)
    assert names(tmp_path) == []


def test_another_walk_is_not_published(gan, tmp_path, monkeypatch):
    def between(prior, start, end, t):
        """Straight in the SavedModel, an arc where Keras is asked."""
        straight = not tf.executing_eagerly()
        return (1 - t) * start + t * end if straight else noise.slerp(start, end, t)

    monkeypatch.setattr(type(gan.prior), "between", between)
    with pytest.raises(ValueError, match=r"signature interpolate, images are .* not published"):
        publish(gan, tmp_path)
    assert names(tmp_path) == []


def test_darker_files_are_not_published(gan, tmp_path, monkeypatch):
    as_png = signatures._to_png
    monkeypatch.setattr(signatures, "_to_png", lambda images: as_png(images * 0.9))
    with pytest.raises(ValueError, match=r"signature png, images are .* not published"):
        publish(gan, tmp_path)
    assert names(tmp_path) == []


def test_weights_that_are_not_finite_are_not_published(tmp_path):
    gan = served.unconditional()
    weights = gan.ema_generator.get_weights()
    gan.ema_generator.set_weights([*weights[:-1], np.full_like(weights[-1], np.nan)])
    with pytest.raises(ValueError, match=r"signature serving_default, images is not finite"):
        publish(gan, tmp_path)
    assert names(tmp_path) == []


def test_a_damaged_file_is_not_published(gan, tmp_path, monkeypatch):
    write = versions.export

    def damaged(gan, part, **options):
        write(gan, part, **options)
        shutil.rmtree(part / "variables")

    monkeypatch.setattr(versions, "export", damaged)
    with pytest.raises((OSError, tf.errors.OpError)):
        publish(gan, tmp_path)
    assert names(tmp_path) == []


def test_rows_that_go_missing_are_not_published(tmp_path, monkeypatch):
    gan = served.retouching()
    whole = gan.extra_signatures()
    short = whole | {"encode": (lambda images: {"latents": images[:1]}, whole["encode"][1])}
    monkeypatch.setattr(gan, "extra_signatures", lambda: short)
    with pytest.raises(ValueError, match=r"signature encode, latents has 1 rows for 3"):
        publish(gan, tmp_path)
    assert names(tmp_path) == []

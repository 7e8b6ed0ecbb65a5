"""The benchmarks of BigGAN and VideoGAN, on few samples and judges that have learnt nothing."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from conftest import table_lines

from keras_gan import metrics
from keras_gan.runs import reference

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")


def judge_of(side):
    """A classifier that has learnt nothing."""
    images = keras.Input((side, side, 1))
    features = keras.layers.Flatten(name="features")(keras.layers.AveragePooling2D(4)(images))
    network = keras.Model(images, keras.layers.Dense(10, name="logits")(features))
    return metrics.ModelFeatures(network, "features", logits="logits", name="any")


def test_biggan_is_recorded_with_its_truncation(tmp_path, monkeypatch, capsys):
    from benchmarks.quality import biggan, family

    judge = judge_of(8)
    monkeypatch.setattr(reference, "extractors", lambda data: (judge, judge))
    small = {"DATASET": "digits", "build": family.build, "TRIED": 64, "KEPT": (0.5, 1.0)}
    for name, value in (small | {"SHOWN": (0.5, 1.0)}).items():
        monkeypatch.setattr(biggan, name, value)
    monkeypatch.setattr(family, "EXECUTION", 1)
    monkeypatch.setattr(family, "SAMPLES", 100)
    arguments = ["--models", "BigGAN", "--seeds", "0", "--seconds", "0.001"]
    arguments += ["--dtype", "float32", "--results", str(tmp_path)]
    biggan.main([*arguments, "--picture", str(tmp_path / "biggan.png")])
    lines = (tmp_path / "biggan.jsonl").read_text(encoding="utf-8").splitlines()
    real, own = map(json.loads, lines)
    assert real["model"] == family.REAL
    assert (own["model"], own["images"], own["samples"]) == ("BigGAN", 64, 100)
    assert own["curve"][1] == {key: own[key] for key in ("fid", "precision", "recall")}
    assert own["curve"][0] != own["curve"][1]
    assert (tmp_path / "biggan.png").stat().st_size > 1000
    printed = capsys.readouterr().out
    names = [line.split(" | ")[0] for line in table_lines(printed)]
    assert names == ["| class", "| ---", "| BigGAN", f"| {family.REAL}"]
    monkeypatch.setattr(biggan, "run", None)
    biggan.main(arguments)
    assert capsys.readouterr().out == printed


def test_digits_move_and_turn_round_at_the_edge():
    from benchmarks.quality import videogan

    digits = np.full((200, 28, 28, 1), -1, np.float32)
    digits[:, :2, :2] = 1.0
    clips = videogan.moving(digits, seed=0)
    assert clips.shape == (200, 8, 16, 16, 1)
    places = np.argwhere(clips[..., 0] == 1.0)[:, 2:].reshape(200, 8, 2)
    assert places.max() == 2
    steps = np.abs(np.diff(places, axis=1))
    assert (steps == steps[:, :1]).all()  # a pixel a frame, or none
    assert set(steps.ravel()) == {0, 1}
    mixed = videogan.shuffled(clips, seed=0)
    frames = [sorted(map(bytes, clip)) for clip in mixed]
    assert frames == [sorted(map(bytes, clip)) for clip in clips]
    assert (mixed != clips).any()


def test_videogan_is_recorded_beside_shuffled_frames(tmp_path, monkeypatch, capsys):
    from benchmarks.quality import videogan

    digits = np.random.default_rng(0).uniform(-1, 1, (64, 28, 28, 1)).astype("float32")
    given = SimpleNamespace(judge=judge_of(28), images=digits[:20], train=digits)
    monkeypatch.setattr(videogan, "HeldOut", lambda *_: given)
    monkeypatch.setattr(videogan, "CLIPS", 20)
    monkeypatch.setattr(videogan, "EXECUTION", 1)
    arguments = ["--seeds", "0", "--steps", "1", "--width", "2", "--dtype", "float32"]
    arguments += ["--results", str(tmp_path), "--pictures", str(tmp_path)]
    videogan.main(arguments)
    lines = (tmp_path / "videogan.jsonl").read_text(encoding="utf-8").splitlines()
    real, mixed, row = map(json.loads, lines)
    assert (real["model"], mixed["model"]) == (videogan.REAL, videogan.SHUFFLED)
    assert mixed["fid_frames"] == pytest.approx(real["fid_frames"], abs=0.02)
    assert mixed["fid_motion"] > real["fid_motion"]
    assert row.items() >= {"seed": 0, "steps": 1, "width": 2}.items()
    assert all((tmp_path / f"videogan.{kind}").stat().st_size > 1000 for kind in ("png", "gif"))
    printed = capsys.readouterr().out
    assert f"| {videogan.SHUFFLED} |" in printed
    monkeypatch.setattr(videogan, "train", None)
    videogan.main(arguments)
    assert printed.endswith(capsys.readouterr().out)  # what comes before is the training's

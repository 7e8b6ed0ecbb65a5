"""The benchmark of enlarged training sets: what it draws, its record, table and picture."""

import json

import numpy as np
import pytest

from benchmarks.quality import enlarging, enlarging_table
from benchmarks.quality.enlarging_table import IMBALANCED, SEMI
from keras_gan.enlarging import comparison
from keras_gan.enlarging.labelled import Labelled
from keras_gan.enlarging.result import BOTH, CLASSICAL, GAN, REAL


def pictures(labels, seed):
    rng = np.random.default_rng(seed)
    return Labelled(rng.integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8), labels)


POOL = pictures(np.repeat(np.arange(4, dtype=np.int32), 60), 0)
TEST = pictures(np.repeat(np.arange(4, dtype=np.int32), 5), 1)


def test_training_pictures_are_apart_from_the_others():
    train, validation, rest = enlarging.drawn(POOL, "10", 30, seed=3)
    assert np.bincount(train.labels).tolist() == [10] * 4
    assert np.bincount(validation.labels).tolist() == [20] * 4
    assert len(rest) == 240 - 40 - 80
    parts = [{x.tobytes() for x in p.images} for p in (train, validation, POOL.of(rest))]
    assert len(set.union(*parts)) == 240
    again, *_ = enlarging.drawn(POOL, "10", 30, seed=3)
    np.testing.assert_array_equal(again.images, train.images)
    train, *_ = enlarging.drawn(POOL, IMBALANCED, 30, seed=3)
    assert sorted(np.bincount(train.labels).tolist()) == [20, 20, 30, 30]


def arms(*sets, ratios, balance, **_):
    """Where both are better, but on one of two seeds."""
    seed = sets[5]
    values = {(REAL, 0.0): 0.6, (CLASSICAL, 0.0): 0.7}
    values |= {(arm, ratio): 0.7 + 0.05 * seed for arm in (GAN, BOTH) for ratio in ratios}
    assert balance == (ratios == enlarging.RARE_RATIOS)
    return [
        {"seed": seed, "arm": arm, "ratio": ratio, "validation": ratio}
        | {"accuracy": value, "balanced": value, "ece": 0.1}
        for (arm, ratio), value in values.items()
    ]


def test_runs_are_recorded_once_and_shown(tmp_path, monkeypatch, capsys):
    found = {"accuracy": 0.9, "balanced": 0.9, "ece": 0.05}
    monkeypatch.setattr(enlarging, "loaded", lambda *_: (POOL, TEST))
    monkeypatch.setattr(comparison, "runs", arms)
    monkeypatch.setattr(enlarging, "semi_supervised", lambda *_: dict(found))
    monkeypatch.setattr(enlarging, "arms", with_minutes(enlarging.arms))
    options = ["--datasets", "mnist", "--settings", "10", IMBALANCED, "--seeds", "0", "1"]
    options += ["--results", str(tmp_path), "--picture", str(tmp_path / "enlarging.png")]
    enlarging.main(options)
    lines = (tmp_path / "enlarging.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 8  # two cells, two seeds, two parts
    assert rows[0].items() >= {"dataset": "mnist", "setting": "10", "seed": 0, "train": 40}.items()
    monkeypatch.setattr(comparison, "runs", None)
    enlarging.main(options)
    assert (tmp_path / "enlarging.jsonl").read_text().splitlines() == lines
    assert (tmp_path / "enlarging.png").read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert "### Tried" in printed
    assert "### Confirmed" not in printed
    assert "| mnist | 10 | 2 | 60.0 ± 0.0 | 70.0 ± 0.0 | 72.5 ± 3.5 |" in printed
    assert "2, 2 |" in printed  # the ratio that validation chose
    assert "+2.5, p 0.5 (" in printed
    assert "+20.0, p 0 (0)" in printed


def with_minutes(made):
    return lambda *arguments: {"gan_minutes": 0.1} | made(*arguments)


def test_fresh_seeds_confirm():
    rows = [
        {"dataset": "mnist", "setting": "10", "seed": seed, "images": 1, "gan_minutes": 0.1}
        | {"runs": arms(*[None] * 5, seed, ratios=(1.0,), balance=False)}
        for seed in (0, 1, 100, 101)
    ]
    parts = enlarging_table.parted(rows)
    assert [[row["seed"] for row in own] for own in parts.values()] == [[0, 1], [100, 101]]
    alone = {"dataset": "mnist", "setting": "10", "seed": 0, "runs": [{"seed": 0, "arm": SEMI}]}
    (gain,) = enlarging_table.gains([*rows, alone]).values()
    assert SEMI not in gain.arms, "one seed of four has it"


@pytest.mark.usefixtures("steps_run_eagerly")
def test_models_see_as_much_as_they_are_to(monkeypatch):
    monkeypatch.setattr(enlarging, "EXECUTION", 1)
    train = POOL.of(np.arange(0, 240, 20))
    gan = enlarging.fitted_gan(train.images, train.labels, seed=0, shown=64, width=2)
    assert (int(gan.step), gan.num_classes) == (2, 4)
    moved = enlarging.Moved(enlarging.enlarging.Affine())
    found = enlarging.semi_supervised(train, POOL.images[:30], TEST, 0, 2, 2, moved)
    assert found.keys() == {"accuracy", "balanced", "ece"}

"""The benchmark of boosting, on few points, eagerly."""

import json

import numpy as np

from benchmarks.quality import adagan


def test_the_weak_generator_draws_five_points_with_the_modes_spread():
    gan = adagan.build("AdaGAN", seed=0, steps=1)
    samples = gan.sample(300, seed=0)
    places = gan.ema_generator.weights[0].numpy()
    apart = np.linalg.norm(samples[:, None] - places, axis=-1).min(axis=1)
    assert places.shape == (5, 2)
    assert apart.max() < 5 * adagan.MIXTURE.std
    assert np.sqrt(np.mean(apart**2) / 2) < 1.1 * adagan.MIXTURE.std


def test_both_are_run_once_and_shown_round_by_round(tmp_path, monkeypatch, capsys):
    few = {"ROUNDS": 2, "POINTS": 64, "BATCH": 64, "SAMPLES": 60, "CLOUD": 20}
    for name, value in few.items():
        monkeypatch.setattr(adagan, name, value)
    build = adagan.build

    def eager(*arguments):
        gan = build(*arguments)
        gan.run_eagerly = True
        return gan

    monkeypatch.setattr(adagan, "build", eager)
    options = ["--seeds", "0", "--steps", "1", "--results", str(tmp_path)]
    options += ["--pictures", str(tmp_path)]
    adagan.main(options)
    lines = (tmp_path / "adagan.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["model"] for row in rows] == list(adagan.MODELS)
    assert all(len(row["missed"]) == 2 for row in rows)
    assert rows[0]["missed"][0] == rows[1]["missed"][0], "the first round is the same"
    assert (tmp_path / "adagan.png").stat().st_size > 1000
    printed = capsys.readouterr().out
    assert "| missed after round | 1 | 2 | good, % |" in printed
    monkeypatch.setattr(adagan, "run", None)
    adagan.main(options)
    assert capsys.readouterr().out == printed

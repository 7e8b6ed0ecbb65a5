import json

import pytest
from conftest import table_lines

from benchmarks.speed import metrics

SMALL = ["--samples", "60", "--width", "16", "--json"]


def test_compares_and_agrees(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(metrics, "apart", metrics.measure)  # a process imports TensorFlow anew
    metrics.main(["--rounds", "1", *SMALL, str(tmp_path / "a" / "it.json")])
    rows = table_lines(capsys.readouterr().out)
    assert len(rows) == 2 + 3
    assert len({row.count("|") for row in rows}) == 1
    for result in json.loads((tmp_path / "a" / "it.json").read_text())["compare"]:
        (turn,) = result["rounds"]
        assert turn["ours"]["figures"] == pytest.approx(turn["peer"]["figures"], rel=1e-4)
        assert turn["ours"]["wall"] > 0


def test_scale(tmp_path, capsys):
    metrics.main(["--scale", *SMALL, str(tmp_path / "it.json")])
    assert "| prdc | 60 x 60 x 16 |" in capsys.readouterr().out


def test_relative_difference():
    assert metrics.difference([1.0, 2.2, 0.0], [1.0, 2.0, 0.0]) == pytest.approx(0.1)

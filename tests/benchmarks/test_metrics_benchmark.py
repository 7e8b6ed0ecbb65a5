import json

import pytest
from conftest import run_benchmark, table_lines


def test_compares_and_agrees(tmp_path):
    options = ["--rounds", 1, "--samples", 60, "--width", 16, "--json", tmp_path / "a" / "it.json"]
    rows = table_lines(run_benchmark("speed.metrics", *options))
    assert len(rows) == 2 + 3
    assert len({row.count("|") for row in rows}) == 1
    for result in json.loads((tmp_path / "a" / "it.json").read_text())["compare"]:
        (turn,) = result["rounds"]
        assert turn["ours"]["figures"] == pytest.approx(turn["peer"]["figures"], rel=1e-4)
        assert turn["ours"]["wall"] > 0


def test_scale(tmp_path):
    options = ["--scale", "--samples", 60, "--width", 16, "--json", tmp_path / "it.json"]
    assert "| prdc | 60 x 60 x 16 |" in run_benchmark("speed.metrics", *options)


def test_relative_difference():
    from benchmarks.speed.metrics import difference

    assert difference([1.0, 2.2, 0.0], [1.0, 2.0, 0.0]) == pytest.approx(0.1)

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "metrics.py"


def run(*arguments):
    done = subprocess.run(
        [sys.executable, BENCHMARK, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_compares_and_agrees(tmp_path):
    options = ["--rounds", 1, "--samples", 60, "--width", 16, "--json", tmp_path / "a" / "it.json"]
    rows = [line for line in run(*options).splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 3
    assert len({row.count("|") for row in rows}) == 1
    for result in json.loads((tmp_path / "a" / "it.json").read_text())["compare"]:
        (turn,) = result["rounds"]
        assert turn["ours"]["figures"] == pytest.approx(turn["peer"]["figures"], rel=1e-4)
        assert turn["ours"]["wall"] > 0


def test_scale(tmp_path):
    options = ["--scale", "--samples", 60, "--width", 16, "--json", tmp_path / "it.json"]
    assert "| prdc | 60 x 60 x 16 |" in run(*options)


def test_relative_difference():
    from metrics import difference

    assert difference([1.0, 2.2, 0.0], [1.0, 2.0, 0.0]) == pytest.approx(0.1)

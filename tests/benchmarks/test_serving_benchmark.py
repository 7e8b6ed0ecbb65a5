import json

import numpy as np
import pytest
from conftest import table_lines

from benchmarks.speed import serving


def test_figures_worked_out_by_hand():
    turns, plain = [[0.2, 0.2], [0.3, 0.5]], [[0.1, 0.1], [0.4, 0.4]]
    found = serving.figures(turns, plain, batch=3)
    assert found["p50"] == pytest.approx(0.25)
    assert found["p99"] == pytest.approx(0.494)  # 0.97 of the way from 0.3 to 0.5
    assert found["images_per_second"] == pytest.approx(3 * 4 / 1.2)
    assert found["ratio"] == pytest.approx((2 + 1) / 2)
    assert found["calls"] == 4


def test_other_pictures_are_no_rival():
    image = np.full((1, 2, 2, 1), 0.5)
    serving.check_alike({"tf.function": image, "SavedModel": image / 2 + 0.5})
    with pytest.raises(SystemExit, match=r"LiteRT draws another picture: 0\.25 off"):
        serving.check_alike({"tf.function": image, "LiteRT": image})


def test_it_runs(tmp_path, threads, capsys):
    options = ["--sizes", "28", "--batches", "1", "2", "--rounds", "1", "--turn", "0.01"]
    serving.main([*options, "--only", "SavedModel", "--json", str(tmp_path / "a" / "figures.json")])
    rows = [line.split(" | ")[:2] for line in table_lines(capsys.readouterr().out)]
    cases = [[title, n] for n in "12" for title in ("| tf.function", "| SavedModel")]
    assert rows[2:] == cases
    figures = json.loads((tmp_path / "a" / "figures.json").read_text())
    assert all(row["p50"] > 0 and row["start"] > 0 and row["bytes"] > 1e6 for row in figures)

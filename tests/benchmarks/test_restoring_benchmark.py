"""The benchmarks of restored faces and of filled-in tables, on a few rows and a step or two."""

import importlib
import json

import numpy as np
import pytest

import keras_gan

FIGURES = {"psnr", "ssim", "l1", "distance", "fid", "cpu_minutes"}
FEW = pytest.mark.filterwarnings("ignore:A Fréchet distance from fewer samples")


@pytest.fixture
def benchmark(monkeypatch, tmp_path, tfds_dir):
    """Runs one of faces by its name: what is in its record, line by line."""
    compiled = keras_gan.GAN.compile
    eagerly = {"run_eagerly": True}  # a step or two are not worth a graph
    monkeypatch.setattr(keras_gan.GAN, "compile", lambda gan, **o: compiled(gan, **o | eagerly))
    options = ["--data-dir", tfds_dir, "--limit", 16, "--epochs", 1, "--width", 8, "--seeds", 0]
    options += ["--passes", 1, "--results", tmp_path, "--pictures", tmp_path]

    def run(name, *more):
        module = importlib.import_module(f"benchmarks.quality.{name}")
        module.main([str(option) for option in (*options, *more)])
        assert (tmp_path / f"{name}.png").is_file()
        return [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]

    return run


@FEW
def test_srgan(benchmark, capsys):
    rows = benchmark("srgan", "--pixel-epochs", 1, "--blocks", 1)
    assert [row["model"] for row in rows] == ["bicubic", "pixels alone", "SRGAN"]
    for row in rows:
        assert row.keys() >= FIGURES
        assert (row["train"], row["held_out"], row["pixel_epochs"]) == (16, 16, 1)
    assert rows[0]["psnr"] > rows[1]["psnr"]  # after a single step
    assert len({row["distance"] for row in rows}) == 3
    again = benchmark("srgan", "--pixel-epochs", 1, "--blocks", 1)
    assert again == rows, "a run that is there is not run again"
    assert "| bicubic |" in capsys.readouterr().out


@FEW
def test_context_encoder(benchmark, capsys):
    rows = benchmark("context_encoder")
    found = {row["model"]: row for row in rows}
    assert "ContextEncoder" in found
    assert len(found) == len(rows) >= 3
    for row in rows:
        assert row.keys() >= FIGURES | {"l1_hole"}
        quarter = row["l1"] * 4  # the hole is a quarter, and the rest is as it was
        assert row["l1_hole"] == pytest.approx(quarter, abs=4e-4)
    assert "| ContextEncoder |" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:.*Early stopping criterion not reached")
def test_gain(monkeypatch, tmp_path, capsys):
    module = importlib.import_module("benchmarks.quality.gain")
    monkeypatch.setattr(module, "TABLES", ("iris",))  # small, and its columns tell of each other
    options = ["--steps", "3", "--seeds", "0", "1", "--results", str(tmp_path)]
    module.main(options)
    rows = [json.loads(line) for line in (tmp_path / "gain.jsonl").read_text().splitlines()]
    named = {row["imputer"] for row in rows}
    assert {"GAIN", "mean"} <= named
    assert len(rows) == 2 * len(named)
    by = {row["imputer"]: row["rmse"] for row in rows if row["seed"] == 0}
    assert by["iterative"] < by["mean"]
    whole, gaps = module.with_gaps("iris", 0)
    means = np.where(np.isnan(gaps), np.nanmean(gaps, axis=0), gaps)
    off = ((means - whole) / np.ptp(whole, axis=0))[np.isnan(gaps)]
    assert by["mean"] == pytest.approx(np.sqrt(np.mean(off**2)), abs=1e-5)
    module.main(options)
    assert len((tmp_path / "gain.jsonl").read_text().splitlines()) == len(rows)
    assert "| iris |" in capsys.readouterr().out

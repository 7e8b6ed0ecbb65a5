"""The benchmarks of the picture-to-picture models, on few pictures and a judge of any weights."""

import importlib
import json

import keras
import numpy as np
import pytest
from keras import layers

from keras_gan.metrics import Classifier

FIGURES = {"found", "l1", "fid", "cpu_minutes", "classifier"}
COMMON = {"epochs": 1, "width": 4, "dtype": "float32", "train": 64, "held_out": 64}


@pytest.fixture
def benchmark(monkeypatch, tmp_path, tfds_dir):
    """Runs one by its name, on 64 pictures of each split: what is in its record, line by line."""
    held_out = importlib.import_module("benchmarks.quality.held_out")
    inputs = keras.Input((28, 28, 1))
    features = layers.Dense(4, name="features")(layers.Flatten()(inputs))
    network = keras.Model(inputs, layers.Dense(10, name="logits")(features))
    judge = Classifier(network, "features", logits="logits", name="any")
    judge.accuracy = 0.5
    monkeypatch.setattr(held_out.reference, "extractors", lambda real: (judge, judge))
    monkeypatch.setattr(held_out.metrics, "classifier", lambda *_, **__: judge)
    options = ["--data-dir", tfds_dir, "--limit", 64, "--epochs", 1, "--width", 4, "--seeds", 0]
    options += ["--dtype", "float32", "--results", tmp_path, "--pictures", tmp_path]

    def run(name):
        module = importlib.import_module(f"benchmarks.quality.{name}")
        module.main([str(option) for option in options])
        lines = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        assert (tmp_path / f"{name}.png").is_file()
        return [json.loads(line) for line in lines]

    return run


def test_vaegan(benchmark, capsys):
    rows = real, row = benchmark("vaegan")
    assert real.keys() == {"model", "fid"}
    assert row.items() >= {"seed": 0, **COMMON}.items()
    assert row.keys() == {"seed", *COMMON, *FIGURES, "latent_dim", "fid_prior"}
    assert benchmark("vaegan") == rows, "a run that is there is not run again"
    printed = capsys.readouterr().out
    assert "| reconstructed |" in printed
    assert f"| other real ones |  |  | {real['fid']:.1f} |" in printed


def test_pix2pix(benchmark, capsys):
    rows = _, *runs = benchmark("pix2pix")
    assert [row["model"] for row in rows] == ["other real ones", "edges", "L1 alone", "Pix2Pix"]
    for row in runs:
        assert row.items() >= {"seed": 0, **COMMON}.items()
        assert row.keys() == {"model", "seed", *COMMON, *FIGURES}
    edges, *translated = (row["l1"] for row in runs)
    assert 0 < edges < max(translated) < 2, "a step is no training"
    assert benchmark("pix2pix") == rows
    assert "| L1 alone |" in capsys.readouterr().out


def test_cogan(benchmark, capsys):
    rows = own, others, row = benchmark("cogan")
    assert (own["fid_a"], own["fid_b"]) == (others["fid_a"], others["fid_b"])
    assert row.items() >= {"seed": 0, "epochs": 1, "width": 4, "train": 32, "samples": 64}.items()
    assert 0 <= row["agree"] <= 100
    assert benchmark("cogan") == rows
    assert "| CoGAN |" in capsys.readouterr().out


def test_edges_are_what_a_dilation_adds():
    cogan = importlib.import_module("benchmarks.quality.cogan")
    digit = np.zeros((1, 5, 5, 1), "uint8")
    digit[0, 2, 1:4] = 200
    edges = cogan.edges(digit)[0, ..., 0]
    assert (edges[1] == 200).all()
    assert edges[2].tolist() == [200, 0, 0, 0, 200]
    assert not edges[0].any()


def test_l1_alone_does_not_ask_the_discriminator(digits):
    pix2pix = importlib.import_module("benchmarks.quality.pix2pix")
    gan = pix2pix.L1Alone(image_shape=(8, 8, 1), width=4, seed=0)
    gan.compile()
    images = digits[0][:32]
    history = gan.fit(images, -images, batch_size=32, verbose=0).history
    assert history["g_loss"] == history["l1"]

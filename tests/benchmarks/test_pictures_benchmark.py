"""The benchmarks of models that do more than draw, on few pictures and a judge of any weights."""

import importlib
import json

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan
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
    compiled = keras_gan.GAN.compile
    eagerly = {"run_eagerly": True}  # a step or two are not worth a graph
    monkeypatch.setattr(keras_gan.GAN, "compile", lambda gan, **o: compiled(gan, **o | eagerly))
    monkeypatch.setattr(held_out.metrics, "classifier", lambda *_, **__: judge)
    options = ["--data-dir", tfds_dir, "--limit", 64, "--epochs", 1, "--width", 4, "--seeds", 0]
    options += ["--dtype", "float32", "--results", tmp_path, "--pictures", tmp_path]

    def run(name, *more, picture=None):
        module = importlib.import_module(f"benchmarks.quality.{name}")
        module.main([str(option) for option in (*options, *more)])
        lines = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        assert (tmp_path / f"{picture or name}.png").is_file()
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


def test_editing(benchmark, monkeypatch, capsys):
    module = importlib.import_module("benchmarks.quality.editing")
    monkeypatch.setattr(module, "SEARCH", module.SEARCH | {"steps": 1})
    monkeypatch.setattr(module, "STRENGTHS", (1.0, 5.0))
    (row,) = benchmark("editing", "--datasets", "mnist", picture="editing-mnist")
    assert row.items() >= {"seed": 0, "dataset": "mnist", **COMMON}.items()
    assert row["apart"].keys() == {"hybrid", "encoder", "nearest sample"}
    assert row["curves"].keys() == {"thickness", "slant", "width"}
    for curve in row["curves"].values():
        weak, strong = curve
        assert 0 <= weak["identity"] < strong["identity"]
        assert strong.keys() == {"changed", "others", "identity"}
    assert "| slant | " in capsys.readouterr().out


def test_the_attributes_of_a_picture():
    module = importlib.import_module("benchmarks.quality.editing")
    images = np.full((3, 28, 28, 1), -1.0, np.float32)
    images[0, 4:24, 13:15] = 1.0  # upright, two pixels wide
    images[1, 4:24, 11:17] = 0.0  # as high, six pixels wide and half as bright
    for y in range(20):
        images[2, 23 - y, 4 + y] = 1.0  # a pixel to the right for one upwards
    np.testing.assert_allclose(module.brightness(images), [1.0, 0.5, 1.0])
    np.testing.assert_allclose(module.slant(images), [0, 0, 1], atol=1e-3)
    wide = np.array([(2**2 - 1) / 12, (6**2 - 1) / 12]) / ((20**2 - 1) / 12)
    np.testing.assert_allclose(module.width(images)[:2], wide**0.5, rtol=0.02)
    thin, thick, _ = module.thickness(images)
    assert 1.5 < thin < 2.5 < 4.5 < thick < 6.5
    rows = [{"changed": c} for c in (0.5, 0.79, 0.8, 0.9)]
    assert [module.enough(rows), module.enough(rows[:2])] == [2, 1]


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
    gan.compile(run_eagerly=True)
    images = digits[0][:32]
    history = gan.fit(images, -images, batch_size=32, verbose=0).history
    assert history["g_loss"] == history["l1"]


def test_aae(benchmark, capsys):
    rows = _, *runs = benchmark("aae")
    assert [row["model"] for row in rows] == ["other real ones", "AAE", "without the critic"]
    for row in runs:
        figures = {*FIGURES, "fid_prior", "kid_codes", "kid_prior"}
        assert row.keys() == {"model", "seed", *COMMON, *figures}
    assert runs[0]["kid_prior"] == runs[1]["kid_prior"], "both are of the prior alone"
    assert benchmark("aae") == rows
    assert "| two sets of draws of the prior |" in capsys.readouterr().out


def test_infogan(benchmark, capsys):
    rows = (row,) = benchmark("infogan")
    assert row.keys() == {"seed", *COMMON, "agree", "cpu_minutes"}
    assert 10 <= row["agree"] <= 100, "no assignment is worse than a tenth"
    assert benchmark("infogan") == rows
    assert f"| 0 | {row['agree']:.1f} |" in capsys.readouterr().out


def test_categories_are_matched_with_digits_of_their_own():
    infogan = importlib.import_module("benchmarks.quality.infogan")
    labels = np.arange(30) % 10
    agree, categories = infogan.matched((labels + 3) % 10, labels)
    assert agree == 1.0
    assert categories.tolist() == [3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    agree, _ = infogan.matched(np.where(labels == 1, 0, labels), labels)
    assert agree == pytest.approx(0.9), "a category of two digits is one of them"


def test_semi_supervised(benchmark, monkeypatch, capsys):
    semi_supervised = importlib.import_module("benchmarks.quality.semi_supervised")
    monkeypatch.setattr(semi_supervised, "EACH", 1)
    monkeypatch.setattr(semi_supervised, "ALONE", 2)
    rows = benchmark("semi_supervised")
    assert [row["model"] for row in rows] == [semi_supervised.GAN, semi_supervised.SAME]
    for row in rows:
        assert row.keys() == {"model", "seed", *COMMON, "labels", "right", "cpu_minutes"}
        assert row["labels"] == 10
    assert benchmark("semi_supervised") == rows
    assert f"| {semi_supervised.GAN} | {rows[0]['right']:.2f} |" in capsys.readouterr().out


def test_labels_are_as_many_of_each_class():
    semi_supervised = importlib.import_module("benchmarks.quality.semi_supervised")
    labels = np.repeat(np.arange(10), 30)
    known = semi_supervised.labelled(labels, seed=1)
    assert labels[known].tolist() == np.repeat(np.arange(10), 10).tolist()
    assert len(set(known)) == 100
    assert set(known) != set(semi_supervised.labelled(labels, seed=2))


def test_portraits(benchmark, monkeypatch, tmp_path, capsys):
    module = importlib.import_module("benchmarks.quality.portraits")
    told = module.PORTRAITS["BigGAN"]  # smaller classes stand in for what takes long
    shown = {"GMMN": module.PORTRAITS["GMMN"], "CGAN": told, "LSGAN": module.AS_IT_IS}
    monkeypatch.setattr(module, "PORTRAITS", shown)
    rows = benchmark("portraits", picture="models/lsgan")
    assert [row["model"] for row in rows] == [*shown, "CycleGAN"]
    for row in rows:
        assert row.items() >= {"seed": 0, **COMMON}.items()
        assert row["fid"] > 0
    files = ("gmmn", "lsgan", "cyclegan")
    size = {name: keras.utils.load_img(tmp_path / "models" / f"{name}.png").size for name in files}
    assert size["gmmn"] == size["lsgan"], "the margin is no part of a picture"
    assert size["cyclegan"][1] > size["gmmn"][1], "below the edges, what is made of them"
    assert benchmark("portraits", picture="models/gmmn") == rows, "they are not run again"
    assert "| CGAN |" in capsys.readouterr().out

"""`keras-gan enlarge` on folders of few pictures, with models of a step or none."""

import csv
import re

import keras
import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan import enlarging
from keras_gan.command.cli import main
from keras_gan.core.ranges import to_uint8
from keras_gan.enlarging import folder
from keras_gan.runs.run import Run

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

COUNTS = {"1": 3, "2": 4, "10": 2}


def folder_of(place, counts, seed=0):
    rng = np.random.default_rng(seed)
    for name, n in counts.items():
        (place / name).mkdir(parents=True)
        for k in range(n):
            pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(place / name / f"{k}.png")
    return place


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("data") / "train", COUNTS)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    gan = keras_gan.CGAN(image_shape=(8, 8, 1), num_classes=3, latent_dim=4, width=2, seed=0)
    path = tmp_path_factory.mktemp("model") / "gan.keras"
    gan.save(path)
    return path


def manifest_of(out):
    with open(out / "manifest.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_is_written_that_keras_reads(data, model, tmp_path, capsys):
    out = tmp_path / "big"
    asked = ["--run", str(model), "--per-class", "5", "--seed", "3", "--out", str(out)]
    assert main(["enlarge", str(data), *asked]) == 0
    assert "9 real and 15 made pictures" in capsys.readouterr().out
    read = keras.utils.image_dataset_from_directory(
        out, image_size=(8, 8), color_mode="grayscale", shuffle=False, verbose=False
    )
    assert read.class_names == ["01", "02", "10"]
    labels = np.concatenate([y for _, y in read.as_numpy_iterator()])
    assert np.bincount(labels).tolist() == [8, 9, 7]
    rows = manifest_of(out)
    assert len(rows) == 24
    assert sum(row["real"] == "1" for row in rows) == 9
    assert {row["class"] for row in rows} == set(COUNTS)
    assert {path.name for path in tmp_path.iterdir()} == {"big"}
    gan = keras.saving.load_model(model)
    samples = to_uint8(gan.sample(15, np.repeat(np.arange(3), 5), seed=3))
    for row in rows[9:]:
        with Image.open(out / row["file"]) as picture:
            assert row["file"] == f"{row['class'].zfill(2)}/made-{int(row['row']):05d}.png"
            np.testing.assert_array_equal(picture, samples[int(row["row"]), ..., 0])
    with Image.open(out / rows[0]["file"]) as copy, Image.open(data / "1" / "0.png") as picture:
        np.testing.assert_array_equal(copy, picture)


def test_rare_classes_come_first_and_the_nearest_are_kept(data, model, tmp_path):
    out = tmp_path / "big"
    asked = ["--run", str(model), "--per-class", "2", "--balance", "--keep", "distance:0.5"]
    assert main(["enlarge", str(data), *asked, "--out", str(out)]) == 0
    made = [row["class"] for row in manifest_of(out) if row["real"] == "0"]
    assert [made.count(name) for name in COUNTS] == [2, 1, 3]  # 5 of each


def test_a_model_is_trained_where_none_is_given(data, tmp_path, capsys):
    out = tmp_path / "big"
    asked = ["--images", "9", "--width", "2", "--per-class", "1", "--verbose", "0"]
    assert main(["enlarge", str(data), *asked, "--out", str(out)]) == 0
    settings = Run(tmp_path / "big-run").settings()
    assert (settings.model, settings.recipe, settings.width) == ("cgan", "digits", 2)
    assert len(manifest_of(out)) == 9 + 3
    printed = capsys.readouterr().out
    assert "Taken: cgan by the recipe 'digits'" in printed
    again = tmp_path / "again"
    asked = ["--run", str(tmp_path / "big-run"), "--per-class", "1", "--out", str(again)]
    assert main(["enlarge", str(data), *asked]) == 0
    assert (again / "manifest.csv").read_text() == (out / "manifest.csv").read_text()
    assert "Note:" not in capsys.readouterr().out
    other = folder_of(tmp_path / "other", {"1": 2, "3": 2}, seed=1)
    asked = ["--run", str(tmp_path / "big-run"), "--out", str(tmp_path / "third")]
    assert main(["enlarge", str(other), *asked]) == 2
    said = capsys.readouterr()
    assert "has seen what a classifier will be tested on" in said.out
    assert re.search(r"classes \['1', '3'\]. Expected \['1', '2', '10'\]", said.err)
    assert main(["enlarge", str(data), "--per-class", "1", "--out", str(out)]) == 2
    assert "big exists and is left as it is" in capsys.readouterr().err
    assert not (tmp_path / "third").exists()


def test_the_gain_goes_into_the_run(tmp_path, monkeypatch, capsys):
    """New models are made as the run's, of what `gain` gives; see test_comparison.py for that."""

    def gain(train, validation, test, make_classifier, make_gan, seeds, *, balance, **options):
        assert (len(train.labels), len(validation.labels), len(test.labels)) == (4, 2, 2)
        assert (seeds, balance) == (2, False)
        assert make_classifier(0).output_shape == (None, 2)
        gan = make_gan(train.images, train.labels, 5)
        assert (type(gan).__name__, gan.seed, gan.num_classes) == ("CGAN", 5, 2)
        assert int(gan.step) == 3  # nine pictures, four a step
        row = {"ratio": 0.0, "validation": 0.5, "accuracy": 0.5, "balanced": 0.5, "ece": 0.1}
        return enlarging.Gain([row | {"arm": "real", "seed": seed} for seed in (0, 1)])

    monkeypatch.setattr(enlarging, "gain", gain)
    out = tmp_path / "big"
    asked = ["--images", "9", "--width", "2", "--per-class", "1", "--verbose", "0", "--gain", "2"]
    folder_of(tmp_path / "data", {"a": 4, "b": 4})
    assert main(["enlarge", str(tmp_path / "data"), *asked, "--out", str(out)]) == 0
    assert "| real |  | 50.0 ± 0.0 |" in capsys.readouterr().out
    assert enlarging.load(tmp_path / "big-run").seeds == [0, 1]


def test_pictures_of_the_test_part_are_not_learnt_from(model, tmp_path, capsys):
    folder_of(tmp_path / "data" / "train", COUNTS)
    folder_of(tmp_path / "data" / "test", COUNTS)
    out = tmp_path / "big"
    asked = ["--run", str(model), "--out", str(out)]
    assert main(["enlarge", str(tmp_path / "data"), *asked]) == 2
    assert "9 of the pictures of the split test are in the training part" in capsys.readouterr().err
    assert not out.exists()


def test_what_cannot_be_enlarged(data, model, tmp_path, capsys):
    plain = keras_gan.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=2)
    plain.save(tmp_path / "plain.keras")
    small = folder_of(tmp_path / "small", {"a": 5, "b": 1})
    one = folder_of(tmp_path / "one", {"a": 2})
    out = tmp_path / "big"
    with_run = ["--run", str(model)]
    for source, asked, message in (
        (data, ["--run", str(tmp_path / "plain.keras")], "DCGAN draws no class"),
        (one, [], "With one class there is nothing to tell apart"),
        (one, with_run, "With one class there is nothing to tell apart"),
        (data, ["--model", "dcgan"], "takes no labels"),
        (data, ["--model", "semi_supervised"], "SemiSupervisedGAN draws no class"),
        (data, [*with_run, "--images", "5k"], "--run and --images. Expected one"),
        (data, [*with_run, "--keep", "confidense"], "Did you mean 'confidence'"),
        (data, [*with_run, "--keep", "distance:2"], "at most 1. Received: share=2.0"),
        (data, [*with_run, "--per-class", "0"], "of at least 1"),
        (data, [*with_run, "--gain", "2"], "which is no run"),
        (data, [*with_run, "--gain", "1"], "of at least 2"),
        (small, ["--gain", "2"], "too small to hold out from"),
        (data, ["--images", "5k", "--minutes", "1"], "Received: --images and --minutes"),
    ):
        assert main(["enlarge", str(source), *asked, "--out", str(out)]) == 2
        printed = capsys.readouterr().err
        assert message in printed
        assert printed.count("\n") == 1
        assert not out.exists()
        assert not (tmp_path / "big-run").exists()


def test_names_of_folders():
    names = folder.folder_names
    assert names(["0", "5", "12"]) == ["00", "05", "12"]
    assert names(["T-shirt/top", "Bag", ".x"]) == ["T-shirt_top", "Bag", "x"]
    assert names(["a/b", "A_b"]) == ["0-a_b", "1-A_b"]

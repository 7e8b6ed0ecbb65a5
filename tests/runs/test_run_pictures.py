"""A run of a model that makes pictures from pictures: train, resume, evaluate, export."""

import json

import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan.callbacks import SampleGrid
from keras_gan.callbacks.grid import beside
from keras_gan.command import cli
from keras_gan.runs import run, settings
from keras_gan.runs.settings import Settings


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digits):
    """One epoch on 40 digits, drawn from digits of the same names."""
    place = tmp_path_factory.mktemp("pictures")
    for split, count in (("train", 40), ("test", 20)):
        for k in range(count):
            pixels = np.round((digits[0][k, ..., 0] + 1) * 127.5).astype(np.uint8)
            for name, image in (("photos", pixels), ("drawings", 255 - pixels)):
                file = place / name / split / f"{k}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(file)
    arguments = f"train {place}/photos --model pix2pix --condition {place}/drawings --epochs 1"
    more = "--width 4 --batch-size 20 --verbose 0 --learning-rate 1e-3"
    assert cli.main([*f"{arguments} {more}".split(), "--out", str(place / "run")]) == 0
    return place / "run"


def test_it_trains_on_pairs_of_one_name(trained):
    config = run.Run(trained).config()
    assert config["settings"]["condition"] == str(trained.parent / "drawings")
    assert config["data"]["condition_shape"] == [8, 8, 1]
    gan = run.load(trained)
    assert isinstance(gan, keras_gan.Pix2Pix)
    assert int(gan.step) == 2
    with Image.open(trained / "samples" / "epoch-0001.png") as image:
        assert image.size == (402, 402)  # 8 by 8: 32 drawings and what is made of them


def test_it_goes_on_and_is_measured_and_exported(trained, tmp_path, capsys):
    resume = ["train", "--resume", "--out", str(trained), "--epochs", "2", "--verbose", "0"]
    assert cli.main([*resume, "--condition", "edges"]) == 2
    assert "goes on with the data that it began with" in capsys.readouterr().err
    moved = trained.parent / "moved"
    (trained.parent / "drawings").rename(moved)
    assert cli.main(resume) == 2
    assert "train --condition FOLDER --resume" in capsys.readouterr().err
    assert cli.main([*resume, "--condition", str(moved)]) == 0
    assert int(run.load(trained).step) == 4

    out = tmp_path / "report"
    evaluate = ["evaluate", str(trained), "--features", "pixels", "--samples", "20"]
    assert cli.main([*evaluate, "--out", str(out)]) == 0
    keys = {row["key"] for row in json.loads((out / "report.json").read_text())["metrics"]}
    assert {"fid", "precision"} <= keys
    assert not {"path_length", "accuracy_real"} & keys
    assert "makes its images from pictures" in (out / "report.html").read_text()
    assert cli.main(["export", str(trained), "--out", str(tmp_path / "exported")]) == 0
    assert (tmp_path / "exported" / "saved_model.pb").exists()


def test_the_grid_shows_both():
    condition, images = np.zeros((2, 4, 4, 1)), np.ones((2, 4, 4, 3))
    assert beside(condition, images)[:, 0, 0].tolist() == [[0] * 3, [1] * 3] * 2
    assert beside(condition[:, :3], images) is images
    small = np.arange(4.0).reshape(1, 2, 2, 1)
    drawn = beside(np.repeat(small, 4, axis=-1), images[:1])  # three colours and a mask
    assert drawn[0, :, :, 0].tolist() == [[0, 0, 1, 1]] * 2 + [[2, 2, 3, 3]] * 2
    assert drawn.shape == (2, 4, 4, 3)
    grid = SampleGrid("x")
    grid.set_model(keras_gan.Pix2Pix(image_shape=(8, 8, 1), width=4))
    with pytest.raises(ValueError, match=r"Received: condition=None. Expected the pictures"):
        grid.on_train_begin()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"model": "pix2pix"}, "makes pictures from pictures. Received: condition=None"),
        ({"condition": "edges"}, "'dcgan' is not made for it. Received: condition='edges'"),
        ({"model": "pix2pix", "unpaired": "digits"}, "Expected condition= instead"),
        ({"learning_rates": {"critic": 0.1}}, "Expected one of generator, discriminator"),
        ({"model": "vaegan", "learning_rates": {"e": 1}}, "generator, discriminator, encoder"),
    ],
)
def test_settings_that_do_not_fit_the_model(given, expected):
    with pytest.raises(ValueError, match=expected):
        Settings("digits", **given)


def test_two_unpaired_sets_reach_a_model_that_asks_for_them(monkeypatch):
    class Unpaired(keras_gan.DCGAN):
        condition_from = "unpaired"

    monkeypatch.setitem(settings.MODELS, "mine", Unpaired)
    with pytest.raises(ValueError, match="learns from two sets of pictures"):
        Settings("digits", model="mine")
    chosen = settings.located(Settings("digits", model="mine", unpaired="digits", limit=20))
    dataset = settings.load_data(chosen)
    assert (dataset.size, dataset.condition_shape) == (20, (8, 8, 1))
    assert [len(part) for part in next(iter(dataset))] == [20, 20]

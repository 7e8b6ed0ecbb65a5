"""`keras-gan edit` on files, with a model of six steps; what it finds is test_editing.py's."""

import re

import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan import editing
from keras_gan.command.cli import main
from keras_gan.core import directions


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model file, with a direction of its own beside it."""
    folder = tmp_path_factory.mktemp("model")
    gan = keras_gan.CGAN(image_shape=(8, 8, 1), num_classes=3, latent_dim=4, width=2, seed=0)
    gan.save(folder / "gan.keras")
    own = editing.Direction("older", np.array([1.0, 0, 0, 0], np.float32), 0.9)
    editing.save({"older": own}, folder / directions.NAME)
    return folder / "gan.keras"


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 12, 10, 3), dtype=np.uint8)
    for name, image in zip("ab", pixels, strict=True):
        Image.fromarray(image).save(folder / f"{name}.png")
    return [str(folder / "a.png"), str(folder / "b.png")]


SEARCH = ["--steps", "2", "--restarts", "1"]


def test_photos_are_edited(model, photos, tmp_path, capsys):
    out = tmp_path / "edited.png"
    asked = ["--direction", "older:1.5", "--direction", "factor-1:-0.5", "--label", "2"]
    assert main(["edit", str(model), *photos, *asked, *SEARCH, "--out", str(out)]) == 0
    with Image.open(out) as image:
        assert image.size[0] > image.size[1]  # three in a row, for two photos
    printed = capsys.readouterr().out
    assert "a.png: 12x10, cropped and resized to 8x8" in printed
    assert "from what the model makes of it" in printed


def test_a_walk_moves(model, photos, tmp_path):
    out = tmp_path / "walk.gif"
    asked = ["--between", *photos, "--n", "3", *SEARCH, "--out", str(out)]
    assert main(["edit", str(model), *asked]) == 0
    with Image.open(out) as image:
        assert image.n_frames > 1


def test_directions_are_listed(model, capsys):
    assert main(["edit", str(model), "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["older", *(f"factor-{k}" for k in (1, 2, 3, 4))]
    assert "90.0%" in lines[0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["PHOTO", "--direction", "oldr"], "no such direction. .* Did you mean 'older'"),
        (["PHOTO", "--direction", "older:much"], "invalid direction value: 'older:much'"),
        (["PHOTO", "--direction", "older:nan", *SEARCH], "Expected a finite strength"),
        (["PHOTO"], "Name a --direction, or a --label"),
        ([], "Name photos to edit, or two for --between, or --list"),
        (["PHOTO", "--list"], "one of these"),
        (["PHOTO", "--label", "7", *SEARCH], "7"),
    ],
)
def test_what_cannot_be_done_is_said(model, photos, asked, message, capsys):
    asked = [photos[0] if word == "PHOTO" else word for word in asked]
    assert main(["edit", str(model), *asked]) == 2
    printed = capsys.readouterr().err
    assert re.search(message, printed), printed

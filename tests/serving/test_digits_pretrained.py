"""The model that is shipped: what it says it is, what it draws, and that it can be made again."""

import json
import re
import shlex
from pathlib import Path

import cpp_loader
import numpy as np
import pytest
from sklearn.svm import SVC

from keras_gan.command import cli

SAVED_MODELS = Path(__file__).resolve().parents[2] / "saved_models"
SHIPPED = SAVED_MODELS / "digits-pretrained" / "1"
N = 500
LABELS = (np.arange(N) % 10).astype("int32")


@pytest.fixture(scope="module")
def shipped():
    return drawn(SHIPPED)


def drawn(path):
    """50 pictures of each digit."""
    inputs = {"seed": np.arange(N), "labels": LABELS, "truncation": np.ones(N, "float32")}
    return cpp_loader.Session(path).run("from_seed", inputs)["images"]


def commands():
    """The lines of saved_models/README.md that make it."""
    text = (SAVED_MODELS / "README.md").read_text()
    return [shlex.split(line)[1:] for line in re.findall(r"^keras-gan .*", text, re.M)]


def test_its_size():
    size = sum(file.stat().st_size for file in SHIPPED.rglob("*"))
    assert size < 2_000_000


def test_what_it_says_it_is():
    about = json.loads((SHIPPED / "assets.extra" / "keras_gan.json").read_text())
    assert about["model"] == "CGAN"
    assert about["data"] == "digits"
    assert about["class_names"] == list("0123456789")
    assert about["training_steps"] == 2500
    train = commands()[0]
    made_by = about["settings"]
    assert made_by["seed"] == int(train[train.index("--seed") + 1])
    assert made_by["width"] == int(train[train.index("--width") + 1])
    assert made_by["epochs"] * made_by["steps_per_epoch"] == about["training_steps"]


def test_it_draws_the_digits_that_are_asked_for(shipped, digits):
    images, labels = digits
    reader = SVC(gamma=0.001, C=10).fit(images.reshape(-1, 64) * 8 + 8, labels)
    assert (reader.predict(shipped.reshape(-1, 64) * 16) == LABELS).mean() > 0.98


def test_the_commands_make_it_again(shipped, tmp_path, monkeypatch, capsys):
    """Elsewhere other threads add in another order: then the digits agree, not every pixel."""
    monkeypatch.chdir(tmp_path)
    for command in commands():
        assert cli.main([*command, *(["--verbose", "0"] if command[0] == "train" else [])]) == 0
    made = drawn(tmp_path / "saved_models" / "digits-pretrained" / "1")
    for label in range(10):
        before, after = (x[label::10].mean(0).ravel() for x in (shipped, made))
        assert np.corrcoef(before, after)[0, 1] > 0.95
        assert abs(shipped[label::10].std(0).mean() - made[label::10].std(0).mean()) < 0.05
    assert "checked against the Keras model" in capsys.readouterr().out

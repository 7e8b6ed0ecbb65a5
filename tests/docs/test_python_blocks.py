"""The Python blocks of README and docs run page by page, on one small trained model."""

import importlib
import sys
import types

import keras
import numpy as np
import pytest
from pages_of_docs import PAGES, README, README_ZH, blocks, name
from PIL import Image

import keras_gan

SHORTER = {
    "epochs=20": "epochs=1",
    "epochs=30, initial_epoch=20": "epochs=2, initial_epoch=1",
    "samples=2000": "samples=40",
    "steps=200": "steps=2",
    "every=2": "every=1",
    "max_trials=8": "max_trials=1",
    "epochs=5": "epochs=1",
    '["width"] = 16': '["width"] = 4',
    "CGAN(image_shape=(28, 28, 1), num_classes=10)": (
        "CGAN(image_shape=(28, 28, 1), num_classes=10, width=4)"
    ),
}
ELSEWHERE = {"docs/guides/serve.md"}  # tests/serving/test_serve_page.py
RUN = 'keras_gan.report("runs/mnist", samples=5000)["findings"]\n'
WITH_PYTHON = [page for page in PAGES if blocks(page, "python") and name(page) not in ELSEWHERE]
SIZE = 40


@pytest.fixture(scope="module")
def trained(steps_run_eagerly):
    """A small model and its data: what a page takes for granted."""
    keras.utils.set_random_seed(0)
    pictures = np.random.default_rng(0).integers(0, 256, (SIZE, 28, 28, 1), np.uint8)
    labels = np.arange(SIZE) % 10
    gan = keras_gan.CGAN(image_shape=(28, 28, 1), num_classes=10, width=4, latent_dim=8, seed=0)
    gan.compile()
    gan.fit(pictures, labels, batch_size=20, verbose=0)
    return gan, pictures, labels


@pytest.fixture
def names(trained, tmp_path, monkeypatch):
    """The names that a page's blocks begin with."""
    gan, pictures, labels = trained
    load = keras_gan.data.load
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.import_module("keras_gan.metrics.classifier"), "STEPS", (5, 5))
    monkeypatch.setattr(
        keras.datasets.mnist, "load_data", lambda: ((pictures[..., 0], labels),) * 2
    )
    monkeypatch.setattr(
        keras_gan.data,
        "load",
        lambda source, **options: load(
            source if source == "photos" else (pictures, labels), **options
        ),
    )
    for package in ("mlflow", "wandb"):
        monkeypatch.setitem(sys.modules, package, Recorder(package))
    (tmp_path / "photos").mkdir()
    for number, picture in enumerate(pictures[:20]):
        Image.fromarray(picture.repeat(3, axis=2)).save(tmp_path / "photos" / f"{number}.png")
    copy = keras_gan.CGAN.from_config(gan.get_config())
    copy.set_weights(gan.get_weights())
    copy.compile()
    return {
        "keras": keras,
        "keras_gan": keras_gan,
        "gan": copy,
        "train": keras_gan.data.load("mnist"),
        "images": pictures,
        "labels": labels,
        "test_images": pictures,
        "test_labels": labels,
    }


class Recorder(types.ModuleType):
    """Stands in for a package that logs: its functions keep what they are given."""

    def __init__(self, name):
        super().__init__(name)
        self.calls = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *given, **options: self._keep(name, *given, **options)

    def _keep(self, name, *given, **options):
        self.calls.append((name, given))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def run(page, names):
    for source in blocks(page, "python"):
        for long, short in SHORTER.items():
            source = source.replace(long, short)
        exec(compile(source.replace(RUN, ""), name(page), "exec"), names)
    return names


def test_the_pages_are_found():
    assert README in WITH_PYTHON
    assert README_ZH in WITH_PYTHON
    assert len(WITH_PYTHON) >= 12


# 40 pictures are fewer than features; KerasTuner asks for its thread by an old name.
@pytest.mark.filterwarnings("ignore:A Fréchet distance", "ignore:currentThread", "ignore:getName")
@pytest.mark.parametrize("page", WITH_PYTHON, ids=name)
def test_the_blocks_of_a_page_run(page, names, tmp_path):
    if name(page) == "docs/guides/tune.md":
        pytest.importorskip("keras_tuner")
    after = run(page, names)
    check = AFTERWARDS.get(name(page))
    if check:
        check(after, tmp_path)


def _readme(names, folder):
    assert names["images"].shape == (64, 28, 28, 1)
    assert (folder / "exported").is_dir()
    assert (folder / "runs" / "a" / "samples" / "epoch-0001.png").is_file()
    assert [penalty.name for penalty in names["gan"].penalties] == ["penalty"]
    assert type(names["gan"].objective).__name__ == "Squared"


def _start(names, folder):
    assert int(names["gan"].step) > 0
    assert names["images"].shape == (64, 28, 28, 1)
    assert (folder / "exported").is_dir()


def _own(names, folder):
    assert [penalty.name for penalty in names["gan"].penalties] == ["small_logits"]


def _evaluate(names, folder):
    assert names["images"].shape == (SIZE, 28, 28, 1)
    assert (folder / "runs" / "a" / "best.keras").is_file()


def _edit(names, folder):
    assert names["thicker"].shape == names["sevens"].shape == (16, 28, 28, 1)


def _tune(names, folder):
    assert names["best"].get("width") in (8, 16)


def _log(names, folder):
    sent = [(call, given[0]) for call, given in names["wandb"].calls if call == "log"]
    assert {"g_loss", "d_loss", "d_real", "d_fake"} <= sent[0][1].keys()
    assert "samples" in sent[1][1]
    calls = [call for call, _ in names["mlflow"].calls]
    assert calls == ["start_run", "log_metrics", "log_artifact"]
    assert (folder / "model.keras").is_file()


def _adding(names, folder):
    assert names["L1GAN"].extra_terms(None) == ("l1",)


AFTERWARDS = {
    "README.md": _readme,
    "README_zh.md": _readme,
    "docs/start.md": _start,
    "docs/guides/own.md": _own,
    "docs/guides/evaluate.md": _evaluate,
    "docs/guides/edit.md": _edit,
    "docs/guides/tune.md": _tune,
    "docs/guides/log.md": _log,
    "docs/adding.md": _adding,
}

"""The Python blocks of README run one after the other, on few pictures and for few epochs."""

import importlib
import re
from pathlib import Path

import keras
import numpy as np

import keras_gan

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
SHORTER = {
    "epochs=20": "epochs=1",
    "epochs=30, initial_epoch=20": "epochs=2, initial_epoch=1",
    "samples=2000": "samples=130",
    "steps=200": "steps=2",
    "every=2": "every=1",
}
NEEDS_A_RUN = 'keras_gan.report("runs/mnist", samples=5000)["findings"]\n'


def blocks(title):
    section = README.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)


def test_python_and_metrics(tmp_path, monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (130, 28, 28), np.uint8)
    labels = np.arange(130) % 10
    load = keras_gan.data.load
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.import_module("keras_gan.metrics.classifier"), "STEPS", (5, 5))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: ((pictures, labels),) * 2)
    monkeypatch.setattr(
        keras_gan.data,
        "load",
        lambda name, **options: load((pictures[..., None], labels), **options),
    )
    names = {}
    sources = blocks("Python") + blocks("How good is it?") + blocks("Edit a picture")
    sources += blocks("Enlarge a training set")
    assert len(sources) == 5
    assert sources[2].count(NEEDS_A_RUN) == 1
    for source in sources:
        for long, short in SHORTER.items():
            source = source.replace(long, short)
        exec(source.replace(NEEDS_A_RUN, ""), names)
    assert names["images"].shape == (130, 28, 28, 1)
    assert names["thicker"].shape == names["sevens"].shape == (16, 28, 28, 1)
    assert names["made"].sum() == 65
    assert int(names["gan"].step) > 0
    assert (tmp_path / "exported").is_dir()
    assert (tmp_path / "runs" / "a" / "best.keras").is_file()

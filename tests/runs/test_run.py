"""Runs: what is in the directory, that none is lost, and that a resumed one ends as if unbroken."""

import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import h5py
import keras
import numpy as np
import pytest

import keras_gan
from keras_gan import callbacks
from keras_gan.engine import precision
from keras_gan.runs import run
from keras_gan.runs.settings import Settings

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

SMALL = {"source": "digits", "limit": 70, "batch_size": 32, "latent_dim": 8, "width": 4}


def small(**changes):
    return Settings(**SMALL | {"model": "cgan", "epochs": 3} | changes)


def arrays(path):
    """Every array in a .keras file, by its name there."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(weights) as file:
        file.visititems(
            lambda name, x: found.update({name: x[()]}) if isinstance(x, h5py.Dataset) else None
        )
    return found


def assert_same_end(one, other):
    first, second = arrays(one / "model.keras"), arrays(other / "model.keras")
    assert first.keys() == second.keys()
    assert any("optimizer" in name for name in first)
    assert [name for name in first if not np.array_equal(first[name], second[name])] == []
    assert (one / "history.csv").read_bytes() == (other / "history.csv").read_bytes()


class Stop(keras.callbacks.Callback):
    """Ctrl-C in the second batch of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch == self.epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.now and batch == 1:
            raise KeyboardInterrupt


def interrupt(monkeypatch, epoch):
    """Makes the next training stop in the epoch of this number."""
    board = keras.callbacks.TensorBoard

    def once(*args, **kwargs):
        monkeypatch.setattr(keras.callbacks, "TensorBoard", board)
        return Stop(epoch)

    monkeypatch.setattr(keras.callbacks, "TensorBoard", once)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    directory = tmp_path_factory.mktemp("runs") / "unbroken"
    run.train(small(), directory, verbose=0)
    return directory


def test_a_run_leaves_all_of_it(unbroken):
    names = {str(path.relative_to(unbroken)) for path in unbroken.rglob("*") if path.is_file()}
    boards = {name for name in names if name.startswith("logs/train/events.out.tfevents")}
    assert len(boards) == 1
    assert names - boards == {
        "config.json",
        "checkpoints/epoch-0002.keras",
        "checkpoints/epoch-0003.keras",
        "history.csv",
        "losses.png",
        "model.keras",
        *(f"samples/epoch-{k:04}.png" for k in range(4)),
        "samples/progress.gif",
    }
    config = json.loads((unbroken / "config.json").read_text())
    assert config["settings"]["source"] == "digits"
    assert config["data"]["image_shape"] == [8, 8, 1]
    assert config["data"]["num_classes"] == 10
    assert config["versions"]["keras_gan"] == keras_gan.__version__
    assert run.Run(unbroken).settings() == small(source_type="digits")
    assert len(callbacks.read_history(unbroken / "history.csv")["g_loss"]) == 3
    assert np.array_equal(
        run.load(unbroken).sample(3, seed=0), run.load(unbroken / "model.keras").sample(3, seed=0)
    )


def test_the_same_settings_make_the_same_run(unbroken, tmp_path):
    run.train(run.Run(unbroken).settings(), tmp_path / "again", verbose=0)
    assert_same_end(unbroken, tmp_path / "again")


def test_an_interrupted_run_ends_as_if_unbroken(unbroken, tmp_path, monkeypatch):
    directory = tmp_path / "broken"
    interrupt(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        run.train(small(), directory, verbose=0)
    assert callbacks.latest(directory / "checkpoints")[1] == 0
    interrupt(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        run.resume(directory, verbose=0)
    assert callbacks.latest(directory / "checkpoints")[1] == 2
    run.resume(directory, verbose=0)
    assert_same_end(unbroken, directory)
    for picture in (unbroken / "samples").glob("*.png"):
        assert picture.read_bytes() == (directory / "samples" / picture.name).read_bytes()
    run.resume(directory, verbose=0)  # a finished run stays as it is
    assert_same_end(unbroken, directory)


def test_the_last_state_decides_not_the_way_there(tmp_path, monkeypatch):
    """With loss scaling, several critic updates, a lazy penalty and epochs that are no passes."""
    settings = small(
        model="vanilla",
        epochs=2,
        mixed_precision="float16",
        n_critic=2,
        penalties=["r1:1:2"],
        steps_per_epoch=3,
        updates="alternating",
    )
    measured = []
    monkeypatch.setattr(precision, "slowdown", lambda gan: measured.append(gan) or 1.0)
    run.train(settings, tmp_path / "a", verbose=0)
    interrupt(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        run.train(settings, tmp_path / "b", verbose=0)
    gan = run.resume(tmp_path / "b", verbose=0)
    assert len(measured) == 2, "where mixed precision is asked for, and not where a run goes on"
    assert isinstance(gan.generator_optimizer, keras.optimizers.LossScaleOptimizer)
    assert_same_end(tmp_path / "a", tmp_path / "b")
    assert keras.config.dtype_policy().name == "float32"


def test_a_killed_run_ends_as_if_unbroken(unbroken, tmp_path):
    directory = tmp_path / "killed"
    code = (
        "from keras_gan.runs import run\nfrom keras_gan.runs.settings import Settings\n"
        f"run.train(Settings(**{vars(small(epochs=500))!r}), {str(directory)!r}, verbose=0)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    first = directory / "checkpoints" / "epoch-0001.keras"
    deadline = time.monotonic() + 120
    while not first.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = callbacks.latest(directory / "checkpoints")[1]
    assert done >= 1
    epochs = max(3, done)
    run.resume(directory, epochs=epochs, verbose=0)
    reference = unbroken
    if epochs != 3:
        reference = tmp_path / "longer"
        run.train(small(epochs=epochs), reference, verbose=0)
    assert_same_end(reference, directory)


def test_more_epochs_continue_a_finished_run(unbroken, tmp_path):
    run.train(small(epochs=2), tmp_path / "a", verbose=0)
    run.resume(tmp_path / "a", epochs=3, verbose=0)
    assert run.Run(tmp_path / "a").settings().epochs == 3
    assert_same_end(unbroken, tmp_path / "a")
    with pytest.raises(ValueError, match=r"has 3 epochs already\. Received: epochs=1"):
        run.resume(tmp_path / "a", epochs=1)


def contents(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_no_directory_is_lost(unbroken, tmp_path):
    before = contents(unbroken)
    with pytest.raises(FileExistsError, match=r"holds a run already.*--resume.*--overwrite"):
        run.train(small(), unbroken)
    with pytest.raises(ValueError, match="r1, r2"):  # nothing is removed for settings that fail
        run.train(small(penalties=["r3"]), unbroken, overwrite=True)
    assert contents(unbroken) == before
    for name, text in {
        "thesis.txt": "years of work",
        "config.json": '{"other": "program"}',
    }.items():
        foreign = tmp_path / name.replace(".", "-")
        foreign.mkdir()
        (foreign / name).write_text(text)
        with pytest.raises(FileExistsError, match="is no run of keras-gan"):
            run.train(small(), foreign, overwrite=True)
        assert contents(foreign) == {foreign / name: text.encode()}


def test_overwrite_replaces_a_run(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()  # an empty directory is free
    run.train(small(epochs=2), directory, verbose=0)
    run.train(small(epochs=1, model="vanilla"), directory, overwrite=True, verbose=0)
    assert not (directory / "samples" / "epoch-0002.png").exists()
    assert isinstance(run.load(directory), keras_gan.VanillaGAN)


def test_resume_refuses_what_does_not_fit(unbroken, tmp_path):
    with pytest.raises(ValueError, match=r"is no run: it has no config\.json"):
        run.resume(tmp_path)
    other = tmp_path / "other"
    (other / "checkpoints").mkdir(parents=True)
    config = (unbroken / "config.json").read_text()
    (other / "config.json").write_text(config)
    with pytest.raises(ValueError, match="There is no checkpoint in"):
        run.resume(other)
    checkpoint = (unbroken / "checkpoints" / "epoch-0003.keras").read_bytes()
    (other / "checkpoints" / "epoch-0003.keras").write_bytes(checkpoint)
    (other / "config.json").write_text(config.replace('"width": 4', '"width": 6'))
    with pytest.raises(ValueError, match="of another architecture"):
        run.resume(other)
    (other / "config.json").write_text(config.replace('"width"', '"breadth"'))
    with pytest.raises(ValueError, match="breadth"):
        run.resume(other)
    (other / "config.json").write_text("{")
    with pytest.raises(ValueError, match="cannot be read"):
        run.resume(other)


def test_load_refuses_what_is_no_gan(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "dense.keras")
    with pytest.raises(ValueError, match="but a Sequential"):
        run.load(tmp_path / "dense.keras")


def test_divergence_keeps_the_last_checkpoint(tmp_path):
    settings = small(model="dcgan", learning_rates={"generator": float("inf")})
    with pytest.raises(keras_gan.DivergenceError):
        run.train(settings, tmp_path / "run", verbose=0)
    assert "epoch-0000.keras" in run.Run(tmp_path / "run").progress()
    assert np.isfinite(run.load(tmp_path / "run").sample(2, seed=0)).all()


def test_samples_are_measured_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.import_module("keras_gan.metrics.classifier"), "STEPS", (2, 2))
    measured = run.train(small(evaluate_every=2, limit=150), tmp_path / "a", verbose=0)
    history = callbacks.read_history(tmp_path / "a" / "history.csv")
    assert [value is None for value in history["fid"]] == [True, False, True]
    assert {"precision", "recall", "coverage", "right_label"} <= history.keys()
    said = json.loads((tmp_path / "a" / "best.json").read_text())
    assert (said["epoch"], said["monitor"]) == (2, "fid")
    assert said["value"] == history["fid"][1]
    assert run.load(tmp_path / "a" / "best.keras").step.numpy() < measured.step.numpy()
    run.train(small(limit=150), tmp_path / "plain", verbose=0)
    plain, other = (arrays(tmp_path / name / "model.keras") for name in ("plain", "a"))
    assert [name for name in plain if not np.array_equal(plain[name], other[name])] == []

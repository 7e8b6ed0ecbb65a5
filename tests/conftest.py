"""What the tests share: real digits, and models small enough to train in a second."""

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import keras_gan
from keras_gan.engine.game import Game

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(
    os.environ.get("KERAS_GAN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@pytest.fixture(autouse=True)
def fixed_seed():
    keras.utils.set_random_seed(7)


@pytest.fixture(autouse=True)
def keras_settings():
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_image_data_format("channels_last")


@pytest.fixture(scope="module")
def steps_run_eagerly():
    """Where the graph is not the point: tracing a step costs more than all the steps of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Game, "run_eagerly", property(lambda game: True, lambda game, value: None))
        yield


@pytest.fixture
def models_run_eagerly(monkeypatch):
    """The same of every Keras model, in one test."""
    eagerly = property(lambda model: True, lambda model, value: None)
    monkeypatch.setattr(keras.Model, "run_eagerly", eagerly)


@pytest.fixture(scope="session")
def digits():
    """1,797 real digits: float32 images (n, 8, 8, 1) in [-1, 1] and their labels."""
    data = load_digits()
    return (data.images[..., None] / 8 - 1).astype("float32"), data.target


@pytest.fixture(scope="session")
def tfds_dir():
    if not (SHARED_DATA / "tfds").is_dir():
        pytest.skip(f"no data in {SHARED_DATA}: set KERAS_GAN_TEST_DATA")
    return SHARED_DATA / "tfds"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache of features and extractors of the test's own."""
    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "cache"))
    keras_gan.metrics.cache._warn.cache_clear()
    return tmp_path / "cache"


class Threads:
    """A context of `multiprocessing` whose processes are threads of this one."""

    def Pipe(self):
        ours, theirs = multiprocessing.Pipe()
        self._end = theirs
        return ours, SimpleNamespace(send=theirs.send, recv=theirs.recv, close=lambda: None)

    def Process(self, target, args, daemon):
        def run():
            try:
                target(*args)
            finally:
                end.close()

        end = self._end
        thread = threading.Thread(target=run, daemon=daemon)
        thread.kill, thread.exitcode = (lambda: None), 1
        return thread


@pytest.fixture
def threads(monkeypatch):
    """Threads in place of processes, each of which would import TensorFlow."""
    monkeypatch.setattr(multiprocessing, "get_context", lambda method: Threads())


def run_benchmark(name, *options):
    """Runs a benchmark by its name, `speed.metrics`, in a process of its own: what it prints."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *map(str, options)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def table_lines(printed):
    """The lines of the Markdown tables in what was printed."""
    return [line for line in printed.splitlines() if line.startswith("| ")]


def build(cls, image_shape=(8, 8, 1), num_classes=None, n_critic=1, **rules):
    """A small model of the class, compiled, with one update of the critic a step.

    Its steps run eagerly if nothing else is asked for: to trace one costs as much as ten of them.
    """
    classes = {"num_classes": num_classes or 10} if cls.conditional or num_classes else {}
    gan = cls(image_shape=image_shape, latent_dim=8, width=8, seed=3, **classes)
    eagerly = not rules.get("jit_compile") and rules.get("steps_per_execution", 1) == 1
    gan.compile(**{"n_critic": n_critic, "run_eagerly": eagerly} | rules)
    return gan


def state(gan):
    """Every array that a run goes on from, by name."""
    arrays = {"step": gan.step}
    for name in (*gan.networks, "ema_generator"):
        arrays |= {f"{name}/{v.path}": v for v in getattr(gan, name).variables}
    for name in (f"{network}_optimizer" for network in gan.networks):
        arrays |= {f"{name}/{v.path}": v for v in getattr(gan, name).variables}
    return {name: np.copy(value.numpy()) for name, value in arrays.items()}


def changed(before, after):
    """Names of the arrays that are not bit for bit the same."""
    assert before.keys() == after.keys()
    return {name for name in before if not np.array_equal(before[name], after[name])}

"""A backend that this package cannot run on is refused at once, wherever it was asked for."""

import json
import os
import subprocess
import sys
import types

import pytest

from keras_gan.core import backend

REFUSAL = (
    "keras_gan runs on Keras with TensorFlow alone. Received: {}. "
    "Expected KERAS_BACKEND=tensorflow, set before Keras is imported."
)


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A process in which Keras is not imported yet, and its home."""
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def run(name, *command):
    done = subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"KERAS_BACKEND": name},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_import_refuses_it_before_keras_looks_for_it(name):
    code, said = run(name, "-c", "import keras_gan")
    assert code == 1
    assert said.splitlines()[-1] == f"ImportError: {REFUSAL.format(f'KERAS_BACKEND={name}')}"
    assert "keras/src" not in said


def test_the_command_line_refuses_it_in_one_line(tmp_path):
    command = ["-m", "keras_gan_cli", "train", "digits", "--out", tmp_path / "run"]
    code, said = run("jax", *command)
    assert (code, said) == (2, f"keras-gan: error: {REFUSAL.format('KERAS_BACKEND=jax')}\n")
    assert run("jax", "-m", "keras_gan_cli", "--version")[0] == 0


@pytest.mark.parametrize("name", ["", "tensorflow"])
def test_tensorflow_is_taken(fresh, monkeypatch, name):
    backend.check()
    monkeypatch.setenv("KERAS_BACKEND", name)
    backend.check()


@pytest.mark.parametrize("written", ['{"floatx": "float32"}', "[]", "no JSON"])
def test_a_file_without_a_word_on_it_means_tensorflow(fresh, written):
    (fresh / "keras.json").write_text(written)
    backend.check()


def test_the_file_of_keras_is_read(fresh, monkeypatch):
    file = fresh / "keras.json"
    file.write_text(json.dumps({"backend": "torch"}))
    with pytest.raises(ImportError) as refused:
        backend.check()
    assert str(refused.value) == REFUSAL.format(f'"backend": "torch" in {file}')
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")  # goes before the file, as in Keras
    backend.check()


def test_keras_is_imported_already(fresh, monkeypatch):
    keras = types.SimpleNamespace(backend=types.SimpleNamespace(backend=lambda: "jax"))
    monkeypatch.setitem(sys.modules, "keras", keras)
    with pytest.raises(ImportError) as refused:
        backend.check()
    assert str(refused.value) == REFUSAL.format("Keras imported with the backend jax")

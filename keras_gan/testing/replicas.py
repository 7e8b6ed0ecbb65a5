"""Models on two replicas, in a process of their own: devices are set before TensorFlow starts."""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.engine.game import Game


def check(result: dict[str, Any]) -> None:
    """Raises an error for what `on_two_replicas` says of a model that does not train there."""
    assert "error" not in result, result["error"]
    assert result["finite"], "losses or weights are not finite"
    assert not result["still"], f"steps do not move {', '.join(result['still'])}"
    assert not result["apart"], f"replicas differ in {', '.join(result['apart'])}"


def on_two_replicas(cases: list[tuple[Game, Any, Any]]) -> list[dict[str, Any]]:
    """Trains models on two replicas, all in one process of its own.

    Args:
        cases: A compiled model each, and the arrays `x` and `y` of its `fit`.

    Returns:
        For each model whether all was "finite", names of the networks that stood "still" and that
        are "apart" on the replicas; or an "error".
    """
    modules = sorted({type(model).__module__ for model, *_ in cases})
    if "__main__" in modules:
        raise unittest.SkipTest("the class stands in __main__, which another process cannot import")
    with tempfile.TemporaryDirectory() as folder:
        for k, (model, x, y) in enumerate(cases):
            model.save(Path(folder) / f"{k}.keras")
            arrays = {name: a for name, a in {"x": x, "y": y}.items() if a is not None}
            np.savez(Path(folder) / f"{k}.npz", **arrays)
        told = json.dumps({"path": sys.path, "modules": modules, "folder": folder})
        done = subprocess.run(
            [sys.executable, "-c", "import keras_gan.testing.replicas as r; r.train()"],
            input=told,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.rsplit("RESULTS ", 1)[1])


def train() -> None:
    told = json.load(sys.stdin)
    for name in told["modules"]:
        importlib.import_module(name)
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    results = []
    for k in range(len(list(Path(told["folder"]).glob("*.keras")))):
        path = Path(told["folder"]) / f"{k}.keras"
        try:
            results.append(_trained_on(strategy, path))
        except Exception as error:
            results.append({"error": f"{type(error).__name__}: {error}"})
    print("RESULTS", json.dumps(results), flush=True)


def _trained_on(strategy: tf.distribute.Strategy, path: Path) -> dict[str, Any]:
    with strategy.scope():
        model = keras.saving.load_model(path)
    model.run_eagerly = True
    arrays = np.load(path.with_suffix(".npz"))
    before = {name: getattr(model, name).get_weights() for name in model.networks}
    history = model.fit(arrays["x"], arrays.get("y"), batch_size=8, verbose=0).history
    weights = {name: getattr(model, name).get_weights() for name in model.networks}
    values = [*history.values(), *(w for part in weights.values() for w in part)]

    def copies(name: str) -> Iterator[tuple]:
        for variable in getattr(model, name).trainable_variables:
            yield strategy.experimental_local_results(variable.value)

    return {
        "finite": all(bool(np.isfinite(value).all()) for value in values),
        "still": [n for n in before if all(map(np.array_equal, before[n], weights[n]))],
        "apart": [n for n in before if not all(np.array_equal(*pair) for pair in copies(n))],
    }

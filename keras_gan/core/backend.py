"""The backend that Keras runs on, asked before Keras is imported. Standard library only."""

import json
import os
import sys
from pathlib import Path


def check() -> None:
    """Refuses every backend but TensorFlow, before Keras imports one that may not be installed.

    Raises:
        ImportError: says where the other backend was asked for.

    Example:

    >>> check()
    """
    name, said = _chosen()
    if name != "tensorflow":
        raise ImportError(
            f"keras_gan runs on Keras with TensorFlow alone. Received: {said}. "
            "Expected KERAS_BACKEND=tensorflow, set before Keras is imported."
        )


def _chosen() -> tuple[str, str]:
    """The backend's name, and who said so, in the order in which Keras asks."""
    if "keras" in sys.modules:
        name = sys.modules["keras"].backend.backend()
        return name, f"Keras imported with the backend {name}"
    if name := os.environ.get("KERAS_BACKEND"):
        return name, f"KERAS_BACKEND={name}"
    path = _home() / "keras.json"
    try:
        name = json.loads(path.read_text(encoding="utf-8")).get("backend", "tensorflow")
    except (OSError, ValueError, AttributeError):
        name = "tensorflow"
    return name, f'"backend": "{name}" in {path}'


def _home() -> Path:
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"]).expanduser()
    home = Path("~").expanduser()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"

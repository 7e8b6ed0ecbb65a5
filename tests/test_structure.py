"""The house keeps its order: imports point one way, the package is quick to import and complete."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import keras_gan

ROOT = Path(keras_gan.__file__).parent

# room -> the rooms of the package that it may import
MAY_IMPORT = {
    "version": set(),
    "autodiff": set(),
    "noise": set(),
    "files": set(),
    "names": set(),
    "progress": set(),
    "quiet": set(),
    "wording": set(),
    "losses": {"names"},
    "networks": set(),
    "optimizers": set(),
    "targets": {"networks"},
    "embedding": set(),
    "layers": {"embedding", "resampling"},
    "resampling": set(),
    "constraints": set(),
    "plotting": set(),
    "replicas": set(),
    "data": {"data", "progress"},
    "metrics": {"data", "metrics", "files", "noise", "progress"},
    "reference": {"data", "metrics"},
    "builders": {"builders", "embedding", "layers"},
    "penalties": {"autodiff", "names", "noise"},
    "warping": set(),
    "augment": {"names", "noise", "warping"},
    "inputs": {"data", "noise"},
    "batches": {"inputs"},
    "feed": {"batches", "data", "inputs"},
    "rules": {"networks", "penalties"},
    "model": {"data", "feed", "files", "inputs", "metrics", "noise", "replicas", "rules"}
    | {"export"},
    "rounds": {"layers", "replicas"},
    "adversaries": {"inputs", "model", "networks", "noise", "replicas", "rules"},
    "precision": {"adversaries", "data", "networks", "replicas"},
    "gan": {
        "adversaries",
        "augment",
        "layers",
        "losses",
        "model",
        "noise",
        "optimizers",
        "penalties",
        "replicas",
        "rounds",
        "rules",
    },
    "export": {"export", "files", "model", "names", "noise", "replicas", "version"},
    "models": {"builders", "constraints", "gan", "losses", "model", "models"}
    | {"noise", "penalties", "rounds", "rules", "targets"},
    "serving": {"saved_model", "serving"},
}
TENSORFLOW = {"adversaries", "autodiff", "batches", "data", "export", "feed", "gan", "inputs"}
TENSORFLOW |= {"layers", "model", "noise", "precision", "reference", "replicas", "rounds"}
TENSORFLOW |= {"serving"}


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    own = [name.split(".")[1] for name in imports(path) if name.startswith("keras_gan.")]
    if room(path) in MAY_IMPORT:
        assert set(own) <= MAY_IMPORT[room(path)]
        if room(path) not in TENSORFLOW:
            assert not any(name.split(".")[0] == "tensorflow" for name in imports(path))
    if path.parent.name == "models" and path.name != "__init__.py":
        assert "models" not in own, "papers do not import each other"


def test_a_fresh_process_loads_what_was_saved(tmp_path):
    """Importing keras and keras_gan alone is enough, and cheap."""
    gan = keras_gan.CGAN(image_shape=(8, 8, 1), num_classes=3, latent_dim=4, width=4)
    gan.compile(penalties=["r1"])
    gan.save(tmp_path / "a.keras")
    code = (
        "import sys, keras; before = set(sys.modules); import keras_gan; "
        "new = {name.split('.')[0] for name in set(sys.modules) - before}; "
        f"gan = keras.saving.load_model({str(tmp_path / 'a.keras')!r}); "
        "print(type(gan).__name__, gan.sample(2, seed=0).shape, sorted(new))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("CGAN (2, 8, 8, 1) [")
    assert "tensorflow_datasets" not in done.stdout


def test_public_names_are_documented():
    for name in keras_gan.__all__:
        thing = getattr(keras_gan, name)
        assert name == "__version__" or thing.__doc__, name

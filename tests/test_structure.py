"""The house keeps its order: imports point one way, the package is quick to import and complete."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import keras_gan

ROOT = Path(keras_gan.__file__).parent

# room -> the other rooms of the package that it may import
MAY_IMPORT = {
    "version": set(),
    "core": set(),
    "plotting": {"core"},
    "losses": {"core"},
    "constraints": set(),
    "reconstruction": set(),
    "features": {"core", "reconstruction"},
    "penalties": {"core"},
    "augment": {"core"},
    "layers": set(),
    "data": {"core"},
    "metrics": {"core", "data"},
    "builders": {"features", "layers"},
    "engine": {"augment", "core", "data", "export", "layers", "losses", "metrics", "penalties"},
    "models": {"augment", "builders", "constraints", "core", "engine", "features", "layers"}
    | {"losses", "penalties", "reconstruction"},
    "sklearn": {"metrics", "models"},
    "callbacks": {"core", "data", "engine", "metrics", "plotting"},
    "editing": {"core", "engine", "layers"},
    "enlarging": {"core", "data", "engine", "metrics"},
    "export": {"core", "engine", "version"},
    "serving": {"core"},
    "reporting": {"core", "data", "engine", "export", "metrics", "plotting", "runs"}
    | {"callbacks", "enlarging", "version"},
    "testing": {"core", "engine", "export"},
    "runs": {"builders", "callbacks", "core", "data", "engine", "metrics", "models", "penalties"}
    | {"plotting", "version"},
}
WITHOUT_TENSORFLOW = {"augment", "builders", "constraints", "features", "losses"}
WITHOUT_TENSORFLOW |= {"metrics", "models", "penalties", "plotting", "reconstruction", "version"}
WITH_TENSORFLOW = {"metrics/paired.py"}  # has what Keras lacks: similarities of pictures

POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    own = [name.split(".")[1] for name in imports(path) if name.startswith("keras_gan.")]
    if room(path) in MAY_IMPORT:
        assert set(own) <= MAY_IMPORT[room(path)] | {room(path)}
    if room(path) in WITHOUT_TENSORFLOW and str(path.relative_to(ROOT)) not in WITH_TENSORFLOW:
        assert not any(name.split(".")[0] == "tensorflow" for name in imports(path))
    if path.parent.name == "models" and path.name != "__init__.py":
        assert "models" not in own, "papers do not import each other"


@pytest.mark.parametrize(
    "path",
    [*sorted(ROOT.rglob("*.py")), ROOT.with_name("keras_gan_cli.py")],
    ids=lambda p: str(p.relative_to(ROOT.parent)),
)
def test_every_system_has_what_it_needs(path):
    """Windows has other modules, and reads and writes text as no other system would."""
    assert not POSIX_ONLY & {name.split(".")[0] for name in imports(path)}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            call, name = ast.unparse(node), ast.unparse(node.func).split(".")[-1]
            binary = name == "open" and ("Image.open" in call or re.search(r"'[rwa]b\+?'", call))
            if name in ("open", "read_text", "write_text") and not binary:
                assert "encoding='utf-8'" in call


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

"""The pages of the API reference: which names stand on which page. The text is the docstrings'."""

import ast
from pathlib import Path

import keras_gan_cli
from pages.places import ROOT

_INTRODUCTIONS = {
    "gan": "The base of all models: `compile`, `fit`, `sample`, `save`, `export`.",
    "models": "One class a paper. What each is for, with pictures: [Models](../models.md).",
}
_ROOMS = {
    "losses": "Losses",
    "penalties": "Penalties",
    "augment": "Augmentations",
    "layers": "Layers",
    "builders": "Networks",
    "data": "Data",
    "metrics": "Metrics",
    "callbacks": "Callbacks",
    "editing": "Editing",
    "enlarging": "Enlarging",
    "export": "Export",
    "serving": "Serving",
    "core.priors": "Priors",
    "core.kinds": "Kinds of samples",
    "constraints": "Constraints",
    "engine.precision": "Precision",
    "sklearn": "scikit-learn",
    "testing": "Testing a model",
}
_PLACES = {  # what several files of a room are reached by one name, or one function alone
    "reports": ("Reports", ["keras_gan.reporting.report.report"]),
    "recipes": ("Recipes", ["keras_gan.runs.recipes.suggest", "keras_gan.runs.recipes.Suggestion"]),
}


def pages() -> dict[str, str]:
    """The text of each page, by its path in docs/."""
    names = keras_gan_cli._table.names()
    classes = [f"keras_gan.models.{module}.{cls}" for module, cls in names.items()]
    made = {
        "api/gan.md": _page("GAN", ["keras_gan.engine.gan.GAN"], _INTRODUCTIONS["gan"], True),
        "api/models.md": _page("Model classes", classes, _INTRODUCTIONS["models"]),
    }
    for room, title in _ROOMS.items():
        name = room.rpartition(".")[2]
        made[f"api/{name}.md"] = _page(title, _public(room), f"`keras_gan.{name}`")
    for name, (title, paths) in _PLACES.items():
        made[f"api/{name}.md"] = _page(title, paths)
    return made


def titles() -> dict[str, str]:
    """The title of each page, by its path: the site's navigation."""
    return {path: text.split("\n", 1)[0].removeprefix("# ") for path, text in pages().items()}


def _page(title: str, paths: list[str], said: str = "", inherited: bool = False) -> str:
    options = "\n    options:\n      inherited_members: true" if inherited else ""
    parts = [f"# {title}", *([said] if said else []), *(f"::: {path}{options}" for path in paths)]
    return "\n\n".join(parts) + "\n"


def _public(room: str) -> list[str]:
    """The public names of a room, where they are defined."""
    path = ROOT / "keras_gan" / room.replace(".", "/")
    if not path.is_dir():
        return [f"keras_gan.{room}.{name}" for name in _defined(path.with_suffix(".py"))]
    found = []
    for node in ast.parse((path / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_gan."):
            found += [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(f"keras_gan.{room}.{node.name}")
    listed = _listed(path / "__init__.py")
    return sorted(
        (name for name in found if not listed or name.rpartition(".")[2] in listed),
        key=lambda name: name.rpartition(".")[2].lower(),
    )


def _listed(path: Path) -> list[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return []


def _defined(path: Path) -> list[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    kinds = ast.ClassDef | ast.FunctionDef
    return [n.name for n in body if isinstance(n, kinds) and not n.name.startswith("_")]

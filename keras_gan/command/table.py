"""The table of models as their files state it, read without running them. Standard library only.

The command line and the site (`python -m pages`) are made of it.
"""

import ast
import functools
import re
import shutil
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]
_HEADING = re.compile(r"(?P<title>.+?)\. (?P<authors>.+?),? (?P<year>\d{4}), (?P<url>\S+)$")
_CONDITIONS = {False: "-", None: "may learn classes", True: "classes"}


class Model(NamedTuple):
    """A model as its file states it.

    Attributes:
        name: On the command line: that of its file.
        cls: Name of its class.
        title, authors, year, url: Of its paper.
        idea: The paper's, in a sentence.
        differs: In what the class differs from the paper.
        conditional, condition_from: As in the class.
    """

    name: str
    cls: str
    title: str
    authors: str
    year: str
    url: str
    idea: str
    differs: str
    conditional: bool | None
    condition_from: str | None


def literals(path: str, table: str) -> list[str]:
    """The keys of a dictionary, or the members of a tuple, that a module of the package defines."""
    value = _value(path, table)
    found = value.keys if isinstance(value, ast.Dict) else value.elts
    return [ast.literal_eval(name) for name in found]


def recipes() -> dict[str, dict[str, Any]]:
    """The recipes of `runs/recipes.py`, by their names."""
    return ast.literal_eval(_value("runs/recipes.py", "RECIPES"))


def number(path: str, name: str) -> int:
    """A number that a module of the package defines."""
    return ast.literal_eval(_value(path, name))


def recipes_listed() -> str:
    """What `keras-gan list recipes` prints."""
    columns = shutil.get_terminal_size((100, 24)).columns
    lines = []
    for name, recipe in recipes().items():
        lines.append(f"{name}: {recipe['for']}")
        texts = [f"{recipe['settings']['model']}, {settings_said(recipe)}"]
        if recipe["images"]:
            texts.append(f"{recipe['images']:,} real images, if nothing else is asked for")
        if recipe["few"]:
            texts.append(f"with few pictures: {said(recipe['few'])}")
        for text in (*texts, f"measured: {recipe['measured']}"):
            lines += textwrap.wrap(
                text, columns, initial_indent="    ", subsequent_indent="        "
            )
    lines.append("paper: the settings of a model's paper, dcgan's if no --model is named")
    return "\n".join(lines)


def settings_said(recipe: dict[str, Any]) -> str:
    """How the model of a recipe is trained, in words."""
    settings = {name: value for name, value in recipe["settings"].items() if name != "model"}
    return said(settings) or "as its paper has it"


def said(settings: dict[str, Any]) -> str:
    """Settings in words."""
    return ", ".join(f"{name} {_said(value)}" for name, value in settings.items())


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={number:g}" for key, number in value.items())
    return " ".join(value) if isinstance(value, list) else str(value)


def _value(path: str, table: str) -> ast.expr:
    for node in _body(path):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == table:
            return node.value
    raise LookupError(f"{path} defines no {table}.")


def names() -> dict[str, str]:
    """The classes that `models/__init__.py` imports, by their names on the command line."""
    imported = [node for node in _body("models/__init__.py") if isinstance(node, ast.ImportFrom)]
    return {node.module.rpartition(".")[2]: node.names[0].name for node in imported}


def models() -> dict[str, Model]:
    """What the files of all of them state, by the same names."""
    bodies = {name: _body(f"models/{name}.py") for name in names()}
    classes = {
        node.name: node
        for body in bodies.values()
        for node in body
        if isinstance(node, ast.ClassDef)
    }
    return {name: _model(name, cls, bodies[name], classes) for name, cls in names().items()}


def listed() -> str:
    """What `keras-gan list models` prints."""
    rows = [
        (model.name, model.cls, _condition(model), f"{model.authors} {model.year}, {model.url}")
        for model in models().values()
    ]
    rows.insert(0, ("model", "class", "condition", "paper"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    ideas = ["", *(model.idea for model in models().values())]
    columns = shutil.get_terminal_size((100, 24)).columns
    lines = []
    for row, idea in zip(rows, ideas, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
        lines += textwrap.wrap(idea, columns, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


@functools.cache
def _body(path: str) -> list[ast.stmt]:
    return ast.parse((PACKAGE / path).read_text(encoding="utf-8")).body


def _model(name: str, cls: str, body: list[ast.stmt], classes: dict[str, ast.ClassDef]) -> Model:
    said = ast.get_docstring(ast.Module(body, [])) or ""
    heading = _HEADING.match(said.partition("\n")[0])
    paper = heading.groupdict() if heading else {"title": cls, "authors": "", "year": "", "url": ""}
    return Model(
        name,
        cls,
        **paper,
        idea=_paragraph(said, "Idea"),
        differs=_paragraph(said, "Differs from the paper"),
        conditional=_attribute(cls, "conditional", classes, False),
        condition_from=_attribute(cls, "condition_from", classes, None),
    )


def _paragraph(said: str, title: str) -> str:
    """What follows `title:`, up to a line that begins anew."""
    found = re.search(rf"^{title}: (.*?)(?=^[A-Z][\w ]*: |^\s*$|\Z)", said, re.M | re.S)
    return " ".join(found[1].split()) if found else ""


def _attribute(cls: str, name: str, classes: dict[str, ast.ClassDef], default: Any) -> Any:
    """A class attribute, its own or that of another model that it comes from."""
    if cls not in classes:
        return default
    for node in classes[cls].body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        if isinstance(target, ast.Name) and target.id == name:
            return ast.literal_eval(node.value)
    bases = [base.id for base in classes[cls].bases if isinstance(base, ast.Name)]
    inherited = (_attribute(base, name, classes, default) for base in bases)
    return next((value for value in inherited if value != default), default)


def _condition(model: Model) -> str:
    return model.condition_from or _CONDITIONS[model.conditional]

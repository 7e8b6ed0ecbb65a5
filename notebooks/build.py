"""Runs the notebooks, which are kept as Markdown, and writes them with their outputs.

    python notebooks/build.py              # all of them: `make notebooks`
    python notebooks/build.py principles

`notebooks/<name>.md` becomes `notebooks/<name>.ipynb`. KERAS_GAN_NOTEBOOK_EPOCHS=1 is a quick look.
"""

import re
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
START_UP = re.compile(r"WARNING: All log messages before absl|[IW]\d{4} \d\d:|WARNING:absl:")
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))


def read(name: str) -> nbformat.NotebookNode:
    """A notebook without outputs, from its text."""
    notebook = jupytext.read(FOLDER / f"{name}.md")
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    accelerator = {k: v for k, v in notebook.metadata.items() if k == "accelerator"}
    notebook.metadata = {"kernelspec": kernel} | accelerator
    return notebook


def run(name: str) -> None:
    """Runs a notebook in a folder of its own, and writes it."""
    notebook = read(name)
    with tempfile.TemporaryDirectory() as folder:
        place = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=1200, resources=place, coalesce_streams=True).execute()
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_told, cell.outputs) if output is not None]
    nbformat.write(notebook, FOLDER / f"{name}.ipynb")


def _told(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """Without the lines of TensorFlow's C++ at its start, and of absl's logger."""
    if output.get("name") == "stderr":
        lines = output.text.splitlines(keepends=True)
        output.text = "".join(line for line in lines if line.strip() and not START_UP.match(line))
        return output if output.text else None
    return output


if __name__ == "__main__":
    for asked in sys.argv[1:] or NAMES:
        print(f"notebooks/{asked}.ipynb", flush=True)
        run(asked)

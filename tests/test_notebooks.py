"""The notebooks: as they were run, as their text says, and two of them run again."""

import configparser
import importlib.util
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import keras_gan

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SETUP = configparser.ConfigParser(interpolation=None)
SETUP.read(ROOT / "setup.cfg")
ADDRESS = SETUP["metadata"]["url"].rstrip("/")
spec = importlib.util.spec_from_file_location("build", ROOT / "notebooks" / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_is_committed_as_it_was_run(notebook):
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert len(nbformat.writes(notebook)) < 1_000_000


def test_is_what_its_text_says(notebook, request):
    name = request.node.callspec.params["notebook"].stem
    text = build.read(name)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        (cell.cell_type, cell.source) for cell in text.cells
    ]


def test_every_text_was_run():
    assert [path.stem for path in NOTEBOOKS] == build.NAMES


def test_begins_with_a_badge_and_an_install_cell(notebook, request):
    name = request.node.callspec.params["notebook"].stem
    place = ADDRESS.replace("https://github.com", "https://colab.research.google.com/github")
    assert f"({place}/blob/main/notebooks/{name}.ipynb)" in notebook.cells[0].source
    first, *_ = code_cells(notebook)
    assert first.source == code_cells(build.read("quickstart"))[0].source
    assert f'"keras-gan @ git+{ADDRESS}"' in first.source
    assert "check=True" in first.source  # a failed installation ends the notebook
    assert "upgrade" not in first.source  # what is supported stays as it is


def test_a_gpu_is_asked_for_where_it_matters():
    asked = {path.stem for path in NOTEBOOKS if "accelerator" in nbformat.read(path, 4).metadata}
    assert asked == {"own-pictures"}


def test_trains_by_one_variable():
    """A small budget is one environment variable in one cell, and no other difference."""
    for name in build.NAMES:
        cells = [c.source for c in code_cells(build.read(name)) if "EPOCHS = " in c.source]
        assert len(cells) == 1, name
        assert 'os.environ.get("KERAS_GAN_NOTEBOOK_EPOCHS"' in cells[0]


def test_an_article_s_notebook_names_classes_that_there_are(notebook):
    """In its tables, ours stands in the last column."""
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    ours = [line.rsplit(" | ", 1)[-1] for line in text.splitlines() if line.startswith("| ")]
    named = re.findall(r"`(\w*GAN\d?|GMMN|AAE|GAIN|SRGAN|Pix2Pix|ContextEncoder)`", " ".join(ours))
    assert [name for name in named if not hasattr(keras_gan, name)] == []


# What the kernel and its client warn of is none of ours: sockets of a process that has just ended.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["quickstart", "image-generation"])
def test_runs_from_top_to_bottom(name, tmp_path, monkeypatch):
    notebook = build.read(name)
    monkeypatch.setenv("KERAS_GAN_NOTEBOOK_EPOCHS", "1")
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    printed = "".join(
        output.text
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.get("name") == "stdout"
    )
    assert "Assets written" not in printed
    if name == "quickstart":
        assert "same pictures: True" in printed
        path = tmp_path / "runs" / "saved_models" / "digits" / "1" / "saved_model.pb"
        assert path.is_file()
    else:
        assert "the article's: D(real) 0.0" in printed

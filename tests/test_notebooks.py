from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


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
    assert len(nbformat.writes(notebook)) < 400_000


def test_begins_with_a_badge_and_an_install_cell(notebook):
    assert "https://colab.research.google.com/github/" in notebook.cells[0].source
    assert "%pip install -q keras-gan" in notebook.cells[1].source


# What the kernel and its client warn of is none of ours: sockets of a process that has just ended.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_runs_from_top_to_bottom(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GAN_NOTEBOOK_EPOCHS", "1")
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    printed = "".join(
        output.text
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.get("name") == "stdout"
    )
    assert "same pictures: True" in printed
    assert "Assets written" not in printed
    assert (tmp_path / "runs" / "saved_models" / "digits" / "1" / "saved_model.pb").is_file()

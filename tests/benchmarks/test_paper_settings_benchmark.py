import pytest
from conftest import table_lines


def test_one_line_for_each_optimizer():
    from benchmarks.quality import paper_settings

    made = {"seed": 0, "images": 96, "generator_steps": 3, "samples": 50}
    rows = [
        made | {"settings": name, "fid": fid}
        for name, fid in zip(paper_settings.SETTINGS, (1.0, 3.0), strict=True)
    ]
    rows.append(rows[0] | {"seed": 1, "fid": 2.0})
    lines = [line.split(" | ")[:2] for line in table_lines(paper_settings.table(rows))]
    assert lines[2:] == [
        ["| the paper's", "1.5 (1.0 to 2.0)"],
        ["| RMSprop as Keras has it", "3.0"],
    ]


def test_beside_the_papers_stands_what_keras_makes_of_the_same_rate():
    from benchmarks.quality import paper_settings

    assert paper_settings.SETTINGS["the paper's"]() == {}
    for optimizer in paper_settings.SETTINGS["RMSprop as Keras has it"]().values():
        assert (optimizer.rho, optimizer.epsilon) == (0.9, 1e-7)
        assert optimizer.get_config()["learning_rate"] == pytest.approx(paper_settings.RATE)

"""Runs whose pictures have moved or whose numbers are at the limit, from the command line too."""

import errno
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from keras_gan import callbacks, data
from keras_gan.command import cli
from keras_gan.core import saved_model
from keras_gan.reporting import compare
from keras_gan.reporting.report import _source, report
from keras_gan.runs import run
from keras_gan.runs.directory import Run
from keras_gan.runs.settings import Settings, located


@pytest.fixture
def recorded(tmp_path):
    """A run directory of two classes of pictures, recorded and not trained."""
    for k, name in enumerate(("a", "b")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(2):
            Image.new("L", (8, 8), 60 * k + i).save(tmp_path / "photos" / name / f"{i}.png")
    settings = located(Settings(str(tmp_path / "photos"), model="cgan", width=4, image_size=8))
    dataset = run.load_data(settings)
    Run(tmp_path / "run").create(settings, dataset)
    return tmp_path


def change(directory, **settings):
    config = json.loads((directory / "config.json").read_text())
    config["settings"] |= settings
    (directory / "config.json").write_text(json.dumps(config))
    return config


def test_a_report_of_moved_pictures_reads_them_as_the_run_did(recorded):
    shutil.move(recorded / "photos", recorded / "moved")
    with pytest.raises(ValueError, match=r"not where they were\. Received: .*photos.*--data"):
        _source(recorded / "run", None, {})
    source, options = _source(recorded / "run", str(recorded / "moved"), {"limit": None})
    assert source == str(recorded / "moved")
    assert (options["class_names"], options["image_size"]) == (["a", "b"], 8)
    assert _source(recorded / "run", "digits", {}) == ("digits", {})


def test_an_older_run_keeps_the_numbers_of_its_classes_in_a_report(recorded):
    config = change(recorded / "run")
    del config["settings"]["source_type"]
    config["data"]["class_names"] = ["b", "a"]
    (recorded / "run" / "config.json").write_text(json.dumps(config))
    _, options = _source(recorded / "run", None, {})
    assert (options["source_type"], options["class_names"]) == ("folder", ["b", "a"])


def test_a_resume_takes_another_folder_and_no_other_dataset(recorded):
    with pytest.raises(ValueError, match=r"Received: 'digits'\. Expected .*photos"):
        run.resume(recorded / "run", source="digits")


def test_the_command_line_resumes_from_another_source(recorded, monkeypatch):
    given = {}
    monkeypatch.setattr(run, "resume", lambda out, **options: given.update(options))
    monkeypatch.chdir(recorded)
    (recorded / "moved").mkdir(exist_ok=True)
    assert cli.main(["train", "./moved", "--resume", "--out", "run"]) == 0
    assert given["source"] == "./moved"


def test_a_failed_start_leaves_no_lock_and_a_closed_disk_is_no_missing_lock(tmp_path, monkeypatch):
    with pytest.raises(RuntimeError), Run(tmp_path / "run").owned():
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []

    def fail(code):
        def acquire(*arguments, **options):
            raise OSError(code, "said by the system")

        monkeypatch.setattr("filelock.FileLock.acquire", acquire)

    fail(errno.EROFS)
    with pytest.raises(OSError, match="said by the system"), Run(tmp_path / "run").owned():
        pass
    fail(errno.ENOLCK)
    with pytest.warns(UserWarning, match="has no lock for"), Run(tmp_path / "run").owned():
        pass


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5])
def test_every_seed_has_the_same_limits(tmp_path, seed):
    for call in (
        lambda: callbacks.SampleGrid(tmp_path, seed=seed),
        lambda: saved_model.sample(tmp_path, 1, seed=seed),
        lambda: report(tmp_path, seed=seed),
        lambda: data.load(np.zeros((4, 8, 8, 1), np.float32), seed=seed),
    ):
        with pytest.raises(ValueError, match=r"2\*\*63 - 1"):
            call()


def test_no_samples_are_refused(tmp_path, capsys):
    assert cli.main(["sample", str(tmp_path), "--n", "0", "--out", str(tmp_path / "a.png")]) == 2
    assert "at least 1. Received: 0." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_that_makes_a_report_is_quoted(tmp_path):
    with pytest.raises(ValueError, match=r"keras-gan evaluate '.*my run'"):
        compare([tmp_path / "my run"])

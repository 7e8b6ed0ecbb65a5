"""Pictures from an exported generator without a server: `keras_gan.core.saved_model`."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from keras_gan.core import saved_model

DIGITS = Path(__file__).resolve().parents[2] / "saved_models" / "digits-pretrained"


def test_the_largest_seed():
    first, second = saved_model.sample(DIGITS, 2, [4, 4], seed=2**63 - 1)
    assert first.shape == (8, 8, 1)
    assert np.abs(first - second).max() > 0.1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": -1}, r"seed from 0 to 2\*\*63 - 1\. Received: seed=-1"),
        ({"seed": 2**63}, r"seed from 0 to 2\*\*63 - 1"),
        ({"seed": 1.5}, r"whole seed"),
        ({"n": 0}, r"at least one image\. Received: n=0"),
        ({"n": 1.5}, r"whole n"),
        ({"truncation": -0.5}, r"truncation >= 0\. Received: truncation=-0\.5"),
        ({"truncation": np.nan}, r"truncation >= 0"),
        ({"labels": [1]}, r"Expected 2 labels\. Received: 1"),
        ({"labels": [1, 2.5]}, r"numbers of classes\. Received: \[1, 2\.5\]"),
        ({"labels": ["1", "2"]}, r"numbers of classes"),
        ({"labels": [1, 2**32 + 3]}, r"numbers of classes\. Received: \[1, 4294967299\]"),
        ({"labels": [1, 10]}, r"refuses: \[Expected labels from 0 to 9\.\] \[Received:\] \[10\]"),
        ({"labels": None}, r"needs labels"),
    ],
)
def test_what_it_refuses(options, said):
    with pytest.raises(ValueError, match=said):
        saved_model.sample(DIGITS, **{"n": 2, "labels": [1, 2]} | options)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "file"),
    [
        (cut, "saved_model.pb"),
        (empty, "saved_model.pb"),
        (cut, "variables/*data*"),
        (empty, "variables/*data*"),
        (shutil.rmtree, "variables"),
    ],
)
def test_half_a_version(tmp_path, damage, file):
    """As `cp` or rsync leave it while they run."""
    shutil.copytree(DIGITS / "1", tmp_path / "1")
    (found,) = (tmp_path / "1").glob(file)
    damage(found)
    with pytest.raises(ValueError, match=r"1 cannot be loaded: it is damaged, or not all of it"):
        saved_model.sample(tmp_path, 2, [1, 2])


def test_the_newest_version_is_found(tmp_path):
    for name in ("2", "10", "9", "v11", "12.part", "٣", "-13", ".14"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()
    (tmp_path / "15").mkdir()
    assert saved_model.find(tmp_path) == tmp_path / "10"

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality import illnesses


@pytest.mark.usefixtures("steps_run_eagerly")
def test_a_picture_of_each_kind(tmp_path):
    options = ["--steps", "2", "--pictures", str(tmp_path)]
    illnesses.main(["--only", "checkerboard", "memory", *options])
    for name in ("checkerboard", "memory"):
        with Image.open(tmp_path / f"ill-{name}.png") as picture:
            assert picture.width > 300


@pytest.mark.usefixtures("steps_run_eagerly")
def test_a_training_that_diverges_is_shown_up_to_there(monkeypatch):
    ill, _ = illnesses.ILLNESSES["nan"]
    digits = illnesses.digits_of(8)
    fast = ill._replace(settings=lambda: illnesses.diverging() | _of(1e20))
    samples, losses = illnesses.train(fast, digits, 4)
    assert losses["diverged"]
    assert np.isfinite(samples).all()
    assert len(losses["d_loss"]) < 4


def _of(rate):
    names = ("generator_optimizer", "discriminator_optimizer")
    return {name: illnesses.SGD(rate) for name in names}


def test_digits_are_enlarged():
    assert illnesses.digits_of(16).shape == (1797, 16, 16, 1)
    assert illnesses.digits_of(8).min() == -1
    assert illnesses.digits_of(8).max() == 1


def test_every_illness_has_its_section():
    page = (illnesses.command.DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    for name in (*illnesses.ILLNESSES, "memory"):
        assert f"(ill-{name}.png)" in page

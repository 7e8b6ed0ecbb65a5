"""The table of two ways to resize."""

import numpy as np
import pytest

from benchmarks.quality import resizing
from keras_gan.metrics import Sample
from keras_gan.runs.reference import Part, RealData


def test_two_pixels_by_hand(monkeypatch, capsys):
    """A step from 0 to 1 begins at the first pixel's corner, or at its middle."""
    step = np.array([0, 1], np.uint8).reshape(1, 1, 2, 1)
    places = 2 * np.arange(299) / 299
    corners, middles = (resizing.resized(step, way)[0, 0, :, 0] for way in (False, True))
    np.testing.assert_allclose(corners, np.minimum(places, 1), atol=1e-5)
    np.testing.assert_allclose(middles, np.clip(places - 0.5 + 1 / 299, 0, 1), atol=1e-5)

    images = np.tile(255 * step, (3, 1, 1, 1))
    found = RealData("steps", Part("train", Sample(images)), None, None)
    monkeypatch.setattr(resizing.reference, "load", lambda source, **options: found)
    resizing.main(["--sources", "steps"])
    line = capsys.readouterr().out.splitlines()[-1].split(" | ")
    expected = 255 * np.abs(corners - middles).mean()
    assert line[0] == "| steps, 3 of 1x2"
    assert float(line[1]) == pytest.approx(expected, abs=0.01)
    assert line[3] == f"{expected / 127.5:.1%} |"

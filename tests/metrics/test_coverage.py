import tracemalloc

import numpy as np
import pytest
from prdc import compute_prdc

from keras_gan.metrics import distances, prdc


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_identical_to_the_reference_package(dtype, k):
    rng = np.random.default_rng(k)
    real = rng.normal(size=(700, 16)).astype(dtype)
    fake = (rng.normal(size=(500, 16)) * 0.8 + 0.3).astype(dtype)
    expected = compute_prdc(real, fake, k)
    assert prdc(real, fake, k) == {name: float(value) for name, value in expected.items()}
    assert 0 < expected["recall"] < expected["precision"] < 1


def test_identical_where_float32_cannot_tell():
    # Lumps far from zero and from each other, so narrow that the distances in them are lost in the
    # products of float32; most fakes alike; some fakes copies of real samples.
    rng = np.random.default_rng(8)
    lumps = 100 + 50 * rng.normal(size=(3, 1, 16))
    real = (lumps + 1e-2 * rng.normal(size=(3, 200, 16))).reshape(-1, 16).astype("float32")
    near = real[:200] + 4e-3 * rng.normal(size=(200, 16)).astype("float32")
    fake = np.concatenate([near, real[200:230], real[-1:].repeat(100, 0)])
    expected = compute_prdc(real, fake, 5)
    assert prdc(real, fake) == {name: float(value) for name, value in expected.items()}
    assert 0 < expected["recall"] < 1
    assert 0 < expected["coverage"] < 1


def test_constant_features():
    constant = np.ones((40, 3), "float32")
    assert set(prdc(constant, constant).values()) == {0.0}  # open balls of radius 0


def test_progress(capsys, monkeypatch):
    monkeypatch.setattr(distances, "can_redraw", lambda stream: True)
    rng = np.random.default_rng(9)
    prdc(rng.normal(size=(30, 3)), rng.normal(size=(30, 3)))
    assert capsys.readouterr().err == ""
    prdc(rng.normal(size=(30, 3)), rng.normal(size=(30, 3)), progress=True)
    assert "real balls" in capsys.readouterr().err


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(101, 4)), rng.normal(size=(57, 4))
    whole = prdc(real, fake)
    monkeypatch.setattr(distances, "_TILE", 20)
    assert prdc(real, fake) == whole


def test_hand_worked_in_the_plane():
    # Corners of a unit square, k=1: every real ball is open and of radius 1.
    real = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    # (0.5, 0) is in the balls of (0, 0) and (1, 0), and at sqrt(1.25) > 1 of the others; (0.5, 9)
    # is in none. Both fakes are 9 apart, so are their radii: all corners are in the first's ball.
    fake = np.array([[0.5, 0], [0.5, 9]])
    assert prdc(real, fake, k=1) == {
        "precision": 0.5,
        "recall": 1.0,
        "density": 1.0,  # (2 + 0) balls / 2 fakes / k
        "coverage": 0.5,
    }


def test_hand_worked_on_the_border_of_a_ball():
    # Radii: real 1, fake 1; what lies exactly on the border is outside.
    real = np.array([[0.0, 0], [1, 0]])
    fake = np.array([[2.0, 0], [3, 0]])
    assert set(prdc(real, fake, k=1).values()) == {0.0}


def test_collapse_is_precise_but_covers_little():
    rng = np.random.default_rng(4)
    real = rng.normal(size=(1000, 2))
    fake = rng.normal(size=(1000, 2)) * 0.05
    result = prdc(real, fake)
    assert result["precision"] > 0.99
    assert result["coverage"] < 0.1
    assert result["recall"] < 0.1


def test_memory_stays_flat():
    rng = np.random.default_rng(5)
    real = rng.normal(size=(6000, 4)).astype("float32")
    tracemalloc.start()
    prdc(real, real[::-1])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150e6  # all distances at once would take 288 MB in float64


@pytest.mark.parametrize(
    ("real", "fake", "k", "message"),
    [
        (np.zeros((9, 3)), np.zeros((9, 2)), 5, r"equally wide.*\(9, 3\).*\(9, 2\)"),
        (np.zeros((9, 3)), np.full((9, 3), np.nan), 5, "fake features are not finite"),
        (np.zeros((9, 3)), np.zeros((5, 3)), 5, "k=5 takes at least 6 samples. Received: 5 fake"),
        (np.zeros((9, 3)), np.zeros((9, 3)), 0, "k of at least 1. Received: k=0"),
    ],
)
def test_refuses(real, fake, k, message):
    with pytest.raises(ValueError, match=message):
        prdc(real, fake, k)

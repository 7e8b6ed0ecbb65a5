"""Accuracy of a discriminator."""

import numpy as np
import pytest

from keras_gan.metrics import score_accuracy


def test_shares_on_the_right_side_of_0():
    found = score_accuracy(real=[2.0, -1.0, 0.5, 0.0], fake=[-3.0, -0.5, 1.0], held_out=[1.0, -1.0])
    assert found == (0.5, pytest.approx(2 / 3), 0.5)
    assert score_accuracy([1.0], [-1.0]) == (1.0, 1.0, None)
    assert score_accuracy([0.0], [0.0])[:2] == (0.0, 0.0)


def test_a_map_counts_by_its_mean():
    """Means 0.25 and -1 of real ones, -0.5 of the generated one."""
    real = np.array([[[3.0, -1.0], [-0.5, -0.5]], [[-1.0, -1.0], [-1.0, -1.0]]])[..., None]
    assert score_accuracy(real, np.array([[1.0, -2.0]])) == (0.5, 1.0, None)
    assert score_accuracy(np.ones((3, 1), np.float16), -np.ones((3, 1)))[:2] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ([], r"logits \(n,\) or \(n, ...\). Received: shape \(0,\)"),
        (1.0, r"Received: shape \(\)"),
        ([1.0, np.nan, np.inf], "logits are not finite. Received: NaN or infinity for 2 of 3"),
    ],
)
@pytest.mark.parametrize("which", ["real", "fake", "held_out"])
def test_what_are_no_logits(logits, message, which):
    with pytest.raises(ValueError, match=message) as raised:
        score_accuracy(**{"real": [1.0], "fake": [1.0], which: logits})
    assert which.replace("_", "-") in str(raised.value)

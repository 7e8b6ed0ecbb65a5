"""Checks of arrays: what passes, what is refused and in which words."""

import ml_dtypes
import numpy as np
import pytest

from keras_gan.data import check_images, check_labels, looks_unscaled


def images(value=0.0, dtype="float32", shape=(3, 4, 4, 1)):
    return np.full(shape, value, dtype)


@pytest.mark.parametrize(
    "x",
    [
        images(255, "uint8"),
        images(1.0005),
        images(-1, "float64"),
        images(0.5, "float16"),
        images(0.5, ml_dtypes.bfloat16),
        images(300.0, shape=(3, 2)),  # points in a plane have no range
        images(7, "int64", shape=(3, 2)),
    ],
)
def test_good_samples_pass(x):
    check_images(x)
    check_images(x, x.shape[1:])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (images(float("nan")), "NaN or infinite"),
        (images(float("inf")), "NaN or infinite"),
        (images(float("nan"), ml_dtypes.bfloat16), "NaN or infinite"),
        (images(float("nan"), shape=(3, 2)), "samples have NaN"),
        (images(1.1), r"values from 1\.1 to 1\.1. Expected floats in \[-1, 1\]"),
        (images(255.0), r"look like 0\.\.255: pass them as uint8, or as x / 127\.5 - 1"),
        (images(7, "int32"), "dtype int32. Expected uint8"),
        (images(True, "bool"), "dtype bool. Expected uint8"),
        (images(shape=(0, 4, 4, 1)), "no images"),
        (np.array([["a"]]), "no numbers"),
        (np.array(3.0), "batch axis"),
    ],
)
def test_bad_samples_are_named(x, message):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=message):
        check_images(x)


@pytest.mark.parametrize(
    ("shape", "expected", "message"),
    [
        ((5, 28, 28, 3), (28, 28, 1), r"images of shape \(28, 28, 3\). Expected \(28, 28, 1\)"),
        (
            (5, 28, 28),
            (28, 28, 1),
            r"shape \(5, 28, 28\). Expected \(n, 28, 28, 1\).*\[\.\.\., None",
        ),
        ((5, 3), (2,), r"shape \(3,\). Expected \(2,\)"),
        ((5, 8, 9, 1), (None, 8, 1), r"Expected \(None, 8, 1\)"),
    ],
)
def test_shape_is_compared(shape, expected, message):
    with pytest.raises(ValueError, match=message):
        check_images(np.zeros(shape), expected)


def test_free_sizes_fit():
    check_images(np.zeros((2, 9, 7, 3)), (None, None, 3))


def test_only_images_in_0_1_look_unscaled():
    x = np.linspace(0, 1, 48, dtype="float32").reshape(3, 4, 4, 1)
    assert looks_unscaled(x)
    assert looks_unscaled(x.astype(ml_dtypes.bfloat16))
    assert not looks_unscaled(x * 2 - 1)
    assert not looks_unscaled((x * 255).astype("uint8"))
    assert not looks_unscaled(x.reshape(3, 16))
    assert not looks_unscaled(np.concatenate([x, -x]))


@pytest.mark.parametrize(
    "y",
    [
        np.array([0, 2, 1]),
        np.array([[0], [2], [1]], "uint8"),
        np.eye(3),
        np.eye(3, dtype="int32"),
        np.eye(3, dtype=bool),
    ],
)
def test_good_labels_pass(y):
    check_labels(y, 3, n=3)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([0, -1, 1]), r"label -1. Expected integers in 0\.\.2"),
        (np.array([0, 3, 1]), r"label 3. Expected integers in 0\.\.2"),
        (np.array([0, 1]), "2 labels for 3 images"),
        (np.array([0.0, 1.0, 2.0]), r"shape \(3,\) and dtype float64"),
        (np.array([[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]), r"row 0 is \[0\.5, 0\.5, 0"),
        (np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]]), r"row 1 is \[1, 1, 0\]"),
        (np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1]]), "row 0 .* not one-hot|not one-hot.*row 0"),
        (np.eye(3, 4), r"shape \(3, 4\)"),
        (np.array(["a", "b", "c"]), "no class labels"),
    ],
)
def test_bad_labels_are_named(y, message):
    with pytest.raises(ValueError, match=message):
        check_labels(y, 3, n=3)

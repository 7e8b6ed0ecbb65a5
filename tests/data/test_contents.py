"""What a source holds, counted by hand."""

import numpy as np

from keras_gan import data


def test_arrays_are_counted_and_spread_over():
    images = np.zeros((300, 4, 4, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(300) % 250
    found = data.contents((images, np.arange(300) % 3))
    assert (found.size, found.image_shape, found.sizes) == (300, (4, 4, 3), None)
    assert found.classes == {"0": 100, "1": 100, "2": 100}
    assert found.shown.shape == (64, 4, 4, 3)
    rows = np.round((found.shown[:, 0, 0, 0] + 1) * 127.5).astype(int)
    assert (rows[0], rows[-1]) == (0, 299 % 250)
    assert found.duplicates == [[str(k), str(250 + k)] for k in range(50)]
    assert found.left_out == []
    assert "Duplicates: 50 repeat another one (0 = 250, 1 = 251, 2 = 252, ...)." in str(found)


def test_digits_have_classes_and_no_twins():
    found = data.contents("digits")
    assert sum(found.classes.values()) == found.size == 1078
    said = str(found)
    assert "1,078 images of 8x8x1, as a network sees them." in said
    assert "10 classes: 0 (107)" in said
    assert said.endswith("Nothing is left out.\nNo two are the same.")
    assert "classes" not in str(data.contents("digits", labels=False, limit=5))

"""Two sets without pairs: as many of both, all of the larger, and an order that resumes."""

import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan.data import unpaired


def numbered(n, start=0):
    return start + np.arange(n, dtype="float32").reshape(n, 1, 1, 1)


def epoch(dataset):
    return [tuple(part.numpy().ravel().tolist() for part in batch) for batch in dataset]


@pytest.mark.parametrize(("sizes", "batch_size"), [((10, 4), 3), ((4, 10), 3), ((6, 6), 4)])
def test_an_epoch_is_a_pass_over_the_larger_set(sizes, batch_size):
    a, b = numbered(sizes[0]), numbered(sizes[1], 100)
    dataset = unpaired(a, b, batch_size=batch_size)
    batches = epoch(dataset)
    assert len(batches) == len(dataset) == -(-max(sizes) // batch_size)
    assert all(len(x) == len(y) for x, y in batches)
    for k, values in enumerate((a, b)):
        seen = np.concatenate([batch[k] for batch in batches])
        assert len(seen) == dataset.size == max(sizes)
        n = len(values)
        for start in range(0, len(seen), n):  # each pass sees all, none twice
            part = seen[start : start + n]
            assert len(set(part)) == len(part)
            assert set(part) <= set(values.ravel())


def test_orders_are_functions_of_seed_and_epoch():
    make = lambda seed: unpaired(numbered(10), numbered(4, 100), batch_size=3, seed=seed)  # noqa: E731
    dataset = make(5)
    epochs = [epoch(dataset) for _ in range(3)]
    assert epochs[0] != epochs[1]
    again = make(5)
    keras_gan.data.find(again.map(lambda *pair: pair), "order").epoch = 1
    assert [epoch(again), epoch(again)] == epochs[1:]
    assert again.order.epoch == 3
    assert epoch(make(6)) != epochs[0]


def test_loaded_datasets_leave_their_labels_behind():
    digits = keras_gan.data.load("digits", batch_size=50, limit=100)
    dataset = unpaired(digits, np.zeros((30, 8, 8, 3), "uint8"), batch_size=20)
    assert (dataset.image_shape, dataset.condition_shape) == ((8, 8, 1), (8, 8, 3))
    assert [(a.shape[0], b.dtype) for a, b in dataset] == [(20, tf.uint8)] * 5


@pytest.mark.parametrize(
    ("a", "message"),
    [
        ("photos", "Received: a str"),
        (np.zeros((0, 8, 8, 1)), "nothing to train on"),
        (tf.data.Dataset.from_tensor_slices(numbered(4)).batch(2), "keras_gan.data.load did not"),
    ],
)
def test_what_is_no_set_of_pictures(a, message):
    with pytest.raises(ValueError, match=message):
        unpaired(a, numbered(4))

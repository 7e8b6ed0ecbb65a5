"""Two unpaired sets: the longer one makes the epoch, who meets whom is fixed by (seed, epoch)."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gan.data import find, load, unpaired


def pictures(n, first=0, shape=(8, 8, 1)):
    """uint8 pictures, each of one value of its own."""
    return np.arange(first, first + n, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, *shape), np.uint8
    )


def epoch(dataset):
    """The two values of every pair, batch by batch."""
    batches = [[np.round((x[:, 0, 0, 0] + 1) * 127.5) for x in pair] for pair in dataset]
    return [np.stack([a, b], axis=1).astype(int).tolist() for a, b in batches]


def joined(batches):
    return np.concatenate([np.array(batch) for batch in batches])


@pytest.mark.parametrize("turned", [False, True])
def test_the_longer_set_makes_the_epoch(turned):
    sets = pictures(7), pictures(3, 100, (4, 8, 3))
    dataset = unpaired(*(sets[::-1] if turned else sets), batch_size=3, seed=2)
    long, short = (1, 0) if turned else (0, 1)
    assert len(dataset) == 3
    assert (dataset.size, dataset.num_classes, dataset.fingerprint) == (7, None, None)
    shapes = [dataset.image_shape, dataset.condition_shape]
    assert (shapes[long], shapes[short]) == ((8, 8, 1), (4, 8, 3))
    got = epoch(dataset)
    assert [len(batch) for batch in got] == [3, 3, 1]
    values = joined(got)
    assert sorted(values[:, long]) == list(range(7))
    passes = values[:, short].reshape(-1)
    assert sorted(passes[:3]) == sorted(passes[3:6]) == [100, 101, 102]
    assert passes[6] in (100, 101, 102)


def test_the_order_is_numpys_of_seed_and_epoch():
    dataset = unpaired(pictures(5), pictures(2, 100), batch_size=5, seed=3)
    for number in range(2):
        rng = np.random.default_rng([3, number])
        a, b = rng.permutation(5), np.concatenate([rng.permutation(2) for _ in range(3)])[:5]
        assert joined(epoch(dataset)).tolist() == np.stack([a, b + 100], 1).tolist()


def test_a_resumed_order_is_the_uninterrupted_one():
    straight = unpaired(pictures(6), pictures(6, 100), batch_size=4, seed=1)
    epochs = [epoch(straight) for _ in range(4)]
    resumed = unpaired(pictures(6), pictures(6, 100), batch_size=4, seed=1)
    resumed = resumed.map(lambda a, b: (a, b))
    find(resumed, "order").epoch = 2
    assert [epoch(resumed), epoch(resumed)] == epochs[2:]
    others = [dict(joined(one).tolist()) for one in epochs]
    assert others[0] != others[1]  # the same pictures do not meet in every epoch
    assert find(resumed, "batch_size") == 4
    assert find(resumed, "failure") is not None


def test_datasets_of_load_of_every_kind(tmp_path):
    for k in range(3):
        (tmp_path / "class").mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (k, k, k)).save(tmp_path / "class" / f"{k}.png")
    folder = load(tmp_path, batch_size=2, cache=False, seed=9)
    floats = load((pictures(4, 100) / 127.5 - 1, np.arange(4)), batch_size=8)
    dataset = unpaired(folder, floats, shuffle=False)
    assert epoch(dataset) == [[[0, 100], [1, 101]], [[2, 102], [0, 103]]]
    assert folder.order.epoch == 0  # its own order has not moved
    assert dataset.element_spec[0] == tf.TensorSpec((None, 8, 8, 3))
    again = unpaired(load(tmp_path, limit=2), floats)
    assert dataset.fingerprint != again.fingerprint
    assert len(dataset.fingerprint) == 64


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        ("digits", "The set b is not read from its name here. Received: 'digits'"),
        (np.zeros((0, 8, 8, 1)), r"Of the set b: .*Received"),
        (np.zeros((4, 8, 8)), r"Of the set b: Images have four axes"),
        (tf.data.Dataset.range(3), "The set b is a dataset whose pictures cannot be taken"),
    ],
)
def test_what_is_no_set_is_refused(b, expected):
    with pytest.raises(ValueError, match=expected):
        unpaired(pictures(3), b)


def test_a_mapped_dataset_and_a_stream_are_refused(tfds_dir):
    with pytest.raises(ValueError, match="or that was mapped"):
        unpaired(load(pictures(3)).map(lambda x: -x), pictures(3))
    stream = load("mnist", data_dir=tfds_dir, cache=False, limit=10)
    with pytest.raises(ValueError, match=r"one order.*cache=True"):
        unpaired(stream, pictures(3))
    with pytest.raises(ValueError, match=r"`seed` fixes the order. Received: seed=-1"):
        unpaired(pictures(3), pictures(3), seed=-1)

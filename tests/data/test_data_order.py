"""The order of epochs: a function of (seed, epoch), the same for arrays, folders and streams."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from keras_gan.data import EpochOrder, batches, find, from_arrays

ROOT = Path(__file__).parents[2]


def seen(dataset):
    return [batch.numpy().tolist() for batch in dataset]


def test_order_is_numpys_permutation_of_seed_and_epoch():
    order = EpochOrder(10, seed=3)
    first, second = order(), order()
    np.testing.assert_array_equal(first, np.random.default_rng([3, 0]).permutation(10))
    np.testing.assert_array_equal(second, np.random.default_rng([3, 1]).permutation(10))
    assert first.dtype == np.int64
    assert order.epoch == 2
    assert (EpochOrder(10, seed=4)() != first).any()


def test_without_shuffle_every_epoch_is_in_order():
    order = EpochOrder(4, seed=0, shuffle=False)
    assert [order().tolist(), order().tolist()] == [[0, 1, 2, 3]] * 2


@pytest.mark.parametrize(("size", "seed"), [(0, 0), (3, -1), (3, 0.5), (3, None), (2.0, 1)])
def test_order_refuses_bad_arguments(size, seed):
    with pytest.raises(ValueError, match=r"Received: .* Expected an integer"):
        EpochOrder(size, seed)


def test_from_arrays_batches_in_the_order():
    dataset = from_arrays(np.arange(10) * 7, batch_size=4, seed=5)
    assert len(dataset) == 3
    for epoch in range(2):
        expected = np.random.default_rng([5, epoch]).permutation(10) * 7
        got = seen(dataset)
        assert [len(b) for b in got] == [4, 4, 2]
        assert np.concatenate(got).tolist() == expected.tolist()


def test_resumed_order_is_the_uninterrupted_one():
    x = np.arange(20)
    straight = from_arrays(x, batch_size=8, seed=1)
    epochs = [seen(straight) for _ in range(4)]
    resumed = from_arrays(x, batch_size=8, seed=1)
    resumed.order.epoch = 2
    assert [seen(resumed), seen(resumed)] == epochs[2:]
    assert epochs[0] != epochs[1]


def test_two_iterators_at_once_do_not_disturb_each_other():
    dataset = from_arrays(np.arange(100), batch_size=1, seed=1)
    a, b = iter(dataset), iter(dataset)
    pairs = [(int(next(a)[0]), int(next(b)[0])) for _ in range(100)]
    assert {p[0] for p in pairs} == {p[1] for p in pairs} == set(range(100))


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16", "int64"])
def test_from_arrays_keeps_dtype_shape_and_pairs(dtype):
    images = np.arange(5, dtype=dtype).reshape(5, 1, 1, 1) * np.ones((1, 2, 3, 1), dtype)
    labels = np.arange(5, dtype="int64") * 10
    dataset = from_arrays(images, labels, batch_size=2, seed=0)
    spec, label_spec = dataset.element_spec
    assert spec == tf.TensorSpec((None, 2, 3, 1), dtype)
    assert label_spec == tf.TensorSpec((None,), tf.int64)
    for x, y in dataset:
        np.testing.assert_array_equal(x.numpy()[:, 0, 0, 0].astype("int64") * 10, y.numpy())


def test_from_arrays_does_not_copy_the_array():
    x = np.zeros((4, 2), "float32")
    dataset = from_arrays(x, batch_size=4, seed=0)
    x[:] = 9.0  # a constant in the graph would still be 0
    np.testing.assert_array_equal(next(iter(dataset)).numpy(), np.full((4, 2), 9.0))


def test_from_arrays_refuses_empty_and_uneven_arrays():
    with pytest.raises(ValueError, match=r"nothing to train on. Received: .*\(0, 3\)"):
        from_arrays(np.zeros((0, 3)), batch_size=2, seed=0)
    with pytest.raises(ValueError, match=r"one label. Received: labels of shape \(4,\) for 5"):
        from_arrays(np.zeros((5, 3)), np.zeros(4), batch_size=2, seed=0)
    with pytest.raises(ValueError, match=r"`batch_size` .* Received: batch_size=0"):
        from_arrays(np.zeros((5, 3)), batch_size=0, seed=0)


def test_failure_keeps_the_python_error_until_the_next_epoch():
    broken = [True]

    def fetch(indices):
        if broken[0]:
            raise ValueError("picture.png is torn")
        return indices

    dataset = batches(EpochOrder(4, 0), fetch, 2, tf.TensorSpec((), tf.int64))
    assert dataset.failure.error is None
    with pytest.raises(tf.errors.OpError, match=r"picture\.png is torn"):
        seen(dataset)
    assert isinstance(dataset.failure.error, ValueError)
    broken[0] = False
    assert len(seen(dataset)) == 2
    assert dataset.failure.error is None


def test_find_looks_through_what_was_made_of_the_dataset():
    dataset = from_arrays(np.arange(4), batch_size=2, seed=0)
    made = dataset.map(lambda x: x + 1).prefetch(1)
    assert find(made, "order") is dataset.order
    assert find(tf.data.Dataset.zip((tf.data.Dataset.range(9), made)), "order") is dataset.order
    assert find(tf.data.Dataset.range(3), "order") is None
    assert find(np.zeros(3), "order") is None


LEFT_OPEN = """
    import numpy as np
    from keras_gan.data import from_arrays
    x = np.zeros((2048, 64, 64, 3), np.uint8)
    readers = [iter(from_arrays(x, batch_size=1024, seed=0)) for _ in range(8)]
    for reader in readers:
        next(reader)
    print("fine")
"""


def test_python_exits_while_datasets_read_ahead():
    """Without the gate this hangs more often than not."""
    code = textwrap.dedent(LEFT_OPEN)
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert "fine" in run.stdout
    assert "Traceback" not in run.stderr


MIRRORED = """
    import numpy as np, tensorflow as tf
    from keras_gan.data import from_arrays
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    dataset = from_arrays(np.arange(65), batch_size=64, seed=2)
    shared = strategy.experimental_distribute_dataset(dataset)
    for epoch in range(2):
        steps = [strategy.experimental_local_results(values) for values in shared]
        assert [[len(v) for v in step] for step in steps] == [[32, 32], [1, 0]], steps
        got = np.concatenate([v.numpy() for step in steps for v in step])
        expected = np.random.default_rng([2, epoch]).permutation(65)
        np.testing.assert_array_equal(got, expected)
    print("fine")
"""


def test_two_mirrored_replicas_share_each_batch():
    run = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", textwrap.dedent(MIRRORED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert "fine" in run.stdout
    assert "shard" not in run.stderr.lower()
    assert "external state" not in run.stderr.lower()

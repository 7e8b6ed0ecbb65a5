import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import run_benchmark, table_lines
from keras import layers

import keras_gan


def pairs_by_hand(larger, smaller, kernel, stride):
    """All taps of a "same" convolution, laid out one by one over a padded row."""
    total = max((smaller - 1) * stride + kernel - larger, 0)
    row = [0] * (total // 2) + [1] * larger + [0] * (total - total // 2)
    return sum(sum(row[at * stride : at * stride + kernel]) for at in range(smaller))


@pytest.mark.parametrize(
    ("larger", "smaller", "kernel", "stride"), [(7, 7, 5, 1), (28, 14, 5, 2), (8, 4, 4, 2)]
)
def test_taps_at_the_borders(larger, smaller, kernel, stride):
    from benchmarks.speed import flops

    assert flops.taps(larger, smaller, kernel, stride) == pairs_by_hand(
        larger, smaller, kernel, stride
    )


def test_flop_of_layers_worked_out_by_hand():
    from benchmarks.speed import flops

    network = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(4),  # 2 * 3 * 4
            layers.Reshape((2, 2, 1)),
            layers.Conv2D(5, 3, padding="same"),  # 4 taps of each axis' 6 are inside: 2 * 16 * 5
            layers.Conv2DTranspose(2, 1, 1, padding="same"),  # 2 * 4 * 5 * 2
        ]
    )
    assert flops.forward(network) == [24, 160, 80]


@pytest.mark.parametrize(("size", "ours", "guide"), [(28, 342.8, 435.2), (64, 1785.6, 2146.1)])
def test_flop_of_a_step(size, ours, guide):
    from benchmarks.speed import flops, peers

    networks = peers.networks(size)
    assert flops.per_image(*networks, "ours") / 1e6 == pytest.approx(ours, abs=0.05)
    assert flops.per_image(*networks, "tutorial") / 1e6 == pytest.approx(ours, abs=0.05)
    assert flops.per_image(*networks, "guide") / 1e6 == pytest.approx(guide, abs=0.05)


@pytest.mark.parametrize("step", ["tutorial", "guide", "guide-training", "ours", "ours-fit"])
def test_every_step_trains_both_networks(step):
    from benchmarks.speed import peers

    generator = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="tanh")])
    discriminator = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    before = [network.get_weights() for network in (generator, discriminator)]
    dataset = tf.data.Dataset.from_tensors(tf.ones((4, 3))).repeat()
    run_steps = peers.STEPS[step](generator, discriminator, dataset, 2)
    timed = run_steps(2)
    assert timed is None or min(timed) > 0
    for network, old in zip((generator, discriminator), before, strict=True):
        assert not np.allclose(network.get_weights()[0], old[0], atol=1e-6)


def test_step_time_compares(tmp_path, threads, capsys):
    from benchmarks.speed import step_time

    figures = tmp_path / "a" / "figures.json"
    options = ["--sizes", "28", "--batch", "4", "--rounds", "1", "--turn", "0.01"]
    steps = ["--only", "tutorial", "ours", "--dtype", "float32"]
    step_time.main([*options, *steps, "--json", str(figures)])
    printed = capsys.readouterr().out
    assert "### DCGAN-28, batch 4" in printed
    rows = table_lines(printed)
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        "| TensorFlow tutorial's loop",
        "| keras_gan",
    ]
    assert len({row.count("|") for row in rows}) == 1
    report = json.loads(figures.read_text())
    rounds = report["dcgan-28"]["rounds"]
    assert set(rounds) == {f"{name} float32" for name in ("tutorial", "ours", "product")}
    for (turn,) in rounds.values():
        assert turn["images_per_second"] > 0
        assert turn["cpu_ms_per_image"] > 0
        assert turn["peak_bytes"] > 1e8


def test_step_time_scales(tmp_path):
    options = ["--scale", "--sizes", 8, "--batches", 2, "--rounds", 1, "--turn", 0.01]
    printed = run_benchmark("speed.step_time", *options, "--json", tmp_path / "figures.json")
    assert "| 8x8x3 | 2 | float32 |" in printed


def test_memory_that_a_batch_will_need():
    from benchmarks.speed import step_time

    assert step_time.extrapolate([], 512) == 0
    assert step_time.extrapolate([(32, 1000), (128, 1960)], 512) == 5800


def test_mnist_judges_the_tutorial(tmp_path, tfds_dir, monkeypatch):
    from benchmarks.quality import mnist

    seen = {}
    monkeypatch.setattr(keras_gan, "report", lambda gan, data, **options: seen.update(gan=gan))
    mnist.main(["--seconds", "0", "--data-dir", str(tfds_dir), "--out", str(tmp_path)])
    assert seen["gan"].step.numpy() == 1
    assert seen["gan"].sample(2, seed=0).shape == (2, 28, 28, 1)


def test_the_record_keeps_every_run_and_finds_it_again(tmp_path):
    from benchmarks.harness.record import Record

    record = Record("ring", tmp_path / "results")
    assert record.rows() == []
    record.add({"model": "WGAN", "seed": 0, "modes": 8})
    Record("ring", tmp_path / "results").add({"model": "WGAN", "seed": 1, "modes": 7})
    assert [row["modes"] for row in record.rows(model="WGAN")] == [8, 7]
    assert record.rows(model="WGAN", seed=2) == []
    with pytest.raises(ValueError, match="not JSON compliant"):
        record.add({"model": "WGAN", "seed": 2, "modes": float("nan")})
    assert len(record.rows()) == 2

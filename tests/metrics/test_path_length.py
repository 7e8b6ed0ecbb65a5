"""Perceptual path length, of generators whose path length is known."""

import numpy as np
import pytest

from keras_gan.metrics import Pixels, perceptual_path_length

LATENT = 16


def linear(scale=0.05, width=16):
    """Images 4x4 that are linear in the latent, far from the edges of [-1, 1]."""
    matrix = np.random.default_rng(1).standard_normal((LATENT, width)) * scale

    def generate(z, labels):
        return (z.astype(np.float64) @ matrix).reshape(-1, 4, 4, 1)

    return generate, matrix


def lengths(a, b, t, epsilon, matrix):
    """What a linear generator should have: its latents turn in the plane of both ends, and what
    they are made of there, in parts of either end, is kept when the ends have another length."""
    found = []
    for start, end, place in zip(a, b, t[:, 0], strict=True):
        ends = np.stack([start / np.linalg.norm(start), end / np.linalg.norm(end)], axis=1)
        plane, _ = np.linalg.qr(ends)  # two orthonormal columns; the first is +-start
        plane[:, 1] *= np.sign(plane[:, 1] @ end)
        plane[:, 0] *= np.sign(plane[:, 0] @ start)
        angle = np.arctan2(plane[:, 1] @ ends[:, 1], plane[:, 0] @ ends[:, 1])
        turns = angle * np.array([place, place + epsilon])
        parts = np.linalg.solve(plane.T @ ends, np.stack([np.cos(turns), np.sin(turns)]))
        step = np.diff(np.stack([start, end], axis=1) @ parts, axis=1)
        found.append(np.sum((step.T @ matrix) ** 2) / epsilon**2)
    return np.array(found)


def latents(samples, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, samples, LATENT))
    return a, b, rng.uniform(0.0, 1.0, (samples, 1))


def test_linear_generator_and_pixels():
    generate, matrix = linear()
    found = perceptual_path_length(generate, Pixels(), LATENT, samples=60, epsilon=0.01)
    expected = lengths(*latents(60), 0.01, matrix)
    low, high = np.sort(expected)[[0, -1]]  # of 60, 1% is less than one
    assert found == pytest.approx(expected[(expected >= low) & (expected <= high)].mean(), rel=1e-3)


def test_the_longest_and_shortest_hundredth_are_left_out():
    a, b, t = latents(300)
    generate, matrix = linear()
    expected = np.sort(lengths(a, b, t, 0.01, matrix))[2:-2]  # (n - 1) / 100 = 2.99, low and high
    found = perceptual_path_length(generate, Pixels(), LATENT, samples=300, epsilon=0.01)
    assert found == pytest.approx(expected.mean(), rel=1e-3)


def test_twice_the_slope_is_four_times_the_length():
    once, twice = (
        perceptual_path_length(linear(scale)[0], Pixels(), LATENT, samples=50, epsilon=0.01)
        for scale in (0.02, 0.04)
    )
    assert twice == pytest.approx(4 * once, rel=1e-2)


def test_a_generator_that_knows_one_picture():
    assert perceptual_path_length(lambda z, _: np.zeros((len(z), 2, 2, 1)), Pixels(), 4) == 0.0


def test_a_distance_of_ones_own():
    """The distance is asked for batches, and divided by the square of the step."""
    sizes = []

    def distance(a, b):
        sizes.append(len(a))
        return np.ones(len(a))

    found = perceptual_path_length(linear()[0], distance, LATENT, samples=600, epsilon=0.5)
    assert found == 4.0
    assert sizes == [250, 250, 100]


def test_both_ends_of_a_step_share_a_label():
    seen = []

    def generate(z, labels):
        seen.append(labels)
        return np.zeros((len(z), 1, 1, 1)) + labels[:, None, None, None] / 300

    labels = np.arange(300)
    found = perceptual_path_length(generate, Pixels(), 3, samples=300, labels=labels)
    assert found == 0.0
    start, end = np.concatenate(seen[::2]), np.concatenate(seen[1::2])
    np.testing.assert_array_equal(start, labels)
    np.testing.assert_array_equal(end, labels)


def test_seeds():
    def length(seed):
        return perceptual_path_length(linear()[0], Pixels(), LATENT, samples=20, seed=seed)

    assert length(1) == length(1) != length(2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": 0}, "Received: samples=0, epsilon=0.001"),
        ({"epsilon": 1.0}, r"a step in \(0, 1\). Received: samples=1000, epsilon=1.0"),
        ({"labels": [1, 2]}, r"labels of shape \(2,\). Expected \(1000,\)"),
    ],
)
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        perceptual_path_length(linear()[0], Pixels(), LATENT, **changes)


def test_images_that_were_rounded():
    def generate(z, labels):
        return np.zeros((len(z), 4, 4, 1), np.uint8)

    with pytest.raises(ValueError, match=r"8 bits\. Received: uint8"):
        perceptual_path_length(generate, Pixels(), LATENT)

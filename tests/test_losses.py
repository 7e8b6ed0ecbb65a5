"""Losses against numbers worked out by hand and an independent float64 version."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan import losses

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [0.0], [4.0]], "float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, "float64")))


def cross_entropy(p, target=1.0):
    return -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean()


# name -> the discriminator's and the generator's loss; of REAL the mean is 1/2, of FAKE 1/3
EXPECTED = {
    "minimax": (
        cross_entropy(sigmoid(REAL)) + cross_entropy(sigmoid(FAKE), 0),
        -cross_entropy(sigmoid(FAKE), 0),
    ),
    "non_saturating": (
        cross_entropy(sigmoid(REAL)) + cross_entropy(sigmoid(FAKE), 0),
        cross_entropy(sigmoid(FAKE)),
    ),
    "least_squares": ((1 + 4 + 0.25) / 6 + (9 + 0 + 16) / 6, (16 + 1 + 9) / 6),
    "wasserstein": (1 / 3 - 0.5, -1 / 3),
    "hinge": ((0 + 2 + 0.5) / 3 + (0 + 1 + 5) / 3, -1 / 3),
    "relativistic_average": (
        cross_entropy(sigmoid(REAL - 1 / 3.0)) + cross_entropy(sigmoid(FAKE - 0.5), 0),
        cross_entropy(sigmoid(FAKE - 0.5)) + cross_entropy(sigmoid(REAL - 1 / 3.0), 0),
    ),
    "relativistic_paired": (
        cross_entropy(sigmoid([5.0, -1.0, -3.5])),
        cross_entropy(sigmoid([-5.0, 1.0, 3.5])),
    ),
}
# object -> the same, with settings of its own
SETTINGS = [
    (losses.LeastSquares(-1, 1, 0), ((1 + 4 + 0.25) / 6 + (4 + 1 + 25) / 6, (9 + 0 + 16) / 6)),
    (
        losses.NonSaturating(label_smoothing=0.1),
        (
            cross_entropy(sigmoid(REAL), 0.9) + cross_entropy(sigmoid(FAKE), 0),
            cross_entropy(sigmoid(FAKE)),  # one-sided: the generator's target stays 1
        ),
    ),
    (
        losses.Minimax(label_smoothing=0.25),
        (
            cross_entropy(sigmoid(REAL), 0.75) + cross_entropy(sigmoid(FAKE), 0),
            -cross_entropy(sigmoid(FAKE), 0),
        ),
    ),
]
CASES = [(losses.get(name), expected) for name, expected in EXPECTED.items()] + SETTINGS


@pytest.fixture(params=CASES, ids=lambda case: type(case[0]).__name__)
def case(request):
    return request.param


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_values(case, dtype):
    loss, expected = case
    real, fake = (keras.ops.cast(x, dtype) for x in (REAL, FAKE))
    for value, number in zip(
        (loss.discriminator(real, fake), loss.generator(real, fake)), expected, strict=True
    ):
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert value.shape == ()
        assert float(value) == pytest.approx(number, rel=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_maps_of_logits_in_a_graph(case, jit):
    """A PatchGAN's map counts every place alike."""
    loss, expected = case
    real, fake = (
        np.repeat(np.repeat(x[:, :, None, None], 4, axis=1), 5, axis=2) for x in (REAL, FAKE)
    )
    assert real.shape == (3, 4, 5, 1)
    both = tf.function(lambda *x: (loss.discriminator(*x), loss.generator(*x)), jit_compile=jit)
    assert [float(v) for v in both(real, fake)] == pytest.approx(list(expected), rel=1e-5)


def slope(margins):
    """The mean of d/dw -log sigma(w m) at w = 1."""
    margins = np.asarray(margins, "float64")
    return -(sigmoid(-margins) * margins).mean()


# name -> d/dw of both losses where the critic is w x and w = 1: REAL and FAKE are the points too
SLOPES = {
    "minimax": (slope(REAL) + slope(-FAKE), -slope(-FAKE)),
    "non_saturating": (slope(REAL) + slope(-FAKE), slope(FAKE)),
    "least_squares": ((2 + 2 - 0.25) / 3 + (9 + 0 + 16) / 3, (12 + 0 + 12) / 3),
    "wasserstein": (1 / 3 - 0.5, -1 / 3),
    "hinge": ((0 + 1 - 0.5) / 3 + (0 + 0 + 4) / 3, -1 / 3),
    "relativistic_average": (
        slope(REAL - 1 / 3) + slope(0.5 - FAKE),
        slope(FAKE - 0.5) + slope(1 / 3 - REAL),
    ),
    "relativistic_paired": (slope([5.0, -1.0, -3.5]), slope([-5.0, 1.0, 3.5])),
}


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("name", SLOPES)
def test_gradients_of_a_linear_critic(name, jit):
    loss, w = losses.get(name), tf.Variable(1.0)

    @tf.function(jit_compile=jit)
    def gradients():
        with tf.GradientTape(persistent=True) as tape:
            both = [play(w * REAL, w * FAKE) for play in (loss.discriminator, loss.generator)]
        return [tape.gradient(value, w) for value in both]

    assert [float(g) for g in gradients()] == pytest.approx(SLOPES[name], rel=1e-5)


def test_every_place_of_a_map_is_a_logit_of_its_own(case):
    loss, _ = case
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, 3, 4, 5, 1)).astype("float32")
    for player in (loss.discriminator, loss.generator):
        flat = player(real.reshape(-1, 1), fake.reshape(-1, 1))
        assert float(player(real, fake)) == pytest.approx(float(flat), rel=1e-5)


def test_extreme_logits_stay_finite(case):
    huge = np.array([[1e4], [-1e4]], "float32")
    loss, _ = case
    assert np.isfinite(float(loss.discriminator(huge, -huge)))
    assert np.isfinite(float(loss.generator(huge, -huge)))


def test_who_looks_at_real_images(case):
    """The flag is true where the generator's loss changes with the real logits, and only there."""
    loss, _ = case
    changes = float(loss.generator(REAL, FAKE)) != float(loss.generator(REAL + 1, FAKE))
    assert loss.uses_real == changes


def test_config_round_trip(case):
    loss, expected = case
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is type(loss)
    assert float(again.discriminator(REAL, FAKE)) == pytest.approx(expected[0], rel=1e-5)


@pytest.mark.parametrize("bad", [-0.1, 1.0])
def test_label_smoothing_out_of_range(bad):
    with pytest.raises(ValueError, match=f"0 <= label_smoothing < 1. Received: .*={bad}"):
        losses.NonSaturating(label_smoothing=bad)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (losses.Minimax(), {"d_loss": 2 * np.log(2), "g_loss": -np.log(2)}),
        (losses.NonSaturating(), {"d_loss": 2 * np.log(2), "g_loss": np.log(2)}),
        (losses.LeastSquares(), {"d_loss": 0.25, "g_loss": 0.125}),
        (losses.LeastSquares(-1.0, 1.0, 0.0), {"d_loss": 1.0, "g_loss": 0.0}),
        (losses.Wasserstein(), {"d_loss": 0.0}),
        (losses.Hinge(), {"d_loss": 2.0}),
        (losses.RelativisticAverage(), {"d_loss": 2 * np.log(2), "g_loss": 2 * np.log(2)}),
        (losses.RelativisticPaired(), {"d_loss": np.log(2), "g_loss": np.log(2)}),
        (losses.Loss(), {}),
    ],
)
def test_a_balanced_game(loss, expected):
    """The discriminator's best answer where real and made are alike, by hand."""
    assert loss.balanced() == pytest.approx(expected)


def test_a_balanced_game_with_smoothed_targets():
    """D = (1 - s) / 2 minimises -(1 - s) log D - s log(1 - D) - log(1 - D)."""
    s = 0.1
    answers = np.linspace(0.01, 0.99, 9801)
    asked = -(1 - s) * np.log(answers) - (1 + s) * np.log(1 - answers)
    best = answers[asked.argmin()]
    found = losses.NonSaturating(s).balanced()
    assert found == pytest.approx({"d_loss": asked.min(), "g_loss": -np.log(best)}, abs=1e-3)

"""The bottleneck: what passes it, what it costs, and how its weight moves."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from keras import layers

import keras_gan
from keras_gan.core import noise
from keras_gan.models.vgan import CODE

SHAPE = (2, 2, 1)
STILL = {f"{n}_optimizer": keras.optimizers.SGD for n in ("generator", "discriminator")}


def networks(mean=2.0, log_sigma=-1.0):
    """A code of mean 2 x and log sigma -x at each of four places, whose sum is the logit."""
    z, x = keras.Input((1,)), keras.Input(SHAPE)
    zeros = layers.Dense(4, kernel_initializer="zeros", bias_initializer="ones")
    generator = keras.Model(z, layers.Reshape(SHAPE)(zeros(z)))
    code = [layers.Conv2D(1, 1, kernel_initializer=keras.initializers.Constant(mean))(x)]
    code.append(layers.Conv2D(1, 1, kernel_initializer=keras.initializers.Constant(log_sigma))(x))
    logits = layers.Dense(1, kernel_initializer="ones")(layers.Flatten()(code[0]))
    return generator, keras.Model(x, [logits, *code])


def build(**options):
    rules = {name: sgd(0.0) for name, sgd in STILL.items()}
    gan = keras_gan.VGAN(*networks(), seed=0, **options)
    gan.compile(**rules | {"n_critic": 2, "run_eagerly": True})
    return gan


def divergence(x):
    """Of N(2 x, exp(-x)^2) from N(0, 1), the mean over places."""
    return ((2 * x) ** 2 + np.exp(-2 * x) + 2 * x - 1).mean() / 2


def test_a_step_draws_the_code_and_use_takes_its_mean():
    gan = build()
    x = np.random.default_rng(0).uniform(-1, 1, (3, *SHAPE)).astype("float32")
    said = gan.criticize("discriminator", x, None, training=False)
    np.testing.assert_allclose(said["scores"], 2 * x.sum(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(said["kl"], [divergence(row) for row in x], rtol=1e-5)
    key = noise.key(0, 5)
    e = noise.normal((3, *SHAPE), noise.fold_in(key, CODE)).numpy()
    said = gan.criticize("discriminator", gan.augmented(x, key), None, training=True)
    expected = (2 * x + np.exp(-x) * e).sum(axis=(1, 2))
    np.testing.assert_allclose(said["scores"], expected, rtol=1e-4)


def test_the_divergence_is_a_sum_over_channels_and_a_mean_over_places():
    x = keras.Input((2, 2, 3))
    mean = layers.Identity()(x)
    logits = layers.Dense(1)(layers.Flatten()(mean))
    gan = keras_gan.VGAN(
        keras.Sequential([keras.Input((1,)), layers.Dense(12), layers.Reshape((2, 2, 3))]),
        keras.Model(x, [logits, mean, layers.Rescaling(0.5)(x)]),
    )
    mean = np.random.default_rng(1).normal(size=(2, 2, 2, 3)).astype("float32")
    expected = (mean**2 + np.exp(mean) - mean - 1).sum(axis=-1).mean(axis=(1, 2)) / 2
    said = gan.criticize("discriminator", mean, None, training=False)
    np.testing.assert_allclose(said["kl"], expected, rtol=1e-5)


def test_the_discriminator_pays_for_what_it_knows_beyond_the_limit():
    gan = build(information=0.5, initial_beta=0.25)
    out = played(kl=(np.array([1.0, 2.0]), np.array([4.0, 5.0])))
    terms = gan.discriminator_terms(out)
    assert float(terms["bottleneck"]) == pytest.approx(0.25 * (3.0 - 0.5))
    assert float(terms["d_loss"]) == pytest.approx(2 * np.log(2))
    assert gan.generator_terms(out).keys() == {"g_loss"}


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_its_weight_moves_once_an_update_of_the_discriminator(updates):
    x = np.array([-1.0, 0.5, 0.0, 1.0], "float32")[:, None, None, None] * np.ones((4, *SHAPE))
    made = divergence(np.ones(1))  # what the generator makes is 1 throughout
    shown = [divergence(part) for part in np.array([[-1.0, 0.5], [0.0, 1.0]])]
    kl = [(real + made) / 2 for real in shown]
    gan = build(initial_beta=0.25, information=0.5, beta_rate=0.1)
    gan.compile(**{n: sgd(0.0) for n, sgd in STILL.items()}, n_critic=2, updates=updates)
    gan.run_eagerly = True
    history = gan.fit(x, batch_size=2, shuffle=False, verbose=0).history
    first = 0.25 + 0.1 * (kl[0] - 0.5)
    assert float(gan.beta) == pytest.approx(first + 0.1 * (kl[1] - 0.5), rel=1e-5)
    assert history["beta"] == [pytest.approx(float(gan.beta))]
    assert history["kl"] == [pytest.approx(np.mean(kl), rel=1e-5)]
    spent = [0.25 * (kl[0] - 0.5), first * (kl[1] - 0.5)]
    assert history["bottleneck"] == [pytest.approx(np.mean(spent), rel=1e-5)]
    gan.evaluate(x, verbose=0)
    assert float(gan.beta) == pytest.approx(first + 0.1 * (kl[1] - 0.5), rel=1e-5)


def test_its_weight_is_never_negative():
    gan = build(initial_beta=0.1, information=100.0, beta_rate=0.1)
    gan.fit(-np.ones((2, *SHAPE)), batch_size=1, verbose=0)
    assert float(gan.beta) == 0.0


def test_what_is_no_bottleneck():
    generator, discriminator = networks()
    logits, mean, log_sigma = discriminator.outputs
    x = discriminator.inputs[0]
    past = layers.Add()([logits, layers.Dense(1)(layers.Flatten()(x))])
    other = layers.Conv2D(2, 1)(x)
    for outputs, message in (
        ([past, mean, log_sigma], "made of the images besides"),
        ([logits, mean, other], r"shapes \(2, 2, 1\) and \(2, 2, 2\)"),
        ([logits, mean], r"3 output\(s\). Received: 1 inputs, 2 outputs. .* scores, mean, log_s"),
    ):
        with pytest.raises(ValueError, match=message):
            keras_gan.VGAN(generator, keras.Model(x, outputs))
    with pytest.raises(ValueError, match=r"of at least 0. Received: 0.1, -1 and 1e-05"):
        keras_gan.VGAN(generator, discriminator, initial_beta=-1)
    with pytest.raises(ValueError, match=r"Penalties need different names. Received: beta"):
        build().compile(penalties=[keras_gan.penalties.R1(name="beta")])


def test_penalties_see_through_the_code():
    """The logit is the sum of 2 x + exp(-x) e: its gradient at x = 0 is 2 - e, by the code."""
    gan = build()
    gan.compile(penalties=[keras_gan.penalties.R1(2.0)], run_eagerly=True)
    batch = gan._batches(tf.zeros((3, *SHAPE)))[0]
    out = gan.examine((out := gan.forward(batch, True))._replace(views=gan.views(out)))
    e = noise.normal((3, *SHAPE), noise.fold_in(batch.key, CODE)).numpy()
    term = gan.penalty_terms("discriminator", out)["r1"]
    assert float(term) == pytest.approx(((2 - e) ** 2).sum(axis=(1, 2, 3)).mean(), rel=1e-5)


def test_the_builder_takes_a_size_for_the_code():
    network = keras_gan.builders.vgan_discriminator((8, 8, 1), width=4, code_dim=3)
    assert [x.shape[1:] for x in network.outputs] == [(1,), (4, 4, 3), (4, 4, 3)]
    with pytest.raises(ValueError, match=r"`code_dim` must be a whole number of at least 1"):
        keras_gan.builders.vgan_discriminator((8, 8, 1), code_dim=0)

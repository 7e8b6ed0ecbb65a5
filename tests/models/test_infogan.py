"""Codes: what is missed of them by hand, what is said of pictures, and priors that have none."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played

import keras_gan
from keras_gan.core.priors import Joined, Normal, OneHot, Uniform
from keras_gan.export.signatures import signatures

PRIOR = Joined([Normal(), OneHot(3), Uniform(), OneHot(2)], [1, 3, 2, 2])


def of_points(prior=PRIOR, said=7, latent_dim=8, **options):
    generator = keras.Sequential([keras.Input((latent_dim,)), keras.layers.Dense(2)])
    x = keras.Input((2,))
    discriminator = keras.Model(x, [keras.layers.Dense(units)(x) for units in (1, said)])
    gan = keras_gan.InfoGAN(generator, discriminator, prior=prior, seed=0, **options)
    gan.compile(run_eagerly=True)
    return gan


def shares(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_what_is_missed_of_codes():
    gan = of_points(info_weight=0.5)
    latents = np.array([[7.0, 0, 1, 0, 0.5, -0.5, 1, 0], [7.0, 1, 0, 0, 0.0, 1.0, 0, 1]])
    said = np.array([[1.0, 2, 0, 0.0, 0.5, 3, 1], [0.0, 0, 4, 1.0, 1.0, 0, 2]])
    out = played(codes=(said, said))
    out = out._replace(batch=out.batch._replace(latents=tf.constant(latents, "float32")))
    first, second = shares(said[:, :3]), shares(said[:, 5:])
    missed = -np.log(first[[0, 1], [1, 0]]) - np.log(second[[0, 1], [0, 1]])
    missed += np.array([0.5**2 + 1.0**2, 1.0**2 + 0.0**2]) / 2
    terms = gan.discriminator_terms(out)
    assert float(terms["d_information"]) == pytest.approx(0.5 * missed.mean(), rel=1e-5)
    assert float(terms["d_loss"]) == pytest.approx(2 * np.log(2))
    terms = gan.generator_terms(out)
    assert float(terms["g_information"]) == pytest.approx(0.5 * missed.mean(), rel=1e-5)
    assert float(terms["g_loss"]) == pytest.approx(np.log(2))


def test_both_players_look_for_codes():
    gan = of_points()
    adam = gan.each_optimizer(lambda: keras.optimizers.Adam(0.05))
    gan.compile(loss="wasserstein", run_eagerly=True, **adam)
    heads = gan.discriminator.layers[-1]
    before = [w.copy() for w in (*heads.get_weights(), *gan.generator.get_weights())]
    points = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
    history = gan.fit(points, batch_size=32, epochs=8, verbose=0).history
    after = [*heads.get_weights(), *gan.generator.get_weights()]
    assert not any(map(np.array_equal, before, after))
    assert history["g_information"] == pytest.approx(history["d_information"])
    assert history["g_information"][-1] < history["g_information"][0]


def test_what_is_said_of_pictures():
    gan = of_points()
    points = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    codes = gan.encode(points)
    logits = gan.discriminator(points)[1].numpy()
    expected = [shares(logits[:, :3]), logits[:, 3:5], shares(logits[:, 5:])]
    np.testing.assert_allclose(codes, np.concatenate(expected, axis=1), rtol=1e-5)
    assert signatures(gan)["encode"].call(tf.constant(points))["codes"].shape == (5, 7)


def test_the_class_brings_the_codes_of_its_paper():
    gan = keras_gan.InfoGAN(image_shape=(8, 8, 1), width=4)
    assert gan.latent_dim == 62 + 10 + 2
    assert [output.shape[1:] for output in gan.discriminator.outputs] == [(1,), (12,)]
    assert {"encode", "encode_png"} <= signatures(gan).keys()
    one = keras_gan.InfoGAN(
        image_shape=(8, 8, 1), width=4, prior=Joined([Normal(), OneHot(3)], [4, 3])
    )
    assert one.encode(np.zeros((2, 8, 8, 1))).sum(axis=1) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prior": Normal()}, "beside noise, its first part. Received: prior=Normal"),
        ({"prior": Joined([OneHot(8)])}, "Received: prior=Joined. Expected .*two parts or more"),
        ({"said": 8}, r"what codes it finds. Received: .*\(8,\). Expected \(7,\)"),
        ({"latent_dim": 9}, "latent_dim=9 and Joined of size 8"),
    ],
)
def test_codes_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        of_points(**options)


def test_without_codes_no_network_is_built():
    with pytest.raises(ValueError, match="Received: prior=Normal"):
        keras_gan.InfoGAN(image_shape=(8, 8, 1), width=4, prior=Normal())

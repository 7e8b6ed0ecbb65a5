"""The auxiliary classifier: its cross-entropies by hand, and what it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from conftest import build

import keras_gan


def test_both_players_pay_for_classes_that_are_not_found():
    gan = build(keras_gan.ACGAN, num_classes=2)
    real, fake = np.array([[2.0, 0.0], [1.0, 4.0]]), np.array([[0.0, 0.0], [3.0, 1.0]])
    out = played(condition=tf.constant([0, 1]), classes=(real, fake))

    def missed(logits):
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return -np.log(shares[[0, 1], [0, 1]]).mean()

    terms = gan.discriminator_terms(out)
    assert float(terms["d_class"]) == pytest.approx(missed(real) + missed(fake), rel=1e-5)
    assert float(terms["d_loss"]) == pytest.approx(2 * np.log(2))
    assert float(gan.generator_terms(out)["g_class"]) == pytest.approx(missed(fake), rel=1e-5)


def test_the_discriminator_learns_the_classes(digits):
    images, labels = digits
    adam = keras.optimizers.Adam(2e-3)
    gan = build(keras_gan.ACGAN, discriminator_optimizer=adam, run_eagerly=False)
    history = gan.fit(images[:512], labels[:512], batch_size=64, epochs=6, verbose=0).history
    assert history["d_class"][-1] < 0.8 * history["d_class"][0]
    classes = gan.criticize("discriminator", images[1000:], None, training=False)["classes"]
    assert np.mean(np.argmax(classes, axis=1) == labels[1000:]) > 0.5


def pair(inputs, outputs):
    latents, labels, x = keras.Input((4,)), keras.Input((), dtype="int32"), keras.Input((2,))
    embedded = keras.layers.Embedding(3, 2)(labels)
    made = keras.layers.Dense(2)(keras.layers.Concatenate()([latents, embedded]))
    judged = [keras.layers.Dense(units)(x) for units in outputs]
    given = [x, labels][:inputs]
    return keras.Model([latents, labels], made), keras.Model(given, judged)


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (pair(1, (1,)), r"discriminator.*2 output\(s\). Received: 1 inputs, 1 outputs"),
        (pair(2, (1, 3)), "Received: a generator of 2 and a discriminator of 2 inputs"),
        (pair(1, (1, 4)), r"Received: shape \(4,\). Expected \(3,\)"),
    ],
)
def test_networks_that_do_not_fit(networks, message):
    with pytest.raises(ValueError, match=message):
        keras_gan.ACGAN(*networks, num_classes=3)

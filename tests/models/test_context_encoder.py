"""Holes in pictures: where they are, what is put in their place, and the terms by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played

import keras_gan
from keras_gan.core import noise
from keras_gan.engine.outputs import Batch
from keras_gan.export import signatures

SHAPE = (8, 8, 1)
HOLE = np.zeros((8, 8), bool)
HOLE[2:6, 2:6] = True


def build(hole="centre", **options):
    keras.utils.set_random_seed(5)
    gan = keras_gan.ContextEncoder(image_shape=SHAPE, hole=hole, width=4, seed=3, **options)
    gan.compile(run_eagerly=True)
    return gan


def test_terms_by_hand():
    """A generator that makes 0.5 everywhere of black pictures, seen with a rim of one pixel."""
    taken = keras.Input((8, 8, 2))
    made = keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer="zeros")(taken)
    generator = keras.Model(taken, keras.layers.Rescaling(1.0, 0.5)(made))
    judge = keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    gan = keras_gan.ContextEncoder(
        generator, judge, overlap=1, reconstruction_weight=0.75, overlap_weight=4.0
    )
    gan.compile()
    real = np.full((2, 8, 8, 1), -1.0, "float32")
    real[:, 0], real[:, 1] = 1.0, 0.25  # beyond the rim, and a row of the rim
    condition = gan.condition_of(tf.constant(real), noise.key(0))
    batch = Batch(tf.constant(real), condition, None, noise.key(0), count=2.0)
    out = gan.forward(batch, training=True)
    np.testing.assert_array_equal(out.fake[..., 0], np.where(HOLE, 0.5, real[..., 0]))
    (seen, shown) = gan.views(out)["discriminator"]
    np.testing.assert_array_equal(seen, real[:, 1:7, 1:7])
    np.testing.assert_array_equal(shown, np.full((2, 6, 6, 1), 0.5))
    undecided = played(scores=2)
    terms = gan.generator_terms(out._replace(critics=undecided.critics))
    squares = 16 * 1.5**2 + 4.0 * (6 * 0.25**2 + 14 * 1.5**2)
    assert float(terms["reconstruction"]) == pytest.approx(0.75 * squares / 36, rel=1e-6)
    assert float(terms["g_loss"]) == pytest.approx(0.25 * np.log(2), rel=1e-6)


def test_the_centre_is_filled_and_the_rest_is_kept(digits):
    gan, images = build(), digits[0][:8]
    gan.fit(images, batch_size=8, verbose=0)
    condition = gan.conditions_of(images)
    np.testing.assert_array_equal(condition[..., 1] > 0, np.broadcast_to(HOLE, (8, 8, 8)))
    np.testing.assert_array_equal(condition[..., 0], np.where(HOLE, 0.0, images[..., 0]))
    made = gan.translate(images)
    np.testing.assert_array_equal(made[:, ~HOLE], images[:, ~HOLE])
    assert np.all(np.abs(made[:, HOLE] - images[:, HOLE]).max(axis=(1, 2)) > 0)
    hidden = np.where(HOLE[..., None], 1.0, images).astype("float32")
    np.testing.assert_array_equal(gan.translate(hidden), made)
    endpoint = signatures.signatures(gan)["translate"]
    served = endpoint.call(tf.constant((images + 1) / 2))["images"]
    np.testing.assert_allclose(served, (made + 1) / 2, atol=1e-5)
    assert endpoint.example(2)["images"].shape == (2, *SHAPE)


def test_random_holes_are_a_quarter_of_each_picture_and_follow_the_key(digits):
    gan, images = build("random"), digits[0][:16]
    first, again, other = (
        np.array(gan.condition_of(tf.constant(images), noise.key(k))) for k in (1, 1, 2)
    )
    assert np.all((first[..., 1] > 0).mean(axis=(1, 2)) == 0.25)
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)
    assert len({mask.tobytes() for mask in first[..., 1]}) > 1
    gan.fit(images, batch_size=8, verbose=0)
    missing = np.zeros((16, 8, 8), bool)
    missing[::2, :3], missing[1::2, :, 5:] = True, True
    made = gan.translate(images, missing)
    np.testing.assert_array_equal(made[~missing], images[~missing])
    assert np.all(made[missing] != images[missing])
    np.testing.assert_allclose(gan.translate(images[:1], missing[0]), made[:1], atol=1e-6)
    endpoint = signatures.signatures(gan)["translate"]
    served = endpoint.call(tf.constant((images + 1) / 2), tf.cast(missing, "float32")[..., None])
    np.testing.assert_allclose(served["images"], (made + 1) / 2, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: build("center"), "Received: hole='center'.*"),
        (lambda: build(overlap=3), "overlap=3. Expected 0 to 2"),
        (lambda: build(reconstruction_weight=2.0), "reconstruction_weight=2.0"),
        (lambda: build().translate(np.zeros((2, 8, 8, 1)), HOLE), "has learnt to fill the centre"),
        (lambda: build().translate(np.zeros((2, 8, 8))), "These are no images|do not fit"),
        (lambda: build("random").translate(np.zeros((2, 8, 8, 1))), "has to be missing"),
        (
            lambda: build("random").translate(np.zeros((2, 8, 8, 1)), HOLE[:4]),
            r"shape \(4, 8\) and dtype bool. Expected booleans of shape \(2, 8, 8\) or \(8, 8\)",
        ),
        (
            lambda: keras_gan.ContextEncoder(*without_a_mask()),
            r"one channel more.*\(8, 8, 1\) made of \(8, 8, 1\)",
        ),
        (lambda: keras_gan.ContextEncoder(image_shape=SHAPE, num_classes=3), "no class labels"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def without_a_mask():
    generator = keras.Sequential([keras.Input(SHAPE), keras.layers.Conv2D(1, 1)])
    judge = [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    return generator, keras.Sequential(judge)

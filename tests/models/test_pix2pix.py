"""Pictures from pictures: what the contract promises of every model, and what is this one's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan import builders

SHAPE, GIVEN = (8, 8, 1), (8, 8, 3)


def build(image_shape=SHAPE, condition_shape=GIVEN, **rules):
    gan = keras_gan.Pix2Pix(
        image_shape=image_shape, condition_shape=condition_shape, width=8, seed=3
    )
    gan.compile(**{"run_eagerly": True} | rules)
    return gan


@pytest.fixture(scope="module")
def pairs(digits):
    """Digits, and beside each its negative in red."""
    images = digits[0][:96]
    return images, np.concatenate([-images, *2 * [np.zeros_like(images)]], axis=-1)


def test_l1_is_a_term_of_the_generator(pairs):
    gan = build(generator_optimizer=keras.optimizers.SGD(0.0), ema_decay=0.0)
    history = gan.fit(*pairs, batch_size=96, verbose=0, validation_data=pairs).history
    names = {"loss", "g_loss", "d_loss", "d_real", "d_fake", "l1"}
    assert set(history) == names | {f"val_{name}" for name in names}
    # dropout and batch statistics as in training: only about what a translation differs by
    assert history["l1"][0] == pytest.approx(100 * np.abs(pairs[0] - 0).mean(), rel=0.2)
    assert history["g_loss"][0] == pytest.approx(history["l1"][0] + np.log(2), abs=0.3)


def test_learns_what_belongs_to_what(pairs):
    adam = keras.optimizers.Adam(2e-3, beta_1=0.5)
    gan = build(generator_optimizer=adam, ema_decay=0.5, run_eagerly=False)
    gan.fit(*pairs, batch_size=16, epochs=15, verbose=0)
    made = gan.translate(pairs[1])
    own = np.abs(made - pairs[0]).mean()
    others = np.abs(made - np.roll(pairs[0], 1, axis=0)).mean()
    assert own < 0.6 * others


def test_translates_and_exports(pairs, tmp_path):
    gan = build()
    gan.fit(*pairs, batch_size=32, verbose=0)
    made = gan.translate(pairs[1][:5])
    assert (made.shape, made.dtype) == ((5, *SHAPE), "float32")
    np.testing.assert_array_equal(made, gan.translate(pairs[1][:5]))
    given = (np.zeros((5, 0), "float32"), pairs[1][:5])
    np.testing.assert_allclose(gan.predict(given, verbose=0), made, atol=1e-6)
    as_bytes = np.round((pairs[1][:5] + 1) * 127.5).astype("uint8")
    np.testing.assert_allclose(gan.translate(as_bytes), made, atol=0.05)
    gan.export(tmp_path / "exported")
    serve = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    served = serve(latents=tf.zeros((5, 0)), condition=tf.constant(pairs[1][:5]))["images"]
    np.testing.assert_allclose(served, (made + 1) / 2, atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (12, 20, 3), (9, 37, 2)])
def test_sizes(shape):
    generator = builders.unet_generator(shape, (*shape[:2], 3), width=4)
    pictures = np.zeros((2, *shape[:2], 3), "float32")
    made = generator([np.zeros((2, 0), "float32"), pictures])
    assert made.shape == (2, *shape)
    assert np.abs(made).max() <= 1
    critic = builders.patch_discriminator(shape, (*shape[:2], 3), width=4)
    assert critic([np.zeros((2, *shape), "float32"), pictures]).shape[1:] == (
        *(-(-side // 4) for side in shape[:2]),
        1,
    )


@pytest.mark.parametrize(("layers_down", "patch"), [(1, 16), (2, 34), (3, 70)])
def test_each_logit_looks_at_one_patch(layers_down, patch):
    critic = builders.patch_discriminator((128, 128, 1), width=2, layers_down=layers_down)
    for layer in critic.layers:  # nothing may cancel out
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([np.full(w.shape, 0.1, "float32") for w in layer.get_weights()])
    image = tf.Variable(tf.ones((1, 128, 128, 1)))
    with tf.GradientTape() as tape:
        logits = critic([image, tf.ones((1, 128, 128, 1))], training=False)
        middle = logits[0, logits.shape[1] // 2, logits.shape[2] // 2, 0]
    seen = np.abs(tape.gradient(middle, image)[0, :, :, 0]) > 0
    assert (seen.any(axis=1).sum(), seen.any(axis=0).sum()) == (patch, patch)


def networks():
    return (
        builders.unet_generator(SHAPE, GIVEN, width=4),
        builders.patch_discriminator(SHAPE, GIVEN, width=4),
    )


def test_slopes_are_those_that_tensorflow_can_fuse():
    """Keras' LeakyReLU ends its optimizer with "remapper failed" on the standard error."""
    for network in networks():
        slopes = [x for x in network.layers if isinstance(x, keras.layers.LeakyReLU)]
        assert slopes
        assert {type(layer) for layer in slopes} == {keras_gan.layers.LeakyReLU}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((4, 9, 8, 3), "uint8"), r"\(9, 8, 3\). Expected \(8, 8, 3\)"),
        (np.zeros((4, *SHAPE), "uint8"), r"\(8, 8, 1\). Expected \(8, 8, 3\)"),
        (np.zeros(4, "uint8"), r"a batch of shape .* Expected \(n, 8, 8, 3\)"),
        (np.full((4, *GIVEN), 2.0), "Float images are out of range"),
    ],
)
@pytest.mark.parametrize("form", ["array", "dataset"])
def test_conditions_that_do_not_fit(given, message, form):
    targets = np.zeros((4, *SHAPE), "uint8")
    pair = (targets, given)
    if form == "dataset":
        pair = (tf.data.Dataset.from_tensor_slices(pair).batch(4),)
    with pytest.raises(ValueError, match=f"Of the pictures as condition: .*{message}"):
        build().fit(*pair, verbose=0)


def test_every_image_has_its_condition():
    targets, given = np.zeros((4, *SHAPE), "uint8"), np.zeros((3, *GIVEN), "uint8")
    with pytest.raises(ValueError, match=r"picture as its condition. Received: 3 for 4"):
        build().fit(targets, given, verbose=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: build(condition_shape=(8, 9, 1)), "same height and width"),
        (lambda: build(augment="ada"), "conditioned on pictures"),
        (lambda: builders.patch_discriminator(SHAPE, layers_down=0), "layers_down=0"),
        (lambda: build().translate(np.zeros((2, 8, 8, 1))), r"\(8, 8, 1\). Expected \(8, 8, 3\)"),
        (lambda: build().fit(np.zeros((4, *SHAPE), "float32") - 1), "needs pictures"),
        (lambda: build().sample(4), r"Expected samples_for\(n, pictures\), .*translate\(pictures"),
        (
            lambda: keras_gan.Pix2Pix(image_shape=SHAPE, num_classes=3),
            "Pix2Pix takes no class labels. Received: num_classes=3",
        ),
        (lambda: build().samples_for(4, np.zeros((2, *GIVEN), "uint8")), "n=4 and 2 conditions"),
        (
            lambda: keras_gan.Pix2Pix(*networks(), num_classes=3),
            r"takes arrays of shape \(8, 8, 3\), not labels",
        ),
        (lambda: keras_gan.Pix2Pix(image_shape=SHAPE, latent_dim=5), "latent_dim=5. Expected 0"),
        (
            lambda: keras_gan.Pix2Pix(*networks(), condition_shape=SHAPE),
            r"Received: condition_shape=\(8, 8, 1\). Expected \(8, 8, 3\), or None",
        ),
        (
            lambda: keras_gan.Pix2Pix(
                builders.dcgan_generator(SHAPE, width=4),
                builders.dcgan_discriminator(SHAPE, width=4),
            ),
            "Received: networks of one input",
        ),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()

"""Larger pictures from small ones: two stages, their terms, and where small ones come from."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from cases import eye
from conftest import changed, state

import keras_gan
from keras_gan import builders, features
from keras_gan.metrics import KID, Pixels

SHAPE = (8, 8, 1)


def build(pixel_steps=1, **options):
    keras.utils.set_random_seed(5)
    given = {"scale": 2, "blocks": 1, "width": 4, "seed": 3, "perceptual": eye(SHAPE)} | options
    gan = keras_gan.SRGAN(image_shape=SHAPE, pixel_steps=pixel_steps, **given)
    gan.compile(run_eagerly=True)
    return gan


def smaller(images, scale=2):
    """Means of squares, by numpy."""
    n, height, width, channels = images.shape
    squares = images.reshape(n, height // scale, scale, width // scale, scale, channels)
    return squares.mean(axis=(2, 4))


def test_terms_by_hand():
    doubled = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.UpSampling2D()])
    doubled.add(keras.layers.Conv2D(1, 1))
    judge = keras.Sequential(
        [keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    perceptual = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(1, 1, name="p")])
    perceptual.set_weights([np.full((1, 1, 1, 1), 2.0), np.array([0.0])])
    gan = keras_gan.SRGAN(
        doubled,
        judge,
        perceptual=perceptual,
        perceptual_layers=["p"],
        pixel_steps=3,
        pixel_weight=0.5,
        perceptual_weight=10.0,
        adversarial_weight=0.01,
    )
    assert (gan.scale, gan.latent_dim, gan.image_shape) == (2, 0, (2, 2, 1))
    gan.compile()
    real, fake = np.zeros((2, 2, 2, 1)), np.zeros((2, 2, 2, 1))
    real[0, 0], fake[1, 1] = 0.8, 0.4  # two pixels each
    pixel = (2 * 0.64 + 2 * 0.16) / 8
    for step, second in ((0, 0.0), (2, 0.0), (3, 1.0), (9, 1.0)):
        gan.step.assign(step)
        terms = {k: float(v) for k, v in gan.generator_terms(played(real, fake)).items()}
        assert terms == {
            "pixel": pytest.approx(pixel * (0.5 if second else 1.0)),
            "perceptual": pytest.approx(second * 10.0 * 4 * (2 * 0.8) / (4 * (2 * 0.64)), rel=1e-5),
            "g_loss": pytest.approx(second * 0.01 * np.log(2)),
        }
        assert float(gan.discriminator_terms(played(real, fake))["d_loss"]) == pytest.approx(
            second * 2 * np.log(2)
        )


def test_the_second_stage_begins_with_its_step_and_after_loading(digits, tmp_path):
    gan, images = build(pixel_steps=3), digits[0][:16]
    before = state(gan)
    gan.fit(images, batch_size=8, verbose=0)
    moved = {name.split("/")[0] for name in changed(before, state(gan)) if "moving" not in name}
    assert moved >= {"generator", "ema_generator"}
    assert not any(
        np.any(after - first)
        for (name, first), after in zip(before.items(), state(gan).values(), strict=True)
        if name.startswith("discriminator/") and "moving" not in name
    )
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.run_eagerly = True
    for g in (gan, loaded):
        logs = g.fit(images, batch_size=8, epochs=2, initial_epoch=1, verbose=0).history
        assert logs["perceptual"][0] > 0, "one of these two steps is of the second stage"
        assert logs["d_loss"][0] > 0
    assert not changed(
        dict(enumerate(state(gan).values())), dict(enumerate(state(loaded).values()))
    )
    made = gan.translate(smaller(images))
    np.testing.assert_array_equal(made, loaded.translate(smaller(images)))
    assert made.shape == images.shape


def test_small_pictures_are_made_or_given(digits):
    images = digits[0][:8]
    gan = build()
    np.testing.assert_allclose(gan.conditions_of(images), smaller(images), atol=1e-6)
    as_bytes = np.round((images + 1) * 127.5).astype("uint8")
    np.testing.assert_allclose(gan.conditions_of(as_bytes), smaller(images), atol=0.01)
    assert gan.conditions_of(images, images) is images
    own, given, of_dataset = build(), build(), build()
    own.fit(images, batch_size=8, verbose=0, shuffle=False)
    given.fit(images, smaller(images), batch_size=8, verbose=0, shuffle=False)
    of_dataset.fit(tf.data.Dataset.from_tensor_slices(images).batch(8), verbose=0)
    for other in (given, of_dataset):
        np.testing.assert_array_equal(
            own.translate(smaller(images)), other.translate(smaller(images))
        )
    figures = [
        own.evaluate(*pair, batch_size=8, verbose=0, return_dict=True)
        for pair in ((images,), (images, smaller(images)))
    ]
    assert figures[0] == figures[1]
    measured = [
        own.measure([KID(Pixels())], *pair)
        for pair in ((images,), (images, own.conditions_of(images)))
    ]
    assert measured[0] == measured[1]


def test_four_times_as_long(digits):
    gan = keras_gan.SRGAN(image_shape=SHAPE, width=4, blocks=1, perceptual=eye(SHAPE))
    assert (gan.scale, gan.condition.shape) == (4, (2, 2, 1))
    np.testing.assert_allclose(
        gan.conditions_of(digits[0][:3]), smaller(digits[0][:3], 4), atol=1e-6
    )


def test_vgg19_is_the_default(monkeypatch):
    """As it is without its weights, which Keras downloads."""
    own = functools.partial(keras.applications.VGG19, weights=None)
    monkeypatch.setattr(
        keras.applications, "VGG19", lambda weights, **given: own(**given), raising=True
    )
    gan = keras_gan.SRGAN(image_shape=(32, 32, 1), width=2, blocks=1)
    assert gan.perceptual_layers == ["block5_conv4"]
    assert not gan.perceptual.trainable_variables
    network = features.vgg19((32, 32, 3))
    first = next(x for x in network.layers if isinstance(x, keras.layers.Rescaling))
    seen = keras.Model(network.inputs[0], first.output)
    colour = np.array([1.0, 0.0, -1.0]) * np.ones((1, 32, 32, 3))
    by_keras = keras.applications.vgg19.preprocess_input((colour + 1) * 127.5)
    np.testing.assert_allclose(seen(colour), by_keras, atol=1e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: features.vgg19((16, 16, 3)), r"at least 32 .*\(16, 16, 3\). Expected perceptual="),
        (lambda: builders.srgan_generator(SHAPE, scale=3), "one of .*Received: scale=3"),
        (lambda: builders.srgan_generator((10, 8, 1)), "multiples of the scale"),
        (lambda: build().translate(np.zeros((2, *SHAPE))), r"\(8, 8, 1\). Expected \(4, 4, 1\)"),
        (lambda: build().fit(np.zeros((4, *SHAPE)), np.zeros((4, 3, 4, 1))), "as condition"),
        (lambda: build().sample(4), r"was given none. .*translate\(pictures\)"),
        (lambda: build(perceptual=eye((4, 4, 1))), r"\(4, 4, 1\) taken, \(8, 8, 1\) made"),
        (
            lambda: keras_gan.SRGAN(doubling(), critic(), scale=4, perceptual=eye(SHAPE)),
            "Expected 2",
        ),
        (
            lambda: keras_gan.SRGAN(doubling((8, 4, 1)), critic((16, 8, 2))),
            "cannot take the images",
        ),
        (lambda: keras_gan.SRGAN(narrow(), critic((8, 6, 1))), r"\(8, 6, 1\) made of \(4, 4, 1\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def doubling(shape=(4, 4, 1)):
    layers = [keras.Input(shape), keras.layers.UpSampling2D(), keras.layers.Conv2D(shape[-1], 1)]
    return keras.Sequential(layers)


def narrow():
    layers = [keras.layers.UpSampling2D(), keras.layers.Conv2D(1, (1, 3))]
    return keras.Sequential([keras.Input((4, 4, 1)), *layers])


def critic(shape=SHAPE):
    layers = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)]
    return keras.Sequential(layers)

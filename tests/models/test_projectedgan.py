"""Projected GAN: what its frozen part sees, what of it moves, its discriminators and their loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import eye, plain

import keras_gan
from keras_gan import builders, features, layers
from keras_gan.builders import projectedgan
from keras_gan.core import noise
from keras_gan.engine.outputs import Batch, Outputs

SHAPE = (8, 8, 1)
IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, *SHAPE)).astype("float32")


def classifier(image_shape=SHAPE):
    """With what behaves otherwise in training: statistics of batches, and Dropout."""
    kernels = [keras.initializers.GlorotUniform(seed) for seed in range(3)]
    norm = keras.layers.BatchNormalization(name="large")
    norm.build((None, *image_shape[:2], 4))
    norm.set_weights([np.full(4, value, "float32") for value in (1.5, 0.3, -0.2, 0.5)])
    x = images = keras.Input(image_shape)
    x = keras.layers.Conv2D(4, 3, padding="same", kernel_initializer=kernels[0])(x)
    x = keras.layers.Dropout(0.5)(norm(x))
    options = {"strides": 2, "padding": "same", "kernel_initializer": kernels[1], "name": "small"}
    x = keras.layers.Conv2D(6, 3, activation="relu", **options)(x)
    x = keras.layers.Dense(3, kernel_initializer=kernels[2])(keras.layers.Flatten()(x))
    return keras.Model(images, x, name="classifier")


def build(network=None, **rules):
    network = network or classifier()
    gan = keras_gan.ProjectedGAN(plain(SHAPE), width=2, feature_network=network, seed=3)
    gan.compile(**{"run_eagerly": True} | rules)
    return gan


def pooled(image_shape, *sizes):
    """A network whose outputs are maps of such sides."""
    images = keras.Input(image_shape)
    maps = [keras.layers.AveragePooling2D(image_shape[0] // size)(images) for size in sizes]
    return keras.Model(images, maps, name="pooled")


def test_settings_are_those_of_the_authors():
    settings = build().default_settings()
    assert isinstance(settings["loss"], keras_gan.losses.Hinge)
    assert settings["penalties"] == ()
    augment = settings["augment"]
    assert (augment.policy, augment.cutout) == (("color", "translation", "cutout"), 0.2)
    # after 20,000 images, in batches of 64, a quarter of what was is left
    assert settings["ema_decay"] ** (20_000 / 32) == pytest.approx(0.25)
    for name in ("generator", "discriminator"):
        adam = settings[f"{name}_optimizer"]
        assert (float(adam.learning_rate), adam.beta_1, adam.beta_2) == (
            pytest.approx(2e-4),
            0.0,
            0.99,
        )


def test_nothing_of_the_frozen_part_moves_and_all_else_does(tmp_path):
    network = classifier()
    own = [weight.numpy() for weight in network.weights]
    gan = build(network)
    frozen = gan.discriminator.get_layer("seen")
    gan.discriminator.trainable = False
    gan.discriminator.trainable = True
    trained = gan.discriminator.trainable_variables
    assert not {id(v) for v in trained} & {id(v) for v in frozen.variables}
    optimized = gan.discriminator_optimizer.variables
    assert len(optimized) == 2 + 2 * len(trained), "beside steps and rate, Adam's two moments"
    before = [weight.numpy() for weight in frozen.weights]
    heads = [v.numpy() for v in (*trained, *gan.generator.trainable_variables)]
    gan.fit(IMAGES, batch_size=8, epochs=2, verbose=0)

    for now, old in zip(frozen.weights, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), old, err_msg=now.path)
    pairs = zip((*trained, *gan.generator.trainable_variables), heads, strict=True)
    still = [v.path for v, old in pairs if np.array_equal(v.numpy(), old)]
    assert not [path for path in still if "bias" not in path]
    assert network.trainable
    for now, old in zip(network.weights, own, strict=True):
        np.testing.assert_array_equal(now.numpy(), old, err_msg="the user's own network")

    exported = {id(weight) for weight in gan.ema_generator.weights}
    assert not exported & {id(weight) for weight in gan.discriminator.weights}
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    loaded = again.discriminator.get_layer("seen")
    assert not loaded.trainable_variables
    for now, old in zip(loaded.weights, before, strict=True):
        np.testing.assert_array_equal(now.numpy(), old)
    again.run_eagerly = True
    for each in (gan, again):
        each.train_on_batch(IMAGES)
    for a, b in zip(again.get_weights(), gan.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_maps_are_mixed_as_in_the_paper():
    """By hand, pixels enlarged before the convolutions as the authors have it."""
    network = classifier()
    judge = builders.projected_discriminator(SHAPE, 3, feature_network=network)
    frozen = judge.get_layer("seen")
    large, small = (
        keras.Model(network.inputs[0], network.get_layer(name).output)(IMAGES, training=False)
        for name in ("large", "small")
    )
    convs = [x for x in frozen.layer.layers if isinstance(x, keras.layers.Conv2D)]
    assert len(convs) == 4
    weights = {conv.kernel.shape[2:]: conv.get_weights() for conv in convs}

    def mixed(x, *channels):
        kernel, bias = weights[channels]
        return np.einsum("bhwi,io->bhwo", x, kernel[0, 0]) + bias

    def twice(x):
        return tf.image.resize(x, [2 * side for side in x.shape[1:3]]).numpy()

    of_small = mixed(twice(mixed(small, 6, 6)), 6, 3)
    of_large = mixed(twice(mixed(large, 4, 3) + of_small), 3, 3)
    for training in (True, False):
        found = frozen(IMAGES, training=training)
        for x, expected in zip(found, (of_large, of_small), strict=True):
            np.testing.assert_allclose(x, expected, atol=1e-5)


def test_first_weights_are_those_of_pytorch_and_follow_from_the_seed():
    made = [
        builders.projected_discriminator(SHAPE, 32, feature_network=classifier(), seed=seed)
        for seed in (0, 0, 1)
    ]
    kernels = [
        {w.path: w.numpy() for w in each.get_layer("seen").layer.weights if w.shape[:2] == (1, 1)}
        for each in made
    ]
    first, again, other = (list(each.values()) for each in kernels)
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.abs(a - c).max() > 0.01
    for kernel in first:
        most = kernel.shape[2] ** -0.5
        assert 0.9 * most < np.abs(kernel).max() <= most
        assert kernel.std() == pytest.approx(most / 3**0.5, rel=0.1)


def test_all_places_of_all_maps_are_equal_parts_of_the_hinge():
    gan = build()
    seen = gan.discriminator.get_layer("seen")
    batch = Batch(tf.constant(IMAGES[:4]), None, None, noise.key(0), count=tf.constant(4.0))
    out = Outputs(batch, tf.constant(IMAGES[4:]), training=False)
    out = gan.examine(out._replace(views=gan.views(out)))
    flat = [x for x in gan.discriminator.layers if isinstance(x, keras.layers.Flatten)]
    heads = [keras.Model(gan.discriminator.inputs[0], x.output) for x in flat]
    real, fake = ([head(x).numpy() for head in heads] for x in (IMAGES[:4], IMAGES[4:]))
    assert [x.shape for x in real] == [(4, 25), (4, 25)]  # (8, 8) by 4x4, each
    assert [x.shape[1:] for x in seen(IMAGES[:1])] == [(16, 16, 2), (8, 8, 2)]
    hinges = [
        np.maximum(0, 1 - x).mean() + np.maximum(0, 1 + y).mean()
        for x, y in zip(real, fake, strict=True)
    ]
    d_loss = np.mean(hinges)
    assert float(gan.discriminator_terms(out)["d_loss"]) == pytest.approx(d_loss, rel=1e-5)
    g_loss = -np.mean([x.mean() for x in fake])
    assert float(gan.generator_terms(out)["g_loss"]) == pytest.approx(g_loss, rel=1e-4)


def test_gradients_pass_through_the_frozen_part():
    gan = build()
    images = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = tf.reduce_mean(gan.discriminator(images, training=True))
    assert (np.abs(tape.gradient(score, images)) > 0).mean() > 0.9


# -- networks --------------------------------------------------------------------------------------


def test_four_maps_of_224_pixels_have_the_discriminators_of_the_paper():
    network = pooled((224, 224, 3), 56, 28, 14, 7)
    judge = builders.projected_discriminator((256, 256, 3), 1, network)
    seen = [x.shape[1:] for x in judge.get_layer("seen").output]
    assert seen == [(112, 112, 1), (56, 56, 1), (28, 28, 2), (14, 14, 4)]
    normalized = [x for x in judge.layers if isinstance(x, layers.SpectralNormalization)]
    filters = [x.layer.filters for x in normalized]
    assert sorted(filters) == sorted([1, 2, 4, 8, 1, 2, 4, 8, 1, 4, 8, 1, 8, 1])
    assert judge.output_shape == (None, 4 * 4 * 4)
    mixers = [x.filters for x in judge.get_layer("seen").layer.layers if hasattr(x, "filters")]
    assert sorted(mixers) == sorted([8, 4, 4, 2, 2, 1, 1, 1])


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_shown_as_the_network_takes_them(channels):
    images = np.random.default_rng(0).uniform(-1, 1, (2, 8, 8, channels)).astype("float32")
    shown = projectedgan._as_seen(tf.constant(images), eye((16, 12, 3)))
    colour = np.repeat(images, 3 // channels, axis=-1)
    np.testing.assert_allclose(shown, tf.image.resize(colour, (16, 12)), atol=1e-6)


def test_efficientnet_is_the_default(monkeypatch):
    """As it is without its weights, which Keras downloads; small pictures are made 224 long."""
    asked = []
    monkeypatch.setattr(
        features, "efficientnet_v2", lambda sides: asked.append(sides) or pooled((16, 16, 3), 8, 4)
    )
    builders.projected_discriminator((32, 64, 3), 2)
    builders.projected_discriminator((256, 300, 1), 2)
    assert [tuple(sides) for sides in asked] == [(224, 448), (256, 300)]
    monkeypatch.undo()
    network = features.efficientnet_v2((32, 64), weights=None)
    assert [x.shape[1:] for x in network.outputs] == [
        (8, 16, 32),
        (4, 8, 48),
        (2, 4, 112),
        (1, 2, 192),
    ]
    last = next(x for x in network.layers if isinstance(x, keras.layers.Normalization))
    colours = np.random.default_rng(0).uniform(-1, 1, (1, 32, 64, 3)).astype("float32")
    of_imagenet = ((colours + 1) / 2 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    found = keras.Model(network.inputs[0], last.output)(colours)
    np.testing.assert_allclose(found, of_imagenet, atol=1e-5)


def test_weights_that_cannot_be_had_are_named(monkeypatch):
    def offline(**given):
        raise Exception("URL fetch failure: no route")

    monkeypatch.setattr(keras.applications, "EfficientNetV2B0", offline)
    expected = (
        r"EfficientNetV2B0 cannot be had\. Received: URL .* Offline, .* pass feature_network="
    )
    with pytest.raises(ValueError, match=expected):
        keras_gan.ProjectedGAN(image_shape=(8, 8, 3), width=2, latent_dim=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"feature_network": eye((8, 8, 2))}, r"one that takes \(8, 8, 2\), and .*\(8, 8, 1\)"),
        ({"feature_network": eye(SHAPE), "feature_layers": ["sen"]}, "no such layers.*seen"),
        (
            {"feature_network": keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()])},
            "Expected a network of convolutions",
        ),
        (
            {"feature_network": keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])},
            "Expected a network of convolutions",
        ),
        ({"feature_network": keras.layers.Dense(2)}, "must be a functional or Sequential"),
        (
            {"feature_network": eye(SHAPE), "discriminator": builders.dcgan_discriminator(SHAPE)},
            "Expected one of them",
        ),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        keras_gan.ProjectedGAN(plain(SHAPE), width=2, **options)


def test_its_own_generator_makes_pictures_of_latents_of_256():
    gan = keras_gan.ProjectedGAN(image_shape=SHAPE, width=1, feature_network=eye(SHAPE))
    assert gan.latent_dim == 256
    assert gan.sample(2, seed=0).shape == (2, *SHAPE)

"""StyleGAN2: its networks, what styles it takes in training, its penalty, and its truncation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan import builders, layers
from keras_gan.core import noise, saved_model
from keras_gan.engine.outputs import Batch
from keras_gan.models import stylegan2

IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)).astype("float32")


def generator():
    """Two layers of styles that are linear in the latents, and pictures that show them."""
    latents = keras.Input((2,))
    styles = layers.Styles(2)(keras.layers.Dense(2, use_bias=False)(latents))
    shown = keras.layers.Dense(64, use_bias=False)(keras.layers.Flatten()(styles))
    return keras.Model(latents, keras.layers.Reshape((8, 8, 1))(shown))


def build(**options):
    judge = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    keras.utils.set_random_seed(1)
    gan = keras_gan.StyleGAN2(generator(), judge, seed=3, **options)
    gan.compile(run_eagerly=True)
    return gan


def styles_of(network):
    return next(x for x in network.layers if isinstance(x, layers.Styles))


def batch_of(gan, n=4):
    key = noise.key(5)
    latents = noise.normal((n, 2), key)
    return Batch(tf.constant(IMAGES[:n]), None, latents, key, count=tf.constant(float(n)))


def test_settings_are_those_of_the_authors():
    settings = build().default_settings()
    r1, path_length = settings["penalties"]
    assert (r1.weight, r1.interval) == (pytest.approx(0.0002 * 64 / 32), 16)
    assert (path_length.weight, path_length.interval, path_length.decay) == (2, 4, 0.99)
    assert settings["ema_decay"] ** (10_000 / 32) == pytest.approx(0.5)
    for adam in (settings["generator_optimizer"], settings["discriminator_optimizer"]):
        assert float(adam.learning_rate) == pytest.approx(0.0025)
        assert (adam.beta_1, adam.beta_2, adam.epsilon) == (0, 0.99, 1e-8)


@pytest.mark.parametrize("mixing", [0.0, 1.0])
def test_layers_behind_a_place_take_the_style_of_other_latents(mixing):
    gan = build(style_mixing=mixing)
    batch = batch_of(gan)
    out = gan.forward(batch, training=True)
    kernel = gan.generator.get_weights()[0]
    others = noise.normal((4, 2), noise.fold_in(batch.key, stylegan2.MIXING))
    second = others if mixing else batch.latents  # of two layers the place is always the same
    expected = np.stack([batch.latents @ kernel, second @ kernel], axis=1)
    np.testing.assert_allclose(out.extra, expected, atol=1e-6)
    shown = np.reshape(expected.reshape(4, 4) @ gan.generator.get_weights()[-1], (4, 8, 8, 1))
    np.testing.assert_allclose(out.fake, shown, atol=1e-5)
    used = gan.forward(batch, training=False)
    assert np.allclose(used.extra, expected, atol=1e-6) == (mixing == 0)


def test_the_mean_style_follows_steps_and_is_the_averages_too():
    gan = build()
    key = noise.key(gan.seed, 0, 0, 0, 0)
    latents = noise.normal((8, 2), noise.fold_in(key, 0)).numpy()
    mean = 0.005 * np.mean(latents @ gan.generator.get_weights()[0], axis=0)
    gan.train_on_batch(IMAGES)
    for network in (gan.generator, gan.ema_generator):
        np.testing.assert_allclose(styles_of(network).mean, mean, atol=1e-7)
    gan.evaluate(IMAGES, verbose=0)
    np.testing.assert_allclose(styles_of(gan.generator).mean, mean, atol=1e-7)


def test_the_path_length_is_that_of_styles_for_half_the_batch():
    """Of a linear generator J is its kernel; the mean over layers of the sum over a style."""
    gan = build()
    out = gan.forward(batch_of(gan, 5), training=True)
    penalty, key = gan.penalties[1], noise.key(7)
    function, given = gan.penalized("generator", out)
    assert given.shape[0] == 3
    np.testing.assert_allclose(function(given), out.fake[:3], atol=1e-5)
    y = noise.normal((3, 8, 8, 1), key).numpy().reshape(3, 64) / 8.0
    lengths = np.sqrt(np.sum((y @ gan.generator.get_weights()[-1].T) ** 2, axis=1) / 2)
    term, mean = penalty(function, given, key)
    assert float(mean) == pytest.approx(lengths.mean(), rel=1e-5)
    assert float(term) == pytest.approx(np.var(lengths), rel=1e-3)


def test_truncation_is_that_of_styles_in_samples_and_exports(tmp_path):
    gan = build()
    gan.train_on_batch(IMAGES)
    layer = styles_of(gan.ema_generator)
    layer.mean.assign([0.3, -0.2])
    first, *_, last = gan.ema_generator.get_weights()
    latents = gan.latents(noise.seed_rows(3, 0, None)).numpy()
    style = np.array([0.3, -0.2]) + 0.25 * (latents @ first - np.array([0.3, -0.2]))
    expected = np.reshape(np.concatenate([style, style], axis=1) @ last, (3, 8, 8, 1))
    made = gan.sample(3, seed=0, truncation=0.25)
    np.testing.assert_allclose(made, expected, atol=1e-5)
    gan.export(tmp_path / "exported", verbose=False)
    read = saved_model.sample(tmp_path / "exported", 3, seed=0, truncation=0.25)
    np.testing.assert_allclose(read, made, atol=1e-5)
    served = tf.saved_model.load(str(tmp_path / "exported")).signatures["from_seed"]
    asked = {"seed": tf.constant([4, 5], tf.int64), "truncation": tf.constant([0.0, 0.25])}
    seeds = [gan.sample(seeds=[s], truncation=t)[0] for s, t in ((4, 0.0), (5, 0.25))]
    np.testing.assert_allclose(gan.kind.from_unit(served(**asked)["images"]), seeds, atol=1e-5)


def test_a_generator_without_styles_is_truncated_by_the_prior():
    maker = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    gan = keras_gan.StyleGAN2(maker, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    latents = gan.latents(noise.seed_rows(4, 0, None))
    made = gan.sample(4, seed=0, truncation=0.5)
    np.testing.assert_allclose(made, maker(0.5 * latents), atol=1e-6)


@pytest.mark.parametrize("share", [-0.1, 1.5, "often"])
def test_a_share_is_from_0_to_1(share):
    with pytest.raises(ValueError, match=r"style_mixing from 0 to 1. Received: style_mixing="):
        keras_gan.StyleGAN2(image_shape=(8, 8, 1), style_mixing=share)


# -- networks --------------------------------------------------------------------------------------


def test_its_own_networks_train_and_go_on_from_a_file(tmp_path):
    """With labels, noise and mixing, bit for bit."""
    gan = keras_gan.StyleGAN2(image_shape=(8, 8, 1), num_classes=3, latent_dim=4, width=4, seed=3)
    gan.compile(run_eagerly=True, ema_decay=0.5)
    labels = np.arange(8) % 3
    before = [v.numpy() for v in gan.generator.trainable_variables]
    gan.train_on_batch(IMAGES, labels)
    pairs = zip(gan.generator.trainable_variables, before, strict=True)
    still = [v.path for v, old in pairs if np.array_equal(v.numpy(), old)]
    assert not still
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    again.run_eagerly = True
    for each in (gan, again):
        each.train_on_batch(IMAGES, labels)
    for a, b in zip(again.get_weights(), gan.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    made = gan.sample(3, labels=[0, 1, 1], seed=0)
    assert np.abs(made - gan.sample(3, labels=[1, 2, 2], seed=0)).max() > 1e-4


@pytest.mark.parametrize(
    ("image_shape", "base", "count"),
    [((8, 8, 1), (4, 4), 4), ((50, 37, 3), (7, 5), 8), ((32, 8, 1), (4, 4), 8)],
)
def test_networks_of_every_shape(image_shape, base, count):
    made = builders.stylegan2_generator(image_shape, latent_dim=3, width=1)
    assert made.output_shape == (None, *image_shape)
    assert styles_of(made).count == count
    (first,) = [x for x in made.layers if isinstance(x, layers.LearnedMap)]
    assert first.shape[:2] == base
    judge = builders.stylegan2_discriminator(image_shape, width=1)
    assert judge.output_shape == (None, 1)


def test_sides_go_to_512():
    builders.stylegan2_discriminator((512, 8, 1), width=1)
    with pytest.raises(ValueError, match="from 8 to 512 pixels"):
        builders.stylegan2_generator((513, 8, 1), width=1)


def test_packs_with_labels():
    judge = builders.stylegan2_discriminator((8, 8, 2), 3, width=2, pack=2)
    x = np.zeros((3, 8, 8, 2), "float32")
    assert judge([x, np.array([[0, 1], [1, 2], [2, 2]])]).shape == (3, 1)

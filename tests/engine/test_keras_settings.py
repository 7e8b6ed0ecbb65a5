"""Settings of the process, dtype policy and image format, leave models as they were made."""

import keras
import numpy as np
import pytest
from conftest import build, changed, state

import keras_gan
from keras_gan import builders
from keras_gan.metrics import random_convolutions

IMAGES = np.random.default_rng(0).integers(0, 255, (16, 8, 8, 1), np.uint8)


def small(cls=keras_gan.DCGAN):
    return build(cls, run_eagerly=True)


def fit(gan):
    gan.fit(IMAGES, batch_size=8, verbose=0)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A float32 file after two steps, and what two more make of it in its own process."""
    path = tmp_path_factory.mktemp("saved") / "a.keras"
    gan = small()
    fit(gan)
    gan.save(path)
    fit(gan)
    return path, state(gan), gan.sample(2, seed=0)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16", "float64"])
def test_a_float32_file_goes_on_as_in_its_own_process(saved, policy):
    path, after, images = saved
    keras.config.set_dtype_policy(policy)
    gan = keras.saving.load_model(path)
    assert float(gan.discriminator_optimizer.iterations) == 2
    fit(gan)
    a, b = (dict(enumerate(values.values())) for values in (after, state(gan)))
    assert not changed(a, b)
    np.testing.assert_array_equal(gan.sample(2, seed=0), images)
    latents = np.full((1, 8), 1 + 2**-20, "float32")  # 1 in float16
    np.testing.assert_array_equal(gan(latents), gan.ema_generator(latents))


def test_a_mixed_file_goes_on_in_a_float32_process(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    gan = small()
    fit(gan)
    gan.save(tmp_path / "a.keras")
    fit(gan)
    keras.config.set_dtype_policy("float32")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert isinstance(loaded.generator_optimizer, keras.optimizers.LossScaleOptimizer)
    fit(loaded)
    a, b = (dict(enumerate(state(g).values())) for g in (gan, loaded))
    assert not changed(a, b)


@pytest.mark.parametrize("policy", ["float64", "float16", "bfloat16"])
def test_weights_of_another_type_are_refused(policy):
    keras.config.set_dtype_policy(policy)
    with pytest.raises(ValueError, match=f"kept in float32. Received: a dtype policy of {policy}"):
        small()
    network = lambda: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])  # noqa: E731
    with pytest.raises(ValueError, match=f"Received: a generator with weights of {policy}"):
        keras_gan.GAN(network(), network())


@pytest.mark.parametrize(
    ("builder", "options"),
    [
        (builders.dcgan_generator, {}),
        (builders.cgan_discriminator, {"num_classes": 3, "conditioning": "concat"}),
        (builders.resnet_generator, {}),
        (builders.resnet_discriminator, {}),
        (builders.r3gan_generator, {"width": 8}),
        (builders.r3gan_discriminator, {"width": 8}),
        (builders.unet_generator, {}),
        (builders.vaegan_encoder, {}),
    ],
)
def test_builders_and_what_they_built_keep_channels_last(builder, options):
    shape = (8, 12, 3)
    usual = builder(shape, **{"width": 4} | options)
    keras.config.set_image_data_format("channels_first")
    network = builder(shape, **{"width": 4} | options)
    assert keras.config.image_data_format() == "channels_first"
    network.set_weights(usual.get_weights())
    loaded = keras.models.clone_model(usual)
    loaded.set_weights(usual.get_weights())
    rng = np.random.default_rng(0)
    inputs = [
        rng.integers(0, 3, (2,)) if x.dtype == "int32" else rng.normal(size=(2, *x.shape[1:]))
        for x in usual.inputs
    ]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    keras.config.set_image_data_format("channels_last")
    expected = usual(inputs)
    keras.config.set_image_data_format("channels_first")
    np.testing.assert_array_equal(network(inputs), expected)
    np.testing.assert_array_equal(loaded(inputs), expected)


def test_extractors_keep_channels_last():
    expected = random_convolutions().extract(IMAGES).features
    keras.config.set_image_data_format("channels_first")
    np.testing.assert_array_equal(random_convolutions().extract(IMAGES).features, expected)

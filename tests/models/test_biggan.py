"""BigGAN on its own networks: what steers them, what normalises them, files and truncation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan import builders
from keras_gan.layers import ConditionalBatchNormalization, SelfAttention, SpectralNormalization


@pytest.fixture(scope="module")
def gan(digits):
    """After one step."""
    keras.utils.set_random_seed(7)
    gan = keras_gan.BigGAN((8, 8, 1), num_classes=10, latent_dim=7, width=2, seed=3)
    gan.compile(n_critic=1, run_eagerly=True)
    gan.before = [weight.numpy() for weight in gan.trainable_variables]
    gan.history_of_step = gan.fit(digits[0][:8], digits[1][:8], batch_size=8, verbose=0).history
    return gan


def made(generator, latents, labels):
    return generator([tf.constant(latents), tf.constant(labels)]).numpy()


def test_the_class_and_each_chunk_steer_the_picture(gan):
    generator = keras.models.clone_model(gan.generator)
    latents = np.random.default_rng(0).normal(size=(4, 7)).astype("float32")
    labels = np.array([0, 1, 2, 3], "int32")
    first = made(generator, latents, labels)
    assert (np.abs(first - made(generator, latents, labels + 1)).max(axis=(1, 2, 3)) > 1e-5).all()
    for number in range(7):  # chunks of 3, 2 and 2
        other = latents.copy()
        other[:, number] += 1.0
        changed = np.abs(first - made(generator, other, labels)).max(axis=(1, 2, 3))
        assert (changed > 1e-5).all()


def test_one_embedding_serves_all_blocks_which_are_normalised(gan):
    for name in gan.networks:
        network = getattr(gan, name)
        layers = list(network._flatten_layers(include_self=False))
        inside = {id(x.layer) for x in layers if isinstance(x, SpectralNormalization)}
        with_kernel = [x for x in layers if getattr(x, "kernel", None) is not None]
        plain = [x for x in with_kernel if not isinstance(x, SpectralNormalization)]
        assert len(plain) > 10
        assert all(id(x) in inside for x in plain)
        (table,) = (x for x in layers if isinstance(x, keras.layers.Embedding))
        assert (id(table) in inside) == (name == "discriminator")
        assert not any(isinstance(x, ConditionalBatchNormalization) for x in layers)
        assert sum(isinstance(x, SelfAttention) for x in layers) == 1


def test_a_step_moves_all_weights_and_logs_the_penalty(gan):
    still = [
        weight.path
        for weight, before in zip(gan.trainable_variables, gan.before, strict=True)
        if np.array_equal(weight, before)
    ]
    # attention begins at gamma 0, and what lies behind it waits for it
    waiting = ("bias", "embeddings", "self_attention")
    assert not [path for path in still if not any(part in path for part in waiting)]
    assert gan.history_of_step["orthogonal"][0] > 0


def test_files_go_on(gan, tmp_path):
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    for factor in (1.0, 0.5):
        samples = gan.sample(4, seed=1, truncation=factor)
        np.testing.assert_array_equal(samples, again.sample(4, seed=1, truncation=factor))


def test_sizes():
    generator = builders.biggan_generator((8, 9, 1), num_classes=3, width=1)
    assert [x.shape[1:] for x in generator.inputs] == [(60,), ()]
    assert generator.output_shape == (None, 8, 9, 1)
    with pytest.raises(ValueError, match=r"each of 2 blocks.*latent_dim=2. Expected at least 3"):
        keras_gan.BigGAN((8, 8, 1), num_classes=3, latent_dim=2, width=1)
    packed = builders.biggan_discriminator((8, 8, 2), num_classes=3, width=1, pack=2)
    assert [x.shape[1:] for x in packed.inputs] == [(8, 8, 2), (2,)]

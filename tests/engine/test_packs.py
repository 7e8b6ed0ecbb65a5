"""Packs: what critics see of several samples, what is refused, and at which door."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import changed
from keras import layers

import keras_gan
from keras_gan.core import noise, packing
from keras_gan.testing import contract


def pictures_gan(cls, pack=2, rules=None, **options):
    options = {"latent_dim": 4, "width": 4, "seed": 0} | options
    gan = cls(image_shape=(8, 8, 1), pack=pack, **options)
    gan.compile(run_eagerly=True, **{"n_critic": 1} | (rules or {}))
    return gan


def points_gan(pack=2, features=3, cls=keras_gan.GAN, **rules):
    generator = keras.Sequential([keras.Input((4,)), layers.Dense(features)])
    critic = keras.Sequential([keras.Input((pack * features,)), layers.Dense(1)])
    gan = cls(generator, critic, pack=pack, seed=0)
    gan.compile(**{"run_eagerly": True, "loss": "wasserstein"} | rules)
    return gan


X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")


def test_a_pack_has_the_channels_of_its_samples_side_by_side():
    images = np.random.default_rng(0).normal(size=(6, 2, 4, 3))
    packs = packing.packed(images, 3)
    expected = [np.concatenate(list(images[k : k + 3]), axis=-1) for k in (0, 3)]
    np.testing.assert_array_equal(packs, expected)
    np.testing.assert_array_equal(packing.unpacked(packs, 3), images)
    np.testing.assert_array_equal(packing.packed(images[:, 0, 0], 2)[1], images[2:4, 0, 0].ravel())
    np.testing.assert_array_equal(packing.packed(np.arange(6), 2), [[0, 1], [2, 3], [4, 5]])


def test_the_critic_scores_packs():
    gan = points_gan()
    out = gan.forward(gan._batches(tf.constant(X))[0], training=False)
    out = gan.examine(out._replace(views=gan.views(out)))
    kernel, bias = gan.discriminator.get_weights()
    np.testing.assert_allclose(out.real_scores, X.reshape(6, 6) @ kernel + bias, rtol=1e-5)
    assert out.fake.shape == (12, 3)
    assert out.fake_scores.shape == (6, 1)


def test_penalties_are_those_of_a_pack():
    """Of a linear critic: R1 is ||kernel||^2 / 2, over all features of a pack."""
    gan = points_gan(
        penalties=[keras_gan.penalties.R1(2.0), keras_gan.penalties.GradientPenalty(1)]
    )
    norm = float(np.linalg.norm(gan.discriminator.get_weights()[0]))
    logs = gan.train_on_batch(X, return_dict=True)
    assert logs["r1"] == pytest.approx(norm**2, rel=1e-4)
    assert logs["gradient_penalty"] == pytest.approx((norm - 1) ** 2, rel=1e-3)


def test_each_sample_of_a_pack_is_augmented_by_itself():
    gan = pictures_gan(keras_gan.DCGAN, rules={"augment": "diff_augment"})
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 1)), "float32")
    key = noise.key(0, 1)
    shown = gan.augmented(packing.packed(images, 2), key)
    alone = gan.augment(images, noise.fold_in(key, 1 << 20))
    np.testing.assert_allclose(packing.unpacked(shown, 2), alone, atol=1e-6)

    def shifted(images, key):
        return images + noise.uniform((tf.shape(images)[0],), key)[:, None]

    gan = points_gan(penalties=[keras_gan.penalties.Consistency(shifted, weight=1.0)])
    gan.discriminator.set_weights([np.ones((6, 1)), np.zeros(1)])  # adds up all features
    ((_, penalty),) = gan._penalties["discriminator"]
    seen = penalty(
        gan.discriminator,
        tf.reshape(X, (6, 6)),
        None,
        key,
        (tf.reduce_sum(tf.reshape(X, (6, 6)), axis=1, keepdims=True), None),
    )
    u = noise.uniform((12,), noise.fold_in(key, 0)).numpy().reshape(6, 2)
    assert float(seen) == pytest.approx((3 * u.sum(axis=1)) ** 2 @ np.full(6, 1 / 6), rel=1e-4)


@pytest.mark.parametrize("cls", [keras_gan.CGAN, keras_gan.SNGAN, keras_gan.R3GAN])
def test_the_critic_is_told_the_labels_of_all(cls, digits, tmp_path):
    images, labels = digits[0][:16], digits[1][:16]
    gan = pictures_gan(cls, num_classes=10)
    assert [x.shape[1:] for x in gan.discriminator.inputs] == [(8, 8, 2), (2,)]
    gan.fit(images, labels, batch_size=8, verbose=0)
    packs, told = packing.packed(images, 2), packing.packed(labels, 2)
    score = gan.criticize("discriminator", packs, told, False)["scores"]
    for place in (0, 1):
        others = np.copy(told)
        others[:, place] = (others[:, place] + 1) % 10
        assert (
            np.abs(gan.criticize("discriminator", packs, others, False)["scores"] - score).min() > 0
        )
    swapped = gan.criticize("discriminator", packs, told[:, ::-1], False)["scores"]
    assert np.abs(swapped - score).max() > 0, "which label is whose makes a difference"


def test_concatenated_labels_are_planes_of_each():
    network = keras_gan.builders.cgan_discriminator((8, 8, 2), 3, 4, "concat", pack=2)
    assert [x.shape[1:] for x in network.inputs] == [(8, 8, 2), (2,)]
    assert network([tf.zeros((5, 8, 8, 2)), tf.zeros((5, 2), "int32")]).shape == (5, 1)


def test_conditions_of_packs_are_side_by_side_too():
    z, told, x = keras.Input((3,)), keras.Input((2,)), keras.Input((8,))
    join = layers.Concatenate()
    generator = keras.Model([z, told], layers.Dense(4)(join([z, told])))
    for size in (4, 2):
        both = keras.Input((size,))
        critic = keras.Model([x, both], layers.Dense(1)(join([x, both])))
        if size == 2:
            with pytest.raises(ValueError, match=r"conditions of all .*\(2,\). Expected \(4,\)"):
                keras_gan.GAN(generator, critic, pack=2)
            continue
        gan = keras_gan.GAN(generator, critic, pack=2, seed=0)
        gan.compile(run_eagerly=True)
        rows = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
        gan.fit(rows[:, :4], rows[:, 4:], batch_size=4, verbose=0)


def test_a_packed_model_is_saved_with_it_and_plays_in_packs(digits, tmp_path):
    gan = pictures_gan(keras_gan.WGANGP, pack=4, rules={"n_critic": 2})
    gan.fit(digits[0][:40], batch_size=8, verbose=0)  # of 16, 16 and 8
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.pack == 4
    for each in (gan, loaded):
        each.run_eagerly = True
        each.fit(digits[0][:32], batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    assert not changed(contract.state(gan), contract.state(loaded))
    parts = gan._batches(tf.zeros((24, 8, 8, 1)))
    assert [len(part.real) for part in parts] == [12, 12]
    assert [len(part.real) for part in gan._batches(tf.zeros((20, 8, 8, 1)))] == [8, 12]


def dataset(rows, size, static=False):
    made = tf.data.Dataset.from_tensor_slices(X[:rows])
    if static:
        return made.batch(size, drop_remainder=True)
    return made.filter(lambda x: True).batch(size)


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda gan: gan.fit(X, batch_size=5), 5),
        (lambda gan: gan.fit(X[:11], batch_size=4), 3),  # the last batch of an epoch
        (lambda gan: gan.fit(X, batch_size=4, validation_data=(X[:7],)), 3),
        (lambda gan: gan.fit(dataset(12, 3, static=True)), 3),
        (lambda gan: gan.fit(dataset(11, 4)), 3),
        (lambda gan: gan.evaluate(X[:7]), 7),
        (lambda gan: gan.evaluate(dataset(9, 3)), 3),
        (lambda gan: gan.train_on_batch(X[:7]), 7),
        (lambda gan: gan.test_on_batch(X[:7]), 7),
    ],
)
def test_a_batch_of_parts_of_packs_is_refused(call, received):
    gan = points_gan()
    message = (
        rf"packs of 2 images.*Received: a batch of {received} images. Expected a multiple of 2"
    )
    with pytest.raises(ValueError, match=message):
        call(gan)


def test_several_updates_share_whole_packs():
    gan = points_gan(n_critic=2)
    gan.fit(X, batch_size=4, verbose=0)
    assert gan.discriminator_optimizer.iterations.numpy() == 4
    with pytest.raises(ValueError, match="Received: a batch of 3 images"):
        gan.fit(X, batch_size=3, verbose=0)
    with pytest.raises(ValueError, match="Received: a batch of 3 images"):
        gan.fit(X[:11], batch_size=4, verbose=0)
    with pytest.raises(ValueError, match=r"Each of the n_critic updates .* needs 2 image"):
        gan.train_on_batch(X[:2])


@pytest.mark.parametrize(
    "name",
    [
        "AAE",
        "ACGAN",
        "AdaGAN",
        "BiGAN",
        "CoGAN",
        "CycleGAN",
        "InfoGAN",
        "MGAN",
        "Pix2Pix",
        "SemiSupervisedGAN",
        "VAEGAN",
    ],
)
def test_those_whose_critic_does_not_see_one_sample_at_a_time_refuse_it(name):
    cls = getattr(keras_gan, name)
    classes = {"num_classes": 3} if cls.conditional else {}
    with pytest.raises(ValueError, match=rf"critics of {name} do not give.*pack=2. Expected 1"):
        cls(image_shape=(8, 8, 1), width=4, pack=2, **classes)


def test_those_that_are_no_game_of_scores_refuse_it_too():
    with pytest.raises(
        ValueError, match=r"GMMN has no critics of samples that .*pack=2. Expected 1"
    ):
        keras_gan.GMMN(image_shape=(8, 8, 1), width=4, pack=2)
    with pytest.raises(
        ValueError, match=r"GAIN has no critics of samples that .*pack=2. Expected 1"
    ):
        keras_gan.GAIN(image_shape=(6,), width=4, pack=2)
    assert keras_gan.GMMN(image_shape=(8, 8, 1), width=4, pack=1).pack == 1


def test_what_is_no_pack():
    for pack in (0, 1.5, True, "2"):
        with pytest.raises(
            ValueError, match=r"Expected a whole pack of at least 1 sample\. Received"
        ):
            keras_gan.DCGAN((8, 8, 1), width=4, pack=pack)
    generator = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    critic = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"\(3,\) taken, \(6,\) made by the generator, in packs"):
        keras_gan.GAN(generator, critic, pack=2)


@pytest.mark.parametrize("cls", [keras_gan.VGAN, keras_gan.GMAN, keras_gan.FeatureMatchingGAN])
def test_other_games_are_packed_as_well(cls, digits):
    options = {"num_discriminators": 2} if cls is keras_gan.GMAN else {}
    gan = pictures_gan(cls, **options)
    assert gan.least_rows == (4 if options else 2)
    gan.fit(digits[0][:12], batch_size=6, verbose=0)
    for name in gan.critics:
        assert getattr(gan, name).inputs[0].shape[1:] == (8, 8, 2)
    assert gan.sample(3, seed=0).shape == (3, 8, 8, 1)

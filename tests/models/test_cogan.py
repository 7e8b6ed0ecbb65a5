"""Two kinds of pictures without pairs: what is shared, what data are taken, and pairs apart."""

import keras
import numpy as np
import pytest

import keras_gan
from keras_gan import builders
from keras_gan.metrics import KID, Pixels
from keras_gan.runs import run, settings


@pytest.fixture(scope="module")
def gan():
    keras.utils.set_random_seed(0)
    gan = keras_gan.CoGAN((8, 8, 1), latent_dim=4, width=4, seed=3)
    gan.compile(run_eagerly=True)
    return gan


def batch(seed, n=6):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 8, 8, 1)).astype("float32")


def test_each_logit_rests_on_one_picture_and_only_the_first_layers_are_apart(gan):
    a, b, other = batch(0), batch(1), batch(2)
    judge = gan.discriminator
    said, changed = (judge(np.concatenate([a, x], axis=2)).numpy() for x in (b, other))
    np.testing.assert_array_equal(said[:, 0], changed[:, 0])
    assert np.abs(said[:, 1] - changed[:, 1]).min() > 0
    first = [x for x in judge.layers if isinstance(x, keras.layers.Conv2D)]
    assert [x.kernel.shape for x in first] == [(5, 5, 1, 4)] * 2
    shared = judge.get_layer("shared")
    pool = keras.layers.MaxPooling2D(2)
    maps = [keras.layers.LeakyReLU(0.2)(pool(x(y))) for x, y in zip(first, (a, b), strict=True)]
    by_hand = np.concatenate([shared(x) for x in maps], axis=1)
    np.testing.assert_allclose(said, by_hand, rtol=1e-4, atol=1e-6)


def test_generators_share_all_but_the_last_layer(gan):
    a, b = gan.apart(gan.sample(5, seed=1))
    assert a.shape == b.shape == (5, 8, 8, 1)
    heads = [x for x in gan.generator.layers if isinstance(x, keras.layers.Conv2D)]
    assert [x.kernel.shape for x in heads] == [(5, 5, 4, 1)] * 2
    heads[1].set_weights(heads[0].get_weights())
    latents = gan.latents(np.zeros((3, 2), "int64"))
    a, b = gan.apart(gan.generator(latents, training=False).numpy())
    np.testing.assert_array_equal(a, b)


def test_unpaired_sets_arrays_and_pairs_are_the_same_data(gan):
    a, b = batch(0), batch(1)
    sets = keras_gan.data.unpaired(a, b, batch_size=6, shuffle=False)
    pairs = np.concatenate([a, b], axis=2)
    mixed = (np.round((a + 1) * 127.5).astype("uint8"), b)
    found = [gan.evaluate(*given, verbose=0) for given in ((a, b), (sets,), (pairs,))]
    np.testing.assert_allclose(found[1:], [found[0]] * 2, rtol=1e-6)
    np.testing.assert_allclose(gan.evaluate(*mixed, verbose=0), found[0], atol=1e-3)
    figures = gan.measure([KID(Pixels())], *mixed)
    assert figures == pytest.approx(gan.measure([KID(Pixels())], pairs), rel=0.05)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: (batch(0),), "Received: those of one. Expected \\(a, b\\)"),
        (lambda: (keras_gan.data.load(batch(0), None, 6),), "Received: those of one"),
        (lambda: (batch(0), batch(1, n=4)), "Received: 6 and 4. Expected keras_gan.data.unpaired"),
        (lambda: (batch(0), batch(1)[:, :4]), "Of the pictures b: .* shape \\(4, 8, 1\\)"),
        (lambda: (batch(0) * 300, batch(1)), "Of the pictures a: Float images are out of range"),
        (
            lambda: (keras_gan.data.unpaired(batch(0), batch(1)[:, :4], batch_size=6),),
            "Of the pictures b: .* shape \\(4, 8, 1\\)",
        ),
    ],
)
def test_data_that_are_no_two_kinds(gan, given, message):
    with pytest.raises(ValueError, match=message):
        gan.fit(*given(), verbose=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras_gan.CoGAN((8, 8)), r"image_shape=\(8, 8\)"),
        (lambda: keras_gan.CoGAN((8, 8, 1), condition_shape=(8, 8, 3)), "have one shape"),
        (
            lambda: keras_gan.CoGAN(
                builders.cogan_generator((8, 8, 1), width=4),
                builders.dcgan_discriminator((8, 16, 1), width=4),
            ),
            r"an output of shape \(1,\)",
        ),
    ],
)
def test_networks_of_no_pairs(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_run_and_a_report_take_two_sources(gan, home):
    chosen = settings.Settings("digits", "cogan", unpaired="digits", limit=64, width=4)
    dataset = settings.load_data(chosen)
    made = settings.build(chosen, dataset)
    assert (made.picture_shape, made.image_shape) == ((8, 8, 1), (8, 16, 1))
    assert run._first_conditions(made, dataset) is None
    options = {"unpaired": "digits", "limit": 64, "samples": 20, "extractor": "pixels"}
    result = keras_gan.report(gan, "digits", progress=False, **options)
    assert {"fid", "kid", "path_length"} <= {row["key"] for row in result["metrics"]}

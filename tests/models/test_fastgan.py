"""FastGAN: its networks, margins, what is made again of real pictures, and who learns from it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from cases import CASES

import keras_gan
from keras_gan import builders, layers
from keras_gan.core import noise
from keras_gan.engine.outputs import Batch, Outputs
from keras_gan.models import fastgan

IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)).astype("float32")


def build(**rules):
    keras.utils.set_random_seed(1)
    return CASES["FastGAN"].build(**{"augment": "none"} | rules)


def reals(gan, n=4):
    key = noise.key(5)
    batch = Batch(tf.constant(IMAGES[:n]), None, None, key, count=tf.constant(float(n)))
    out = Outputs(batch, tf.constant(IMAGES[n : 2 * n]), training=False)
    return out._replace(views=gan.views(out))


def test_settings_are_those_of_the_authors():
    settings = build().default_settings()
    assert isinstance(settings["loss"], keras_gan.losses.Hinge)
    assert settings["augment"].policy == ("color", "translation")
    for name in ("generator", "discriminator", "decoder"):
        adam = settings[f"{name}_optimizer"]
        assert (float(adam.learning_rate), adam.beta_1) == (pytest.approx(2e-4), 0.5)


def test_each_logit_has_a_margin_of_its_own():
    """max(0, m - D(x)) + max(0, m + D(G(z))), m from 0.8 to 1."""
    gan = build()
    out = played(scores=500, reconstruction=(0.25, 0.0))
    terms = gan.discriminator_terms(out)
    margins = [
        1 - 0.2 * noise.uniform((500, 1), noise.fold_in(out.key, fastgan.MARGIN + k))
        for k in (1, 2)
    ]
    assert float(terms["d_loss"]) == pytest.approx(sum(np.mean(m) for m in margins), rel=1e-5)
    assert np.mean(margins[0]) == pytest.approx(0.9, abs=0.01)
    assert float(terms["d_reconstruction"]) == 0.25


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_and_one_quarter_are_made_again(seed):
    gan = build()
    out = reals(gan)
    out = out._replace(batch=out.batch._replace(key=noise.key(seed)))
    found = gan.examine(out).on_real
    place = int(4 * noise.uniform((), noise.fold_in(noise.key(seed), fastgan.MARGIN)))
    top, left = 4 * (place // 2), 4 * (place % 2)
    _, whole, part = gan.discriminator(IMAGES[:4])
    made = gan.decoder([whole, part[:, top : top + 4, left : left + 4]])
    quarter = IMAGES[:4, top : top + 4, left : left + 4]
    enlarged = tf.image.resize(quarter, (8, 8))
    expected = sum(np.abs(a - b).mean() for a, b in zip((IMAGES[:4], enlarged), made, strict=True))
    assert float(found["reconstruction"]) == pytest.approx(expected, rel=1e-5)


def test_a_network_may_see_instead_of_pixels():
    eye = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    seen = {"perceptual": lambda shape: eye, "perceptual_layers": [eye.layers[-1].name]}
    case = CASES["FastGAN"]
    gan = case._replace(options=case.options | seen).build(augment="none")
    real, made = IMAGES[:3], IMAGES[3:6]
    a, b = eye(real).numpy(), eye(made).numpy()
    expected = np.mean((a - b) ** 2) / np.mean(a**2)
    found = gan._distance(tf.constant(real), tf.constant(made))
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_both_learn_from_what_is_made_again():
    """With a discriminator's loss of 0 it moves all the same, towards pictures that can be made."""

    class Nothing(keras_gan.losses.Hinge):
        def discriminator(self, real, fake):
            return 0.0 * super().discriminator(real, fake)

    adam = {f"{n}_optimizer": keras.optimizers.Adam(2e-2) for n in ("discriminator", "decoder")}
    gan = build(loss=Nothing(), **adam)
    logs = [gan.train_on_batch(IMAGES, return_dict=True) for _ in range(5)]
    for log in logs:
        assert log["d_loss"] == log["d_reconstruction"] == log["reconstruction"]
        assert log["decoder_loss"] == log["reconstruction"]
    assert logs[-1]["reconstruction"] < 0.98 * logs[0]["reconstruction"]


def test_a_decoder_that_does_not_fit_is_refused():
    generator = builders.dcgan_generator((8, 8, 1), 4, 2)
    judge = builders.fastgan_discriminator((8, 8, 1), 2)
    decoder = builders.fastgan_decoder((8, 8, 1))
    with pytest.raises(ValueError, match=r"Received: a decoder from .* Expected .*\(4, 4, 4\)"):
        keras_gan.FastGAN(generator, judge, decoder=decoder)


def test_it_makes_points():
    maker = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    x, maps = keras.Input((2,)), [keras.Input((3,)) for _ in range(2)]
    seen = [keras.layers.Dense(3)(x) for _ in range(2)]
    judge = keras.Model(x, [keras.layers.Dense(1)(seen[0]), *seen])
    decoder = keras.Model(maps, [keras.layers.Dense(2)(m) for m in maps])
    gan = keras_gan.FastGAN(maker, judge, decoder=decoder)
    gan.compile(run_eagerly=True)
    gan.fit(np.ones((8, 2), "float32"), batch_size=8, verbose=0)
    assert gan.sample(3, seed=0).shape == (3, 2)


# -- networks --------------------------------------------------------------------------------------


def test_its_own_networks_train_and_go_on_from_a_file(tmp_path):
    gan = keras_gan.FastGAN(image_shape=(8, 8, 1), latent_dim=4, width=2, seed=3)
    gan.compile(run_eagerly=True)
    variables = [v for name in gan.networks for v in getattr(gan, name).trainable_variables]
    before = [v.numpy() for v in variables]
    gan.train_on_batch(IMAGES)
    pairs = zip(variables, before, strict=True)
    still = [v.path for v, old in pairs if np.array_equal(v.numpy(), old)]
    assert not still
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    again.run_eagerly = True
    for each in (gan, again):
        each.train_on_batch(IMAGES)
    for a, b in zip(again.get_weights(), gan.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("image_shape", "last", "before", "decoded"),
    [
        ((8, 8, 1), (4, 4), (8, 8), [(8, 8), (8, 8)]),
        ((28, 28, 1), (7, 7), (14, 14), [(28, 28), (28, 28)]),
        ((50, 37, 3), (13, 10), (25, 19), [(52, 40), (48, 36)]),
        ((32, 8, 1), (8, 4), (16, 4), [(32, 8), (32, 8)]),
        ((64, 64, 3), (8, 8), (16, 16), [(64, 64), (64, 64)]),
    ],
)
def test_networks_of_every_shape(image_shape, last, before, decoded):
    assert builders.fastgan_generator(image_shape, 3, 1).output_shape == (None, *image_shape)
    judge = builders.fastgan_discriminator(image_shape, 1)
    assert [x.shape[1:3] for x in judge.outputs[1:]] == [last, before]
    decoder = builders.fastgan_decoder(image_shape, 1)
    assert [x.shape[1:3] for x in decoder.outputs] == decoded
    assert [x.shape[-1] for x in decoder.inputs] == [x.shape[-1] for x in judge.outputs[1:]]


def test_the_picture_says_which_channels_of_a_map_of_8_pixels_count():
    judge = builders.fastgan_discriminator((64, 64, 1), 1)
    (product,) = [x for x in judge.layers if isinstance(x, keras.layers.Multiply)]
    assert [x.shape[1:3] for x in product.input] == [(8, 8), (1, 1)]


def test_a_map_of_4_pixels_says_which_channels_of_one_of_64_count():
    """sigmoid(1x1 conv(silu(4x4 conv(map)))), normalised kernels."""
    network = builders.fastgan_generator((64, 64, 1), 3, 1)
    (product,) = [x for x in network.layers if isinstance(x, keras.layers.Multiply)]
    big, gates = product.input
    assert (big.shape[1:3], gates.shape[1:]) == ((64, 64), (1, 1, big.shape[-1]))
    parts = keras.Model(network.inputs[0], [big, gates, product.output])
    big, gates, made = parts(np.ones((2, 3), "float32"))
    np.testing.assert_allclose(made, big * gates, rtol=1e-6)
    convs = [x for x in network.layers if isinstance(x, layers.SpectralNormalization)]
    assert len(convs) == 1 + (2 + 1 + 2 + 1) + 2 + 1  # dense, four blocks, excitation, colours
    assert not [x for x in network.layers if type(x).__name__ in ("Conv2D", "Dense")]

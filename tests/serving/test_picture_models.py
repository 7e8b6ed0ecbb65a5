"""What models that read pictures serve: an encoder's signatures, and translation."""

import io

import cpp_loader
import keras
import numpy as np
import pytest
import served
import tensorflow as tf
from PIL import Image

import keras_gan
from keras_gan.command import demo
from keras_gan.export import publish


def vaegan():
    return keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=5, width=4, seed=3)


def pix2pix():
    return keras_gan.Pix2Pix(image_shape=(8, 8, 1), condition_shape=(8, 8, 3), width=4, seed=3)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    keras.utils.set_random_seed(0)
    found = {}
    for make in (vaegan, pix2pix):
        gan = served.vivid(make())
        path = publish(gan, tmp_path_factory.mktemp("served"), verbose=False)
        found[make.__name__] = gan, cpp_loader.Session(path)
    return found


def asked(gan, n):
    """Pictures as uint8, as the [0, 1] of a request, and as PNG files."""
    channels = getattr(gan, "condition_shape", gan.image_shape)[-1]
    pictures = np.random.default_rng(n).integers(0, 256, (n, 8, 8, channels)).astype("uint8")
    files = np.array([tf.io.encode_png(picture).numpy() for picture in pictures], object)
    return pictures, {"images": (pictures / 255).astype("float32")}, {"image_bytes": files}


def opened(files):
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])[..., None]


@pytest.mark.parametrize("n", [1, 3, 64])
@pytest.mark.parametrize(("model", "name"), [("vaegan", "reconstruct"), ("pix2pix", "translate")])
def test_pictures_from_pictures(models, model, name, n):
    gan, session = models[model]
    pictures, images, files = asked(gan, n)
    expected = (getattr(gan, name)(pictures) + 1) / 2
    assert expected.std() > 0.001
    np.testing.assert_allclose(session.run(name, images)["images"], expected, atol=1e-5)
    drawn = opened(session.run(f"{name}_png", files)["image_bytes"])
    assert np.abs(drawn - 255 * expected).max() <= 1


def test_codes(models):
    gan, session = models["vaegan"]
    pictures, images, files = asked(gan, 4)
    expected = gan.encode(pictures)
    for name, given in (("encode", images), ("encode_png", files)):
        found = session.run(name, given)["latents"]
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-5)
    back = session.run("serving_default", {"latents": expected})["images"]
    np.testing.assert_allclose(back, session.run("reconstruct", images)["images"], atol=1e-5)


def test_signatures_are_those_of_the_kind(models):
    names = {model: set(session.signatures) for model, (_, session) in models.items()}
    drawing = {"serving_default", "from_seed", "png", "interpolate"}
    encoding = {"encode", "encode_png", "reconstruct", "reconstruct_png"}
    assert names["vaegan"] == drawing | encoding
    assert names["pix2pix"] == {"serving_default", "translate", "translate_png"}


def test_the_demo_edits_by_the_encoder(models, tmp_path):
    gan, _ = models["vaegan"]
    pictures, _, _ = asked(gan, 1)
    page = demo.Served(publish(gan, tmp_path, verbose=False))
    given = Image.fromarray(pictures[0, ..., 0])
    rebuilt, arrived = (page.edit(given, seed=4, how_far=far) for far in (0, 1.0))
    scale = len(rebuilt) // 8
    for shown, expected in (
        (rebuilt, gan.reconstruct(pictures)),
        (arrived, gan.sample(seeds=[4])),
    ):
        pixels = shown[::scale, ::scale, :1].astype("float32") / 127.5 - 1
        np.testing.assert_allclose(pixels, expected[0], atol=0.01)

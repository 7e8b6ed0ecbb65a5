"""What is exported with directions: edits of samples and of pictures, from a server and a page."""

import cpp_loader
import fake_server
import numpy as np
import pytest
import served
from PIL import Image

import keras_gan
from keras_gan import editing
from keras_gan.command import cli, demo
from keras_gan.core import directions
from keras_gan.export import export, publish
from keras_gan.serving import Client, ServingError

VECTORS = np.random.default_rng(0).normal(size=(2, 8)).astype("float32")
LEARNT = {
    name: editing.Direction(name, vector)
    for name, vector in zip(("thicker", "älter"), VECTORS, strict=True)
}
SEEDS, LABELS = np.array([3, 4, 5]), np.array([1, 2, 7], np.int32)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    gan = served.retouching()
    path = tmp_path_factory.mktemp("edits") / "1"
    export(gan, path, verbose=False, directions=LEARNT)
    return gan, path


def moved(gan, latents, by, labels=LABELS):
    """By the definition: G(z + s d)."""
    return (gan.samples_of(latents + np.float32(by), labels) + 1) / 2


def test_a_signature_moves_each_row_in_its_own_direction(model):
    gan, path = model
    session = cpp_loader.Session(path)
    edits = {"edit", "edit_png", "edit_images", "edit_images_png"}
    assert edits == {name for name in session.signatures if name.startswith("edit")}
    names = np.array([b"thicker", "älter".encode(), b"thicker"], object)
    strength = np.float32([1.5, -0.5, 0.0])
    along = {"direction": names, "strength": strength, "labels": LABELS}
    by = strength[:, None] * VECTORS[[0, 1, 0]]
    latents = gan.latents(np.stack([SEEDS, np.zeros(3, int)], axis=1)).numpy()
    expected = moved(gan, latents, by)
    made = session.run("edit", along | {"seed": SEEDS})["images"]
    np.testing.assert_allclose(made, expected, atol=1e-5)
    files = session.run("edit_png", along | {"seed": SEEDS})["image_bytes"]
    assert len(files) == 3

    pictures = np.random.default_rng(1).uniform(size=(3, 8, 8, 1)).astype("float32")
    codes = (2 * pictures - 1).mean(axis=(2, 3))  # of the dummy's encoder
    made = session.run("edit_images", along | {"images": pictures})["images"]
    np.testing.assert_allclose(made, moved(gan, codes, by), atol=1e-5)
    unknown = along | {"seed": SEEDS, "direction": np.array([b"thicker", b"slimmer", b""], object)}
    with pytest.raises(Exception, match=r"Expected directions among thicker.*slimmer"):
        session.run("edit", unknown)


@pytest.mark.parametrize("interface", ["rest", "grpc"])
def test_a_client_asks_for_edits(model, interface):
    if interface == "grpc":
        pytest.importorskip("tensorflow_serving.apis", reason="needs tensorflow-serving-api")
    gan, path = model
    latents = gan.latents(np.stack([SEEDS, np.zeros(3, int)], axis=1)).numpy()
    fake = fake_server.Fake(path, "digits")
    with getattr(fake_server, interface)(fake) as url:
        client = Client(url, "digits")
        made = client.edit(SEEDS, "älter", 2.0, LABELS)
        with pytest.raises(ServingError, match="Expected directions among"):
            client.edit(SEEDS, "older", 2.0, LABELS)
    np.testing.assert_allclose(made, moved(gan, latents, 2.0 * VECTORS[1]), atol=1e-5)


def test_the_page_has_its_sliders(model):
    gan, path = model
    page = demo.Served(path)
    assert page.directions == ["thicker", "älter"]
    np.testing.assert_array_equal(page.moved(5, 0, 0, 3), page.sample(5, 1, 3))
    latents = gan.latents(np.array([[5, 0]])).numpy()
    expected = moved(gan, latents, 0.5 * VECTORS[0] - VECTORS[1], np.int32([3]))[0] * 255
    assert np.abs(page.moved(5, 0.5, -1, 3)[::40, ::40, :1] - expected).max() <= 0.51
    mine = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    assert page.edit(None, 1, 0, 0, 0, 3) is None
    code = np.float32(np.asarray(mine) / 127.5 - 1).mean(axis=1)[None]
    expected = moved(gan, code, VECTORS[1], np.int32([3]))[0] * 255
    assert np.abs(page.edit(mine, 1, 0, 0, 1, 3)[::40, ::40, :1] - expected).max() <= 0.51


def test_codes_that_are_no_latents_are_not_edited(tmp_path):
    gan = keras_gan.InfoGAN(image_shape=(8, 8, 1), width=2, seed=0)
    export(gan, tmp_path / "1", verbose=False, directions=editing.factors(gan, n=2))
    page = demo.Served(tmp_path / "1")
    assert page.directions == ["factor-1", "factor-2"]
    assert not page.edits
    names = set(page._signatures)
    assert "encode" in names
    assert {name for name in names if name.startswith("edit")} == {"edit", "edit_png"}
    assert page.moved(1, 0.5, -0.5).shape == (320, 320, 3)


def test_pictures_are_found_without_an_encoder(monkeypatch):
    gan = served.unconditional()
    found = editing.factors(gan, n=2)
    photos = demo.Photos(gan, found)
    assert photos.edit(None, 0, 0) is None
    monkeypatch.setitem(demo._SEARCH, "steps", 3)
    mine = Image.fromarray(np.full((30, 20, 3), 90, np.uint8))
    still = photos.edit(mine, 0, 0)
    assert still.shape == (12 * 27, 8 * 27, 3)
    inversion = editing.invert(gan, np.full((1, 12, 8, 3), 90, np.uint8), **demo._SEARCH)
    monkeypatch.setattr(editing, "invert", None)  # the same picture is not looked for again
    edited = photos.edit(mine, 1.5, -1)
    expected = editing.edit(gan, inversion, [*found.values()], [1.5, -1])[0]
    assert np.abs(edited[::27, ::27] - (expected + 1) * 127.5).max() <= 0.51
    assert np.abs(edited.astype(int) - still).max() > 0


def test_the_directions_beside_a_model_are_exported(tmp_path):
    gan = served.unconditional()
    gan.save(tmp_path / "gan.keras")
    own = editing.Direction("wider", np.ones(5, np.float32), 0.9)
    editing.save({"wider": own}, tmp_path / directions.NAME)
    versions = str(tmp_path / "versions")
    assert cli.main(["export", str(tmp_path / "gan.keras"), "--out", versions, "--publish"]) == 0
    assert demo.Served(versions).directions == ["wider"]
    with pytest.raises(ValueError, match=r"of other latents. Received: a vector of shape \(8,\)"):
        publish(gan, tmp_path / "versions", directions=LEARNT, verbose=False)
    assert not (tmp_path / "versions" / "2").exists()

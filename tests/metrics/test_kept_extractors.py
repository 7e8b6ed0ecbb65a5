"""Extractors on disk: by themselves, with a model, and seen from another process."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from judges import eight_bits, network

import keras_gan
from keras_gan.metrics import FID, ModelFeatures, Pixels, fixed_networks, random_convolutions

pytestmark = pytest.mark.usefixtures("home")

AGAIN = """
import json, sys
import keras, numpy as np
import keras_gan

config, images, target = sys.argv[1:]
extractor = keras.saving.deserialize_keras_object(json.load(open(config)))
images = np.load(images)
random = keras_gan.metrics.random_convolutions()
np.savez(
    target,
    fingerprints=[extractor.fingerprint, random.fingerprint],
    random=random.extract(images).features,
    **extractor.extract(images)._asdict(),
)
"""


def test_a_fresh_process_sees_the_same(tmp_path):
    """A stored extractor, and random convolutions, which are made anew."""
    images = eight_bits(5, (8, 8, 3))
    extractor = ModelFeatures(
        network((6, 6, 3)), "wide", logits="logits", name="own", input_range=(0, 1), resize=True
    )
    (tmp_path / "a.json").write_text(json.dumps(keras.saving.serialize_keras_object(extractor)))
    np.save(tmp_path / "images.npy", images)
    names = [str(tmp_path / name) for name in ("a.json", "images.npy", "found.npz")]
    subprocess.run([sys.executable, "-c", AGAIN, *names], check=True, capture_output=True)
    found, expected = np.load(names[2]), extractor.extract(images)
    random = random_convolutions()
    assert found["fingerprints"].tolist() == [extractor.fingerprint, random.fingerprint]
    np.testing.assert_array_equal(found["features"], expected.features)
    np.testing.assert_array_equal(found["probabilities"], expected.probabilities)
    np.testing.assert_array_equal(found["random"], random.extract(images).features)


def again(extractor):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(extractor)))
    return keras.saving.deserialize_keras_object(config)


@pytest.mark.parametrize(
    "make", [Pixels, lambda: random_convolutions(3), fixed_networks.InceptionV3]
)
def test_configurations_survive(make):
    extractor = make()
    found = again(extractor)
    assert type(found) is type(extractor)
    assert found.fingerprint == extractor.fingerprint
    assert found.get_config() == extractor.get_config()


def test_all_that_a_stored_extractor_says(tmp_path):
    extractor = ModelFeatures(network(), "wide", name="own", input_range=(0, 1), cache_dir=tmp_path)
    found = again(extractor)
    for name in ("name", "fingerprint", "resize", "resizes", "image_shape", "input_range", "path"):
        assert getattr(found, name) == getattr(extractor, name), name
    assert found.path.parent == tmp_path / "extractors"
    assert again(found).extract(eight_bits()).features.shape == (6, 5)


def test_without_the_file_it_loads_but_does_not_work(home):
    extractor = ModelFeatures(network(), "wide", name="own")
    config = keras.saving.serialize_keras_object(extractor)
    found = keras.saving.deserialize_keras_object(config)
    whole = extractor.path.read_bytes()
    for damage in (None, b"", whole[: len(whole) // 2], b"something else"):
        extractor.path.unlink(missing_ok=True)
        if damage is not None:
            extractor.path.write_bytes(damage)
        message = r"extractor 'own' cannot be read from the cache: .*\.keras. Make the extractor"
        with pytest.raises(ValueError, match=message):
            found.extract(eight_bits())
    extractor.get_config()  # writes it again in place of what is damaged
    assert found.extract(eight_bits()).features.shape == (6, 5)


def test_a_cache_that_cannot_be_written_to_stops_no_saving(tmp_path):
    (tmp_path / "file").write_text("")
    extractor = ModelFeatures(network(), cache_dir=tmp_path / "file")
    with pytest.warns(UserWarning, match="Nothing can be kept in the cache"):
        extractor.get_config()


def test_a_compiled_gan_is_saved_with_its_extractor(digits, tmp_path):
    images, _ = digits
    gan = keras_gan.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=4, seed=1)
    gan.compile(metrics=[FID(ModelFeatures(network(), "wide", name="own"), samples=64)])
    before = gan.evaluate(images[:64], batch_size=32, return_dict=True, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    after = loaded.evaluate(images[:64], batch_size=32, return_dict=True, verbose=0)
    assert after == before
    assert before["fid"] > 0

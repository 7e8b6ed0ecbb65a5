import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan
from keras_gan.command import cli
from keras_gan.export import export, publish


def conditional():
    return keras_gan.CGAN(image_shape=(8, 8, 1), num_classes=10, latent_dim=6, width=4)


def unconditional():
    return keras_gan.DCGAN(image_shape=(12, 8, 3), latent_dim=5, width=4)


def inputs_for(gan, n):
    rng = np.random.default_rng(n)
    feed = {"latents": rng.normal(size=(n, gan.latent_dim)).astype("float32")}
    if gan.num_classes:
        feed["labels"] = rng.integers(0, gan.num_classes, n).astype("int32")
    return feed


def expected(gan, feed):
    given = tuple(feed.values())
    return (gan.predict(given if len(given) > 1 else given[0], verbose=0) + 1) / 2


def call(path, feed):
    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    return signature(**{name: tf.constant(value) for name, value in feed.items()})


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    gan = conditional()
    path = tmp_path_factory.mktemp("export") / "digits"
    export(gan, path, verbose=False)
    return gan, path


def test_the_signature(digits):
    _, path = digits
    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    assert signature.structured_input_signature == (
        (),
        {
            "latents": tf.TensorSpec((None, 6), tf.float32, name="latents"),
            "labels": tf.TensorSpec((None,), tf.int32, name="labels"),
        },
    )
    assert list(signature.structured_outputs) == ["images"]
    assert signature.structured_outputs["images"].shape.as_list() == [None, 8, 8, 1]
    assert [entry.name for entry in path.parent.iterdir()] == ["digits"]


@pytest.mark.parametrize("n", [1, 3, 64])
def test_equals_predict_with_labels(digits, n):
    gan, path = digits
    feed = inputs_for(gan, n)
    images = call(path, feed)["images"]
    assert images.dtype == tf.float32
    np.testing.assert_allclose(images, expected(gan, feed), atol=1e-6)
    assert 0 <= np.min(images) < np.max(images) <= 1


def test_equals_predict_without_labels(tmp_path):
    gan = unconditional()
    gan.export(tmp_path / "faces", verbose=False)
    for n in (1, 3, 64):
        feed = inputs_for(gan, n)
        images = call(tmp_path / "faces", feed)["images"]
        np.testing.assert_allclose(images, expected(gan, feed), atol=1e-6)


def test_a_process_that_knows_only_tensorflow(digits, tmp_path):
    gan, path = digits
    feed = inputs_for(gan, 3)
    np.savez(tmp_path / "feed.npz", **feed)
    code = (
        "import sys, numpy as np, tensorflow as tf\n"
        "feed = np.load(sys.argv[2])\n"
        "call = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n"
        "images = call(**{name: tf.constant(feed[name]) for name in feed})['images']\n"
        "assert 'keras_gan' not in sys.modules\n"
        "np.save(sys.argv[3], images)\n"
    )
    arguments = [path, tmp_path / "feed.npz", tmp_path / "images.npy"]
    subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        cwd=tmp_path,
        capture_output=True,
    )
    np.testing.assert_allclose(np.load(arguments[-1]), expected(gan, feed), atol=1e-6)


def test_the_average_is_what_is_exported(tmp_path):
    gan = conditional()
    gan.generator.set_weights([np.zeros_like(w) for w in gan.generator.get_weights()])
    export(gan, tmp_path / "average", verbose=False)
    feed = inputs_for(gan, 2)
    images = call(tmp_path / "average", feed)["images"].numpy()
    np.testing.assert_allclose(images, expected(gan, feed), atol=1e-6)
    assert images.std() > 0


def test_mixed_precision_gives_float32(tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = conditional()
    finally:
        keras.config.set_dtype_policy(before)
    export(gan, tmp_path / "bf16", verbose=False)
    for n in (1, 3, 64):
        feed = inputs_for(gan, n)
        images = call(tmp_path / "bf16", feed)["images"]
        assert images.dtype == tf.float32
        np.testing.assert_allclose(images, expected(gan, feed), atol=1e-6)


def test_images_stay_in_range_whatever_the_network_makes(tmp_path):
    generator = keras.Sequential([keras.Input((2,)), layers.Reshape((2, 1, 1))])
    discriminator = keras.Sequential([keras.Input((2, 1, 1)), layers.Flatten(), layers.Dense(1)])
    gan = keras_gan.GAN(generator, discriminator)
    export(gan, tmp_path / "wide", verbose=False)
    images = call(tmp_path / "wide", {"latents": np.float32([[-3, 0], [0.5, 3]])})["images"]
    assert images.numpy().ravel().tolist() == [0.0, 0.5, 0.75, 1.0]


def test_points_are_not_scaled(tmp_path):
    generator = keras.Sequential([keras.Input((2,)), layers.Rescaling(3.0)])
    discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    gan = keras_gan.GAN(generator, discriminator)
    export(gan, tmp_path / "points", verbose=False)
    points = call(tmp_path / "points", {"latents": np.float32([[-3, 1]])})["images"]
    assert points.numpy().tolist() == [[-9.0, 3.0]]


def test_says_what_it_wrote(tmp_path, capsys):
    gan = unconditional()
    export(gan, tmp_path / "a")
    assert f"SavedModel of DCGAN: {tmp_path / 'a'} " in capsys.readouterr().out
    publish(gan, tmp_path / "b", verbose=False)
    assert capsys.readouterr().out == ""


def test_what_stands_there_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(FileExistsError, match=r"mine exists and is left as it is"):
        export(unconditional(), tmp_path / "mine")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "notes.txt"]


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    gan = unconditional()
    write = tf.saved_model.save

    def full_disk(*args, **kwargs):
        write(*args, **kwargs)
        raise OSError("No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full_disk)
    for attempt in (export, publish):
        with pytest.raises(OSError, match="No space"):
            attempt(gan, tmp_path / "new" / "base")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not list((tmp_path / "new" / "base").glob("*"))


def test_other_formats_are_refused(tmp_path):
    known = "tf_saved_model, onnx, litert, openvino"
    with pytest.raises(ValueError, match=rf"Received: format='torch'\. Expected one of {known}"):
        unconditional().export(tmp_path / "a.pt", format="torch")
    assert not list(tmp_path.iterdir())


def test_sampling_with_a_label_that_is_no_class(digits, capsys):
    _, path = digits
    assert cli.main(["sample", str(path), "--labels", "99"]) == 2
    said = capsys.readouterr().err
    assert f"The model in {path} refuses: [Expected labels from 0 to 9.] [Received:] [99" in said
    assert len(said) < 300

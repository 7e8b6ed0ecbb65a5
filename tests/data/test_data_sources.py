"""`load` on the digits, arrays and tensorflow-datasets."""

import os
from pathlib import Path

import numpy as np
import pytest
import requests
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from keras_gan.data import catalogue, load, source_type

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
TFDS = Path(os.environ.get("KERAS_GAN_TEST_DATA", SHARED)) / "tfds"
needs_tfds = pytest.mark.skipif(not TFDS.is_dir(), reason=f"no prepared datasets in {TFDS}")


def gather(dataset):
    """The whole epoch as arrays."""
    parts = list(dataset.as_numpy_iterator())
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
    return np.concatenate(parts)


@pytest.mark.parametrize("split", ["train", "test"])
def test_digits_are_the_fixed_split_exactly_scaled(split):
    dataset = load("digits", split=split, shuffle=False)
    x, y = load_digits(return_X_y=True)
    parts = train_test_split(x, y, test_size=0.4, stratify=y, random_state=7)
    expected, labels = (parts[0], parts[2]) if split == "train" else (parts[1], parts[3])
    got_x, got_y = gather(dataset)
    np.testing.assert_array_equal(got_x, expected.reshape(-1, 8, 8, 1) / 8 - 1)
    np.testing.assert_array_equal(got_y, labels)
    assert (got_x.dtype, got_y.dtype) == (np.float32, np.int32)
    assert dataset.size == len(got_x) == {"train": 1078, "test": 719}[split]
    assert (dataset.num_classes, dataset.image_shape) == (10, (8, 8, 1))
    assert dataset.class_names == list("0123456789")
    assert len(dataset) == -(-dataset.size // 64)


def test_digits_can_be_resized_limited_and_unlabelled():
    dataset = load("digits", image_size=28, limit=3, labels=False, batch_size=2)
    x = gather(dataset)
    assert x.shape == (3, 28, 28, 1)
    assert np.abs(x).max() <= 1
    assert (dataset.num_classes, dataset.class_names) == (None, None)


def test_uint8_arrays_are_scaled_after_batching_and_never_copied():
    images = np.array([0, 51, 255], np.uint8).reshape(3, 1, 1, 1)
    dataset = load(images, shuffle=False)
    x = gather(dataset)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.ravel(), [-1, -0.6, 1], atol=1e-7)
    assert x.min() == -1
    assert x.max() == 1
    images[:] = 0  # what is stored is the caller's own uint8 array
    np.testing.assert_array_equal(gather(dataset).ravel(), [-1, -1, -1])


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_float_arrays_pass_as_they_are(dtype):
    images = np.linspace(-1, 1, 8, dtype=dtype).reshape(2, 2, 2, 1)
    x = gather(load(images, shuffle=False))
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, images.astype("float32"))


@pytest.mark.parametrize(
    ("labels", "classes", "expected"),
    [
        (np.array([1, 0, 1]), 2, [1, 0, 1]),
        (np.array([[1], [0], [3]]), 4, [1, 0, 3]),
        (np.array([[0.0, 1, 0], [1, 0, 0], [0, 1, 0]]), 3, [1, 0, 1]),
    ],
)
def test_labels_of_arrays(labels, classes, expected):
    images = np.zeros((3, 2, 2, 1), np.uint8)
    for dataset in (
        load((images, labels), shuffle=False),
        load(images, labels=labels, shuffle=False),
    ):
        assert gather(dataset)[1].tolist() == expected
        assert dataset.num_classes == classes
    assert load((images, labels), labels=False).num_classes is None


def test_arrays_are_centre_cropped_then_resized():
    wide = np.zeros((1, 2, 6, 1), np.uint8)
    wide[:, :, 2:4] = 255  # the centre square; the rest must be cut away
    np.testing.assert_array_equal(gather(load(wide, image_size=2)), np.ones((1, 2, 2, 1)))
    floats = wide.astype("float32") / 127.5 - 1
    np.testing.assert_array_equal(gather(load(floats, image_size=2)), np.ones((1, 2, 2, 1)))


def test_limit_takes_the_first():
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
    x = gather(load(images, limit=2, shuffle=False))
    np.testing.assert_allclose(x.ravel(), [-1, 1 / 127.5 - 1])
    assert load(images, limit=99).size == 5


@needs_tfds
def test_mnist_equals_what_tfds_reads():
    import tensorflow_datasets as tfds

    raw = tfds.load("mnist", split="test[:300]", data_dir=TFDS, as_supervised=True, download=False)
    expected = [(x.astype("float64") / 127.5 - 1, y) for x, y in raw.as_numpy_iterator()]
    dataset = load("mnist", data_dir=TFDS, split="test", limit=300, shuffle=False)
    x, y = gather(dataset)
    np.testing.assert_allclose(x, [e[0] for e in expected], atol=2e-7)
    assert y.tolist() == [e[1] for e in expected]
    assert (dataset.image_shape, dataset.num_classes) == ((28, 28, 1), 10)
    streamed = load("mnist", data_dir=TFDS, split="test[:300]", cache=False, shuffle=False)
    np.testing.assert_array_equal(gather(streamed)[0], x)


@needs_tfds
@pytest.mark.parametrize("cache", [True, False])
def test_tfds_resumes_where_it_was(cache):
    def make():
        return load("cifar10_10k", data_dir=TFDS, limit=80, batch_size=32, cache=cache, seed=3)

    straight = make()
    epochs = [gather(straight) for _ in range(3)]
    assert (epochs[0][0] != epochs[1][0]).any()
    for a, b in zip(epochs[0], epochs[1], strict=True):
        assert a.sum() == pytest.approx(b.sum(), abs=0.1)  # the same pictures in another order
    resumed = make()
    resumed.order.epoch = 2
    for a, b in zip(gather(resumed), epochs[2], strict=True):
        np.testing.assert_array_equal(a, b)


@needs_tfds
def test_faces_have_a_chosen_label():
    kwargs = dict(data_dir=TFDS, split="test", limit=40, shuffle=False)
    gender = load("fairface64", **kwargs)
    assert gender.class_names == ["Female", "Male"]  # the supervised key
    age = load("fairface64", labels="age", image_size=(32, 24), **kwargs)
    assert (age.num_classes, age.image_shape) == (6, (32, 24, 3))
    assert set(gather(age)[1]) <= set(range(6))
    plain = load("fairface64", labels=False, cache=False, **kwargs)
    assert plain.num_classes is None
    np.testing.assert_array_equal(gather(plain), gather(gender)[0])


@needs_tfds
@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        (dict(source="fairfce64"), "Did you mean 'fairface64'"),
        (dict(source="mnistt"), "not known. Received: source='mnistt'.* Did you mean 'mnist'"),
        (dict(source="mnist 3"), "not known"),
        (dict(source="mnist", split="val"), r"split='val'. Expected one of \['test', 'train'\]"),
        (dict(source="fairface64", labels="sex"), r"Expected one of \['age', 'gender'\]"),
        (dict(source="fairface64", labels="id"), r"no such label feature"),
    ],
)
def test_tfds_errors(kwargs, message):
    with pytest.raises(ValueError, match=message):
        load(data_dir=TFDS, **kwargs)


def test_tfds_several_labels_none_chosen():
    import tensorflow_datasets as tfds

    from keras_gan.data.catalogue import _decoder, _label_key

    class Info:
        features = tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(None, None, 3)),
                "hair": tfds.features.ClassLabel(num_classes=3),
                "eyes": tfds.features.ClassLabel(num_classes=2),
                "attributes": tfds.features.FeaturesDict({"Male": np.bool_}),
            }
        )
        supervised_keys = None

    with pytest.raises(ValueError, match=r"Expected one of \['eyes', 'hair'\]"):
        _label_key("faces", Info, None)
    assert _label_key("faces", Info, "attributes/Male") == "attributes/Male"
    with pytest.raises(ValueError, match="no such label feature"):
        _label_key("faces", Info, "attributes/Female")
    with pytest.raises(ValueError, match=r"differ in size.*Expected image_size=\(height, width\)"):
        _decoder("faces", Info.features["image"], None)
    decode, shape = _decoder("faces", Info.features["image"], (2, 2))
    picture = tf.io.encode_png(np.full((4, 8, 3), 7, np.uint8))
    np.testing.assert_array_equal(decode(picture).numpy(), np.full(shape, 7))


ZEROS = np.zeros((3, 2, 2, 1), np.uint8)


@pytest.mark.parametrize(
    ("source", "kwargs", "message"),
    [
        ("digits", dict(split="val"), "split='val'. Expected 'train' or 'test'"),
        ("digits", dict(labels="even"), "labels='even'"),
        ("digits", dict(labels=np.arange(3)), "one kind of label"),
        ("digits", dict(batch_size=0), "batch_size=0. Expected an integer >= 1"),
        ("digits", dict(batch_size=-3), "batch_size=-3"),
        ("digits", dict(limit=0), "limit=0"),
        ("digits", dict(seed=-1), "seed=-1"),
        ("digits", dict(image_size=(8, 8, 1)), "image_size.* two sides"),
        ("digits", dict(image_size=0), "image_size=0"),
        ("digits", dict(errors="ignore"), "errors='ignore'. Expected 'raise' or 'skip'"),
        (Path("nowhere"), {}, "no such folder. Received: source='nowhere'"),
        ("./nowhere", {}, "no such folder"),
        ("", {}, "no such folder. Received: source=''"),
        (ZEROS[:0], {}, "no images"),
        (ZEROS[..., 0], {}, r"shape \(3, 2, 2\).*Add a channel axis: images\[\.\.\., None\]"),
        (ZEROS[0, 0], {}, "four axes"),
        (ZEROS.astype("int32"), {}, "dtype int32"),
        (ZEROS + 0.5 + 1, {}, r"Expected floats in \[-1, 1\]"),
        (ZEROS + np.float32("nan"), {}, "NaN"),
        (ZEROS, dict(split="test"), "no splits"),
        (ZEROS, dict(labels=[0, 1]), "2 labels for 3 images"),
        (ZEROS, dict(labels=[0, -1, 1]), "label -1"),
        (ZEROS, dict(labels="gender"), "no named labels"),
        ((ZEROS, [0, 1, 2], [0, 1, 2]), {}, "tuple of 3"),
    ],
)
def test_bad_input_is_one_sentence(source, kwargs, message):
    with pytest.raises(ValueError, match=message) as caught:
        load(source, **kwargs)
    assert "Received" in str(caught.value)
    assert "Expected" in str(caught.value)


def test_without_a_network_a_download_is_not_begun(monkeypatch):
    asked = []

    def head(url, timeout):
        asked.append(url)
        if "up.example" not in url:
            raise requests.ConnectionError("no route")

    monkeypatch.setattr(catalogue.requests, "head", head)
    with pytest.raises(ConnectionError, match=r"no answer from a\.example, b\.example"):
        catalogue._check_network(
            ["https://a.example/1", "https://b.example/1", "http://a.example/2"]
        )
    assert len(asked) == catalogue.HOSTS
    catalogue._check_network(["https://up.example/1"])
    catalogue._check_network([])


# -- what a source is --------------------------------------------------------------------------


def folder(path, *names):
    for name in names or ("0.png",):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 50).save(path / name)
    return path


@pytest.mark.parametrize("name", ["digits", "mnist", "MNIST"])
def test_a_dataset_beats_a_folder_of_its_name_and_says_so(tmp_path, monkeypatch, name):
    monkeypatch.chdir(folder(tmp_path / "here", f"{name}/0.png").parent / "here")
    expected = "digits" if name == "digits" else "catalogue"
    with pytest.warns(UserWarning, match=rf"'{name}' is a dataset and also .*'\./{name}'"):
        assert source_type(name) == expected
    assert source_type(f"./{name}") == source_type(Path(name)) == "folder"
    assert load(f"./{name}").size == 1


@needs_tfds
def test_a_folder_does_not_take_the_place_of_a_prepared_dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, "cifar10_10k/0.png", "mnist/0.png"))
    for name, shape in (("cifar10_10k", (32, 32, 3)), ("mnist", (28, 28, 1))):
        with pytest.warns(UserWarning, match="the dataset is taken"):
            dataset = load(name, data_dir=TFDS, limit=4)
        assert (dataset.image_shape, dataset.source_type) == (shape, "catalogue")
    # What a run has recorded is not asked again, so nothing is said.
    assert load("mnist", data_dir=TFDS, limit=4, source_type="catalogue").size == 4
    assert load("mnist", source_type="folder").image_shape == (8, 8, 1)
    monkeypatch.chdir(TFDS)  # the folder of that name is the dataset itself
    assert source_type("cifar10_10k", TFDS) == "catalogue"


def test_source_types(tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, "photos/0.png", "voc/2007/0.png"))
    types = {
        "photos": "folder",  # a name of nothing else
        "nothing": "catalogue",  # where it is looked for, and not found
        "mnist": "catalogue",
        "mnist:3.0.1": "catalogue",
        "voc/2012": "catalogue",  # a configuration
        "voc/2007": "folder",
        "runs/mnist": "folder",
        "./nothing": "folder",
        "~/nothing": "folder",
        "..": "folder",
        "": "folder",
        str(tmp_path): "folder",
    }
    assert {source: source_type(source) for source in types} == types
    assert source_type(np.zeros((1, 2, 2, 1))) == source_type((1, 2)) == "arrays"
    assert load(np.zeros((1, 2, 2, 1))).source_type == "arrays"
    assert load("photos").source_type == "folder"
    for source, forced in (("photos", "arrays"), ("photos", "digits"), (ZEROS, "folder")):
        with pytest.raises(ValueError, match=rf"source_type='{forced}'. Expected None or"):
            load(source, source_type=forced)


def test_recorded_class_names_of_another_source_are_compared():
    assert load("digits", class_names=list("0123456789")).num_classes == 10
    with pytest.raises(ValueError, match=r"other classes than were recorded.*Expected \['0', '1'"):
        load("digits", class_names=["0", "1"])

"""The classifier of one's own images, and the score of one that was fitted on generated ones."""

import importlib
import json
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan import data
from keras_gan.metrics import Classifier, ModelFeatures, classification_accuracy_score, classifier

room = importlib.import_module("keras_gan.metrics.classifier")  # the function has its name


@pytest.fixture
def short(monkeypatch):
    """Two steps, which cost less than a trace of one."""
    trained = keras.Model.train_on_batch

    def eagerly(model, *batch):
        model.run_eagerly = True
        return trained(model, *batch)

    monkeypatch.setattr(keras.Model, "train_on_batch", eagerly)
    monkeypatch.setattr(room, "STEPS", (2, 2))


@pytest.fixture
def never(monkeypatch):
    """Whatever is fitted now fails."""

    def fail(*_):
        raise AssertionError("was fitted again")

    monkeypatch.setattr(room, "_fit", fail)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def shuffled(digits):
    """The digits stand in the order of their writers, so the last ones are the harder ones."""
    order = np.random.default_rng(0).permutation(len(digits[1]))
    return digits[0][order], digits[1][order]


@pytest.fixture(scope="module")
def judge(shuffled, home):
    """One that has learnt 1,400 digits, by the recipe as it is."""
    return fit_digits(shuffled, home)


def fit_digits(shuffled, home):
    images, labels = shuffled
    rest = (images[1400:], labels[1400:])
    return classifier(images[:1400], labels[:1400], "digits", held_out=rest, cache_dir=home)


def some(n=40, shape=(8, 8, 1), classes=2):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, *shape), dtype=np.uint8), np.arange(n) % classes


def test_it_knows_digits(judge, shuffled):
    images, labels = shuffled
    found = judge.extract(images[1400:])
    assert judge.name == "classifier-digits"
    assert found.features.shape == (397, 128)
    assert found.probabilities.shape == (397, 10)
    assert judge.accuracy == np.mean(found.probabilities.argmax(axis=1) == labels[1400:])
    assert judge.accuracy >= 0.97


def test_the_second_call_reads_it_from_the_cache(judge, shuffled, home, never):
    again = fit_digits(shuffled, home)
    assert (again.fingerprint, again.accuracy) == (judge.fingerprint, judge.accuracy)
    images = shuffled[0][:50]
    np.testing.assert_array_equal(again.extract(images).features, judge.extract(images).features)


def test_it_is_kept_by_keras(judge, digits):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(judge)))
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is Classifier
    for name in ("name", "accuracy", "fingerprint", "resize"):
        assert getattr(again, name) == getattr(judge, name)
    images = digits[0][:50]
    np.testing.assert_array_equal(again.extract(images).features, judge.extract(images).features)


def test_the_same_data_give_the_same_classifier(tmp_path, short):
    images, labels = some()
    first, same = (classifier(images, labels, "a", cache_dir=tmp_path / x) for x in "ab")
    other = classifier(images, labels, "a", cache_dir=tmp_path / "a", seed=1)
    seen, seen_again, seen_by_other = (x.extract(images).features for x in (first, same, other))
    np.testing.assert_allclose(seen, seen_again, rtol=1e-4, atol=1e-4)
    assert not np.allclose(seen, seen_by_other, atol=1e-2)


def test_other_data_are_another_file(tmp_path, short):
    images, labels = some()

    def files():
        return sorted((tmp_path / "classifiers").iterdir())

    classifier(images, labels, "a", cache_dir=tmp_path)
    classifier(images, labels.astype(np.int32), "other-name", cache_dir=tmp_path)
    assert len(files()) == 1
    classifier(images, 1 - labels, "a", cache_dir=tmp_path)
    classifier(255 - images, labels, "a", cache_dir=tmp_path)
    classifier(images, labels, "a", cache_dir=tmp_path, seed=1)
    assert len(files()) == 4


def test_a_damaged_file_is_fitted_again(tmp_path, short):
    images, labels = some()
    first = classifier(images, labels, "a", cache_dir=tmp_path)
    (path,) = (tmp_path / "classifiers").iterdir()
    whole = path.read_bytes()
    for damage in (b"", b"no archive", whole[: len(whole) // 2]):
        path.write_bytes(damage)
        again = classifier(images, labels, "a", cache_dir=tmp_path)
        np.testing.assert_allclose(
            again.extract(images).features, first.extract(images).features, atol=1e-4
        )
        assert keras.saving.load_model(path).name == "classifier"


def test_without_held_out_images_a_tenth_of_each_class_is(tmp_path, monkeypatch):
    seen = {}

    def fit(images, labels, *rest):
        seen["labels"] = labels
        return room.network(images.shape[1:], 3, seed=0)

    monkeypatch.setattr(room, "_fit", fit)
    images, labels = some(100, classes=2)
    labels[90:] = 2
    judge = classifier(images, labels, "a", cache_dir=tmp_path)
    assert np.bincount(seen["labels"]).tolist() == [40, 40, 9]  # of 45, 45 and 10
    assert judge.accuracy in [n / 11 for n in range(12)]


def test_random_numbers_of_others_are_left_alone(tmp_path, short):
    """Draws, and weights of layers made later, are as if no classifier had been fitted or read."""

    def draws(between):
        keras.utils.set_random_seed(11)
        tf.random.set_global_generator(tf.random.Generator.from_seed(11))
        keras.random.normal(())  # so that its generator is there
        before = random.getstate(), np.random.get_state()[1].tolist()
        between()
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before
        dense = keras.layers.Dense(2)
        dense.build((None, 2))
        numbers = [
            random.random(),
            np.random.rand(),
            tf.random.uniform(()),
            keras.random.normal(()),
        ]
        numbers += [tf.random.get_global_generator().normal(()), *np.ravel(dense.kernel)]
        return [float(number) for number in numbers]

    images, labels = some()
    expected = draws(lambda: None)
    for _ in ("fitted", "read"):
        assert draws(lambda: classifier(images, labels, "a", cache_dir=tmp_path)) == expected
    assert draws(lambda: classification_accuracy_score(images, labels, images, labels)) == expected


@pytest.mark.parametrize(
    ("shape", "maps"),
    [
        ((1, 1, 1), (1, 1)),
        ((8, 8, 1), (4, 4)),
        ((28, 28, 1), (7, 7)),
        ((64, 64, 3), (4, 4)),
        ((64, 3, 3), (4, 1)),
        ((200, 160, 3), (7, 5)),
    ],
)
def test_images_of_any_size(shape, maps, tmp_path, short):
    images, labels = some(8, shape)
    judge = classifier(images, labels, "a", cache_dir=tmp_path)
    assert judge.extract(images).features.shape == (8, 128)
    assert judge._network.get_layer("flat").input.shape[1:3] == maps


def test_progress(tmp_path, short, capsys):
    classifier(*some(), "a", cache_dir=tmp_path)
    assert capsys.readouterr().out == ""
    classifier(*some(), "a", seed=1, cache_dir=tmp_path, progress=True)
    assert "2/2" in capsys.readouterr().out


def test_a_cache_that_cannot_be_written_to(tmp_path, short):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="Nothing can be kept in the cache"):
        judge = classifier(*some(), "a", cache_dir=tmp_path / "file")
    assert judge.extract(some()[0]).features.shape == (40, 128)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.zeros(40, int)}, "at least two classes. Received: only class 0. Use"),
        ({"labels": np.arange(39)}, r"40 images, labels of shape \(39,\) and dtype int64"),
        ({"labels": np.zeros((40, 2), int)}, r"labels of shape \(40, 2\)"),
        ({"labels": np.arange(40) % 2 * 1.0}, r"integers >= 0. .* dtype float64"),
        ({"labels": np.arange(40) % 2 - 1}, r"integers >= 0"),
        ({"images": np.zeros((40, 8, 8))}, r"channel axis: images\[..., None\]"),
        ({"images": np.full((40, 8, 8, 1), 2.0)}, "out of range"),
        ({"held_out": some(9, (9, 9, 1))}, r"\(9, 9, 1\). Expected \(8, 8, 1\)"),
        ({"held_out": (some(9)[0], some(8)[1])}, r"9 images, labels of shape \(8,\)"),
        ({"labels": np.arange(40)}, "Nothing can be held out. Received: 40 images, each"),
    ],
)
def test_what_cannot_be_learnt_from(changes, message, tmp_path, never):
    images, labels = some()
    arguments = {"images": images, "labels": labels, "name": "a", "cache_dir": tmp_path}
    with pytest.raises(ValueError, match=message):
        classifier(**arguments | changes)


def test_held_out_images_may_be_of_one_class(tmp_path, short):
    images, labels = some()
    judge = classifier(images, labels, "a", held_out=(images[::2], labels[::2]), cache_dir=tmp_path)
    assert 0 <= judge.accuracy <= 1


def test_it_learns_mnist(tfds_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "STEPS", (150, 150))
    loaded = data.load("mnist", None, 4000, data_dir=tfds_dir, limit=4000, shuffle=False)
    ((images, labels),) = loaded.as_numpy_iterator()
    assert classifier(images, labels, "mnist", cache_dir=tmp_path).accuracy >= 0.93


def test_a_mixed_policy_is_left_out_of_it(tmp_path, short):
    images, labels = some()
    plain = classifier(images, labels, "a", cache_dir=tmp_path / "a").extract(images).features
    keras.config.set_dtype_policy("mixed_bfloat16")
    mixed = classifier(images, labels, "a", cache_dir=tmp_path / "b").extract(images).features
    np.testing.assert_allclose(plain, mixed, rtol=1e-4, atol=1e-4)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_work_is_limited(tmp_path, monkeypatch, capsys):
    # Convolution: 8 * 8 places of 3 * 3 * 1 * 32; then 4 * 4 * 32 * 128 and 128 * 10.
    products = 18432 + 65536 + 1280
    assert room._products(room.network((8, 8, 1), 10, 0)) == products
    monkeypatch.setattr(room, "WORK", 3.5 * 6 * room.BATCH * products)
    classifier(*some(40, classes=10), "a", cache_dir=tmp_path, progress=True)
    assert "3/3" in capsys.readouterr().out


# Classification accuracy score


def test_real_digits_in_place_of_generated_ones(digits, monkeypatch):
    monkeypatch.setattr(room, "STEPS", (150, 150))
    images, labels = digits
    known, rest = (images[:1200], labels[:1200]), (images[1200:], labels[1200:])
    score = classification_accuracy_score(*known, *rest)
    assert score.accuracy >= 0.9
    shares = np.bincount(rest[1]) / len(rest[1])
    assert score.by_class @ shares == pytest.approx(score.accuracy)
    shuffled = np.random.default_rng(0).permutation(known[1])
    assert classification_accuracy_score(known[0], shuffled, *rest).accuracy < 0.3


def test_by_class(monkeypatch):
    """What is judged by its brightness: 0 and 1 right, 2 never; class 3 has no real images."""

    def fit(images, labels, classes, *_):
        inputs = keras.Input(images.shape[1:])
        bright = keras.layers.GlobalAveragePooling2D(name="features")(inputs)
        dense = keras.layers.Dense(classes, name="logits")
        model = keras.Model(inputs, dense(bright))
        dense.set_weights([np.array([[-1.0, 1.0, 0.0, 0.0]]), np.array([0.0, 0.0, -9.0, -9.0])])
        return model

    monkeypatch.setattr(room, "_fit", fit)
    real = np.array([0, 10, 250, 255, 255, 0], np.uint8).reshape(6, 1, 1, 1)
    score = classification_accuracy_score(real[:4], [0, 1, 2, 3], real, [0, 0, 1, 1, 2, 2])
    assert score.accuracy == pytest.approx(4 / 6)
    np.testing.assert_array_equal(score.by_class, [1, 1, 0, np.nan])


def test_images_that_cannot_be_scored(never):
    images, labels = some()
    with pytest.raises(ValueError, match=r"\(9, 9, 1\). Expected \(8, 8, 1\)"):
        classification_accuracy_score(images, labels, *some(9, (9, 9, 1)))
    with pytest.raises(ValueError, match="only class 0"):
        classification_accuracy_score(images, 0 * labels, images, labels)
    with pytest.raises(ValueError, match=r"labels of shape \(3,\)"):
        classification_accuracy_score(images, labels, images, labels[:3])


def test_it_is_an_extractor_like_any_model(judge):
    assert isinstance(judge, ModelFeatures)
    assert judge.resize == "8x8"
    assert not judge.comparison_only

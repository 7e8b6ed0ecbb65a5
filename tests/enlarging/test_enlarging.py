"""Enlarging, with models whose samples are known; a learnt one is the benchmark's affair."""

import csv

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan
from keras_gan import data, enlarging
from keras_gan.core.ranges import to_uint8
from keras_gan.enlarging import labelled, mixture


@pytest.fixture(scope="module")
def gan():
    return keras_gan.CGAN(image_shape=(8, 8, 1), num_classes=3, latent_dim=4, width=2, seed=0)


def pictures(labels, seed=0):
    labels = np.asarray(labels)
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8)
    return images, labels


TRAIN = pictures([0] * 6 + [1] * 3 + [2])


def whole(dataset):
    return [np.concatenate(part) for part in zip(*dataset.as_numpy_iterator(), strict=True)]


# -- enlarge -------------------------------------------------------------------------------------


def test_an_enlarged_set_is_the_real_one_and_samples(gan):
    enlarged = enlarging.enlarge(TRAIN, gan, ratio=0.5, batch_size=4, seed=5)
    images, labels = whole(enlarged)
    assert (images.dtype, labels.dtype) == (np.float32, np.int32)
    assert (images.shape, enlarged.num_classes) == ((15, 8, 8, 1), 3)
    manifest = enlarged.manifest
    assert manifest.real.tolist() == [True] * 10 + [False] * 5
    assert manifest.labels[10:].tolist() == [0] * 3 + [1] * 2  # of 3, 1.5 and 0.5
    samples = to_uint8(gan.sample(5, manifest.labels[10:], seed=5))
    expected = np.concatenate([TRAIN[0], samples[manifest.rows[10:]]])
    assert {x.tobytes() for x in to_uint8(images)} == {x.tobytes() for x in expected}
    again, _ = whole(enlarging.enlarge(TRAIN, gan, ratio=0.5, batch_size=4, seed=5))
    np.testing.assert_array_equal(again, images)
    assert str(manifest) == "10 real and 5 made pictures"


def test_it_goes_straight_into_fit(gan):
    classifier = keras.Sequential([layers.Flatten(), layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile("sgd", loss, run_eagerly=True)
    history = classifier.fit(
        enlarging.enlarge(TRAIN, gan), epochs=2, shuffle=False, verbose=0
    ).history
    assert len(history["loss"]) == 2


def test_a_ratio_of_0_leaves_the_set_as_it_is(gan):
    images, labels = whole(enlarging.enlarge(TRAIN, gan, ratio=0))
    assert len(images) == 10
    assert np.bincount(labels).tolist() == [6, 3, 1]


def test_datasets_are_read_in_their_order_and_stay_where_they_are(gan):
    named = data.load(TRAIN, batch_size=4, class_names=["a", "b", "c"])
    named.order.epoch = 3
    enlarged = enlarging.enlarge(named, gan, ratio=0.1)
    assert (named.order.epoch, named.order.shuffle) == (3, True)
    assert enlarged.class_names == ["a", "b", "c"]
    np.testing.assert_array_equal(enlarged.manifest.labels[:10], TRAIN[1])


def test_rare_classes_come_first():
    labels = np.repeat([0, 1, 3], [6, 3, 1])  # none of class 2
    wanted = mixture.wanted_of
    assert wanted(labels, 2, True).tolist() == [0, 0, 0, 2]
    assert wanted(labels, 4, True).tolist() == [0, 1, 0, 3]
    assert wanted(labels, 8, True).tolist() == [0, 3, 0, 5]
    assert wanted(labels, 10, True).tolist() == [1, 4, 0, 5]  # 7, 7 and 6 of them
    assert wanted(labels, 0, True).tolist() == [0, 0, 0, 0]
    assert wanted(labels, 10, False).tolist() == [6, 3, 0, 1]


class Known(enlarging.Distance):
    """Scores by hand: the later it was drawn the better."""

    def scores(self, train, made):
        assert len(train.labels) == 10
        return np.arange(len(made.labels), dtype=float)


def test_the_best_of_each_class_are_kept(gan):
    manifest = enlarging.enlarge(TRAIN, gan, ratio=1.0, keep=Known(share=0.5), seed=2).manifest
    assert manifest.rows[10:].tolist() == [*range(6, 12), *range(15, 18), 19]
    assert manifest.labels[10:].tolist() == [0] * 6 + [1] * 3 + [2]


def test_distances_are_to_real_ones_of_the_class():
    flat = np.full((4, 2, 2, 1), 0, np.uint8) + np.array([0, 255, 100, 200])[:, None, None, None]
    train = labelled.Labelled(flat[:2].astype(np.uint8), np.array([0, 1]))
    made = labelled.Labelled(flat[2:].astype(np.uint8), np.array([0, 0]))
    expected = [-2 * 100 / 127.5, -2 * 200 / 127.5]  # four pixels, and class 0 is black
    np.testing.assert_allclose(enlarging.Distance().scores(train, made), expected, rtol=1e-6)


def test_confidence_is_that_in_the_class_asked_for():
    judge = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3)])
    made = labelled.Labelled(TRAIN[0][:2], np.array([2, 0]))
    logits = judge(TRAIN[0][:2] / np.float32(127.5) - 1).numpy()
    expected = keras.ops.softmax(logits).numpy()[[0, 1], [2, 0]]
    found = enlarging.Confidence(judge).scores(None, made)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_judge_knows_the_classes():
    made = labelled.Labelled(TRAIN[0][:2], np.array([2, 0]))
    with pytest.raises(ValueError, match=r"knows no classes\. Expected 3"):
        enlarging.Confidence(keras_gan.metrics.Pixels()).scores(None, made)
    judge = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="knows 2 classes"):
        enlarging.Confidence(judge).scores(None, made)


def test_a_manifest_is_a_table(gan, tmp_path):
    manifest = enlarging.enlarge(TRAIN, gan, ratio=0.2, seed=9).manifest
    manifest.write(tmp_path / "manifest.csv", ["a", "b", "c"])
    with open(tmp_path / "manifest.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert rows[9] == dict(zip(rows[0], ("9", "c", "2", "1", "9", ""), strict=True))
    assert [row["real"] for row in rows] == ["1"] * 10 + ["0"] * 2
    assert rows[11]["seed"] == "9"


# -- what cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (pictures([1, 1]), {}, "With one class .* Received: train with class 1 alone"),
        (
            TRAIN,
            {"test": (TRAIN[0][4:8], TRAIN[1][4:8])},
            "4 of the pictures of test are in train .* is picture 4",
        ),
        (TRAIN, {"test": (np.zeros((2, 4, 4, 1), "uint8"), [0, 1])}, "Pictures have one shape"),
        (TRAIN, {"ratio": -0.5}, "Received: ratio=-0.5. Expected a number >= 0"),
        (TRAIN, {"ratio": float("nan")}, "ratio=nan"),
        (pictures([0, 3, 12]), {}, "never saw some of the labels. Received: 3, 12. .* 0 to 2"),
        (TRAIN[0], {}, "Received: train without them"),
        ((TRAIN[0], TRAIN[1][:4]), {}, "Every image needs one label"),
        ((TRAIN[0] / 255.0, TRAIN[1]), {}, r"look like \[0, 1\]"),
        ((TRAIN[0][:, :4], TRAIN[1]), {}, "8, 8, 1"),
        (TRAIN, {"keep": "confidance"}, "no such keep. .* Did you mean 'confidence'"),
        (TRAIN, {"keep": 0.5}, "Received: keep=0.5"),
        (TRAIN, {"seed": -1}, "whole seed"),
    ],
)
def test_what_cannot_be_enlarged(gan, given, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        enlarging.enlarge(given, gan, **options)
    assert len(str(caught.value)) < 330


def test_models_without_labels_are_refused(gan):
    plain = keras_gan.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=2)
    with pytest.raises(ValueError, match="DCGAN draws no class that is asked for"):
        enlarging.enlarge(TRAIN, plain)
    with pytest.raises(ValueError, match="a model of this package"):
        enlarging.enlarge(TRAIN, gan.generator)


def test_a_share_is_above_0():
    with pytest.raises(ValueError, match="share=0"):
        enlarging.Distance(share=0)

"""What four ways to teach a classifier are worth: figures by hand, and two seeds of two steps."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from scipy import stats

import keras_gan
from keras_gan import enlarging
from keras_gan.core import noise
from keras_gan.enlarging import comparison, figures
from keras_gan.enlarging.result import BOTH, CLASSICAL, GAN, REAL, Gain

# -- figures -------------------------------------------------------------------------------------


def test_figures_by_hand():
    found = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.55, 0.45]])
    judged = figures.judged(found, np.array([0, 0, 0, 1]))
    assert judged["accuracy"] == 0.5
    assert judged["balanced"] == pytest.approx((2 / 3 + 0) / 2)
    # each in a bin of its own but 0.55 and 0.6 (bins 8 and 9 of 15): |1-0.9| + |1-0.6| + 0.7 + 0.55
    assert judged["ece"] == pytest.approx((0.1 + 0.4 + 0.7 + 0.55) / 4)


def test_calibration_is_of_bins():
    found = np.array([[0.8, 0.2], [0.8, 0.2]])
    assert enlarging.calibration_error(found, np.array([0, 1])) == pytest.approx(0.3)
    certain = np.eye(2)
    assert enlarging.calibration_error(certain, np.array([0, 1])) == 0.0


def test_p_values_are_paired_and_corrected():
    a, b = [0.9, 0.8, 0.95], [0.85, 0.7, 0.93]
    t = np.subtract(a, b)
    t = t.mean() / (t.std(ddof=1) / np.sqrt(3))
    assert enlarging.paired_p(a, b) == pytest.approx(2 * stats.t.sf(t, df=2))
    assert enlarging.paired_p(a, a) == 1.0
    assert enlarging.paired_p([0.2, 0.3], [0.1, 0.2]) == 0.0
    with pytest.raises(ValueError, match="two seeds or more"):
        enlarging.paired_p([1.0], [0.5])
    np.testing.assert_allclose(enlarging.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(enlarging.holm([0.6, 0.7]), [1.0, 1.0])


def test_logits_become_probabilities():
    model = keras.Sequential([keras.Input((2, 2, 1)), layers.Flatten(), layers.Dense(3)])
    images = np.random.default_rng(0).integers(0, 256, (5, 2, 2, 1), dtype=np.uint8)
    found = figures.probabilities(model, images)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    logits = model(images / np.float32(127.5) - 1).numpy()
    np.testing.assert_allclose(np.log(found[0] / found[0, 0]), logits[0] - logits[0, 0], rtol=1e-4)
    one = keras.Sequential([keras.Input((2, 2, 1)), layers.Flatten(), layers.Dense(1)])
    with pytest.raises(ValueError, match="a number for each class"):
        figures.probabilities(one, images)


# -- what is shown -------------------------------------------------------------------------------


def test_rare_classes_come_as_often_as_others():
    labels = np.repeat([0, 1, 4], [8, 2, 1])
    rows = comparison.rows_of(labels, 24, np.random.default_rng(0), balance=True)
    assert np.bincount(labels[rows]).tolist() == [8, 8, 0, 0, 8]
    assert sorted(rows[labels[rows] == 0]) == list(range(8))
    rows = comparison.rows_of(labels, 22, np.random.default_rng(0), balance=False)
    assert np.bincount(rows).tolist() == [2] * 11


def test_pictures_are_turned_about_their_middle():
    images = np.zeros((2, 5, 5, 1), np.float32)
    images[:, 2, 2], images[:, 2, 4] = 1.0, 0.5
    still = enlarging.Affine(turn=0, zoom=0, shift=0)(images, noise.key(0))
    np.testing.assert_allclose(still, images, atol=1e-6)
    moved = enlarging.Affine(turn=45, zoom=0, shift=0)(images, noise.key(1))
    np.testing.assert_allclose(moved[:, 2, 2], images[:, 2, 2], atol=1e-5)
    assert not np.allclose(moved, images, atol=0.1)
    key = noise.key(3)
    mirrored = enlarging.Affine(turn=0, zoom=0, shift=0, mirror=True)(images, key)
    expected = ops.where(
        noise.uniform((2, 5), key)[:, 4, None, None, None] < 0.5, images[:, :, ::-1], images
    )
    np.testing.assert_allclose(mirrored, expected, atol=1e-5)
    with pytest.raises(ValueError, match="zoom=1"):
        enlarging.Affine(zoom=1)


# -- gain ----------------------------------------------------------------------------------------


def pictures(labels, seed):
    """A class is a shade of gray, but for noise."""
    labels = np.asarray(labels)
    shade = 60 * labels[:, None, None, None] + 60
    noise = np.random.default_rng(seed).integers(-30, 31, (len(labels), 8, 8, 1))
    return (shade + noise).astype(np.uint8), labels


TRAIN, VALIDATION, TEST = (pictures([0, 1, 2] * 4, seed) for seed in (1, 2, 3))


def make_classifier(seed):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.AveragePooling2D(8), layers.Flatten(), layers.Dense(3)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.1), loss, run_eagerly=True)
    return model


@pytest.fixture(scope="module")
def found():
    """Two seeds of two steps, and what the maker of models was given."""
    given = []

    def make_gan(images, labels, seed):
        given.append((images, labels, seed))
        options = {"num_classes": 3, "latent_dim": 4, "width": 2, "seed": seed}
        return keras_gan.CGAN(image_shape=(8, 8, 1), **options)

    sets = TRAIN, VALIDATION, TEST
    options = {"steps": 2, "batch_size": 4, "ratios": (0.5,), "progress": False}
    return enlarging.gain(*sets, make_classifier, make_gan, seeds=2, **options), given


def test_the_model_sees_the_training_set_alone(found):
    _, given = found
    assert [seed for *_, seed in given] == [0, 1]
    for images, labels, _ in given:
        np.testing.assert_array_equal(images, TRAIN[0])
        np.testing.assert_array_equal(labels, TRAIN[1])


def test_four_arms_are_compared(found):
    result, _ = found
    assert result.arms == [REAL, CLASSICAL, GAN, BOTH]
    assert result.seeds == [0, 1]
    assert result.ratio(BOTH) == 0.5
    for row in result.rows:
        assert row["accuracy"] == pytest.approx(row["balanced"])  # as many of each class
        assert 0 <= row["ece"] <= 1
    assert result.facts["test"] == 12
    assert [(test.arm, test.against) for test in result.tests] == [(GAN, REAL), (BOTH, CLASSICAL)]


def test_a_gain_is_saved_drawn_and_loaded(found, tmp_path):
    result, _ = found
    path = result.save(tmp_path)
    assert path == tmp_path / "gain.json"
    assert str(enlarging.load(tmp_path)) == str(result)
    result.draw(tmp_path / "gain.png")
    assert (tmp_path / "gain.png").read_bytes().startswith(b"\x89PNG")
    path.write_text('{"rows": [{}]}')
    with pytest.raises(ValueError, match="is no gain that was saved"):
        enlarging.load(path)


def by_hand():
    """Two ratios of which the test set would choose the other one than the validation set."""
    values = {
        (REAL, 0.0): [0.5, 0.5, 0.6],
        (CLASSICAL, 0.0): [0.6, 0.7, 0.8],
        (GAN, 1.0): [0.7, 0.7, 0.75],
        (GAN, 2.0): [0.9, 0.9, 0.9],
        (BOTH, 1.0): [0.61, 0.71, 0.79],
        (BOTH, 2.0): [0.9, 0.9, 0.9],
    }
    return Gain(
        [
            {"seed": seed, "arm": arm, "ratio": ratio, "validation": 1.0 - 0.1 * ratio}
            | {"accuracy": value, "balanced": value, "ece": 0.1}
            for (arm, ratio), own in values.items()
            for seed, value in enumerate(own)
        ]
    )


def test_the_validation_set_chooses_the_ratio():
    result = by_hand()
    assert result.ratio(GAN) == result.ratio(BOTH) == 1.0
    np.testing.assert_array_equal(result.figures(BOTH), [0.61, 0.71, 0.79])
    gan, both = result.tests
    assert gan.difference == pytest.approx((0.2 + 0.2 + 0.15) / 3)
    assert both.p == pytest.approx(stats.ttest_rel([0.61, 0.71, 0.79], [0.6, 0.7, 0.8]).pvalue)
    assert gan.corrected == pytest.approx(2 * gan.p)
    assert gan.verdict == "better"
    assert both.verdict == "cannot be told"
    table = str(result).splitlines()
    assert table[0].startswith("| learnt from | made for one real | accuracy, % |")
    assert "| real |  | 53.3 ± 5.8 |" in table[2]
    assert "+18.3 to real: better" in table[4]


# -- what cannot be compared ---------------------------------------------------------------------

NO_MODEL = {"make_classifier": make_classifier, "make_gan": None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": pictures([1, 1, 1], 4)}, "With one class there is nothing to tell apart"),
        ({"test": TRAIN}, "12 of the pictures of test are in train"),
        ({"validation": TRAIN}, "12 of the pictures of validation are in train"),
        ({"test": VALIDATION}, "12 of the pictures of test are in validation"),
        ({"test": pictures([0, 5], 4)}, "test with the classes 5, of which train has none"),
        ({"train": pictures([0, 0, 1], 4), "validation": None}, "too small to hold out from"),
        ({"seeds": 1}, "two seeds or more"),
        ({"steps": 0}, "steps=0"),
        ({"ratios": (-1.0,)}, "ratio=-1.0"),
        ({"ratios": (0.0,)}, "ratios above 0"),
    ],
)
def test_what_cannot_be_compared(changes, message):
    sets = {"train": TRAIN, "validation": VALIDATION, "test": TEST, "progress": False}
    with pytest.raises(ValueError, match=message):
        enlarging.gain(**sets | NO_MODEL | changes)


def plain(outputs, compiled=True):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(outputs)])
    if compiled:
        model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (None, "a compiled Keras model. Received: NoneType"),
        (plain(3, compiled=False), "Received: Sequential, not compiled"),
        (plain(2), r"outputs of shape \(None, 2\). Expected \(None, 3\)"),
    ],
)
def test_classifiers_that_cannot_be_fitted_are_refused(made, message):
    makers = {"make_classifier": lambda seed: made, "make_gan": None}
    with pytest.raises(ValueError, match=message):
        enlarging.gain(TRAIN, VALIDATION, TEST, **makers, progress=False)


def test_each_class_is_held_out_in_part():
    train, other = enlarging.held_out(pictures([0] * 10 + [1] * 2, 5))
    assert np.bincount(other.labels).tolist() == [2, 1]
    images, labels = pictures([0] * 10 + [1] * 10, 6)
    images[5:10] = images[0]
    (parted, _, _), (copies, _, _) = enlarging.held_out((images, labels), share=0.5)
    assert not {x.tobytes() for x in parted} & {x.tobytes() for x in copies}
    assert np.bincount(train.labels).tolist() == [8, 1]
    known = {image.tobytes() for image in train.images}
    assert not any(image.tobytes() in known for image in other.images)

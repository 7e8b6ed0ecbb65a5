"""The objects for compile(metrics=[...]) say what the pure functions say."""

import keras
import numpy as np
import pytest

import keras_gan
from keras_gan import metrics
from keras_gan.metrics import Pixels, Sample, protocol_name


class ByLabel(metrics.Extractor):
    """A classifier that reads the class off the first pixel."""

    name = "by-label"
    fingerprint = "by-label"

    def extract(self, images, progress=False):
        classes = np.asarray(images)[:, 0, 0, 0].astype(int)
        probabilities = np.full((len(classes), 4), 0.01, np.float32)
        probabilities[np.arange(len(classes)), classes] = 0.97
        return metrics.Features(np.eye(4, dtype=np.float32)[classes], probabilities)


def labelled(classes):
    images = np.zeros((len(classes), 2, 2, 1), np.uint8)
    images[:, 0, 0, 0] = classes
    return images


def test_distances_are_those_of_the_features(digits):
    images, _ = digits
    real, fake = Sample(images[:300]), Sample(images[300:600])
    a, b = (sample.seen_by(Pixels()).features for sample in (real, fake))
    found = metrics.measure_all(
        [metrics.FID(Pixels()), metrics.KID(Pixels()), metrics.PRDC(Pixels(), k=3)], real, fake
    )
    assert found.pop("fid") == metrics.frechet_distance(a, b)
    assert (found.pop("kid"), found.pop("kid_std")) == metrics.kernel_distance(a, b)
    assert found == metrics.prdc(a, b, k=3)


def test_a_budget_takes_the_first_ones(digits):
    images, _ = digits
    real, fake = Sample(images[:300]), Sample(images[300:600])
    a, b = (sample.seen_by(Pixels()).features[:100] for sample in (real, fake))
    found = metrics.PRDC(Pixels(), samples=100).measure(real, fake)
    assert found == metrics.prdc(a, b)
    assert metrics.needed([metrics.FID(Pixels(), 100), metrics.KID(Pixels(), 50)], 300) == 100
    assert metrics.needed([metrics.FID(Pixels(), 100), metrics.KID(Pixels())], 300) == 300


def test_what_a_classifier_says():
    real = Sample(labelled([0, 1, 2, 3] * 5))
    asked = np.array([0, 0, 1, 1] * 5)
    fake = Sample(labelled([0, 0, 1, 2] * 5), asked)
    found = metrics.Modes(ByLabel()).measure(real, fake)
    assert found["modes"] == 3
    assert found["reverse_kl"] == pytest.approx(0.5 * np.log(2))  # shares 1/2, 1/4, 1/4, 0
    assert metrics.RightLabel(ByLabel()).measure(real, fake) == {"right_label": 0.75}
    scores = metrics.InceptionScore(ByLabel()).measure(real, fake)
    assert scores["inception_score"] == pytest.approx(
        scores["is_between"] * scores["is_within"]  # classes are asked for equally often
    )
    assert set(metrics.InceptionScore(ByLabel()).measure(real, real)) == {"inception_score"}


def test_memorisation_looks_at_the_training_images(digits):
    images, _ = digits
    train, real = Sample(images[:800]), Sample(images[800:1300])
    metric = metrics.Memorisation(train, Pixels())
    assert abs(metric.measure(real, Sample(images[1300:]))["memorisation_z"]) < 4
    assert metric.measure(real, Sample(images[:500]))["memorisation_z"] < -20
    with pytest.raises(ValueError, match=r"cannot be saved with a model"):
        keras_gan.DCGAN(image_shape=(8, 8, 1), width=4).compile(metrics=[metric])


def test_names_say_how():
    inception = Pixels()
    inception.name, inception.resizes = "inception-v3-keras", True
    inception.resize = "299x299 bilinear"
    assert protocol_name("fid", Pixels(), 5000, 5000) == "fid5k_pixels"
    assert protocol_name("fid", Pixels(), 719, 719, seed=3) == "fid719_pixels_seed3"
    assert protocol_name("kid", Pixels(), 5000, 10_000) == "kid5k_pixels_real10k"
    assert protocol_name("fid", inception, 50_000) == "fid50k_inception-v3-keras_299x299-bilinear"
    assert protocol_name("accuracy_real", None, 100) == "accuracy_real100"


def test_every_figure_has_a_meaning(digits):
    _, labels = digits
    real = Sample(labelled(labels[:100] % 4), labels[:100] % 4)
    found = [metrics.FID, metrics.KID, metrics.PRDC, metrics.InceptionScore, metrics.Modes]
    figures = metrics.measure_all(
        [cls(ByLabel()) for cls in [*found, metrics.RightLabel]], real, real
    )
    assert set(figures) - {"kid_std"} <= set(metrics.MEANINGS)
    assert {meaning.better for meaning in metrics.MEANINGS.values()} == {
        "lower",
        "higher",
        "real",
        None,
    }


def test_a_classifier_of_generated_images(digits):
    images, labels = digits
    real, fake = Sample(images[:300], labels[:300]), Sample(images[300:900], labels[300:900])
    metric = metrics.ClassificationAccuracy()
    assert metric.measure(real, fake)["cas"] > 0.9
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is metrics.ClassificationAccuracy


@pytest.mark.parametrize("cls", [metrics.FID, metrics.KID, metrics.PRDC, metrics.RightLabel])
def test_configurations_survive(cls):
    metric = cls(Pixels(), samples=77)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is cls
    assert again.samples == 77
    assert again.extractor.fingerprint == metric.extractor.fingerprint


def test_bad_requests_are_refused(digits):
    images, _ = digits
    sample = Sample(images[:50])
    with pytest.raises(ValueError, match=r"looks through a keras_gan.metrics.Extractor"):
        metrics.FID("classifier")
    with pytest.raises(ValueError, match=r"samples of at least 2. Received: samples=1"):
        metrics.FID(Pixels(), samples=1)
    with pytest.raises(ValueError, match=r"needs a classifier. Received: the extractor 'pixels'"):
        metrics.Modes(Pixels()).measure(sample, sample)
    with pytest.raises(ValueError, match=r"needs labels. Received: generated images without"):
        metrics.RightLabel(ByLabel()).measure(Sample(labelled([1])), Sample(labelled([1])))
    with pytest.raises(ValueError, match=r"one shape .*\(8, 8, 1\), generated ones .*\(2, 2, 1\)"):
        metrics.measure_all([metrics.FID(Pixels())], sample, Sample(labelled([1, 2])))
    twice = 2 * [metrics.KID(Pixels())]
    with pytest.raises(ValueError, match=r"several metrics that give kid"):
        metrics.measure_all(twice, sample, sample)

"""Figures of pairs: decibels by hand, similarity window by window, the models that have them."""

import itertools

import keras
import numpy as np
import pytest
from judges import eight_bits

import keras_gan
from keras_gan import metrics
from keras_gan.metrics import Paired, Pixels, Sample, feature_distance, psnr, ssim
from keras_gan.reporting import report

pytestmark = pytest.mark.usefixtures("home")
SHAPE = (8, 8, 1)


def test_decibels_by_hand():
    """Off by 51 of 255 everywhere, 0.2^2 = 1/25; off by 255 in one of four pixels."""
    real = np.zeros((2, 2, 2, 1), np.uint8)
    fake = real.copy()
    fake[0] = 51
    fake[1, 0, 0] = 255
    expected = 10 * (np.log10(25) + np.log10(4)) / 2
    assert psnr(real, fake) == pytest.approx(expected, rel=1e-6)
    floats = [(images / 127.5 - 1).astype(np.float32) for images in (real, fake)]
    assert psnr(*floats) == pytest.approx(expected, rel=1e-5)
    assert psnr(real, real) == np.inf


def similarity(x, y, window):
    """Of two pictures (height, width) in [0, 1]: the mean over all windows that lie within."""
    places = np.arange(window) - (window - 1) / 2
    weights = np.exp(-(places**2) / (2 * 1.5**2))
    weights = np.outer(weights, weights) / weights.sum() ** 2
    found = []
    for i, j in itertools.product(*(range(side - window + 1) for side in x.shape)):
        a, b = (picture[i : i + window, j : j + window] for picture in (x, y))
        mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
        var_a, var_b = (weights * a**2).sum() - mean_a**2, (weights * b**2).sum() - mean_b**2
        both = (weights * a * b).sum() - mean_a * mean_b
        light = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
        found.append(light * (2 * both + 0.03**2) / (var_a + var_b + 0.03**2))
    return np.mean(found)


@pytest.mark.parametrize(("shape", "window"), [((13, 12, 2), 11), ((6, 7, 1), 6)])
def test_similarity_window_by_window(shape, window):
    real = eight_bits(2, shape)
    fake = np.clip(real.astype(int) + eight_bits(2, shape, seed=1) // 4 - 20, 0, 255)
    fake = fake.astype(np.uint8)
    pairs = itertools.product(range(2), range(shape[2]))
    expected = [similarity(real[n, ..., c] / 255, fake[n, ..., c] / 255, window) for n, c in pairs]
    assert ssim(real, fake) == pytest.approx(np.mean(expected), abs=1e-4)
    assert ssim(real, real) == pytest.approx(1)


def test_directions_of_features():
    real = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0], [0.0, 0.0]])
    fake = np.array([[0.0, 5.0], [0.0, -1.0], [6.0, 8.0], [0.0, 7.0]])
    assert feature_distance(real, fake) == pytest.approx((2 + 4 + 0 + 1) / 4)


def test_what_is_no_set_of_pairs():
    message = r"one by one .*shapes \(2, 8, 8, 1\) and \(3, 8, 8, 1\)"
    for figure in (psnr, ssim):
        with pytest.raises(ValueError, match=message):
            figure(eight_bits(2), eight_bits(3))
        with pytest.raises(ValueError, match="These are no images"):
            figure(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(1, 3\)"):
        feature_distance(np.ones((2, 3)), np.ones((1, 3)))


def build(cls, **options):
    gan = cls(image_shape=SHAPE, width=4, seed=3, **options)
    gan.compile(run_eagerly=True)
    return gan


def as_bytes(images):
    return np.round((images + 1) * 127.5).astype(np.uint8)


def test_models_that_make_one_picture_of_another(digits):
    images = digits[0][:12]
    real = as_bytes(images)
    translator, encoder = build(keras_gan.Pix2Pix), build(keras_gan.VAEGAN, latent_dim=4)
    found = translator.measure([metrics.KID(Pixels()), Paired(Pixels())], images, -images)
    made = as_bytes(translator.translate(-images))
    assert next(iter(found)) == "kid"
    assert found["psnr"] == pytest.approx(psnr(real, made), abs=0.01)
    assert found["ssim"] == pytest.approx(ssim(real, made), abs=1e-3)
    features = [Pixels().extract(x).features for x in (real, made)]
    assert found["feature_distance"] == pytest.approx(feature_distance(*features), abs=1e-3)

    found = encoder.measure([Paired(samples=5)], images)
    made = as_bytes(encoder.reconstruct(real[:5]))
    assert found == {"psnr": psnr(real[:5], made), "ssim": ssim(real[:5], made)}
    message = "DCGAN makes no picture in place of a given one. Received: a metric of pairs"
    with pytest.raises(ValueError, match=message):
        build(keras_gan.DCGAN, latent_dim=4).measure([Paired()], images)


def test_they_stand_in_the_report(digits):
    gan, images = build(keras_gan.ContextEncoder, overlap=1), digits[0][:60]
    options = {"extractor": "pixels", "progress": False}
    found = report(gan, images[:30], held_out=images[30:], **options)
    rows = {row["key"]: row for row in found["metrics"]}
    made = as_bytes(gan.translate(images[30:]))
    assert rows["psnr"]["name"] == "psnr30"
    assert rows["feature_distance"]["name"] == "feature_distance30_pixels"
    assert {rows[key]["group"] for key in ("psnr", "ssim", "feature_distance")} == {"pairs"}
    real = found["data"]["held_out"]
    assert real["size"] == 30
    order = np.random.default_rng(0).permutation(30)
    expected = psnr(as_bytes(images[30:])[order], made[order])
    assert rows["psnr"]["value"] == pytest.approx(expected, abs=0.05)


def test_configurations_survive():
    for metric in (Paired(samples=9), Paired(Pixels())):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
        assert type(again) is Paired
        assert again.samples == metric.samples
        assert type(again.extractor) is type(metric.extractor)
    with pytest.raises(ValueError, match=r"Paired looks through a keras_gan.metrics.Extractor"):
        Paired("vgg")
    with pytest.raises(ValueError, match=r"samples of at least 2. Received: samples=1"):
        metrics.ClassificationAccuracy(samples=1)
    given = Sample(eight_bits(4))
    assert metrics.measure_all([Paired()], given, given)["ssim"] == pytest.approx(1)

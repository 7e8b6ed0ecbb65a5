"""The metrics see what they are for: real digits with a fault planted in them, as the samples."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from keras_gan.metrics import Sample
from keras_gan.reporting import charts, findings, measure
from keras_gan.runs import reference

N = 359  # half of the held-out digits


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_GAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = reference.load("digits")
        yield found, *reference.extractors(found)


def beside_real(real, images, labels=None):
    found, _, _ = real
    held_out, train = found.held_out.images, found.train.images
    return measure.Compared(
        Sample(held_out.images[:N], held_out.labels[:N]),
        Sample(train.images[:N], train.labels[:N]),
        Sample(images, labels),
        train,
        True,
        0,
    )


def rows_of(real, compared, only=None):
    _, extractor, judge = real
    return [
        row
        for metric, *halves in measure._chosen(compared, extractor, judge)
        if metric.name != "cas" and only in (None, metric.name)
        for row in measure._rows(metric, compared, halves)
    ]


def judged(real, images, labels=None):
    """Figures, classes and findings of images that are said to be generated."""
    found, extractor, judge = real
    compared = beside_real(real, images, labels)
    rows = rows_of(real, compared)
    report = {
        "metrics": rows,
        "classes": measure.class_rows(compared, extractor, judge, found.class_names),
        "history": None,
        "model": {"num_classes": None if labels is None else 10},
        "protocol": {"samples": len(images), "features": 128, "comparison_only": False},
    }
    said = findings.find(report, compared.fake.images, compared.real.images)
    return {row["key"]: row for row in rows}, report["classes"], said


def unseen(real):
    """Real images that are neither compared with nor trained on: what a perfect model makes."""
    held_out = real[0].held_out.images
    return held_out.images[N : 2 * N], held_out.labels[N : 2 * N]


def test_a_perfect_sampler_is_close_to_the_floor(real):
    images, labels = unseen(real)
    figures, _, said = judged(real, images, labels)
    for key in ("precision", "recall", "coverage", "right_label"):
        assert figures[key]["value"] == pytest.approx(figures[key]["real"], abs=0.12)
    kid = figures["kid"]
    assert kid["spread"] is None  # of one subset, which is all of the images
    assert charts.gap(kid["value"], kid["real"], "lower").words == "as real, but for chance"
    assert figures["in_training"]["value"] == pytest.approx(0.5, abs=0.08)
    assert figures["modes"]["value"] == 10
    assert abs(figures["memorisation_z"]["value"]) < 3
    assert {finding.level for finding in said if finding.kind != "few_samples"} == {"good"}


@pytest.mark.parametrize("missing", [(3,), (0, 4, 8)])
def test_missing_classes_are_seen_and_named(real, missing):
    train = real[0].train.images
    everything, _, _ = judged(real, train.images[:N])
    kept = train.images[~np.isin(train.labels, missing)][:N]
    figures, classes, said = judged(real, kept)
    for key in ("recall", "coverage"):
        assert figures[key]["value"] < everything[key]["value"] - 0.06 * len(missing)
    assert figures["fid"]["value"] > everything["fid"]["value"]
    assert figures["reverse_kl"]["value"] > everything["reverse_kl"]["value"]
    named = [finding for finding in said if finding.kind == "mode_collapse"]
    assert named[0].level == "problem"
    for digit in missing:
        assert str(digit) in named[0].title
        assert classes[digit]["fake_share"] < 0.01
    assert not any(str(digit) in named[0].title for digit in set(range(10)) - set(missing))


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_copies_of_training_images_are_found(real, share):
    train = real[0].train.images.images
    honest, _ = unseen(real)
    copies = round(share * len(honest))
    images = np.concatenate([train[:copies], honest[copies:]])
    figures, _, said = judged(real, images)
    assert figures["copied"]["value"] > 0.8 * share
    assert ("memorisation", "problem") in {(f.kind, f.level) for f in said}


def test_copies_with_noise_are_found_though_none_is_very_near(real):
    train = real[0].train.images.images[:N].astype(np.float32) / 127.5 - 1
    noise = np.random.default_rng(0).normal(0, 0.3, train.shape).astype(np.float32)
    figures, _, said = judged(real, np.clip(train + noise, -1, 1))
    assert figures["copied_p"]["value"] > 0.1
    assert figures["in_training"]["value"] > 0.75
    assert ("memorisation", "problem") in {(f.kind, f.level) for f in said}


def test_usual_images_are_no_copies(real):
    """The half of the unseen digits that lies nearest to the mean of all features of its class."""
    _, extractor, _ = real
    images, labels = unseen(real)
    features = Sample(images).seen_by(extractor).features
    means = np.stack([features[labels == c].mean(axis=0) for c in range(10)])
    away = np.linalg.norm(features - means[labels], axis=1)
    figures, _, said = judged(real, images[away < np.median(away)])
    assert figures["memorisation_z"]["value"] < -3
    assert figures["in_training"]["value"] == pytest.approx(0.5, abs=0.08)
    (found,) = [finding for finding in said if finding.kind in ("memorisation", "no_copies")]
    assert found.kind == "no_copies"
    assert "more usual than real ones" in found.text


def test_noise_and_blur_raise_the_distance_step_by_step(real):
    images = real[0].train.images.images[:N].astype(np.float32) / 127.5 - 1
    noise = np.random.default_rng(0).normal(size=images.shape).astype(np.float32)
    noisy = [np.clip(images + s * noise, -1, 1) for s in (0.0, 0.1, 0.2, 0.4, 0.8)]
    blurred = [gaussian_filter(images, (0, s, s, 0)) for s in (0.0, 0.4, 0.6, 0.8, 1.2)]
    for series in (noisy, blurred):
        compared = [beside_real(real, step) for step in series]
        distances = [rows_of(real, each, only="fid")[0]["value"] for each in compared]
        assert distances == sorted(distances)
        assert distances[-1] > 2 * distances[0]


def test_permuted_labels_are_found(real):
    train = real[0].train.images
    images, labels = train.images[:N], train.labels[:N]
    figures, _, said = judged(real, images, labels)
    assert figures["right_label"]["value"] > 0.97
    wrong, _, said = judged(real, images, np.random.default_rng(0).permutation(labels))
    assert wrong["right_label"]["value"] < 0.2
    assert wrong["is_between"]["value"] < 0.3 * figures["is_between"]["value"]
    assert wrong["fid"]["value"] == figures["fid"]["value"]  # it sees no labels
    assert ("labels_ignored", "problem") in {(f.kind, f.level) for f in said}

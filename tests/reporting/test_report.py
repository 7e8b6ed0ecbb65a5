"""A report of a real model, end to end: the files, the figures in them, and what is refused."""

import importlib
import json
import shutil

import numpy as np
import pytest
from conftest import build, changed, state

import keras_gan
from keras_gan import metrics
from keras_gan.command.cli import main
from keras_gan.reporting import compare, measure, report
from keras_gan.runs import run
from keras_gan.runs.settings import Settings


@pytest.fixture(scope="module", autouse=True)
def short_classifiers(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_GAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        module = importlib.import_module("keras_gan.metrics.classifier")
        patch.setattr(module, "STEPS", (150, 150))
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of two epochs."""
    directory = tmp_path_factory.mktemp("runs") / "digits"
    settings = Settings("digits", model="cgan", epochs=2, width=4, limit=600)
    run.train(settings, directory, verbose=0)
    return directory


@pytest.fixture(scope="module")
def reported(trained):
    return report(trained, samples=300, progress=False)


KEYS = {
    *("fid", "kid", "precision", "recall", "density", "coverage", "modes", "reverse_kl"),
    *("inception_score", "is_between", "is_within", "right_label", "cas"),
    *("memorisation_z", "copied", "copied_p", "in_training", "mifid", "path_length"),
    *("accuracy_real", "accuracy_held_out", "accuracy_fake"),
}


def test_a_run_is_measured_against_its_own_data(trained, reported):
    written = json.loads((trained / "report" / "report.json").read_text())
    assert written == reported
    assert {row["key"] for row in reported["metrics"]} == KEYS
    assert reported["title"] == str(trained)
    assert reported["model"]["class"] == "CGAN"
    assert reported["model"]["step"] == 20
    assert reported["data"]["source"] == "digits"
    assert (reported["data"]["train"]["size"], reported["data"]["held_out"]["size"]) == (600, 600)
    assert reported["protocol"]["samples"] == reported["protocol"]["reference"] == 300
    assert reported["protocol"]["extractor"] == "classifier-digits"
    assert len(reported["classes"]) == 10
    assert len(reported["history"]["g_loss"]) == 2
    assert {"few_samples", "low_variety"} <= {found["kind"] for found in reported["findings"]}


def test_figures_are_those_of_the_metrics(trained, reported):
    found = keras_gan.runs.reference.load("digits", limit=600)
    extractor, _ = keras_gan.runs.reference.extractors(found)
    held_out = found.held_out.images
    real, labels = held_out.images[:300], held_out.labels[:300]
    gan = run.load(trained)
    expected = gan.measure([metrics.FID(extractor), metrics.PRDC(extractor)], real, labels)
    rows = {row["key"]: row for row in reported["metrics"]}
    for key, value in expected.items():
        assert rows[key]["value"] == pytest.approx(value)
    assert rows["fid"]["name"] == "fid300_classifier-digits"
    other = metrics.Sample(found.train.images.images[:300]).seen_by(extractor).features
    features = metrics.Sample(real).seen_by(extractor).features
    assert rows["fid"]["real"] == pytest.approx(metrics.frechet_distance(features, other))


def test_the_page_stands_alone(trained, reported):
    page = (trained / "report" / "report.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "fid300_classifier-digits" in page
    assert (trained / "report" / "samples.png").stat().st_size > 1000


def test_a_second_report_is_the_same(trained, reported):
    again = report(trained, samples=300, progress=False)
    assert {k: v for k, v in again.items() if k != "created"} == {
        k: v for k, v in reported.items() if k != "created"
    }


def test_runs_are_compared(trained, reported, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(trained, other)
    assert main(["compare", str(trained), str(other), "--out", str(tmp_path / "c.html")]) == 0
    said = capsys.readouterr().out
    assert "fid300_classifier-digits" in said
    assert "<table" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_a_model_file_and_arrays(digits, tmp_path):
    images, labels = digits
    gan = build(keras_gan.DCGAN)
    before = state(gan)
    gan.save(tmp_path / "small.keras")
    options = {"samples": 120, "extractor": "random", "progress": False, "seed": 3}
    found = report(
        tmp_path / "small.keras",
        (images[:400], labels[:400]),
        held_out=(images[400:700], labels[400:700]),
        **options,
    )
    assert "fewer_samples_than_features" in {finding["kind"] for finding in found["findings"]}
    assert (tmp_path / "small-report" / "report.html").is_file()
    kept = next(row for row in found["metrics"] if row["key"] == "fid")
    assert kept["name"] == "fid120_random-convolutions_seed3"
    assert kept["note"] == "random features: for comparison only"
    in_memory = report(gan, images[:400], **options)  # no labels, nothing held out: two halves
    assert in_memory["data"]["held_out"] is None
    assert in_memory["classes"] is None
    assert "memorisation_z" not in {row["key"] for row in in_memory["metrics"]}
    assert not changed(before, state(gan))


def test_points_have_a_report_too(tmp_path):
    points = np.random.default_rng(0).normal(size=(300, 2)).astype("float32")
    gan = keras_gan.VanillaGAN(
        keras_gan.builders.mlp_generator((2,), latent_dim=4, width=8),
        keras_gan.builders.mlp_discriminator((2,), width=8),
    )
    found = report(gan, points, held_out=points[::-1], out=tmp_path / "r", progress=False)
    assert found["protocol"]["extractor"] == "pixels"
    assert (tmp_path / "r" / "report.html").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data": None}, r"compares with real images. Received: no data"),
        (
            {"data": np.full((50, 9, 9, 1), -1.0)},
            r"shape \(8, 8, 1\), the data .*\(9, 9, 1\)",
        ),
        ({"data": np.full((50, 8, 8, 1), 200.0)}, r"They look like 0..255"),
        ({"data": np.random.default_rng(0).uniform(size=(50, 8, 8, 1))}, r"look like \[0, 1\]"),
        ({"data": np.full((50, 8, 8, 1), np.nan)}, r"NaN or infinite"),
        ({"data": "digitz"}, r"digitz"),
        ({"samples": 3}, r"at least 10 samples. Received: samples=3"),
        ({"extractor": "vgg"}, r"extractor='vgg'. Expected one of auto, classifier"),
        ({"data": np.full((12, 8, 8, 1), -1.0)}, r"at least 20 real images .* 12"),
        ({"extractor": "classifier", "labels": False}, r"labels of at least two classes"),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(options, words):
    gan = build(keras_gan.DCGAN)
    with pytest.raises(ValueError, match=words):
        report(gan, **{"data": "digits", "progress": False} | options)


def test_what_is_not_there_is_said(tmp_path, capsys):
    assert main(["evaluate", str(tmp_path / "nowhere")]) == 2
    assert "There is no such file" in capsys.readouterr().err
    tmp_path.joinpath("empty").mkdir()
    assert main(["evaluate", str(tmp_path / "empty")]) == 2
    assert "is no run" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"has no report. Make one first: keras-gan evaluate"):
        compare([tmp_path / "empty", tmp_path])


def test_classes_must_agree(digits):
    with pytest.raises(ValueError, match=r"knows 10 classes. Received: data with 3 classes"):
        report(build(keras_gan.CGAN), (digits[0][:90], np.arange(90) % 3), progress=False)
    with pytest.raises(ValueError, match=r"knows 10 classes. Received: data with no classes"):
        report(build(keras_gan.CGAN), digits[0][:90], progress=False)


def test_a_discriminator_that_classifies_is_asked_for_its_verdict(digits):
    gan = build(keras_gan.ACGAN)
    real = metrics.Sample(*(part[:40] for part in digits))
    fake = metrics.Sample(gan.sample(40, labels=real.labels, seed=0), real.labels)
    rows = measure.discriminator_rows(gan, measure.Compared(real, real, fake, real, True, 0))
    shown = [sample.images / np.float32(127.5) - 1 for sample in (real, fake)]  # of uint8
    said = [gan.criticize("discriminator", images, None, training=False) for images in shown]
    scores = [outputs["scores"].numpy() for outputs in said]
    expected = metrics.score_accuracy(*scores, scores[0])
    assert [row["value"] for row in rows] == [expected.real, expected.held_out, expected.fake]

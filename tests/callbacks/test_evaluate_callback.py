"""Metrics while a model trains: in the logs, for the best model, and training stays as it is."""

import json

import keras
import numpy as np
import pytest
from conftest import build, changed, state

import keras_gan
from keras_gan.callbacks import Evaluate, HistoryCSV, SampleGrid, read_history
from keras_gan.metrics import FID, PRDC, Metric, Pixels


class Scripted(Metric):
    """Says what it was told to say."""

    name = "fid"

    def __init__(self, *values, key="fid"):
        super().__init__(Pixels())
        self.values = iter(values)
        self.key = key

    def measure(self, real, fake):
        return {self.key: next(self.values)}


def fit(gan, digits, *callbacks, epochs=4, **options):
    images, labels = digits
    data = (images[:64], labels[:64])
    options = {"batch_size": 32, "verbose": 0} | options
    return gan.fit(*data, epochs=epochs, callbacks=list(callbacks), **options).history


def test_figures_stand_in_history_and_in_files(digits, tmp_path):
    images, labels = digits
    gan = build(keras_gan.CGAN)
    found = fit(
        gan,
        digits,
        Evaluate([FID(Pixels()), PRDC(Pixels())], images, labels, samples=100, every=2),
        HistoryCSV(tmp_path / "history.csv"),
    )
    assert len(found["fid"]) == len(found["coverage"]) == 2
    kept = read_history(tmp_path / "history.csv")
    assert kept["fid"] == [None, found["fid"][0], None, found["fid"][1]]
    expected = gan.measure([FID(Pixels())], images[:100], labels[:100])
    assert found["fid"][-1] == pytest.approx(expected["fid"])


@pytest.mark.parametrize("form", ["column", "one-hot"])
def test_labels_in_every_form_that_fit_takes(digits, form):
    images, labels = digits[0][:70], digits[1][:70]
    given = labels[:, None] if form == "column" else np.eye(10)[labels]
    gan = build(keras_gan.CGAN, run_eagerly=True)
    evaluate = Evaluate([FID(Pixels())], images, given)
    found = gan.fit(images, given, verbose=0, callbacks=[evaluate]).history
    assert found["fid"] == [gan.measure([FID(Pixels())], images, labels)["fid"]]


def test_what_cannot_be_measured_is_refused_before_a_step(digits):
    images, labels = digits[0][:60], digits[1][:60]
    gan = build(keras_gan.CGAN, run_eagerly=True)
    for given, message in ((labels + 5, "label is out of range"), (None, "needs class labels")):
        with pytest.raises(ValueError, match=message):
            fit(gan, digits, Evaluate([FID(Pixels())], images, given))
    with pytest.raises(ValueError, match=r"label is out of range. Received: label 11"):
        fit(gan, digits, SampleGrid("never", labels=[11]))
    assert gan.step.numpy() == 0


def test_figures_go_to_tensorboard(digits, tmp_path):
    import tensorflow as tf

    metric = Scripted(3.0, 2.0)
    fit(build(keras_gan.DCGAN), digits, Evaluate([metric], digits[0], log_dir=tmp_path), epochs=2)
    events = tf.compat.v1.train.summary_iterator(str(next(tmp_path.glob("events*"))))
    values = [
        (event.step, float(tf.make_ndarray(value.tensor)))
        for event in events
        for value in event.summary.value
        if value.tag == "epoch_fid"
    ]
    assert values == [(0, 3.0), (1, 2.0)]


def test_training_does_not_change(digits):
    states = []
    for callbacks in ([], [Evaluate([FID(Pixels())], digits[0], samples=70)]):
        keras.utils.set_random_seed(0)
        gan = build(keras_gan.DCGAN)
        fit(gan, digits, *callbacks, epochs=2)
        states.append(dict(enumerate(state(gan).values())))
    assert not changed(*states)


@pytest.mark.parametrize(
    ("key", "values", "best"), [("fid", (3.0, 1.0, 2.0), 2), ("coverage", (0.1, 0.3, 0.9), 3)]
)
def test_the_best_model_is_kept_not_the_last(digits, tmp_path, key, values, best):
    gan = build(keras_gan.DCGAN)
    path = tmp_path / "best.keras"
    fit(gan, digits, Evaluate([Scripted(*values, key=key)], digits[0], best=path), epochs=3)
    said = json.loads(path.with_suffix(".json").read_text())
    assert said == {
        "epoch": best,
        "monitor": key,
        "value": values[best - 1],
        "figures": {key: values[best - 1]},
    }
    assert keras.saving.load_model(path).step.numpy() == 2 * best


def test_a_resumed_training_knows_the_best_so_far(digits, tmp_path):
    path = tmp_path / "best.keras"
    gan = build(keras_gan.DCGAN)
    fit(gan, digits, Evaluate([Scripted(3.0, 1.0)], digits[0], best=path), epochs=2)
    worse = Evaluate([Scripted(2.0)], digits[0], best=path)
    fit(gan, digits, worse, epochs=3, initial_epoch=2)
    assert json.loads(path.with_suffix(".json").read_text())["epoch"] == 2
    fit(gan, digits, Evaluate([Scripted(2.0)], digits[0], best=path), epochs=1)  # another training
    assert json.loads(path.with_suffix(".json").read_text())["epoch"] == 1


def test_it_stops_when_it_gets_no_better(digits):
    values = (3.0, 2.0, 2.5, np.nan, 1.0)
    found = fit(
        build(keras_gan.DCGAN),
        digits,
        Evaluate([Scripted(*values)], digits[0], patience=2),
        epochs=5,
    )
    assert len(found["fid"]) == 4


def test_bad_requests_are_refused(digits, tmp_path):
    images, _ = digits
    with pytest.raises(ValueError, match=r"at least one metric. Received: none"):
        Evaluate([], images)
    with pytest.raises(ValueError, match=r"every of at least 1. Received: every=0"):
        Evaluate([FID(Pixels())], images, every=0)
    with pytest.raises(ValueError, match=r"a .keras file. Received: best='best.h5'"):
        Evaluate([FID(Pixels())], images, best="best.h5")
    with pytest.raises(ValueError, match=r"monitor='kid'. Expected one of fid"):
        fit(build(keras_gan.DCGAN), digits, Evaluate([FID(Pixels())], images, monitor="kid"))
    with pytest.raises(ValueError, match=r"8, 8, 1"):
        fit(build(keras_gan.DCGAN), digits, Evaluate([FID(Pixels())], np.zeros((50, 9, 9, 1))))

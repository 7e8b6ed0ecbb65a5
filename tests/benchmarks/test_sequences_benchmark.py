"""The benchmarks of text and sound: their data, and the models of short runs that are a mark."""

import json

import keras
import numpy as np
import pytest
from conftest import table_lines
from scipy.io import wavfile

from benchmarks.quality import text
from benchmarks.quality.speech import LENGTH, RATE, as_clip
from keras_gan import metrics


def test_the_corpus_is_lines_of_installed_packages_each_once():
    lines, held_out = text.corpus()
    assert len(lines) > 1000 < 10 * len(held_out)
    both = [*lines, *held_out]
    assert len(set(both)) == len(both)
    assert max(map(len, both)) == text.LENGTH
    assert all(line.isascii() and line.isprintable() and line == line.lstrip() for line in both)


def test_a_chain_makes_the_runs_that_it_has_counted():
    numbers = np.array([[0, 1, 2, 0, 1], [1, 2, 0, 1, 3]])
    for order in (1, 2):
        made = text.chain(numbers, order, words=4, n=200)
        runs = {tuple(row[k : k + order + 1]) for row in numbers for k in range(5 - order)}
        ends = (3,)  # of a text, which nothing follows
        found = {tuple(row[k : k + order + 1]) for row in made for k in range(5 - order)}
        assert {run for run in found if ends[0] not in run[:order]} == runs
    shares = np.bincount(text.chain(numbers, 0, words=4, n=4000).ravel(), minlength=4) / 20_000
    np.testing.assert_allclose(shares, [0.3, 0.4, 0.2, 0.1], atol=0.02)


def test_a_table_says_for_which_runs_the_model_is_below_the_mark():
    marks = {"js1": 0.9, "js2": 0.5, "js3": 0.5, "js4": 0.5}
    case = {"width": 8, "blocks": 1, "steps": 10, "n_critic": 1, "rate": 1e-4, "seed": 0}
    row = case | {"train": 10, "compared": 5, "cpu_minutes": 1.0}
    row |= {"js1": 0.1, "js2": 0.2, "js3": 0.6, "js4": 0.7}
    assert "below the mark for n = 2." in text.table(marks, marks, [row])
    assert "not below it." in text.table(marks, marks, [row | {"js2": 0.5}])


def test_a_word_is_a_clip_of_one_length_at_one_rate():
    tone = np.sin(2 * np.pi * 440 * np.arange(4410) / 22050)
    samples = np.concatenate([np.zeros(2205), 8000 * tone, np.zeros(2205)]).astype(np.int16)
    for shift in (0.0, 0.5, 1.0):
        clip = as_clip(samples, 22050, shift)
        assert (clip.dtype, len(clip)) == (np.int16, LENGTH)
        word = np.flatnonzero(clip)
        assert abs(len(clip[word[0] : word[-1] + 1]) - 0.2 * RATE) < 40
        assert abs(word[0] - shift * (LENGTH - 0.2 * RATE)) < 40
        assert np.abs(clip).max() == round(0.8 * 32767)


@pytest.mark.usefixtures("steps_run_eagerly")
def test_sound_is_recorded_with_its_picture_and_file(tmp_path, monkeypatch, capsys):
    from benchmarks.quality import wavegan

    def judge(pictures, labels, name, held_out):
        given = keras.Input(pictures.shape[1:])
        pooled = keras.layers.AveragePooling2D((8, 1))(given)
        features = keras.layers.Flatten(name="features")(pooled)
        network = keras.Model(given, keras.layers.Dense(2, name="logits")(features))
        found = metrics.ModelFeatures(network, "features", logits="logits", name="any")
        found.accuracy = 0.5
        return found

    monkeypatch.setattr(metrics, "classifier", judge)
    rng = np.random.default_rng(0)
    for k in range(48):
        place = tmp_path / "waves" / ("train" if k < 24 else "test") / str(k % 2)
        place.mkdir(parents=True, exist_ok=True)
        wavfile.write(place / f"{k}.wav", RATE, rng.integers(-9999, 9999, 64).astype(np.int16))
    options = ["--results", tmp_path, "--pictures", tmp_path, "--seeds", 0, "--steps", 1]
    options += ["--width", 1, "--batch-size", 4, "--n-critic", 1]
    for _ in range(2):  # the second time nothing is trained
        wavegan.main([str(x) for x in (tmp_path / "waves", *options)])
    lines = (tmp_path / "wavegan.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert {"spectrum", "fid", "confident", "score"} < json.loads(lines[1]).keys()
    assert [line.split(" | ")[0] for line in table_lines(capsys.readouterr().out)][2:4] == [
        "| WaveGAN",
        "| real",
    ]
    assert wavfile.read(tmp_path / "wavegan.wav")[0] == RATE
    assert (tmp_path / "wavegan.png").is_file()

"""A run on a folder of WAV files, from the command to the report, and on from where it stopped."""

import numpy as np
import pytest
from scipy.io import wavfile

from keras_gan.command import cli
from keras_gan.core.kinds import Wave
from keras_gan.runs import run

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

RATE, LENGTH = 8000, 64


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Tones of two pitches, 24 of each to train on and 12 held out; no two of one length."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    for k in range(72):
        place = folder / ("train" if k < 48 else "test") / ("high" if k % 2 else "low")
        place.mkdir(parents=True, exist_ok=True)
        steps = np.arange(LENGTH - 3 + k % 7) + rng.integers(50)
        wave = 0.5 * np.sin(2 * np.pi * (1 + k % 2) * 500 * steps / RATE)
        wavfile.write(place / f"{k}.wav", RATE, (32767 * wave).astype(np.int16))
    return folder


def command(*arguments):
    assert cli.main([str(x) for x in arguments]) == 0


def test_a_run_on_sound(digits, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--width", 1, "--latent-dim", 2, "--n-critic", 1, "--verbose", 0]
    train = ["train", digits, "--model", "wavegan", "--length", LENGTH, "--out", out]
    command(*train, "--epochs", 1, "--batch-size", 24, *options)
    gan = run.load(out)
    assert (type(gan).__name__, gan.kind, gan.image_shape) == ("WaveGAN", Wave(RATE), (LENGTH, 1))
    assert sorted(p.name for p in (out / "samples").iterdir()) == [
        "epoch-0000.png",
        "epoch-0000.wav",
        "epoch-0001.png",
        "epoch-0001.wav",
        "progress.gif",
    ]
    command("train", "--resume", "--out", out, "--epochs", 2, "--verbose", 0)
    assert int(run.load(out).step.numpy()) == 4
    command("sample", out, "--n", 2, "--out", tmp_path / "a.wav")
    rate, samples = wavfile.read(tmp_path / "a.wav")
    assert (rate, len(samples)) == (RATE, 2 * LENGTH + RATE // 5)
    made = run.load(out).sample(2, seed=0)[0, :, 0]
    np.testing.assert_allclose(samples[:LENGTH] / 32767, made, atol=1e-4)

    command("evaluate", out, "--samples", 20)
    page = (out / "report" / "report.html").read_text(encoding="utf-8")
    assert page.count('<audio controls src="data:audio/wav;base64,') == 3
    assert "media-src data:" in page
    assert "fid20_spectra" in page
    assert (out / "report" / "samples.wav").is_file()
    command("evaluate", out / "model.keras", "--data", digits, "--samples", 20)
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if line.strip()].count(
        "fid20_spectra"
    ) == 2

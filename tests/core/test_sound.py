"""Waves as sound: the file, the spectra, and what of them is drawn."""

import io

import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import stft

from keras_gan import plotting
from keras_gan.core import sound
from keras_gan.core.kinds import Points, Tokens, Wave
from keras_gan.metrics import Spectra

RATE = 8000
SINE = np.sin(2 * np.pi * 1000 * np.arange(1024) / RATE).astype("float32")


def test_a_file_holds_all_waves_with_pauses(tmp_path):
    waves = np.stack([SINE, -2 * SINE])[..., None]
    Wave(RATE).draw(waves, tmp_path / "a.wav")
    rate, samples = wavfile.read(tmp_path / "a.wav")
    pause = RATE // 5
    assert (rate, samples.dtype, samples.shape) == (RATE, np.int16, (2 * 1024 + pause,))
    np.testing.assert_allclose(samples[:1024], 32767 * SINE, atol=0.51)
    np.testing.assert_allclose(samples[-1024:], 32767 * np.clip(-2 * SINE, -1, 1), atol=0.51)
    assert not samples[1024:-1024].any()
    stereo = np.concatenate([waves, waves], axis=-1)
    assert wavfile.read(io.BytesIO(Wave(RATE).file(stereo)))[1].shape == (2 * 1024 + pause, 2)
    for kind in (Wave(), Points()):
        with pytest.raises(ValueError, match="wav"):
            kind.draw(waves if kind == Wave() else waves[..., 0], tmp_path / "b.wav")
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_spectra_are_those_of_scipy():
    noise = np.random.default_rng(0).uniform(-1, 1, (2, 512))
    window = np.hanning(258)[1:-1]
    _, _, expected = stft(
        noise, window=window, nperseg=256, noverlap=192, boundary=None, padded=False
    )
    expected = 20 * np.log10(2 * np.abs(expected) + 1e-4)
    np.testing.assert_allclose(sound.log_spectra(noise), expected.swapaxes(1, 2), atol=1e-4)


def test_a_sine_is_one_line_and_silence_is_white():
    loud = sound.log_spectra(SINE[None])[0]
    assert loud.shape == (13, 129)
    assert (loud.argmax(axis=1) == 1000 * 256 // RATE).all()
    np.testing.assert_allclose(loud.max(axis=1), 0.0, atol=0.01)
    (picture,) = sound.spectrograms(SINE[None])
    assert (picture.shape, picture.dtype) == ((129, 13, 1), np.uint8)
    assert (picture[:, :, 0].argmin(axis=0) == 128 - 32).all()  # low frequencies at the bottom
    assert picture.min() == 0
    assert (sound.spectrograms(np.zeros((1, 512))) == 255).all()
    assert sound.log_spectra(np.zeros((2, 16))).shape == (2, 1, 9)
    drawn = Wave(RATE).picture(SINE[None, :, None], columns=1)
    np.testing.assert_array_equal(drawn, plotting.grid(picture[None]))


def test_spectra_as_features_do_not_know_the_phase():
    waves = np.stack([SINE, np.roll(SINE, 3)])[..., None]
    features = Spectra().extract(waves).features
    assert features.shape == (2, 258)
    np.testing.assert_allclose(features[0], features[1], atol=0.5)
    assert np.abs(features[0, 32] - features[0, 80]) > 40
    two = Spectra().extract(np.concatenate([waves, 0 * waves], axis=-1)).features
    assert two.shape == (2, 516)


def test_what_a_page_shows_kinds_by():
    assert (Wave().medium, Wave(RATE).medium, Points().medium) == ("picture", "sound", "picture")
    assert (Tokens().medium, Tokens("ab").medium) == ("picture", "text")


def test_padding_is_left_out_at_the_end(tmp_path):
    kind = Tokens(("\n", "a"), padding="\n")
    texts = np.eye(2)[[[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]]]
    assert kind.lines(texts) == ["a⏎a", "", "aaaa"]
    kind.draw(texts, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "a⏎a\n\naaaa\n"
    assert Tokens(("_", "a", "b"), " ", "_").lines(np.eye(3)[[[1, 2, 0]]]) == ["a b"]

"""Waves as sound: files to listen to, and spectrograms to look at."""

import io

import numpy as np

FRAME = 256  # samples of which one column of a spectrogram is made
FLOOR = 1e-4  # amplitude that is added, so that silence is -80 decibels
PAUSE = 0.2  # seconds between two waves of a file
_TOP = 32767


def to_int16(waves: np.ndarray) -> np.ndarray:
    """What files hold of waves in [-1, 1]; what lies outside is clipped."""
    return np.round(np.clip(waves, -1.0, 1.0) * _TOP).astype(np.int16)


def joined(waves: np.ndarray, rate: int) -> np.ndarray:
    """Waves `(n, length, channels)` one after the other, as int16 `(length, channels)`."""
    waves = to_int16(waves)
    pause = np.zeros((round(PAUSE * rate), waves.shape[-1]), np.int16)
    parts = [part for wave in waves for part in (wave, pause)]
    return np.concatenate(parts[:-1])


def wav_file(wave: np.ndarray, rate: int) -> bytes:
    """A WAV file of int16 `(length, channels)`."""
    from scipy.io import wavfile

    file = io.BytesIO()
    wavfile.write(file, rate, wave)
    return file.getvalue()


def log_spectra(waves: np.ndarray) -> np.ndarray:
    """Decibels of the short-time spectra of waves `(n, length)`: `(n, frames, frequencies)`.

    Frames of 256 samples, or of a whole shorter wave, under a Hann window, three quarters of which
    they share. A sine from -1 to 1 has 0, silence -80.

    Args:
        waves: Float array.
    """
    frame = min(FRAME, waves.shape[1])
    frames = np.lib.stride_tricks.sliding_window_view(waves, frame, axis=1)
    window = np.hanning(frame + 2)[1:-1]
    spectra = np.fft.rfft(frames[:, :: max(1, frame // 4)] * window)
    return 20.0 * np.log10(np.abs(spectra) * 2.0 / window.sum() + FLOOR).astype(np.float32)


def spectrograms(waves: np.ndarray) -> np.ndarray:
    """Pictures of the spectra of waves `(n, length)`: uint8 `(n, frequencies, frames, 1)`.

    Low frequencies are at the bottom; silence is white, what is as loud as can be black.
    """
    shade = np.clip(log_spectra(np.nan_to_num(waves)) / (20.0 * np.log10(FLOOR)), 0.0, 1.0)
    return np.round(255 * shade).astype(np.uint8).swapaxes(1, 2)[:, ::-1, :, None]

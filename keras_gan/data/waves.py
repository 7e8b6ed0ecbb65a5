"""A folder of WAV files as a source, with or without class sub-folders."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_gan.core.kinds import Wave
from keras_gan.data.checks import check_count
from keras_gan.data.listing import WAVES, listing
from keras_gan.data.pictures import shown
from keras_gan.data.source import Source
from keras_gan.data.whole import read_files


def holds_waves(path: str | Path) -> bool:
    """Whether a folder has WAV files and no pictures."""
    folder = Path(path).expanduser()
    return folder.is_dir() and bool(listing(folder, WAVES).files) and not listing(folder).files


def wave_source(
    path: str | Path,
    length: int | None,
    split: str,
    labels: bool | None,
    limit: int | None,
    errors: str,
    class_names: Sequence[str] | None,
    kind: Wave | None,
) -> tuple[Source, Wave]:
    """Read a folder; the arguments are those of `keras_gan.data.load`.

    Raises:
        NoSuchSplit: no such split.
        ValueError: files that differ in their rate, or in length without a `length`; more channels
            than one; an empty or unreadable file (named).
    """
    if length is not None:
        check_count("length", length)
    found = read_files(path, split, labels, errors, class_names, limit, WAVES, _read)
    rates, waves = zip(*found.read, strict=True)
    rate = found.in_common("WAV files", "sampling rates", "Hz", rates, "one rate for all")
    if kind is not None and kind.rate not in (None, rate):
        raise ValueError(
            f"The sound has another sampling rate. Received: {rate} Hz ({shown(found.root)}). "
            f"Expected {kind.rate} Hz."
        )
    if length is None:
        lengths = [len(wave) for wave in waves]
        expected = "length=, to cut or fill up to"
        length = found.in_common("WAV files", "lengths", "samples", lengths, expected)
    samples = np.stack([_fitted(wave, length) for wave in waves])[..., None]
    return found.source(samples), Wave(rate)


def _read(file: str, errors: str) -> tuple[int, np.ndarray] | None:
    """Rate and float32 samples in [-1, 1] of a file; None of an unreadable one, with "skip"."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of chunks that hold no sound
            rate, samples = wavfile.read(file)
    except Exception as error:  # damaged files end in many kinds
        if errors == "skip":
            return None
        raise ValueError(
            f"A WAV file cannot be read ({str(error) or type(error).__name__}). Received: "
            f"{shown(file)}. Expected a whole one; errors='skip' leaves such files out."
        ) from error
    if samples.ndim > 1:
        raise ValueError(
            f"A WAV file has several channels. Received: {shown(file)} with {samples.shape[1]}. "
            "Expected one: mix stereo down."
        )
    if not len(samples):
        raise ValueError(f"A WAV file is empty. Received: {shown(file)}. Expected sound.")
    if samples.dtype.kind == "f":
        scaled = samples.astype(np.float32)
        if not np.isfinite(scaled).all():
            raise ValueError(f"A WAV file has NaN or infinite values. Received: {shown(file)}.")
    elif samples.dtype == np.uint8:
        scaled = (samples.astype(np.float32) - 128) / 128
    else:
        scaled = (samples / -float(np.iinfo(samples.dtype).min)).astype(np.float32)
    return rate, scaled


def _fitted(wave: np.ndarray, length: int) -> np.ndarray:
    """The first samples, or all of them and silence."""
    return np.pad(wave[:length], (0, max(0, length - len(wave))))

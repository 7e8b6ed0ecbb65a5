"""Spoken digits, made by eSpeak NG: a folder of WAV files at 8 kHz.

    pip install espeakng-loader
    python -m benchmarks.quality.speech ../digits

eSpeak NG (GPL-3.0) is a synthesizer by formants; no free recordings of words come with a package
that pip installs. Ten digits, in English of several regions, by some thirty voices, at speeds and
pitches drawn at random with a fixed seed; a fifth of the files, of draws of their own, is the split
`test`. The length of a file is 4,096 samples; each has its digit as its folder.
"""

import ctypes
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from benchmarks.harness import command
from keras_gan.core import files

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
REGIONS = ("en", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-029")
VOICES = ("", *(f"+m{k}" for k in range(1, 9)), *(f"+f{k}" for k in range(1, 6)))
VOICES += ("+Alex", "+Andrea", "+Andy", "+Annie", "+Gene", "+Hugo", "+Jacky", "+Lee", "+Michael")
SPEEDS, PITCHES = (160, 260), (30, 75)  # words in a minute; of 0 to 100
RATE, LENGTH = 8000, 4096
PEAK = 0.8
QUIET = 0.02  # of the peak: where a word begins
_RATE, _PITCH, _SYNCHRONOUS, _UTF8 = 1, 3, 2, 1  # of espeak-ng/speak_lib.h


class Speaker:
    """The library, through its C interface."""

    def __init__(self):
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        place = espeakng_loader.get_data_path().encode()
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, place, 0)
        self._parts: list[np.ndarray] = []

        def keep(samples: ctypes.Array, count: int, _: object) -> int:
            if count > 0:
                self._parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
            return 0

        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        self._callback = kind(keep)  # kept as long as the library may call it
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, word: str, voice: str, speed: int, pitch: int) -> np.ndarray:
        """int16 samples at `rate`."""
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"eSpeak NG has no such voice. Received: {voice!r}.")
        self._library.espeak_SetParameter(_RATE, speed, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._parts.clear()
        text = word.encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._parts)


def as_clip(samples: np.ndarray, rate: int, shift: float) -> np.ndarray:
    """int16 samples at 8 kHz, `LENGTH` of them, from where the word begins.

    Args:
        samples: Of the word.
        rate: In a second.
        shift: From 0 to 1: how much of what is left of the clip lies before the word.
    """
    divisor = np.gcd(RATE, rate)
    wave = resample_poly(samples / 32768.0, RATE // divisor, rate // divisor)
    wave *= PEAK / np.abs(wave).max()
    loud = np.flatnonzero(np.abs(wave) > QUIET * PEAK)
    wave = wave[loud[0] : loud[-1] + 1][:LENGTH]
    before = int(shift * (LENGTH - len(wave)))
    clip = np.pad(wave, (before, LENGTH - len(wave) - before))
    return np.round(32767 * clip).astype(np.int16)


def write(folder: Path, train: int, test: int, seed: int = 0) -> None:
    """Writes so many files of each split, unless the folder is there."""
    if folder.exists():
        return
    speaker, rng = Speaker(), np.random.default_rng(seed)
    with files.replacing(folder) as part:
        for split, n in (("train", train), ("test", test)):
            for k in range(n):
                voice = rng.choice(REGIONS) + rng.choice(VOICES)
                speed, pitch = int(rng.integers(*SPEEDS)), int(rng.integers(*PITCHES))
                word = WORDS[k % len(WORDS)]
                samples = speaker.say(word, voice, speed, pitch)
                place = part / split / f"{k % len(WORDS)}-{word}"
                place.mkdir(parents=True, exist_ok=True)
                clip = as_clip(samples, speaker.rate, rng.uniform())
                wavfile.write(place / f"{k:05d}.wav", RATE, clip)


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("folder", type=Path, help="to make")
    parser.add_argument("--train", type=int, default=4000, help="files to train on")
    parser.add_argument("--test", type=int, default=1000, help="files that are held out")
    options = parser.parse_args(arguments)
    write(options.folder, options.train, options.test)
    print(f"{options.train} and {options.test} files: {options.folder}")


if __name__ == "__main__":
    main()

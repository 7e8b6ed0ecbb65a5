"""Folders of WAV files: what their samples are, their classes, and what is refused."""

import wave

import numpy as np
import pytest
from scipy.io import wavfile

from keras_gan import data
from keras_gan.core.kinds import Tokens, Wave

RAMP = np.linspace(-1.0, 1.0, 20, endpoint=False)


def write(path, samples=RAMP, rate=8000, dtype=np.int16):
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, (np.asarray(samples) * 32768).astype(dtype))


def load(folder, **options):
    return data.load(folder, shuffle=False, **options)


def batch(dataset):
    return next(iter(dataset.as_numpy_iterator()))


def test_classes_and_splits_are_those_of_folders(tmp_path):
    for k, place in enumerate(["train/no/1", "train/yes/1", "train/yes/2", "test/yes/3"]):
        write(tmp_path / f"{place}.wav", RAMP * (k + 1) / 4)
    dataset = load(tmp_path)
    assert (dataset.image_shape, dataset.kind, dataset.size) == ((20, 1), Wave(8000), 3)
    assert (dataset.num_classes, dataset.class_names) == (2, ["no", "yes"])
    waves, labels = batch(dataset)
    expected = np.stack([RAMP * (k + 1) / 4 for k in range(3)])[..., None]
    np.testing.assert_allclose(waves, expected, atol=1 / 32768)
    assert waves.dtype == np.float32
    assert labels.tolist() == [0, 1, 1]
    assert load(tmp_path, labels=False).num_classes is None
    held_out = load(tmp_path, split="test")
    assert (held_out.size, batch(held_out)[1].tolist()) == (1, [1])
    assert load(tmp_path, limit=2).size == 2
    assert len(dataset.fingerprint) == 64
    assert dataset.fingerprint != held_out.fingerprint


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (np.uint8, [0, 128, 255]),
        (np.int16, [-32768, 0, 32767]),
        (np.int32, [-(2**31), 0, 2**31 - 1]),
        (np.float32, [-1.0, 0.0, 1.0]),
    ],
)
def test_numbers_of_every_width_are_from_minus_one_to_one(tmp_path, dtype, values):
    wavfile.write(tmp_path / "a.wav", 8000, np.array(values, dtype))
    found = batch(load(tmp_path))[0, :, 0]
    np.testing.assert_allclose(found, [-1, 0, 1], atol=0.01)
    assert found[0] == -1
    assert found[1] == 0


def test_24_bits(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1), file.setsampwidth(3), file.setframerate(8000)
        file.writeframes(b"".join(k.to_bytes(3, "little", signed=True) for k in (-(2**23), 2**22)))
    assert batch(load(tmp_path))[0, :, 0].tolist() == [-1.0, 0.5]


def test_a_length_cuts_or_fills_up(tmp_path):
    write(tmp_path / "a.wav", RAMP)
    write(tmp_path / "b.wav", RAMP[:3])
    with pytest.raises(ValueError, match=r"differ in their lengths. .*20 samples .*a.wav.* and 3 "):
        load(tmp_path)
    waves = batch(load(tmp_path, length=5))[..., 0]
    np.testing.assert_allclose(waves, [RAMP[:5], [*RAMP[:3], 0, 0]], atol=1 / 32768)


def test_what_is_refused(tmp_path):
    write(tmp_path / "rates" / "a.wav")
    write(tmp_path / "rates" / "b.wav", rate=16000)
    write(tmp_path / "stereo" / "a.wav", np.stack([RAMP, RAMP], axis=1))
    write(tmp_path / "empty" / "a.wav", [])
    write(tmp_path / "nan" / "a.wav", [np.nan], dtype=np.float32)
    write(tmp_path / "good" / "a.wav")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.wav").write_bytes(b"RIFF")
    for name, message in {
        "rates": r"differ in their sampling rates. .*8000 Hz .*16000 Hz .*Expected one rate",
        "stereo": r"several channels. .*a.wav with 2. Expected one",
        "empty": "is empty",
        "nan": "NaN or infinite",
        "broken": r"cannot be read \(.*errors='skip'",
    }.items():
        with pytest.raises(ValueError, match=message):
            load(tmp_path / name)
    with pytest.raises(ValueError, match="None of the folder's WAV files can be read"):
        load(tmp_path / "broken", errors="skip")
    for options, message in (
        ({"kind": Wave(16000)}, r"another sampling rate. .*8000 Hz .*Expected 16000 Hz"),
        ({"kind": Tokens()}, "This source holds waves"),
        ({"image_size": 8}, "a size of pictures"),
        ({"length": 0}, "length"),
        ({"split": "test"}, "no such split"),
        ({"labels": "digit"}, "labels are its sub-folders"),
    ):
        with pytest.raises(ValueError, match=message):
            load(tmp_path / "good", **options)
    with pytest.raises(ValueError, match="`length` is that of waves, texts and clips"):
        load("digits", length=8)


def test_unreadable_files_are_skipped_if_asked(tmp_path):
    write(tmp_path / "yes" / "b.wav")
    (tmp_path / "no").mkdir()
    (tmp_path / "no" / "a.wav").write_bytes(b"RIFF")
    with pytest.warns(UserWarning, match="1 of 2 WAV files"):
        dataset = load(tmp_path, errors="skip")
    assert (dataset.size, batch(dataset)[1].tolist()) == (1, [1])


def test_pictures_go_first(tmp_path):
    from PIL import Image

    write(tmp_path / "a.wav")
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    with pytest.warns(UserWarning, match=r"1 pictures are taken.*a.wav"):
        assert load(tmp_path).image_shape == (8, 8, 1)

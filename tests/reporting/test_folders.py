"""Pictures in a folder against real ones: all of both, whatever made them."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_gan.command.cli import main
from keras_gan.metrics import Pixels, frechet_distance
from keras_gan.reporting import compare, report

pytestmark = pytest.mark.usefixtures("home")
OPTIONS = {"extractor": "pixels", "progress": False}


def save(folder, images):
    folder.mkdir(parents=True)
    for k, image in enumerate(images):
        Image.fromarray(image.squeeze()).save(folder / f"{k:03}.png")
    return folder


def eight_bits(images):
    return np.round((images + 1) * 127.5).astype(np.uint8)


@pytest.fixture
def folders(digits, tmp_path):
    images = eight_bits(digits[0])
    return save(tmp_path / "made", images[:40]), save(tmp_path / "real", images[100:160])


def features(images):
    return Pixels().extract(images).features


def rows(found):
    return {row["key"]: row for row in found["metrics"]}


@pytest.mark.filterwarnings("ignore:A Fréchet distance from fewer samples")
def test_all_of_both_are_compared(folders, digits, tmp_path, capsys):
    made, real = folders
    options = ["--data", str(real), "--features", "pixels"]
    assert main(["evaluate", str(made), *options]) == 0
    said = capsys.readouterr().out
    found = json.loads((tmp_path / "made-report" / "report.json").read_text())
    assert (tmp_path / "made-report" / "report.html").stat().st_size > 1000
    assert sorted(path.suffix for path in made.iterdir()) == [".png"] * 40

    images = eight_bits(digits[0])
    fid = rows(found)["fid"]
    assert fid["name"] == "fid40_pixels_real60"
    assert fid["name"] in said
    expected = frechet_distance(features(images[100:160]), features(images[:40]))
    assert fid["value"] == pytest.approx(expected)
    assert fid["real"] > 0
    protocol = found["protocol"]
    assert (protocol["samples"], protocol["reference"], protocol["seed"]) == (40, 60, None)
    assert "one half against the other" in protocol["real"]
    assert found["model"]["class"] == "Pictures"
    assert {"fid", "kid", "precision", "recall", "density", "coverage"} == set(rows(found))
    assert "made-report" in said
    assert "fid40_pixels_real60" in compare([tmp_path / "made-report"] * 2)


def test_held_out_pictures_are_the_reference_and_say_what_is_copied(digits, tmp_path):
    images = eight_bits(digits[0])
    train, held_out = save(tmp_path / "train", images[:60]), images[60:120]
    copies = save(tmp_path / "made", images[:50])
    found = report(copies, train, held_out=held_out, **OPTIONS)
    assert rows(found)["fid"]["name"] == "fid50_pixels_real60"
    assert rows(found)["in_training"]["value"] == 1.0
    assert "memorisation" in {finding["kind"] for finding in found["findings"]}


def test_sizes_and_colours(folders, digits, tmp_path):
    made, real = folders
    large = np.repeat(np.repeat(eight_bits(digits[0][:30]), 2, axis=1), 2, axis=2)
    large = save(tmp_path / "large", np.repeat(large, 3, axis=3))
    message = r"of shape \(8, 8, 3\), the data \(train\) of shape \(16, 16, 3\). Pass image_size="
    with pytest.raises(ValueError, match=message):
        report(made, large, **OPTIONS)
    found = report(made, large, image_size=8, **OPTIONS)
    assert found["model"]["image_shape"] == [8, 8, 3]
    few = save(tmp_path / "few", eight_bits(digits[0][:19]))
    with pytest.raises(ValueError, match=r"at least 20 real images of either kind. Received: 19"):
        report(made, few, **OPTIONS)
    fewer = save(tmp_path / "fewer", eight_bits(digits[0][:9]))
    with pytest.raises(ValueError, match=r"at least 10 pictures. Received: 9 in .*fewer"):
        report(fewer, real, **OPTIONS)


def test_a_folder_alone_is_compared_with_nothing(folders, capsys):
    made, _ = folders
    assert main(["evaluate", str(made)]) == 2
    said = capsys.readouterr().err
    assert "is no run: it has no config.json" in said
    assert said.endswith("that they are to be compared with: --data.\n")

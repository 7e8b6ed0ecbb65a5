"""A run directory belongs to one training and knows its data wherever they are; seeds, names."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan import plotting
from keras_gan.core import files, noise
from keras_gan.reporting import report
from keras_gan.runs import run
from keras_gan.runs.directory import Run
from keras_gan.runs.settings import Settings, located

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")


def small(source="digits", **changes):
    options = {"limit": 40, "batch_size": 20, "latent_dim": 4, "width": 4, "epochs": 1}
    return Settings(str(source), **options | {"model": "vanilla"} | changes)


def pictures(folder, seed=0, names=("a", "b"), n=8):
    rng = np.random.default_rng(seed)
    for name in names:
        (folder / name).mkdir(parents=True)
        for k in range(n):
            pixels = rng.integers(0, 256, (8, 8), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{k}.png")
    return folder


def content(directory):
    return {p.name: p.read_bytes() for p in directory.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def of_folder(tmp_path_factory):
    """A run of a conditional model on a folder of two classes."""
    place = tmp_path_factory.mktemp("of_folder")
    settings = small(pictures(place / "photos"), model="cgan", loss="hinge", limit=None)
    run.train(settings, place / "run", verbose=0)
    return place


@pytest.fixture
def moved(of_folder, tmp_path):
    shutil.copytree(of_folder / "run", tmp_path / "run")
    shutil.copytree(of_folder / "photos", tmp_path / "moved")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["settings"]["source"] = str(tmp_path / "photos")  # where nothing is any more
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    return tmp_path


# -- the lock --------------------------------------------------------------------------------------


def test_a_second_training_is_refused_and_changes_nothing(moved):
    directory = moved / "run"
    before = content(directory)
    (moved / "link").symlink_to(directory)
    with Run(directory).owned():
        for name in ("run", "link", "run/../run/"):
            for start in (
                lambda out: run.train(small(), out, overwrite=True, verbose=0),
                lambda out: run.resume(out, epochs=2, source=moved / "moved", verbose=0),
            ):
                with pytest.raises(ValueError, match="Another process is training in"):
                    start(moved / name)
        assert run.load(directory).sample(1, seed=0).shape == (1, 8, 8, 1)
    assert content(directory) == before
    with Run(directory).owned():
        pass


def test_the_lock_of_a_crashed_process_is_gone(tmp_path):
    code = "import filelock, os, sys; filelock.FileLock(sys.argv[1]).acquire(); os._exit(1)"
    subprocess.run([sys.executable, "-c", code, tmp_path / ".run.lock"], check=False)
    with Run(tmp_path / "run").owned():
        assert not (tmp_path / "run").exists()


def test_a_system_without_locks_is_named(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise NotImplementedError("no flock")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with (
        pytest.warns(UserWarning, match=r"has no lock for .* \(no flock\): two trainings"),
        Run(tmp_path / "run").owned(),
    ):
        pass


def test_a_start_that_fails_leaves_the_older_run(of_folder):
    before = content(of_folder / "run")
    with pytest.raises(ValueError, match="not known"):
        run.train(small("no_such_dataset"), of_folder / "run", overwrite=True, verbose=0)
    assert content(of_folder / "run") == before
    assert sorted(p.name for p in of_folder.iterdir()) == [".run.lock", "photos", "run"]


# -- where the data are ----------------------------------------------------------------------------


def test_a_run_records_what_its_source_means(of_folder, tmp_path, monkeypatch):
    config = Run(of_folder / "run").config()
    assert config["settings"]["source_type"] == "folder"
    assert config["settings"]["source"] == str(of_folder / "photos")
    assert config["data"]["class_names"] == ["a", "b"]
    assert config["data"]["fingerprint"]
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path / "digits")
    with pytest.warns(UserWarning, match="the dataset is taken"):
        assert located(small("digits")).source_type == "digits"
    assert located(small("digits", source_type="digits")).source == "digits"
    assert located(small("./digits")).source == str(tmp_path / "digits")


@pytest.mark.parametrize("out", ["photos", "photos/run", "."])
def test_a_run_does_not_lie_among_its_pictures(tmp_path, out):
    folder = pictures(tmp_path / "photos")
    before = content(folder)
    with pytest.raises(ValueError, match=r"does not train on its own pictures. Received: the fold"):
        run.train(small(folder), tmp_path / out, overwrite=True, verbose=0)
    assert content(folder) == before


def test_pictures_that_have_moved_are_found_again(moved, monkeypatch):
    with pytest.raises(
        ValueError, match=r"have moved: keras-gan train FOLDER --resume --out .*run"
    ):
        run.resume(moved / "run", epochs=2, verbose=0)
    for wrong in (
        pictures(moved / "others", seed=1),
        pictures(moved / "more", n=9),
        pictures(moved / "renamed", names=("a", "c")),
    ):
        with pytest.raises(ValueError, match=r"data are not those|class"):
            run.resume(moved / "run", epochs=2, source=wrong, verbose=0)
    monkeypatch.chdir(moved)
    gan = run.resume("run", epochs=2, source="moved", verbose=0)
    assert gan.step.numpy() == 2
    assert Run("run").settings().source == str(moved / "moved")


def test_a_run_keeps_the_numbers_of_its_classes(moved):
    config = json.loads((moved / "run" / "config.json").read_text())
    config["data"] |= {"class_names": ["b", "a"]}
    del config["data"]["fingerprint"], config["settings"]["source_type"]  # of an older version
    config["settings"]["source"] = str(moved / "moved")
    (moved / "run" / "config.json").write_text(json.dumps(config))
    config["settings"]["source_type"] = "folder"
    settings = Settings(**config["settings"])
    dataset = run._same_data(Run(moved / "run"), settings)
    assert dataset.class_names == ["b", "a"]
    images, labels = next(dataset.as_numpy_iterator())
    first = np.asarray(Image.open(moved / "moved" / "b" / "0.png")) / 127.5 - 1
    (row,) = [k for k, image in enumerate(images) if np.allclose(image[..., 0], first)]
    assert labels[row] == 0


# -- resuming the same training --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("seed", 7, "Received: seed=0. Expected 7"),
        ("loss", "minimax", "Received: loss={.*Hinge.*Expected {.*Minimax"),
        ("beta_1", 0.25, "Received: generator_optimizer.beta_1=0.5. Expected 0.25"),
        ("n_critic", 2, "Received: n_critic=1. Expected 2"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(moved, name, value, message):
    config = json.loads((moved / "run" / "config.json").read_text())
    config["settings"] |= {name: value, "source": str(moved / "moved")}
    (moved / "run" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=message):
        run.resume(moved / "run", epochs=2, verbose=0)


def test_all_networks_are_compared(tmp_path):
    one, other = (
        keras_gan.VAEGAN(
            (8, 8, 1),
            latent_dim=4,
            width=4,
            seed=0,
            encoder=keras_gan.builders.vaegan_encoder((8, 8, 1), 4, width),
        )
        for width in (4, 8)
    )
    with pytest.raises(ValueError, match="of another architecture"):
        run._check_same(one, other, small(), Run(tmp_path))


# -- numbers and names -----------------------------------------------------------------------------


def test_seeds_of_63_bits(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_gan.runs.run._fit", lambda *arguments: None)
    gan = run.train(small(seed=2**63 - 1), tmp_path / "run", verbose=0)
    assert gan.seed == Run(tmp_path / "run").settings().seed == 2**63 - 1
    assert gan.sample(seeds=[2**63 - 1]).shape == (1, 8, 8, 1)
    for call in (
        lambda: small(seed=2**63),
        lambda: noise.check_seed(True),
        lambda: gan.sample(2, seed=2**63),
        lambda: gan.sample(seeds=[1, 2**64]),
        lambda: gan.sample(seeds=[-1]),
    ):
        with pytest.raises(ValueError, match=r"Expected a whole seed from 0 to 2\*\*63 - 1"):
            call()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", "JPEG"), ("a.webp", "WEBP"), ("a.PNG", "PNG"), ("a", "PNG")]
)
def test_a_picture_is_of_the_kind_that_its_name_says(tmp_path, name, kind):
    images = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 1))
    for save, what in ((plotting.save_grid, images), (plotting.save_scatter, images[:, 0, :2, 0])):
        save(what, tmp_path / name)
        with Image.open(tmp_path / name) as picture:
            assert picture.format == kind
    with pytest.raises(ValueError, match=r"Received: a.xyz. Expected a name that ends in .png"):
        plotting.save_grid(images, tmp_path / "a.xyz")


def test_commands_are_quoted(tmp_path):
    directory = tmp_path / "my run"
    (directory / "checkpoints").mkdir(parents=True)
    (directory / "checkpoints" / "epoch-0002.keras").touch()
    assert Run(directory).progress().endswith(f"--resume --out '{directory}'")


def test_figures_are_written_before_they_are_drawn(of_folder, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("keras_gan.reporting.show.draw", fail)
    pixels = lambda *arguments: (keras_gan.metrics.Pixels(), None)  # noqa: E731
    monkeypatch.setattr("keras_gan.runs.reference.extractors", pixels)
    gan = run.load(of_folder / "run")
    digits = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), np.uint8)
    with pytest.raises(OSError, match="disk full"):
        report(
            gan,
            (digits, np.arange(60) % 2),
            out=tmp_path / "report",
            samples=20,
            extractor="pixels",
            progress=False,
        )
    written = json.loads((tmp_path / "report" / "report.json").read_text())
    assert written["model"]["class"] == "CGAN"


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        files.check_writable(tmp_path / "file" / "report")
    assert os.listdir(tmp_path) == ["file"]
    files.check_writable(tmp_path / "a" / "b")
    assert os.listdir(tmp_path / "a" / "b") == []

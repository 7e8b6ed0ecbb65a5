"""The directory of a run: its paths, its config.json, and who owns it."""

import contextlib
import dataclasses
import errno
import json
import platform
import shlex
import shutil
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import keras
import numpy as np
import tensorflow as tf

from keras_gan.core import checkpoints, files
from keras_gan.runs import reference
from keras_gan.runs.settings import Settings, located, read
from keras_gan.version import __version__

_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


class Run:
    """The paths of a run directory, and what stands in its config.json.

    Args:
        directory: The run directory.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)
        self.config_path = self.directory / "config.json"
        self.checkpoints = self.directory / "checkpoints"
        self.history = self.directory / "history.csv"
        self.logs = self.directory / "logs"
        self.samples = self.directory / "samples"
        self.losses = self.directory / "losses.png"
        self.model = self.directory / "model.keras"
        self.best = self.directory / "best.keras"

    def config(self) -> dict[str, Any]:
        """What config.json says.

        Raises:
            ValueError: if there is none, or it is none of ours.
        """
        try:
            config = json.loads(self.config_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(f"{self.directory} is no run: it has no config.json.") from None
        except ValueError as error:
            raise ValueError(f"{self.config_path} cannot be read: {error}.") from None
        if not isinstance(config, dict) or not {"settings", "versions"} <= config.keys():
            raise ValueError(f"{self.config_path} is not the config.json of a run.")
        return config

    def settings(self) -> Settings:
        """The settings that the run was made with."""
        try:
            return read(self.config()["settings"])
        except TypeError as error:
            raise ValueError(f"{self.config_path} cannot be used: {error}.") from None

    def data_options(self) -> dict[str, Any]:
        """How `keras_gan.runs.reference.load` reads the run's data: classes keep their numbers."""
        settings, data = located(self.settings()), self.config().get("data", {})
        options = {name: getattr(settings, name) for name in reference.OPTIONS}
        if settings.source_type == "folder":
            options["class_names"] = data.get("class_names")
        return options | {"source_type": settings.source_type}

    def check_free(self, overwrite: bool = False) -> None:
        """Checks that a new run may begin here; with `overwrite`, an older run counts as nothing.

        Raises:
            FileExistsError: if something is here that is to be kept.
        """
        if not self.directory.exists():
            return
        if self.directory.is_dir() and not any(self.directory.iterdir()):
            return
        try:
            self.config()
        except (ValueError, OSError):
            raise FileExistsError(
                f"{self.directory} exists and is no run of keras-gan, so it is left as it is. "
                "Choose another directory."
            ) from None
        if not overwrite:
            raise FileExistsError(
                f"{self.directory} holds a run already. Go on with it (--resume), replace it "
                "(--overwrite) or choose another directory."
            )

    def check_apart(self, settings: Settings) -> None:
        """Refuses a folder of pictures that the run would lie in, or that lies in the run.

        Raises:
            ValueError: since what a run leaves behind are pictures too.
        """
        run = self.directory.resolve()
        for folder in settings.folders():
            pictures = Path(folder).resolve()
            if pictures == run or run in pictures.parents or pictures in run.parents:
                raise ValueError(
                    "A run does not train on its own pictures. Received: the folder "
                    f"{folder} and the run directory {self.directory}. Expected two of which "
                    "neither lies in the other."
                )

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Keeps other trainings out of the directory; the system lets go of it with this process.

        The lock stands beside the directory, `.<name>.lock`, since a run that is replaced is
        renamed away.

        Raises:
            ValueError: if another training holds it.
            OSError: if the place cannot be written to.
        """
        place = self.directory.resolve()
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory", str(place.parent)) from None
        path = place.with_name(f".{place.name}.lock")
        # a soft lock would outlive a crash
        lock = filelock.FileLock(path, fallback_to_soft=False)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise ValueError(
                f"Another process is training in {self.directory}. Wait for its end, stop it, or "
                "choose another directory."
            ) from None
        except (NotImplementedError, OSError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
                raise
            warnings.warn(
                f"The system has no lock for {place.parent} ({error}): two trainings in "
                f"{self.directory} at once would mix.",
                stacklevel=2,
            )
        try:
            yield
        finally:
            if not self.config_path.exists():
                path.unlink(missing_ok=True)  # nothing was begun: nothing is left
            lock.release()

    def create(self, settings: Settings, dataset: tf.data.Dataset, overwrite: bool = False) -> None:
        """Makes the directory, with its config.json and nothing else in it.

        An older run makes way in one step, and is removed when the new one stands.
        """
        self.check_free(overwrite)
        place = self.directory.resolve()
        fresh, old = (place.with_name(f".{uuid.uuid4().hex[:8]}-{place.name}") for _ in range(2))
        try:
            Run(fresh).write_config(settings, dataset)
            if place.exists():
                place.rename(old)
            fresh.rename(place)
        except BaseException:
            if old.exists():
                old.rename(place)
            raise
        finally:
            for rest in (fresh, old):
                if rest.exists():
                    shutil.rmtree(rest)

    def write_config(self, settings: Settings, dataset: tf.data.Dataset) -> None:
        """Writes config.json."""
        config = {
            "settings": dataclasses.asdict(settings),
            "data": facts_of(dataset),
            "versions": {
                "keras_gan": __version__,
                "keras": keras.__version__,
                "tensorflow": tf.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }
        with files.replacing(self.config_path) as part:
            part.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    def progress(self) -> str:
        """One sentence about the last good checkpoint, and one about going on from there."""
        found = checkpoints.latest(self.checkpoints)
        if found is None:
            return ""
        path, epoch = found
        return (
            f"The last good checkpoint is {path} (finished epochs: {epoch}). "
            f"To go on: keras-gan train --resume --out {shlex.quote(str(self.directory))}"
        )


def facts_of(dataset: tf.data.Dataset) -> dict[str, Any]:
    """What config.json says of the data, so that a resumed run can tell that they are the same."""
    condition = getattr(dataset, "condition_shape", None)
    return {
        "image_shape": [int(side) for side in dataset.image_shape],
        "condition_shape": condition and [int(side) for side in condition],
        "size": int(dataset.size),
        "num_classes": dataset.num_classes and int(dataset.num_classes),
        "class_names": dataset.class_names and [str(name) for name in dataset.class_names],
        "fingerprint": dataset.fingerprint,
    }

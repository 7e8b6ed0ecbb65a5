"""Saved models found, checked and loaded: what `keras_gan.callbacks.Checkpoint` leaves."""

import re
import warnings
import zipfile
from pathlib import Path

import keras

_NAME = re.compile(r"epoch-(\d{4,})\.keras")


def find(directory: str | Path) -> list[tuple[Path, int]]:
    """Paths and epochs of all checkpoints in a directory, oldest first."""
    paths = Path(directory).glob("epoch-*.keras")
    matches = ((path, _NAME.fullmatch(path.name)) for path in paths)
    return sorted(((path, int(m[1])) for path, m in matches if m), key=lambda found: found[1])


def latest(directory: str | Path) -> tuple[Path, int] | None:
    """The newest checkpoint in a directory.

    Args:
        directory: Where `Checkpoint` wrote.

    Returns:
        Its path and the number of epochs that are in it, or None if there is none.

    Example:

    >>> latest("runs/a/checkpoints")
    (PosixPath('runs/a/checkpoints/epoch-0020.keras'), 20)
    """
    found = find(directory)
    return found[-1] if found else None


def load_latest(directory: str | Path) -> tuple[keras.Model, int]:
    """Loads the newest checkpoint that can be read; warns of each one that cannot.

    Args:
        directory: Where `Checkpoint` wrote.

    Returns:
        The model, and the number of epochs that are in it: what `fit` takes as `initial_epoch`.

    Raises:
        ValueError: if there is none, or none can be read.

    Example:

    >>> gan, epoch = load_latest("runs/a/checkpoints")
    >>> gan.fit(images, epochs=40, initial_epoch=epoch)
    """
    found = find(directory)
    if not found:
        raise ValueError(f"There is no checkpoint in {directory}: nothing to go on from.")
    for path, epoch in reversed(found):
        try:
            return load_model(path), epoch
        except ValueError as error:
            warnings.warn(f"{error} Trying the checkpoint before it.", stacklevel=2)
    raise ValueError(f"No checkpoint in {directory} can be read. Tried: {len(found)}.")


def load_model(path: str | Path) -> keras.Model:
    """Loads a `.keras` file, or says in one sentence why it cannot be.

    Args:
        path: The file.

    Raises:
        ValueError: if it is missing, damaged, or nothing that Keras can load here.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"There is no such file: {path}.")
    if not is_whole(path):
        raise ValueError(f"{path} is damaged.")
    try:
        return keras.saving.load_model(path)
    except Exception as error:  # whatever Keras, h5py or json make of it
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise ValueError(f"{path} cannot be loaded ({reason}).") from error


def is_whole(path: Path) -> bool:
    """Whether all parts of a `.keras` file have the checksums that they were written with.

    Keras itself would not notice a changed byte among the weights.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except Exception:  # zipfile knows half a dozen ways of finding a file damaged
        return False

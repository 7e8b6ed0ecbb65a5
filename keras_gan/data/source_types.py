"""What a source is: the digits, a folder, a dataset of tensorflow-datasets, text, or arrays."""

import os
import warnings
from pathlib import Path
from typing import Any

SOURCE_TYPES = ("digits", "folder", "catalogue", "text", "arrays")


def source_type(source: Any, data_dir: str | Path | None = None) -> str:
    """Say which kind of source a name, a path or arrays are; everybody asks here.

    A bare name that is a dataset means the dataset, whatever lies in the working directory; a
    folder of that name is meant by "./name", and a warning says so. A path object, and a string
    with a separator or a leading "." or "~", means a folder, save for a configuration such as
    "voc/2007" where no such folder exists.

    Args:
        source: as in `keras_gan.data.load`.
        data_dir: where tensorflow-datasets keeps its files; None is its usual place.

    Returns:
        "digits", "folder", "catalogue" (tensorflow-datasets), "text" (a file that ends in .txt) or
        "arrays". "folder" does not say that the folder exists, nor "catalogue" that the dataset
        does.

    Example:
        >>> source_type("digits"), source_type("./digits"), source_type("mnist")
        ('digits', 'folder', 'catalogue')
    """
    if isinstance(source, (str, os.PathLike)) and _is_text(source):
        return "text"
    if isinstance(source, os.PathLike):
        return "folder"
    if not isinstance(source, str):
        return "arrays"
    folder = Path(source).expanduser()
    if source.startswith((".", "~")) or not source or folder.is_absolute():
        return "folder"
    if os.sep in source or (os.altsep and os.altsep in source):
        known = not folder.is_dir() and _is_dataset(source.split("/")[0], data_dir)
        return "catalogue" if known else "folder"
    kind = "digits" if source == "digits" else "catalogue"
    if not folder.is_dir():
        return kind
    if kind == "catalogue" and not _is_dataset(source, data_dir):
        return "folder"
    if not _is_prepared(folder):
        warnings.warn(
            f"{source!r} is a dataset and also a folder here: the dataset is taken. "
            f"Write './{source}' to mean the folder.",
            stacklevel=2,
        )
    return kind


def _is_text(source: str | os.PathLike) -> bool:
    path = Path(source).expanduser()
    return path.suffix.lower() == ".txt" and not path.is_dir()


def _is_dataset(name: str, data_dir: str | Path | None) -> bool:
    """Whether tensorflow-datasets knows a bare name, or finds it prepared among its files."""
    import tensorflow_datasets as tfds

    if not name.isidentifier():
        return False
    try:
        tfds.builder_cls(name)
    except tfds.core.DatasetNotFoundError:
        place = None if data_dir is None else Path(data_dir).expanduser()
        try:
            tfds.builder(name, data_dir=place)
        except tfds.core.DatasetNotFoundError:
            return False
    return True


def _is_prepared(folder: Path) -> bool:
    """Whether a folder holds the files of a dataset itself: its data_dir is where we are."""
    infos = (folder.glob(f"{depth}/dataset_info.json") for depth in ("*", "*/*"))
    return any(next(found, None) for found in infos)

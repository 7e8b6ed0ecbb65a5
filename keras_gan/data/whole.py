"""Folders whose files are read whole: sound and clips, which stay in memory."""

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_gan.data.fingerprint import fingerprint
from keras_gan.data.folder import classified
from keras_gan.data.listing import FileType
from keras_gan.data.pictures import shown
from keras_gan.data.source import Source


class Files(NamedTuple):
    """The files of a folder that can be read, and what is in each of them."""

    root: Path
    files: list[str]
    read: list[Any]
    classes: np.ndarray | None
    class_names: list[str]

    def in_common(self, plural: str, what: str, unit: str, values: list, expected: str) -> Any:
        """The value that all files have in common; an error that names two which do not."""
        for file, value in zip(self.files, values, strict=True):
            if value != values[0]:
                raise ValueError(
                    f"The {plural} differ in their {what}. Received: {values[0]} {unit} "
                    f"({shown(self.files[0])}) and {value} {unit} ({shown(file)}). Expected "
                    f"{expected}."
                )
        return values[0]

    def source(self, samples: np.ndarray) -> Source:
        """The source of the samples that have been made of the files, one of each."""
        with ThreadPoolExecutor() as pool:
            mark = fingerprint(self.root, self.files, pool)
        labelled = self.classes is not None
        return Source(
            size=len(samples),
            image_shape=samples.shape[1:],
            dtype=samples.dtype,
            fetch=samples.__getitem__,
            labels=self.classes,
            num_classes=len(self.class_names) if labelled else None,
            class_names=self.class_names if labelled else None,
            fingerprint=mark,
            names=[os.path.splitext(os.path.relpath(f, self.root))[0] for f in self.files],
        )


def read_files(
    path: str | Path,
    split: str,
    labels: bool | None,
    errors: str,
    class_names: Sequence[str] | None,
    limit: int | None,
    file_type: FileType,
    read: Callable[[str, str], Any],
) -> Files:
    """Read the files of a folder's split.

    Args:
        path, split, labels, errors, class_names, limit: As in `keras_gan.data.load`.
        file_type: What files are taken.
        read: Function of a file's path and `errors` to what is in it; None of one left out.

    Raises:
        NoSuchSplit, ValueError: As `folder_source`; no file that can be read.
    """
    root, files, classes, names = classified(
        path, split, labels, errors, class_names, limit, file_type
    )
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda file: read(file, errors), files))
    good = [k for k, content in enumerate(found) if content is not None]
    if not good:
        raise ValueError(
            f"None of the folder's {file_type.what} can be read. Received: {shown(root)}."
        )
    if len(good) < len(files):
        warnings.warn(
            f"{len(files) - len(good)} of {len(files)} {file_type.what} cannot be read and are "
            "left out.",
            stacklevel=5,
        )
    classes = None if classes is None else classes[good]
    return Files(root, [files[k] for k in good], [found[k] for k in good], classes, names)

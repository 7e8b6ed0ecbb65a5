"""An enlarged training set as a folder of pictures, one sub-folder for each class."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from keras_gan.core import files
from keras_gan.enlarging.labelled import Labelled
from keras_gan.enlarging.mixture import Manifest

MANIFEST = "manifest.csv"


def write(path: str | Path, pictures: Labelled, manifest: Manifest) -> None:
    """Writes what `keras.utils.image_dataset_from_directory` and `keras_gan.data.load` read.

    It is `CLASS/real-00000.png`, `CLASS/made-00000.png` and so on, and `manifest.csv`, which says
    of each file what it is; the numbers are the rows of the manifest. The folder is there when it
    is complete.

    Args:
        path: Of the folder, which must not be there.
        pictures, manifest: As `mixture.mixed` makes them.

    Raises:
        ValueError: for pictures that are neither gray nor RGB.
        FileExistsError: if the folder is there.
    """
    channels = pictures.images.shape[-1]
    if channels not in (1, 3):
        raise ValueError(
            f"A folder is for gray or RGB pictures. Received: {channels} channels. Expected 1 or 3."
        )
    number = int(pictures.labels.max()) + 1
    names = list(pictures.class_names or map(str, range(number)))
    folders = folder_names(names)
    digits = max(5, len(str(int(manifest.rows.max()))))
    manifest.files = [
        f"{folders[label]}/{'real' if real else 'made'}-{row:0{digits}d}.png"
        for real, label, row in zip(manifest.real, manifest.labels, manifest.rows, strict=True)
    ]
    with files.replacing(path, overwrite=False) as part:
        for label in np.unique(pictures.labels):
            (part / folders[label]).mkdir(parents=True)
        for image, file in zip(pictures.images, manifest.files, strict=True):
            Image.fromarray(image[..., 0] if channels == 1 else image).save(part / file)
        manifest.write(part / MANIFEST, names)


def folder_names(names: Sequence[str]) -> list[str]:
    """Of classes, names that every system takes; numbers of one length, which keeps their order."""
    if all(name.isdecimal() for name in names):
        length = max(map(len, names))
        return [name.zfill(length) for name in names]
    safe = [re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(" .") or "_" for name in names]
    if len({name.casefold() for name in safe}) < len(safe):
        length = len(str(len(safe) - 1))
        safe = [f"{number:0{length}d}-{name}" for number, name in enumerate(safe)]
    return safe

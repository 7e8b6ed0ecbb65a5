"""Samples by the thousand, part by part: a folder of PNG files, or one .npz file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from keras_gan.core import files, kinds
from keras_gan.core.ranges import to_uint8
from keras_gan.engine import inputs
from keras_gan.engine.model import GenerativeModel

PART = 1024  # samples in memory at a time


def is_for_many(out: str) -> bool:
    """Whether a path is that of a folder, which ends in "/", or of an .npz file."""
    return out.endswith("/") or out.endswith(".npz")


def save_samples(
    gan: GenerativeModel, out: str, n: int, labels: list[int] | None, seed: int, truncation: float
) -> None:
    """Writes what `gan.sample(n, labels, seed, truncation=truncation)` gives, in little memory.

    Args:
        gan: The model.
        out: A folder that is not there yet, for `00000.png` and so on, or an .npz file with
            `images` (n, ...), uint8 of pictures, and the `labels` (n,) of a model of classes.
        n, labels, seed, truncation: As in `sample`.

    Raises:
        ValueError: for samples that are no pictures, in a folder.
        FileExistsError: if the folder is there.
    """
    pictures = isinstance(gan.kind, kinds.Picture)
    if out.endswith("/") and (not pictures or gan.image_shape[-1] not in (1, 3)):
        raise ValueError(
            f"A folder is for gray or RGB pictures. Received: {gan.kind.plural} of shape "
            f"{gan.image_shape}. Expected an .npz file."
        )
    rows, given = inputs.sampling(gan, n, labels, seed, None, truncation)
    parts = _parts(gan, rows, given, truncation)
    parts = map(to_uint8, parts) if pictures else parts
    with files.replacing(Path(out), overwrite=not out.endswith("/")) as place:
        if out.endswith("/"):
            _write_folder(place, n, parts)
        else:
            shape, dtype = (n, *gan.image_shape), np.uint8 if pictures else np.float32
            _write_npz(place, parts, shape, np.dtype(dtype), given)


def _parts(
    gan: GenerativeModel, rows: np.ndarray, labels: np.ndarray | None, truncation: float
) -> Iterator[np.ndarray]:
    for k in range(0, len(rows), PART):
        told = None if labels is None else labels[k : k + PART]
        yield gan.samples_of(gan.latents(rows[k : k + PART]), told, truncation)


def _write_folder(folder: Path, n: int, parts: Iterator[np.ndarray]) -> None:
    folder.mkdir()
    digits = max(5, len(str(n - 1)))
    pictures = (picture for part in parts for picture in part)
    for k, picture in enumerate(pictures):
        flat = picture[..., 0] if picture.shape[-1] == 1 else picture
        Image.fromarray(flat).save(folder / f"{k:0{digits}d}.png")


def _write_npz(
    path: Path,
    parts: Iterator[np.ndarray],
    shape: tuple[int, ...],
    dtype: np.dtype,
    labels: np.ndarray | None,
) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as beside:  # on the disk, not in memory
        images = np.lib.format.open_memmap(Path(beside) / "images.npy", "w+", dtype, shape)
        done = 0
        for part in parts:
            images[done : done + len(part)] = part
            done += len(part)
        np.savez_compressed(path, images=images, **({} if labels is None else {"labels": labels}))
        del images  # Windows removes no file that is open

"""`keras-gan edit`: photographs found among a model's latents, and changed there."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan import editing
from keras_gan.core import directions, files, names
from keras_gan.core.kinds import Clip, Picture
from keras_gan.data import pictures
from keras_gan.engine.model import GenerativeModel
from keras_gan.runs import run

SEARCH = ("method", "steps", "restarts", "seed")


def edit(given: dict[str, Any]) -> None:
    """What the command does.

    Args:
        given: Its options by name.

    Raises:
        ValueError: for a model that makes no pictures, or a direction that it does not have.
    """
    gan = run.load(given["model"])
    if not isinstance(gan.kind, Picture):
        raise ValueError(f"Only pictures are edited here. {type(gan).__name__} makes another kind.")
    search = {name: given[name] for name in SEARCH if name in given}
    if given.get("list"):
        _list(directions_of(gan, given["model"]))
    elif "between" in given:
        walk = editing.between(gan, *_read(gan, given["between"]), n=given.get("n", 8), **search)
        _draw(Clip(), walk[None], given.get("out", "walk.gif"), columns=1)
    else:
        _edit(gan, given, search)


def directions_of(gan: GenerativeModel, model: str | Path) -> dict[str, editing.Direction]:
    """The directions beside a run or a model file, and those of its own first layer."""
    learnt = directions.beside(model)
    try:
        return learnt | editing.factors(gan, n=min(5, gan.latent_dim))
    except ValueError:
        return learnt | editing.components(gan, n=min(5, gan.latent_dim))


def _list(known: dict[str, editing.Direction]) -> None:
    for name, one in known.items():
        print(name if one.found is None else f"{name:24} {one.found:6.1%}")


def _edit(gan: GenerativeModel, given: dict[str, Any], search: dict[str, Any]) -> None:
    chosen, label = dict(given.get("directions", [])), given.get("label")
    known = directions_of(gan, given["model"]) if chosen else {}
    for name in chosen:
        names.pick("direction", name, known)
    photos = _read(gan, given["photos"])
    inversion = editing.invert(gan, photos, given.get("labels"), **search)
    edited = inversion if label is None else editing.in_class(gan, inversion, label)
    images = editing.edit(gan, edited, [known[name] for name in chosen], list(chosen.values()))
    for path, far, near in zip(
        given["photos"], inversion.distances, inversion.beside["nearest sample"], strict=True
    ):
        print(f"{path}: {far:.4f} from what the model makes of it, {near:.4f} from a sample")
    real = gan.kind.scale(tf.convert_to_tensor(photos)).numpy()
    rows = np.stack([real, inversion.images, images], axis=1).reshape(-1, *images.shape[1:])
    _draw(gan.kind, rows, given.get("out", "edited.png"), columns=3)


def _read(gan: GenerativeModel, paths: list[str]) -> np.ndarray:
    """Picture files at the model's size."""
    height, width, channels = gan.image_shape
    for path in paths:
        size = pictures.header(path).size
        if size != (height, width):
            print(f"{path}: {size[0]}x{size[1]}, cropped and resized to {height}x{width}")
    return np.stack([pictures.read(path, (height, width), channels == 1) for path in paths])


def _draw(kind: Any, images: np.ndarray, out: str, columns: int) -> None:
    with files.replacing(out) as part:
        kind.draw(images, part, columns)
    print(f"The picture is {out}.")

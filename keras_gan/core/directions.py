"""Directions in which latents are moved, and the file that keeps them beside a model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_gan.core import files

NAME = "directions.json"  # beside the model


class Direction(NamedTuple):
    """A way to move latents.

    Args:
        name: What changes.
        vector: float32 `(latent_dim,)`, a standard deviation of the prior long.
        found: The share of the latents it was learnt from whose attribute it tells, or of the
            change that it explains; None where nothing was measured.
    """

    name: str
    vector: np.ndarray
    found: float | None = None

    def check(self, latent_dim: int) -> None:
        """Refuses latents of another length."""
        if self.vector.shape != (latent_dim,):
            raise ValueError(
                f"The direction {self.name!r} is of other latents. Received: a vector of shape "
                f"{self.vector.shape}. Expected ({latent_dim},)."
            )


def beside(model: str | Path) -> dict[str, Direction]:
    """What is kept in a run, or beside a model's file; nothing if there is no such file."""
    model = Path(model)
    path = (model if model.is_dir() else model.parent) / NAME
    return load(path) if path.exists() else {}


def save(directions: Mapping[str, Direction], path: str | Path) -> None:
    """Writes directions into one file; one that exists is replaced once the new one is whole.

    Args:
        directions: As `directions`, `factors` and `components` give them, joined as you like.
        path: The file; `directions.json` in a run is where `keras-gan edit` looks.

    Example:

    >>> keras_gan.editing.save(found | keras_gan.editing.factors(gan), "runs/a/directions.json")
    """
    rows = [one._replace(name=k, vector=one.vector.tolist()) for k, one in directions.items()]
    with files.replacing(path) as partial:
        text = json.dumps([row._asdict() for row in rows], indent=1)
        partial.write_text(text, encoding="utf-8")


def load(path: str | Path) -> dict[str, Direction]:
    """Reads what `save` wrote.

    Returns:
        Name -> `Direction`.

    Raises:
        ValueError: for a file that is no such file.

    Example:

    >>> directions = keras_gan.editing.load("runs/a/directions.json")
    """
    try:
        rows = [Direction(**row) for row in json.loads(Path(path).read_text(encoding="utf-8"))]
        return {row.name: row._replace(vector=np.asarray(row.vector, np.float32)) for row in rows}
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The file has no directions that keras_gan.editing.save wrote. Received: {path}."
        ) from error

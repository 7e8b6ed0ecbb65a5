"""Pictures that turn into others and back: a GIF of a walk through the latents."""

from pathlib import Path

import numpy as np

from keras_gan.core import drawing, files, kinds
from keras_gan.engine import inputs
from keras_gan.engine.model import GenerativeModel

PICTURES = 16
STOPS, FRAMES = 4, 12  # latents that each picture comes by, and frames from one to the next


def save_walk(
    gan: GenerativeModel,
    path: str | Path,
    n: int | None = None,
    labels: list[int] | None = None,
    seed: int = 0,
    truncation: float = 1.0,
) -> None:
    """Writes a GIF of pictures that walk from seed to seed, and back to the first, for ever.

    Args:
        gan: The model.
        path: The GIF.
        n, labels, truncation: As in `sample`; 16 pictures if not given.
        seed: Of the first stop; those of the others follow it.

    Raises:
        ValueError: for samples that are no pictures.
    """
    if not isinstance(gan.kind, kinds.Picture):
        raise ValueError(
            f"A walk is shown in pictures. Received: {gan.kind.plural}. Expected a model of images."
        )
    if labels is not None and len(labels) == 1:
        labels = labels * (n or PICTURES)
    n = n or (len(labels) if labels else PICTURES)
    stops = []
    for k in range(STOPS):
        rows, given = inputs.sampling(gan, n, labels, seed + k, None, truncation)
        stops.append(gan.latents(rows))
    frames = []
    for start, end in zip(stops, [*stops[1:], stops[0]], strict=True):
        for position in np.arange(FRAMES) / FRAMES:
            latents = gan.prior.between(start, end, np.full((n, 1), position, np.float32))
            frames.append(drawing.grid(gan.samples_of(latents, given, truncation)))
    with files.replacing(path) as part:
        drawing.save_moving(frames, part)

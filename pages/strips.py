"""Cuts docs/family.png into a picture for each model, for its entry on the page of models.

    python -m pages.strips

Its lines are those of the table of MNIST in docs/measured.md, in their order. FastGAN's is the
first line of docs/aerial.png.
"""

import re

import numpy as np
from PIL import Image

import keras_gan_cli
from pages.places import DOCS

GAP = 4  # pixels between the data sets


def main() -> None:
    """Writes docs/models/<name>.png."""
    picture = np.asarray(Image.open(DOCS / "family.png").convert("RGB"))
    columns = _bands(_dark(picture).mean(axis=0) > 0.25, least=300)
    rows = _bands(_dark(picture)[:, columns[0]].mean(axis=1) > 0.25, least=25)
    text = (DOCS / "measured.md").read_text(encoding="utf-8").split("\n### MNIST\n")[1]
    classes = re.findall(r"^\| (\w+) \|", text.split("\n### ")[0], re.M)[1:]
    files = {cls: name for name, cls in keras_gan_cli._table.names().items()}
    for cls, row in zip(classes, rows, strict=False):
        parts = [picture[row, column] for column in columns]
        width = min(part.shape[1] for part in parts)
        white = np.full((GAP, width, 3), 255, np.uint8)
        stacked = [rows for part in parts for rows in (white, part[:, :width])][1:]
        strip = np.concatenate(stacked)
        Image.fromarray(strip).save(DOCS / "models" / f"{files[cls]}.png", optimize=True)
    aerial = Image.open(DOCS / "aerial.png").convert("RGB")
    fast = aerial.crop((0, 0, aerial.width, aerial.height // 3))
    fast.save(DOCS / "models" / "fastgan.png", optimize=True)


def _dark(picture: np.ndarray) -> np.ndarray:
    return picture.min(axis=2) < 230


def _bands(inside: np.ndarray, least: int) -> list[slice]:
    """Where at least so many neighbours are inside, gaps of up to three left out."""
    places = np.flatnonzero(inside)
    parts = np.split(places, np.flatnonzero(np.diff(places) > 4) + 1)
    return [slice(part[0], part[-1] + 1) for part in parts if part[-1] - part[0] >= least]


if __name__ == "__main__":
    main()

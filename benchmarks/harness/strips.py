"""Strips of samples: a PNG for each line of a table, beside the record of its runs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.image import imread

from benchmarks.harness.record import RESULTS
from keras_gan import plotting

LENGTH = 10  # samples


class Strips:
    """The strips of one benchmark, each named by the words of its case."""

    def __init__(self, name: str, folder: Path = RESULTS):
        self.folder = Path(folder) / name

    def path(self, case: Sequence[str]) -> Path:
        return self.folder / f"{'-'.join(case).replace(' ', '-')}.png"

    def keep(self, case: Sequence[str], images: np.ndarray) -> None:
        """Writes the first images, unless the case has its strip."""
        if not self.path(case).exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            plotting.save_grid(images[:LENGTH], self.path(case), columns=LENGTH)

    def draw(
        self, figure: FigureBase, lines: dict[str, list[Sequence[str]]], heads: list[str]
    ) -> None:
        """Draws what strips there are: for each line its cases, one under each head."""
        grid = figure.subplots(len(lines), len(heads), squeeze=False)
        for head, axes in zip(heads, grid[0], strict=True):
            axes.set_title(head, fontsize=9)
        for (name, cases), row in zip(lines.items(), grid, strict=True):
            row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
            for case, axes in zip(cases, row, strict=True):
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
                if self.path(case).exists():
                    axes.imshow(imread(self.path(case)), cmap="gray")

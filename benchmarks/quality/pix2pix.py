"""Pix2Pix on Fashion-MNIST: from the edges of an article to the article itself.

    python -m benchmarks.quality.pix2pix --data-dir ../shared/data/tfds

Trains on the 60,000 training articles, with the paper's objective and with L1 alone; then the edges
of the 10,000 others are translated. Edges are where Sobel's gradient is steep. A label is found by
the package's classifier of Fashion-MNIST. The runs go to benchmarks/results/pix2pix.jsonl, and
those that are there are not run again; those of the first seed draw docs/pix2pix.png: edges of
held-out articles, what L1 alone and Pix2Pix make of them, the articles.
"""

import time
from typing import Any

import keras
import numpy as np

import keras_gan
from benchmarks.harness.record import Record
from benchmarks.harness.turns import spread
from benchmarks.quality.held_out import BATCH, REAL, HeldOut, parse, table_of
from keras_gan import plotting
from keras_gan.data.pairs import edges
from keras_gan.engine.outputs import Outputs

COLUMNS = 12


class L1Alone(keras_gan.Pix2Pix):
    """The same without the game: what the discriminator says is not asked for."""

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        return {"l1": super().generator_terms(out)["l1"]}


MODELS = {"L1 alone": L1Alone, "Pix2Pix": keras_gan.Pix2Pix}


def train(
    model: str, targets: np.ndarray, outlines: np.ndarray, seed: int, epochs: int, width: int
) -> keras_gan.Pix2Pix:
    """The class as it comes, in a width of its own."""
    keras.utils.set_random_seed(seed)
    gan = MODELS[model](image_shape=targets.shape[1:], width=width, seed=seed)
    gan.compile()
    gan.fit(targets, outlines, batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


def table(record: Record, rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    lines = [["the articles", str(rows[0]["classifier"]), "0", "0"]]
    for model in ("edges", *MODELS):
        found = [row for row in rows if row["model"] == model]
        figures = (("found", 1), ("l1", 3), ("fid", 1))
        lines.append([model, *(spread([row[name] for row in found], n) for name, n in figures)])
    return table_of("articles", lines, record, [row for row in rows if row["model"] == "Pix2Pix"])


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=3, width=16)
    record = Record("pix2pix", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds or not record.rows(model=REAL):
        articles = HeldOut("fashion_mnist", options.data_dir, options.limit)
        given, learnt = (edges(x).numpy() for x in (articles.images, articles.train))
        keras.config.set_dtype_policy(options.dtype)
    if not record.rows(model=REAL):
        record.add(articles.others())
    for seed in seeds:
        made, minutes = {"edges": given}, {"edges": 0.0}
        for model in MODELS:
            start = time.process_time()
            gan = train(model, articles.train, learnt, seed, options.epochs, options.width)
            minutes[model] = round((time.process_time() - start) / 60, 1)
            made[model] = gan.translate(given)
        for model, images in made.items():
            row = {"model": model, "seed": seed, **case, **articles.counts()}
            record.add(row | articles.figures(images) | {"cpu_minutes": minutes[model]})
        if seed == options.seeds[0]:
            rows = [images[:COLUMNS] for images in (*made.values(), articles.images)]
            path = options.pictures / "pix2pix.png"
            plotting.save_grid(np.concatenate(rows), path, columns=COLUMNS)
    print(table(record, record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

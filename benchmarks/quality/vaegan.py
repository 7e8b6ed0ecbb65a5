"""VAEGAN on MNIST: the share of held-out digits that keep their label when they are reconstructed.

    python -m benchmarks.quality.vaegan --data-dir ../shared/data/tfds

Trains on the 60,000 training digits; then the 10,000 others are encoded and reconstructed, and as
many are drawn from the prior. A label is kept if the package's classifier of MNIST finds it. The
runs go to benchmarks/results/vaegan.jsonl, and those that are there are not run again; that of the
first seed draws docs/vaegan.png: held-out digits, their reconstructions, the way from the first one
to the last, samples of the prior.
"""

import time
from pathlib import Path

import keras
import numpy as np

import keras_gan
from benchmarks.harness.record import Record
from benchmarks.harness.turns import spread
from benchmarks.quality.held_out import BATCH, REAL, HeldOut, parse, table_of
from keras_gan import plotting

COLUMNS = 12


def train(digits: HeldOut, seed: int, epochs: int, **sizes: int) -> keras_gan.VAEGAN:
    """The class as it comes, in these sizes."""
    keras.utils.set_random_seed(seed)
    gan = keras_gan.VAEGAN(image_shape=digits.images.shape[1:], seed=seed, **sizes)
    gan.compile()
    gan.fit(digits.train, batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


def measure(gan: keras_gan.VAEGAN, digits: HeldOut) -> dict[str, float]:
    """The figures of the reconstructions, and the FID of the prior."""
    prior = gan.sample(len(digits.images), seed=gan.seed)
    figures = digits.figures(gan.reconstruct(digits.images))
    return figures | {"fid_prior": digits.figures(prior)["fid"]}


def draw(gan: keras_gan.VAEGAN, images: np.ndarray, path: Path) -> None:
    real = images[:COLUMNS]
    first, *_, last = gan.encode(real)
    share = np.linspace(0.0, 1.0, COLUMNS, dtype="float32")[:, None]
    way = gan.predict((1 - share) * first + share * last, verbose=0)
    rows = [real, gan.reconstruct(real), way, gan.sample(COLUMNS, seed=0)]
    plotting.save_grid(np.concatenate(rows), path, columns=COLUMNS)


def table(record: Record, rows: list[dict]) -> str:
    """The runs as a Markdown table."""

    def cell(name: str, digits: int) -> str:
        return spread([row[name] for row in rows], digits)

    lines = [
        ["as they are", str(rows[0]["classifier"]), "0", "0"],
        ["reconstructed", cell("found", 2), cell("l1", 3), cell("fid", 1)],
        ["drawn from the prior", "", "", cell("fid_prior", 1)],
    ]
    return table_of("digits", lines, record, rows)


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=2, width=32, latent_dim=32)
    record = Record("vaegan", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "latent_dim", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds or not record.rows(model=REAL):
        digits = HeldOut("mnist", options.data_dir, options.limit)
        keras.config.set_dtype_policy(options.dtype)
    if not record.rows(model=REAL):
        record.add(digits.others())
    for seed in seeds:
        start = time.process_time()
        sizes = {"width": options.width, "latent_dim": options.latent_dim}
        gan = train(digits, seed, options.epochs, **sizes)
        minutes = round((time.process_time() - start) / 60, 1)
        row = {"seed": seed, **case, **digits.counts(), **measure(gan, digits)}
        record.add(row | {"cpu_minutes": minutes})
        if seed == options.seeds[0]:
            draw(gan, digits.images, options.pictures / "vaegan.png")
    print(table(record, record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

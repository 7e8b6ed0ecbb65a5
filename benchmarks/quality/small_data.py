"""Few data: 500 sandals, with and without augmentation of what the discriminator is shown.

    python -m benchmarks.quality.small_data --data-dir ../shared/data/tfds

The same DCGAN, compiled as its paper has it, learns from 500 pictures of one class of Fashion-MNIST
three times: as it is, with DiffAugment and with ADA. Of the same class's other training pictures,
2,500 are held out, for the Fréchet distance as the training goes on and at its end, for the
data-copying test and for the discriminator; 2,500 more show what real pictures get. A line has the
500 themselves in place of samples: the perfect copyist.

The runs go to benchmarks/results/small_data.jsonl, and those that are there are not run again;
table and picture are made of that record.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.strips import Strips
from benchmarks.quality.family import PRECISION, Cost, images_of, table_lines
from keras_gan import augment, callbacks, metrics
from keras_gan.core import ranges
from keras_gan.metrics import Sample
from keras_gan.runs import reference

DATASET, KIND = "fashion_mnist", "Sandal"
SHOWN, HELD_OUT = 500, 2500
WIDTH = 32
BATCH = 32
EPOCH = 16_000  # images from one point of the curve to the next
EPOCHS = 8
CURVE_SAMPLES = 1000
EXECUTION = 20
AUGMENTS = {
    "none": lambda: None,
    "DiffAugment": augment.DiffAugment,
    "ADA": lambda: augment.ADA(ramp=EPOCH * EPOCHS),
}
REAL, COPIES = "other real images", "the 500 themselves"
FIGURES = {
    "fid": ("FID", 1),
    "best_fid": ("lowest on the way", 1),
    "precision": ("precision", 2),
    "recall": ("recall", 2),
    "coverage": ("coverage", 2),
    "memorisation_z": ("data-copying test, z", 1),
    "copied": ("nearer than 99% of held-out images", 3),
    "d_train": ("D takes for real: the 500", 2),
    "d_held_out": ("held-out images", 2),
    "d_fake": ("samples", 2),
    "cpu_ms": ("CPU ms/image", 2),
}
"""Columns of the table, and their decimals."""


# -- a run -----------------------------------------------------------------------------------------


def parts(data: reference.RealData) -> dict[str, Sample]:
    """The pictures of the one kind: shown, held out, and others."""
    train = data.train.images
    images = train.images[train.labels == data.class_names.index(KIND)]
    bounds = {"shown": (0, SHOWN), "held_out": (SHOWN, SHOWN + HELD_OUT)}
    bounds["other"] = (SHOWN + HELD_OUT, SHOWN + 2 * HELD_OUT)
    return {name: Sample(images[a:b], cached=True) for name, (a, b) in bounds.items()}


def run(
    name: str, found: dict[str, Sample], judge: metrics.Extractor, seed: int, epochs: int
) -> tuple[dict, np.ndarray]:
    """Trains and measures one variant, or takes real images: what came out, and samples."""
    row = {"augment": name, "seed": seed}
    if name in AUGMENTS:
        spent, fake = train(name, found, judge, seed, epochs)
        row |= spent
    else:
        fake = found["other" if name == REAL else "shown"]
    measured = metrics.measure_all(
        [
            metrics.FID(judge),
            metrics.PRDC(judge),
            metrics.Memorisation(found["shown"], judge),
        ],
        found["held_out"],
        fake,
    )
    row |= {key: round(value, 4) for key, value in measured.items()}
    return row, fake.images


def train(
    name: str, found: dict[str, Sample], judge: metrics.Extractor, seed: int, epochs: int
) -> tuple[dict, Sample]:
    """One variant's training, its curve, and its samples."""
    shown, held_out = (found[part].images for part in ("shown", "held_out"))
    keras.utils.set_random_seed(seed)
    gan = keras_gan.DCGAN(image_shape=shown.shape[1:], width=WIDTH, seed=seed)
    gan.compile(augment=AUGMENTS[name](), steps_per_execution=EXECUTION)
    cost = Cost()
    history = gan.fit(
        shown,
        batch_size=BATCH,
        epochs=epochs,
        steps_per_epoch=EPOCH // BATCH,
        callbacks=[
            cost,
            callbacks.Evaluate([metrics.FID(judge)], held_out, samples=CURVE_SAMPLES),
        ],
        verbose=0,
    ).history
    fake = Sample(gan.sample(HELD_OUT, seed=seed))
    spent = {
        "images": EPOCH * epochs,
        "samples": HELD_OUT,
        "cpu_ms": cost.ms_per_image(BATCH),
        "best_fid": round(min(history["fid"]), 4),
        "curve": [round(value, 3) for value in history["fid"]],
        "d_train": share_taken_for_real(gan, found["shown"]),
        "d_held_out": share_taken_for_real(gan, found["held_out"]),
        "d_fake": share_taken_for_real(gan, fake),
    }
    if "augment_p" in history:
        spent["augment_p"] = round(history["augment_p"][-1], 4)
    return spent, fake


def share_taken_for_real(gan: keras_gan.GAN, sample: Sample) -> float:
    """Share of images that the discriminator, shown them as they are, gives logits above 0."""
    images = ranges.scaled(sample.images)
    logits = gan.discriminator.predict(images, batch_size=250, verbose=0)
    return round(metrics.score_accuracy(logits, logits).real, 4)


# -- table and picture -----------------------------------------------------------------------------


def table(rows: list[dict]) -> str:
    """One line for each variant, as a Markdown table."""
    runs = [row for row in rows if row["augment"] in AUGMENTS]
    lines = table_lines("augmentation", rows, "augment", (*AUGMENTS, REAL, COPIES), FIGURES)
    return (
        f"{lines}\n\n{medians(runs)}; {images_of(runs)} images seen; {HELD_OUT:,} samples against "
        f"as many held-out images, on the way {CURVE_SAMPLES:,}."
    )


def picture(rows: list[dict], strips: Strips, path: Path) -> None:
    """The distances as the training goes on, and samples of each variant."""
    figure = Figure(figsize=(11.0, 3.2), layout="constrained")
    curves, shown = figure.subfigures(1, 2, width_ratios=(1, 1.4))
    axes = curves.subplots()
    for k, name in enumerate(AUGMENTS):
        runs = [row for row in rows if row["augment"] == name]
        for n, row in enumerate(runs):
            seen = EPOCH * np.arange(1, len(row["curve"]) + 1)
            label = None if n else name
            axes.plot(seen, row["curve"], color=f"C{k}", label=label, alpha=0.8)
    axes.set(xlabel="images seen", ylabel="FID on held-out images", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
    strips.draw(shown, {name: [(name,)] for name in (*AUGMENTS, REAL)}, [""])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)


# -- the command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--minutes", "--results")
    parser.add_argument("--augments", nargs="+", choices=AUGMENTS, default=tuple(AUGMENTS))
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"of {EPOCH:,} images")
    parser.add_argument("--picture", type=Path, default=command.DOCS / "small_data.png")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record = Record("small_data", options.results)
    strips = Strips("small_data", options.results)
    due = [(0, REAL), (0, COPIES)]
    due += [(seed, name) for seed in options.seeds for name in options.augments]
    due = [(seed, name) for seed, name in due if not record.rows(augment=name, seed=seed)]
    if due:
        data = reference.load(DATASET, data_dir=options.data_dir)
        judge, _ = reference.extractors(data)
        found = parts(data)
        keras.config.set_dtype_policy(PRECISION)
    for seed, name in due:
        if time.monotonic() > end:
            break
        row, samples = run(name, found, judge, seed, options.epochs)
        strips.keep([name], samples)
        record.add(row, show=True)
        keras.backend.clear_session()
    print(table(record.rows()))
    picture(record.rows(), strips, options.picture)


if __name__ == "__main__":
    main()

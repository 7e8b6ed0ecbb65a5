"""CoGAN on MNIST and its edges: whether the two pictures of one latent are of the same digit.

    python -m benchmarks.quality.cogan --data-dir ../shared/data/tfds

One half of the training digits are pictures a; b are the edges of the other half (the dilation of a
digit minus the digit), so that no digit has its own edges beside it. A classifier of digits reads
a, one that is trained on edges reads b; the pair agrees if both find the same digit. Beside it are
held-out digits and their own edges, read by the same two, and digits beside the edges of others.
The runs go to benchmarks/results/cogan.jsonl, and those that are there are not run again; that of
the first seed draws docs/cogan.png: digits above, edges below, four times.
"""

import time
from pathlib import Path

import keras
import numpy as np
from scipy import ndimage

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import BATCH, parse
from keras_gan import metrics, plotting
from keras_gan.runs import reference

SAMPLES = 10_000
COLUMNS, ROWS = 16, 4
OWN, OTHERS = "held-out digits and their own edges", "and the edges of others"


def edges(images: np.ndarray) -> np.ndarray:
    """What a dilation by one pixel adds to digits uint8 `(n, height, width, 1)`."""
    return ndimage.grey_dilation(images, size=(1, 3, 3, 1)) - images


class Digits:
    """Two sets without pairs, held-out pairs, and a judge of either kind.

    Args:
        data_dir: Of tensorflow-datasets.
        limit: At most so many pictures of each split.
    """

    def __init__(self, data_dir: Path | None = None, limit: int | None = None):
        real = reference.load("mnist", data_dir=data_dir, limit=limit)
        train, held_out = real.train.images, real.held_out.images
        half = len(train) // 2
        self.a, self.b = train.images[:half], edges(train.images[half:])
        self.pair = held_out.images, edges(held_out.images)
        self.labels = held_out.labels
        judges = [reference.extractors(real)[1], _judge_of_edges(train, held_out)]
        self._judges = judges
        self.accuracies = [round(100 * judge.accuracy, 2) for judge in judges]

    def figures(self, a: np.ndarray, b: np.ndarray) -> dict[str, float]:
        """The percentage of pairs that agree, and FID of either kind."""
        kinds = zip(self._judges, (a, b), self.pair, strict=True)
        found, fid = [], []
        for judge, made, real in kinds:
            seen = judge.extract(made)
            found.append(seen.probabilities.argmax(axis=1))
            features = judge.extract(real).features
            fid.append(round(metrics.frechet_distance(features, seen.features), 2))
        agree = round(100 * float(np.mean(found[0] == found[1])), 2)
        return {"agree": agree, "fid_a": fid[0], "fid_b": fid[1]}


def _judge_of_edges(train: metrics.Sample, held_out: metrics.Sample) -> metrics.Classifier:
    other = edges(held_out.images), held_out.labels
    return metrics.classifier(edges(train.images), train.labels, "mnist-edges", held_out=other)


def train(digits: Digits, seed: int, epochs: int, width: int) -> keras_gan.CoGAN:
    """The class as it comes, in a width of its own."""
    keras.utils.set_random_seed(seed)
    gan = keras_gan.CoGAN(image_shape=digits.a.shape[1:], width=width, seed=seed)
    gan.compile()
    sets = keras_gan.data.unpaired(digits.a, digits.b, batch_size=BATCH, seed=seed)
    gan.fit(sets, epochs=epochs, verbose=2)
    return gan


def table(rows: list[dict], real: list[dict]) -> str:
    """The runs as a Markdown table."""
    names = {"agree": 1, "fid_a": 1, "fid_b": 1}
    lines = [[row["model"], *(f"{row[name]:.1f}" for name in names)] for row in real]
    lines.append(["CoGAN", *(spread([r[name] for r in rows], n) for name, n in names.items())])
    first, minutes = rows[0], spread([row["cpu_minutes"] for row in rows], 1)
    return (
        f"{markdown(['pairs', 'agree, %', 'FID of digits', 'FID of edges'], lines)}\n\n"
        f"{medians(rows)}: width {first['width']}, {first['epochs']} epochs of {first['train']:,} "
        f"digits and as many edges of others, batch {BATCH}, {first['dtype']}, {minutes} minutes "
        f"of one core; {first['samples']:,} pairs, read by classifiers that get "
        f"{first['judges'][0]}% of held-out digits and {first['judges'][1]}% of edges right."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=20, width=32)
    record = Record("cogan", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds or not record.rows(model=OWN):
        digits = Digits(options.data_dir, options.limit)
        keras.config.set_dtype_policy(options.dtype)
    if not record.rows(model=OWN):
        a, b = digits.pair
        record.add({"model": OWN, **digits.figures(a, b)})
        record.add({"model": OTHERS, **digits.figures(a, np.roll(b, 1, axis=0))})
    for seed in seeds:
        start = time.process_time()
        gan = train(digits, seed, options.epochs, options.width)
        minutes = round((time.process_time() - start) / 60, 1)
        made = gan.sample(min(SAMPLES, len(digits.labels)), seed=seed)
        row = {"model": "CoGAN", "seed": seed, **case, "train": len(digits.a), "samples": len(made)}
        row |= {"judges": digits.accuracies, "cpu_minutes": minutes}
        record.add(row | digits.figures(*gan.apart(made)), show=True)
        if seed == options.seeds[0]:
            a, b = (
                x[: COLUMNS * ROWS].reshape(ROWS, 1, COLUMNS, *x.shape[1:]) for x in gan.apart(made)
            )
            shown = np.concatenate([a, b], axis=1).reshape(-1, *digits.a.shape[1:])
            plotting.save_grid(shown, options.pictures / "cogan.png", columns=COLUMNS)
    rows = record.of(options.seeds, **case)
    print(table(rows, [row for name in (OWN, OTHERS) for row in record.rows(model=name)]))


if __name__ == "__main__":
    main()

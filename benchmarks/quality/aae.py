"""AAE on MNIST: do its codes follow the prior, what does it give back, and what does it draw?

    python -m benchmarks.quality.aae --data-dir ../shared/data/tfds

Trains the class as it comes on the 60,000 training digits, and the same autoencoder without the
critic; then the 10,000 others are encoded and reconstructed. KID of the codes is that from as many
draws of the prior, beside that between two sets of draws. FID is that of a classifier's features.
The runs go to benchmarks/results/aae.jsonl, and those that are there are not run again; that of the
first seed draws docs/aae.png: held-out digits, their reconstructions, samples, and samples of the
autoencoder without the critic.
"""

import time

import keras
import numpy as np

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import BATCH, REAL, HeldOut, parse
from keras_gan import metrics, plotting
from keras_gan.core import noise

EXECUTION = 20  # steps that TensorFlow runs at a time
COLUMNS = 12
WEIGHTS = {"AAE": None, "without the critic": 0.0}
FIGURES = {"kid_codes": 3, "found": 2, "l1": 3, "fid": 1, "fid_prior": 1, "cpu_minutes": 1}


def train(
    digits: HeldOut, weight: float | None, seed: int, epochs: int, width: int
) -> keras_gan.AAE:
    """The class as it comes, or with another weight of the critic."""
    keras.utils.set_random_seed(seed)
    options = {} if weight is None else {"adversarial_weight": weight}
    gan = keras_gan.AAE(image_shape=digits.images.shape[1:], width=width, seed=seed, **options)
    gan.compile(steps_per_execution=EXECUTION)
    gan.fit(digits.train, batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


def drawn(gan: keras_gan.AAE, n: int, seed: int) -> np.ndarray:
    """Draws of the prior `(n, latent_dim)`."""
    return gan.latents(noise.seed_rows(n, seed, None)).numpy()


def measure(gan: keras_gan.AAE, digits: HeldOut) -> dict[str, float]:
    """The figures of codes, reconstructions and samples."""
    n = len(digits.images)
    prior, other = (drawn(gan, n, seed) for seed in (1, 2))
    kids = {"kid_codes": gan.encode(digits.images), "kid_prior": other}
    return {
        **digits.figures(gan.reconstruct(digits.images)),
        "fid_prior": digits.figures(gan.sample(n, seed=gan.seed))["fid"],
        **{name: round(metrics.kernel_distance(prior, x).mean, 4) for name, x in kids.items()},
    }


def table(record: Record, rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    (others,) = record.rows(model=REAL)
    heads = [
        "MNIST",
        "KID of codes",
        "label found, %",
        "L1",
        "FID",
        "FID of the prior",
        "CPU minutes",
    ]
    lines = []
    for model in WEIGHTS:
        found = [row for row in rows if row["model"] == model]
        cells = (spread([row[name] for row in found], n) for name, n in FIGURES.items())
        lines.append([model, *cells])
    kid = spread([row["kid_prior"] for row in rows], FIGURES["kid_codes"])
    lines.append(["two sets of draws of the prior", kid, "", "", "", "", ""])
    lines.append([REAL, "", "", "", spread([others["fid"]], 1), "", ""])
    first = rows[0]
    return (
        f"{markdown(heads, lines)}\n\n{medians(rows)}: width {first['width']}, {first['epochs']} "
        f"epochs of {first['train']:,} digits, batch {BATCH}, {first['dtype']}; "
        f"{first['held_out']:,} held-out digits."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=3, width=16)
    record = Record("aae", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds or not record.rows(model=REAL):
        digits = HeldOut("mnist", options.data_dir, options.limit)
        keras.config.set_dtype_policy(options.dtype)
    if not record.rows(model=REAL):
        record.add(digits.others())
    for seed in seeds:
        gans, rows = {}, []
        for model, weight in WEIGHTS.items():
            start = time.process_time()
            gans[model] = gan = train(digits, weight, seed, options.epochs, options.width)
            minutes = round((time.process_time() - start) / 60, 1)
            row = {"model": model, "seed": seed, **case, **digits.counts(), **measure(gan, digits)}
            rows.append(row | {"cpu_minutes": minutes})
        for row in rows:
            record.add(row, show=True)
        if seed == options.seeds[0]:
            given = digits.images[:COLUMNS]
            shown = [given, gans["AAE"].reconstruct(given)]
            shown += [gan.sample(COLUMNS, seed=0) for gan in gans.values()]
            path = options.pictures / "aae.png"
            plotting.save_grid(np.concatenate(shown), path, columns=COLUMNS)
    print(table(record, record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

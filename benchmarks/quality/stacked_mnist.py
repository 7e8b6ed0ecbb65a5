"""Stacked MNIST: how many of 1,000 modes a GAN finds, class by class, after equally many images.

    python -m benchmarks.quality.stacked_mnist --data-dir ../shared/data/tfds
    python -m benchmarks.quality.stacked_mnist --models R3GAN --seeds 1 2 --minutes 9  # go on later

A picture has three random MNIST digits as its colours; a mode is one of their 1,000 combinations. A
classifier of single digits reads 26,000 samples, colour by colour. All classes have the same
networks (SNGAN's discriminator spectrally normalised), the same optimizers and see equally many
real images, in bfloat16; loss, penalties and steps of the critic are each paper's, but that R3GAN's
penalties are lazy. Runs lie in runs/stacked-mnist/<model>-<seed> and are gone on with where they
stopped; a finished one becomes a line of benchmarks/results/stacked_mnist.jsonl, and those the
table.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record
from benchmarks.harness.turns import markdown, spread
from benchmarks.speed.parts import normalized
from keras_gan import builders, callbacks, data, metrics, penalties, plotting
from keras_gan.runs import reference

MODELS = ("DCGAN", "WGANGP", "SNGAN", "R3GAN")
IMAGE_SHAPE = (28, 28, 3)
WIDTH = 32
LATENT_DIM = 100
BATCH = 64
TRIPLES = 128_000  # training pictures
EPOCH = 51_200  # images that the discriminator sees from one checkpoint to the next
SAMPLES = 26_000
ACCURACY = 0.985  # of the classifier on single test digits, at least
DECIMALS = (100, 10, 1)


# -- data ------------------------------------------------------------------------------------------


def stack(digits: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Pictures `(n, 28, 28, 3)` whose channel k is the digit `rows[:, k]` of `(m, 28, 28, 1)`."""
    return np.moveaxis(digits[rows][..., 0], 1, -1)


def modes_of(classes: np.ndarray) -> np.ndarray:
    """The mode, 0 to 999, of the classes `(n, 3)` of three digits."""
    return classes @ DECIMALS


def triples(digits: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Which three digits, drawn with replacement, each of n pictures is made of: `(n, 3)`."""
    return np.random.default_rng(seed).integers(len(digits), size=(n, 3))


def dataset(digits: np.ndarray, seed: int) -> tf.data.Dataset:
    """Batches of stacked digits, uint8: the triples and their order follow from the seed."""
    rows = triples(digits, TRIPLES, seed)
    signature = tf.TensorSpec(IMAGE_SHAPE, tf.uint8)
    order = data.EpochOrder(TRIPLES, seed)
    return data.batches(order, lambda i: stack(digits, rows[i]), BATCH, signature)


# -- the judge -------------------------------------------------------------------------------------


def judge_of(real: reference.RealData) -> metrics.Extractor:
    """A classifier of single digits, good enough to count modes."""
    _, judge = reference.extractors(real, progress=True)
    print(f"The classifier gets {judge.accuracy:.2%} of the test digits right.", file=sys.stderr)
    if judge.accuracy < ACCURACY:
        raise ValueError(
            f"The classifier is too often wrong to count modes. Received: accuracy "
            f"{judge.accuracy:.4f}. Expected at least {ACCURACY}."
        )
    return judge


def count_modes(images: np.ndarray, judge: metrics.Extractor) -> dict:
    """The modes among pictures `(n, 28, 28, 3)`, and how far they are from equally frequent."""
    seen = [judge.extract(images[..., k : k + 1]).probabilities.argmax(1) for k in range(3)]
    found = metrics.class_modes(modes_of(np.stack(seen, axis=1)), 1000)
    return {"modes": found.found, "reverse_kl": found.reverse_kl}


def real_row(real: reference.RealData, judge: metrics.Extractor) -> dict:
    """As many pictures of test digits, counted in the same way: the best that can be expected."""
    digits = real.held_out.images.images
    found = count_modes(stack(digits, triples(digits, SAMPLES, 0)), judge)
    return {"model": "real", "seed": 0, **found, "classifier": judge.accuracy, "samples": SAMPLES}


class CountModes(keras.callbacks.Callback):
    """Puts modes, reverse KL and the processor's seconds into the logs of every epoch."""

    def __init__(self, judge: metrics.Extractor):
        super().__init__()
        self.judge = judge

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._begun = time.process_time()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        logs["cpu_s"] = time.process_time() - self._begun
        logs |= count_modes(self.model.sample(SAMPLES, seed=0), self.judge)


class Deadline(keras.callbacks.Callback):
    """Ends a training with the epoch in which the time is up."""

    def __init__(self, end: float):
        super().__init__()
        self.end = end

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.model.stop_training = time.monotonic() > self.end


# -- one run ---------------------------------------------------------------------------------------


def build(model: str, seed: int) -> keras_gan.GAN:
    """A class on the common networks, compiled."""
    keras.utils.set_random_seed(seed)
    generator = builders.dcgan_generator(IMAGE_SHAPE, LATENT_DIM, WIDTH)
    discriminator = builders.dcgan_discriminator(IMAGE_SHAPE, WIDTH)
    if model == "SNGAN":
        discriminator = normalized(discriminator)
    gan = getattr(keras_gan, model)(generator, discriminator, seed=seed)
    lazy = [penalties.R1(1.0, interval=4), penalties.R2(1.0, interval=4)]
    gan.compile(
        penalties=lazy if model == "R3GAN" else None,
        generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
    )
    return gan


def train(
    model: str,
    seed: int,
    images: int,
    digits: np.ndarray,
    judge: metrics.Extractor,
    folder: Path,
    end: float = float("inf"),
) -> dict | None:
    """Begins a run or goes on with it; what came out, or None if the time was up before."""
    saved = folder / "checkpoints"
    if callbacks.latest(saved):
        gan, epoch = callbacks.load_latest(saved)
    else:
        gan, epoch = build(model, seed), 0
    epochs = images // EPOCH
    gan.fit(
        dataset(digits, seed),
        epochs=epochs,
        initial_epoch=epoch,
        steps_per_epoch=EPOCH // (BATCH * gan.n_critic),
        verbose=2,
        callbacks=[
            CountModes(judge),
            callbacks.HistoryCSV(folder / "history.csv"),
            callbacks.SampleGrid(folder / "samples"),
            Deadline(end),
            callbacks.Checkpoint(saved),
        ],
    )
    history = callbacks.read_history(folder / "history.csv")
    modes, divergence = (history[name][:epochs] for name in ("modes", "reverse_kl"))
    if len(modes) < epochs:
        return None
    return {
        "model": model,
        "seed": seed,
        "images": images,
        "modes": int(modes[-1]),
        "reverse_kl": divergence[-1],
        "generator_steps": images // (BATCH * gan.n_critic),
        "cpu_minutes": sum(history["cpu_s"][:epochs]) / 60,
        "parameters": [gan.generator.count_params(), gan.discriminator.count_params()],
        "batch": BATCH,
        "samples": SAMPLES,
        "classifier": judge.accuracy,
        "curve": [
            [EPOCH * epoch, int(found), kl]
            for epoch, found, kl in zip(range(1, epochs + 1), modes, divergence, strict=True)
        ],
    }


# -- table and picture -----------------------------------------------------------------------------


def table(record: Record, images: int) -> str:
    """What is in the record for this budget, a line for each class."""
    columns = ["class", "seeds", "modes of 1,000", "reverse KL", "generator steps", "CPU minutes"]
    lines = []
    for model in MODELS:
        rows = record.rows(model=model, images=images)
        if rows:
            lines.append(
                [
                    f"`{model}`",
                    ", ".join(str(row["seed"]) for row in rows),
                    spread([row["modes"] for row in rows]),
                    spread([row["reverse_kl"] for row in rows], 3),
                    f"{rows[0]['generator_steps']:,}",
                    f"{sum(row['cpu_minutes'] for row in rows) / len(rows):.0f}",
                ]
            )
    for row in record.rows(model="real")[:1]:
        figures = [f"{row['modes']:,}", f"{row['reverse_kl']:.3f}"]
        lines.append(["real test digits", "", *figures, "", ""])
    return markdown(columns, lines)


def draw(out: Path, seed: int, path: Path) -> None:
    """Two rows of samples of each class that has a run of this seed, in the order of the table."""
    folders = [out / f"{model.lower()}-{seed}" / "checkpoints" for model in MODELS]
    found = [callbacks.load_latest(folder)[0] for folder in folders if callbacks.latest(folder)]
    if found:
        plotting.save_grid(np.concatenate([gan.sample(32, seed=0) for gan in found]), path, 16)


# -- the command -----------------------------------------------------------------------------------


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = command.parser(__doc__, "--data-dir", "--seeds")
    parser.set_defaults(seeds=[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--images", type=int, default=12 * EPOCH, help="that each class sees")
    parser.add_argument("--minutes", type=float, help="stop after the epoch in which they are over")
    parser.add_argument("--out", type=Path, default=Path("runs/stacked-mnist"))
    parser.add_argument("--picture", type=Path, help="draw samples of the first seed's runs here")
    options = parser.parse_args(arguments)
    if options.images < EPOCH or options.images % EPOCH:
        parser.error(f"--images is a multiple of {EPOCH}")
    return options


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    record = Record("stacked_mnist")
    keras.config.set_dtype_policy("mixed_bfloat16")
    cases = [{"model": model, "seed": seed} for seed in options.seeds for model in options.models]
    cases = [case for case in cases if not record.rows(**case, images=options.images)]
    if cases:
        real = reference.load("mnist", data_dir=options.data_dir)
        judge = judge_of(real)
        if not record.rows(model="real"):
            record.add(real_row(real, judge))
        digits = plotting.to_uint8(real.train.images.images)
        end = time.monotonic() + 60 * (options.minutes or float("inf"))
        for case in cases:
            folder = options.out / f"{case['model'].lower()}-{case['seed']}"
            row = train(
                **case, images=options.images, digits=digits, judge=judge, folder=folder, end=end
            )
            if row is None:
                print(f"{folder}: the time is up; the same command goes on.", file=sys.stderr)
                return
            record.add(row)
    if options.picture:
        draw(options.out, options.seeds[0], options.picture)
    print(table(record, options.images))


if __name__ == "__main__":
    main()

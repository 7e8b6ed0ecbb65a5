"""AdaGAN over a weak GAN: how much of 25 modes the mixture misses after each round.

    python -m benchmarks.quality.adagan

The weak generator draws five points of equal weight, whose places it learns, with the modes' own
spread around them: it cannot find more than five of the 25 modes of the grid of
benchmarks.quality.mixtures, which are four times as wide here. Six rounds of it are drawn from
after each; a mode is missed if fewer than a tenth of its share of 2,500 samples lie within three
standard deviations of its centre. Beside it are six rounds on data as they are, without weights.
The runs go to benchmarks/results/adagan.jsonl, and those that are there are not run again; they
draw docs/adagan.png: samples after each round of the first seed, those of the last round in
another colour, and the curves of all seeds.
"""

import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.mixtures import BATCH, POINTS, SAMPLES, WIDTH, decaying, grid, plane
from keras_gan.core import noise
from keras_gan.core.priors import Joined, Normal, OneHot
from keras_gan.engine.outputs import Batch
from keras_gan.metrics import mixture_modes

MIXTURE = grid()._replace(std=0.05)
DRAWN = 5  # points of a generator
ROUNDS = 6
STEPS = 1000  # of a round
RATE = 3e-3
CLOUD = 400
LEAST = 0.1  # of its share


class WithoutWeights(keras_gan.AdaGAN):
    """Each round on data as they are."""

    def rows_drawn(self, batch: Batch) -> Any:
        return ops.arange(ops.shape(batch.real)[0])


MODELS = {"AdaGAN": keras_gan.AdaGAN, "without weights": WithoutWeights}


def networks() -> dict[str, keras.Model]:
    """The weak generator, and a discriminator and a classifier that are not."""
    latents, points = keras.Input((DRAWN + 2,)), keras.Input((2,))
    which, around = ops.split(latents, [DRAWN], axis=-1)
    place = keras.initializers.RandomUniform(-1.0, 1.0)
    place = layers.Dense(2, use_bias=False, kernel_initializer=place)(which)
    made = layers.Add()([place, layers.Rescaling(MIXTURE.std)(around)])

    def judge(activation: str) -> keras.Model:
        x = points
        for _ in range(3):
            x = layers.Dense(WIDTH, activation=activation)(x)
        return keras.Model(points, layers.Dense(1)(x))

    generator = keras.Model(latents, made)
    return {
        "generator": generator,
        "discriminator": judge("leaky_relu"),
        "classifier": judge("relu"),
    }


def build(model: str, seed: int, steps: int) -> keras_gan.AdaGAN:
    keras.utils.set_random_seed(seed)
    prior = Joined([OneHot(DRAWN), Normal()], [DRAWN, 2])
    options = {"rounds": ROUNDS, "epochs_per_round": 1, "prior": prior, "seed": seed}
    gan = MODELS[model](**networks(), **options)
    settings = gan.defaults()
    for name in ("generator", "discriminator"):  # anew in each round
        settings[f"{name}_optimizer"] = decaying(settings[f"{name}_optimizer"], RATE, steps)
    settings["classifier_optimizer"] = keras.optimizers.Adam(2e-3)
    gan.compile(**settings, ema_decay=0.99, steps_per_execution=min(100, steps))
    return gan


class Rounds(keras.callbacks.Callback):
    """What the mixture misses after each round, and some of its samples."""

    def __init__(self):
        super().__init__()
        self.missed, self.modes, self.good, self.clouds = [], [], [], []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        samples = self.model.sample(SAMPLES, seed=self.model.seed)
        found = mixture_modes(samples, MIXTURE.centres, MIXTURE.std)
        enough = found.counts >= LEAST * SAMPLES / len(MIXTURE.centres)
        self.missed.append(round(float(1 - enough.mean()), 2))
        self.modes.append(found.found)
        self.good.append(round(found.high_quality, 3))
        latents = self.model.latents(noise.seed_rows(CLOUD, self.model.seed, None))
        last = np.asarray(latents)[:, -1] * (epoch + 1) >= epoch
        parts = (samples[:CLOUD][~last], samples[:CLOUD][last])
        self.clouds.append([part.astype(float).round(3).tolist() for part in parts])


def run(model: str, seed: int, steps: int) -> tuple[dict, list]:
    """Trains all rounds: what came out, and samples after each."""
    gan, rounds = build(model, seed, steps), Rounds()
    points, _ = MIXTURE.draw(POINTS, seed)
    start = time.process_time()
    options = {"steps_per_epoch": steps, "epochs": ROUNDS, "callbacks": [rounds], "verbose": 0}
    gan.fit(points, batch_size=BATCH, **options)
    seconds = round(time.process_time() - start, 1)
    found = {name: getattr(rounds, name) for name in ("missed", "modes", "good")}
    return {**found, "cpu_seconds": seconds}, rounds.clouds


def table(record: Record, seeds: list[int], steps: int) -> str:
    """The runs as a Markdown table, a column for each round."""
    lines = []
    for model in MODELS:
        rows = [r for seed in seeds for r in record.rows(model=model, seed=seed, steps=steps)]
        missed = zip(*(row["missed"] for row in rows), strict=True)
        good = spread([100 * row["good"][-1] for row in rows], 1)
        lines.append([model, *(spread(each, 2) for each in missed), good])
    columns = ["missed after round", *map(str, range(1, ROUNDS + 1)), "good, %"]
    note = f"{medians(rows)}; {steps:,} steps a round, batches of {BATCH} points."
    return f"{markdown(columns, lines)}\n\n{note}"


def picture(record: Record, clouds: Record, seeds: list[int], steps: int, path: Path) -> None:
    figure = Figure(figsize=(1.6 * ROUNDS, 4.2), layout="constrained")
    places = figure.add_gridspec(2, ROUNDS)
    for row in clouds.rows(seed=seeds[0], steps=steps):
        for k, parts in enumerate(row["clouds"]):
            axes = figure.add_subplot(places[0, k])
            axes.set_title(f"round {k + 1}", fontsize=9)
            plane(axes, "grid", [part for part in parts if part], size=3)
    axes = figure.add_subplot(places[1, :])
    for k, model in enumerate(MODELS):
        for seed in seeds:
            for row in record.rows(model=model, seed=seed, steps=steps):
                label = model if seed == seeds[0] else None
                axes.plot(range(1, ROUNDS + 1), row["missed"], f"C{k}", marker="o", label=label)
    axes.set(xlabel="round", ylabel="share of the data missed", ylim=(-0.05, 1))
    axes.legend()
    figure.savefig(path, format="png", dpi=100)


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--seeds", "--results")
    parser.add_argument("--steps", type=int, default=STEPS, help="of a round")
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    options = parser.parse_args(arguments)
    record, clouds = (Record(name, options.results) for name in ("adagan", "adagan_clouds"))
    for seed in options.seeds:
        for model in MODELS:
            case = {"model": model, "seed": seed, "steps": options.steps}
            if record.rows(**case):
                continue
            row, shown = run(model, seed, options.steps)
            if model == "AdaGAN" and seed == options.seeds[0]:
                clouds.add(case | {"clouds": shown})
            record.add(case | row, show=True)
    print(table(record, options.seeds, options.steps))
    picture(record, clouds, options.seeds, options.steps, options.pictures / "adagan.png")


if __name__ == "__main__":
    main()

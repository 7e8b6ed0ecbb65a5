"""Which modes of a Gaussian mixture each class finds: 8 on a ring, 25 on a grid.

    python -m benchmarks.quality.mixtures
    python -m benchmarks.quality.mixtures --only LSGAN R3GAN --seeds 0

Lines such as "VanillaGAN pack=2" are of a class whose critic sees so many points at once; it sees
as many points a step as the others'.

Every class that takes points plays on the same two MLPs, for the same number of steps and with the
same learning rate, which decays to zero on a cosine; the table `EXCEPTIONS` holds all that a class
does otherwise. Everything else is what `compile` takes from its paper. The runs go to
benchmarks/results/mixtures.jsonl, and those that are there are not run again; the table and the
picture are made of that file. The protocol is that of PacGAN (https://arxiv.org/abs/1712.04086,
section 4.1): 2,500 samples, of which those within three standard deviations of a centre are good.

CGAN and ACGAN are told a group of modes, not the mode: two neighbours of the ring, one column of
the grid. Within it they have to find the modes themselves. docs/mgan.png shows the samples of MGAN
in a colour for each of its generators.
"""

import itertools
import math
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from keras_gan.builders.mgan import first_layer
from keras_gan.core import noise
from keras_gan.layers import SpectralNormalization
from keras_gan.metrics import mixture_modes
from keras_gan.penalties import R1, R2, DRAGANPenalty, GradientPenalty

POINTS = 100_000  # to train on
SAMPLES = 2500
PICTURED = 0  # the seed whose samples are shown
CLOUD = 500  # so many of them
LATENT_DIM = 2
GENERATORS = 8  # of MGAN
WIDTH = 64
BATCH = 256
STEPS = 40_000
RATE = 2e-3

MODELS = (
    "VanillaGAN",  # DCGAN on these networks is the same
    "LSGAN",
    "HingeGAN",
    "WGAN",
    "WGANGP",
    "DRAGAN",
    "SNGAN",
    "R3GAN",
    "FeatureMatchingGAN",
    "VAEGAN",
    "VGAN",
    "GMAN",
    "CGAN",
    "ACGAN",
    "MGAN",
    "VanillaGAN pack=2",
    "VanillaGAN pack=4",
    "HingeGAN pack=2",
    "HingeGAN pack=4",
)

EXCEPTIONS = {
    # The papers' weights are for pictures, where a step from one to the other is long. Here it is
    # as short as 0.01, and a gradient of norm one, or none, would blur modes as small as that. In
    # WGANGP two updates of the critic a step and half the steps bring more than five and a quarter.
    "WGANGP": {"penalties": [GradientPenalty(0.1)], "n_critic": 2, "steps": 1 / 2},
    "R3GAN": {"penalties": [R1(0.02), R2(0.02)]},
    "DRAGAN": {"penalties": [DRAGANPenalty(0.1, one_sided=True, scale=0.05)]},
    # Weights up to 0.01 in layers of 64 units leave next to no gradient; RMSprop moves each weight
    # by the whole rate, which has to be small beside the clip.
    "WGAN": {"model": {"clip": 0.1}, "rate": 1e-3, "steps": 1 / 4},
    # Five updates of the critic a step, as in WGAN: a quarter of the steps.
    "SNGAN": {"steps": 1 / 4},
    # The encoder's terms, in sums over pixels and features, are far larger for pictures.
    "VAEGAN": {"model": {"kl_weight": 0.01, "similarity_weight": 0.5}},
    # Where a point lies, to a hundredth, are more nats than the paper's 0.1 for a place of a map.
    # RMSprop moves each weight by the whole rate.
    "VGAN": {"model": {"information": 10.0, "beta_rate": 1e-4}, "rate": 1e-3},
    # The paper's weight for points in a plane.
    "MGAN": {"model": {"diversity_weight": 0.125}},
}
"""What a class does otherwise than the shared recipe and its paper's settings, and why."""


class Mixture(NamedTuple):
    """Equal, round Gaussians in the plane, in groups that follow each other."""

    centres: np.ndarray
    std: float
    groups: int

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Points float32 `(n, 2)` and the group of each."""
        rng = np.random.default_rng(seed)
        modes = rng.integers(len(self.centres), size=n)
        points = self.centres[modes] + self.std * rng.normal(size=(n, 2))
        return points.astype("float32"), modes * self.groups // len(self.centres)


def ring() -> Mixture:
    angles = 2 * np.pi * np.arange(8) / 8
    return Mixture(np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.01, groups=4)


def grid() -> Mixture:
    places = np.arange(-4.0, 5.0, 2.0) / 4  # in [-1, 1], as pictures are
    return Mixture(np.array([(x, y) for x in places for y in places]), 0.05 / 4, groups=5)


MIXTURES = {"ring": ring(), "grid": grid()}


# -- a run -----------------------------------------------------------------------------------------


def class_of(name: str) -> tuple[type[keras_gan.GAN], dict]:
    """The class of a line of the table, and how many points its critic sees at once."""
    cls, _, pack = name.partition(" pack=")
    return getattr(keras_gan, cls), {"pack": int(pack)} if pack else {}


def networks(cls: type[keras_gan.GAN], groups: int, pack: int = 1) -> dict:
    """Generator and discriminator of three hidden layers, and what else the class needs."""
    told = cls.conditional is True
    labels = keras.Input((), dtype="int32")

    def embedded() -> keras.KerasTensor:
        return layers.Embedding(groups, 8)(labels)

    def inputs_of(x: keras.KerasTensor) -> list | keras.KerasTensor:
        return [x, labels] if told else x

    def hidden(
        x: keras.KerasTensor, activation: str, wrap: Callable = _plain, depth: int = 3
    ) -> keras.KerasTensor:
        for _ in range(depth):
            x = layers.Activation(activation)(wrap(layers.Dense(WIDTH))(x))
        return x

    several = cls is keras_gan.MGAN
    latents = keras.Input((LATENT_DIM + several * GENERATORS,))
    points = keras.Input((2 * pack,))
    x = layers.Concatenate()([latents, embedded()]) if told else latents
    if several:
        x = layers.ReLU()(first_layer(latents, GENERATORS, WIDTH, batch_norm=False))
    made = layers.Dense(2)(hidden(x, "relu", depth=2 if several else 3))
    generator = keras.Model(inputs_of(latents), made)
    if "mean" in cls.critic_outputs:  # its code is the third layer
        x = hidden(points, "leaky_relu", depth=2)
        code = [layers.Dense(WIDTH)(x) for _ in range(2)]
        logits = layers.Dense(1)(layers.Activation("leaky_relu")(code[0]))
        return {"generator": generator, "discriminator": keras.Model(points, [logits, *code])}
    if len(cls.critic_outputs) > 1:
        x = hidden(points, "leaky_relu")
        judged = [layers.Dense(1)(x), layers.Dense(GENERATORS if several else groups)(x)]
        pair = {"generator": generator, "discriminator": keras.Model(points, judged)}
        return pair | ({"num_classes": groups} if told else {})
    wrap = SpectralNormalization if cls is keras_gan.SNGAN else _plain
    made = {"generator": generator}
    for critic in cls.critics:
        x = layers.Concatenate()([points, embedded()]) if told else points
        judged = wrap(layers.Dense(1))(hidden(x, "leaky_relu", wrap))
        made[critic] = keras.Model(inputs_of(points), judged)
    if told:
        made["num_classes"] = groups
    if "encoder" in cls.networks:
        made["encoder"] = keras.Model(points, layers.Dense(2 * LATENT_DIM)(hidden(points, "relu")))
    return made


def _plain(layer: layers.Layer) -> layers.Layer:
    return layer


def build(name: str, mixture: Mixture, seed: int, steps: int) -> keras_gan.GAN:
    """The class on its networks, compiled for so many steps."""
    keras.utils.set_random_seed(seed)
    cls, packs = class_of(name)
    own = {key: value for key, value in EXCEPTIONS.get(name, {}).items() if key != "steps"}
    made = networks(cls, mixture.groups, **packs)
    gan = cls(**made, **packs, seed=seed, **own.pop("model", {}))
    rate = own.pop("rate", RATE)
    settings = gan.defaults() | own
    n_critic = settings.get("n_critic", 1)
    for network in gan.networks:
        updates = steps * n_critic if network in gan.critics else steps
        settings[f"{network}_optimizer"] = decaying(settings[f"{network}_optimizer"], rate, updates)
    gan.compile(**settings, steps_per_execution=min(100, steps))
    return gan


def decaying(
    optimizer: keras.optimizers.Optimizer, rate: float, updates: int
) -> keras.optimizers.Optimizer:
    """The same optimizer with a learning rate that goes to zero on a cosine."""
    schedule = keras.optimizers.schedules.CosineDecay(rate, updates)
    return type(optimizer).from_config(optimizer.get_config() | {"learning_rate": schedule})


def steps_of(name: str, steps: int) -> int:
    """The class's own number of steps, where the others take `steps`."""
    return math.ceil(steps * EXCEPTIONS.get(name, {}).get("steps", 1))


def run(name: str, title: str, seed: int, steps: int) -> tuple[dict, dict]:
    """Trains one class on one mixture: what came out, and some samples."""
    mixture = MIXTURES[title]
    gan = build(name, mixture, seed, steps)
    points, groups = mixture.draw(POINTS, seed)
    start = time.perf_counter()
    gan.fit(points, groups, batch_size=BATCH, steps_per_epoch=steps, verbose=0)
    seconds = time.perf_counter() - start
    samples = gan.sample(SAMPLES, seed=seed)
    found = mixture_modes(samples, mixture.centres, mixture.std)
    row = {
        "model": name,
        "mixture": title,
        "seed": seed,
        "steps": steps,
        "modes": found.found,
        "good": round(found.high_quality, 4),
        "reverse_kl": round(found.reverse_kl, 4) if found.found else None,
        "seconds": round(seconds, 1),
    }
    return row, cloud(gan, samples, seed)


def cloud(gan: keras_gan.GAN, samples: np.ndarray, seed: int) -> dict:
    """The first samples of `gan.sample(seed=seed)` and, of several generators, whose they are."""
    made = {"points": samples[:CLOUD].astype(float).round(3).tolist()}
    if isinstance(gan, keras_gan.MGAN):
        latents = gan.latents(noise.seed_rows(CLOUD, seed, None))
        made["generators"] = np.argmax(gan.prior.split(latents)[-1], axis=1).tolist()
    return made


# -- table and picture -----------------------------------------------------------------------------


def table(rows: list[dict]) -> str:
    """Runs as a Markdown table, one line a class."""
    columns = ["class"]
    for title, mixture in MIXTURES.items():
        columns += [f"{title}: modes of {len(mixture.centres)}", "good, %", "reverse KL"]
    columns += ["steps", "s a run"]
    lines = []
    for name in MODELS:
        own = [row for row in rows if row["model"] == name]
        if own:
            found = [cells([row for row in own if row["mixture"] == title]) for title in MIXTURES]
            seconds = f"{statistics.median(row['seconds'] for row in own):.0f}"
            lines.append([name, *itertools.chain(*found), f"{own[0]['steps']:,}", seconds])
    note = f"{medians(rows)}; {SAMPLES:,} samples; batches of {BATCH} points."
    return f"{markdown(columns, lines)}\n\n{note}"


def cells(rows: list[dict]) -> list[str]:
    if not rows:
        return ["", "", ""]
    divergences = [row["reverse_kl"] for row in rows if row["reverse_kl"] is not None]
    return [
        spread([row["modes"] for row in rows]),
        spread([100 * row["good"] for row in rows], 1),
        spread(divergences, 3) if len(divergences) == len(rows) else "infinite",
    ]


def picture(clouds: list[dict], path: Path) -> None:
    """The samples of one seed: a row for each mixture, a column for each class."""
    names = [name for name in MODELS if any(cloud["model"] == name for cloud in clouds)]
    figure = Figure(figsize=(1.5 * len(names), 3.4), layout="constrained")
    all_axes = figure.subplots(len(MIXTURES), len(names), squeeze=False)
    for name, axes in zip(names, all_axes[0], strict=True):
        axes.set_title(name, fontsize=9)
    for title, row in zip(MIXTURES, all_axes, strict=True):
        for name, axes in zip(names, row, strict=True):
            plane(axes, title, [c["points"] for c in _of(clouds, name, title)], size=2)
    figure.savefig(path, format="png", dpi=100)


def picture_of_parts(clouds: list[dict], path: Path) -> None:
    """What each of MGAN's generators draws, in a colour of its own: a plane for each mixture."""
    figure = Figure(figsize=(3.4 * len(MIXTURES), 3.4), layout="constrained")
    (row,) = figure.subplots(1, len(MIXTURES), squeeze=False)
    for title, axes in zip(MIXTURES, row, strict=True):
        parts = []
        for each in _of(clouds, "MGAN", title):
            points, whose = np.array(each["points"]), np.array(each["generators"])
            parts = [points[whose == k] for k in range(GENERATORS)]
        plane(axes, title, parts, size=8)
    figure.savefig(path, format="png", dpi=100)


def _of(clouds: list[dict], name: str, title: str) -> list[dict]:
    return [each for each in clouds if (each["model"], each["mixture"]) == (name, title)]


def plane(axes: Axes, title: str, clouds: list[np.ndarray], size: float) -> None:
    """The centres of a mixture, and each cloud of points in a colour of its own."""
    centres = MIXTURES[title].centres
    limit = 1.3 * np.abs(centres).max()
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xticks=[], yticks=[])
    axes.scatter(*centres.T, s=20 * size, facecolors="none", edgecolors="0.75")
    for points in clouds:
        axes.scatter(*np.transpose(points), s=size, alpha=0.5, linewidths=0)


# -- the command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--seeds", "--minutes", "--results")
    parser.add_argument("--only", nargs="+", choices=MODELS, default=MODELS, metavar="CLASS")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of both")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record, clouds = (Record(name, options.results) for name in ("mixtures", "mixtures_clouds"))
    for seed in options.seeds:
        for name in options.only:
            for title in MIXTURES:
                steps = steps_of(name, options.steps)
                case = {"model": name, "mixture": title, "seed": seed, "steps": steps}
                if record.rows(**case) or time.monotonic() > end:
                    continue
                row, samples = run(name, title, seed, steps)
                if seed == PICTURED:
                    clouds.add(case | samples)
                record.add(row, show=True)
    shown = {name: steps_of(name, options.steps) for name in MODELS}
    print(table([row for row in record.rows() if row["steps"] == shown[row["model"]]]))
    shown_clouds = [each for each in clouds.rows() if each["steps"] == shown[each["model"]]]
    if shown_clouds:
        picture(shown_clouds, options.pictures / "mixtures.png")
        picture_of_parts(shown_clouds, options.pictures / "mgan.png")


if __name__ == "__main__":
    main()

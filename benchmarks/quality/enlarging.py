"""What a GAN adds to a training set: four ways to teach a classifier, and the semi-supervised one.

    python -m benchmarks.quality.enlarging --data-dir ../shared/data/tfds --folder FOLDER

A cell is a data set and a setting: 10, 50, 100 or 500 pictures of each class (ucmerced64: 10, 30,
60), or an imbalanced set, half of the classes with 20 pictures and the others with 500 (60). Each
seed draws its pictures, 20 of each class to validate, the GAN, its samples and the classifiers.
The classifier learns from the real pictures, from these with classical augmentation, from real and
made ones, and from these with the augmentation, all in as many steps; of an imbalanced set all four
see each class alike often, and samples go to the rare ones. The ratio of made pictures is chosen on
the validation pictures. The semi-supervised model has the other training pictures without labels.

The GAN is a CGAN of R1 and DiffAugment, told all classes, that sees each alike often. All are
judged on the test split, of ucmerced64 on the last 20 pictures of each class. Paired t-tests over
the seeds, Holm's correction over all cells that there are; seeds from 100 on confirm what others
have found, in a table of their own. The runs go to benchmarks/results/enlarging.jsonl, and those
that are there are not run again; table and picture are made of that record.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record
from benchmarks.harness.turns import markdown, spread
from keras_gan import augment, data, enlarging, penalties
from keras_gan.enlarging import comparison, figures, labelled
from keras_gan.enlarging.labelled import Labelled
from keras_gan.enlarging.result import AGAINST, BOTH, CLASSICAL, GAN, LEVEL, REAL, Gain

SETS = {  # pictures of each class, and of an imbalanced set those of the classes that have many
    "mnist": (("10", "50", "100", "500"), 500),
    "fashion_mnist": (("10", "50", "100", "500"), 500),
    "cifar10_10k": (("10", "50", "100", "500"), 500),
    "ucmerced64": (("10", "30", "60"), 60),
}
MIRRORED = ("fashion_mnist", "cifar10_10k", "ucmerced64")
IMBALANCED, RARE = "imbalanced", 20
VALIDATION = 20  # pictures of each class, and of ucmerced64 as many to test
RATIOS = (0.5, 1.0, 2.0)
BATCH = 32  # of the GAN
EXECUTION = 20  # steps that TensorFlow runs at a time
SEMI = "semi-supervised"
SEMI_BATCH = 100
FRESH = 100  # the first seed of those that confirm what others have found
UNLABELLED = 20_000  # pictures at most


# -- data ------------------------------------------------------------------------------------------


def loaded(name: str, data_dir: Path | None, folder: Path | None) -> tuple[Labelled, Labelled]:
    """All training pictures, and those to test on."""
    options = {"shuffle": False, "batch_size": 500}
    if name != "ucmerced64":
        parts = (data.load(name, split=s, data_dir=data_dir, **options) for s in ("train", "test"))
        return tuple(map(labelled.read, parts))
    if folder is None:
        raise SystemExit("ucmerced64 is a folder: --folder FOLDER")
    every = labelled.read(data.load(folder, **options))
    last = np.concatenate(
        [np.flatnonzero(every.labels == c)[-VALIDATION:] for c in np.unique(every.labels)]
    )
    rest = np.setdiff1d(np.arange(len(every.labels)), last)
    return every.of(rest), every.of(last)


def drawn(
    pool: Labelled, setting: str, many: int, seed: int
) -> tuple[Labelled, Labelled, np.ndarray]:
    """The training pictures of a setting, those to validate on, and rows of what is left."""
    rng = np.random.default_rng(seed)
    classes = np.unique(pool.labels)
    rare = set(rng.permutation(classes)[: len(classes) // 2].tolist())
    train, validation, rest = [], [], []
    for c in classes:
        own = rng.permutation(np.flatnonzero(pool.labels == c))
        n = (RARE if c in rare else many) if setting == IMBALANCED else int(setting)
        validation.append(own[:VALIDATION])
        train.append(own[VALIDATION : VALIDATION + n])
        rest.append(own[VALIDATION + n :])
    train, validation, rest = map(np.concatenate, (train, validation, rest))
    return pool.of(train), pool.of(validation), rng.permutation(rest)


# -- models ----------------------------------------------------------------------------------------


def classifier(shape: tuple[int, ...], classes: int, steps: int) -> keras.Model:
    """A small convolutional network, of dropout and a rate that falls to 0."""
    x = inputs = keras.Input(shape)
    for width in (16, 32, 64) if max(shape[:2]) <= 32 else (16, 32, 64, 64):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(padding="same")(x)
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    model = keras.Model(inputs, layers.Dense(classes)(layers.Dropout(0.5)(x)))
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def fitted_gan(
    images: np.ndarray, labels: np.ndarray, seed: int, shown: int, width: int
) -> keras_gan.CGAN:
    """A CGAN that has seen so many of these pictures, each class alike often."""
    classes = int(labels.max()) + 1
    gan = keras_gan.CGAN(
        image_shape=images.shape[1:], num_classes=classes, width=width, latent_dim=64, seed=seed
    )
    gan.compile(
        penalties=[penalties.R1(weight=2.0, interval=4)],
        augment=augment.DiffAugment(),
        **gan.each_optimizer(lambda: keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99)),
        steps_per_execution=EXECUTION,
    )
    steps = -(-shown // (BATCH * EXECUTION)) * EXECUTION
    rows = comparison.rows_of(labels, steps * BATCH, np.random.default_rng(seed), balance=True)
    gan.fit(comparison.batches_of(Labelled(images, labels), rows, BATCH), verbose=0)
    return gan


class Moved(augment.Augment):
    """The classical augmentation, of what a discriminator is shown."""

    def __init__(self, affine: enlarging.Affine):
        self.affine = affine

    def __call__(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        return self.affine(images, key)


def semi_supervised(
    train: Labelled,
    rest: np.ndarray,
    test: Labelled,
    seed: int,
    steps: int,
    width: int,
    moved: augment.Augment,
) -> dict[str, float]:
    """What the model finds that learns from these labels and from pictures without any."""
    classes = int(train.labels.max()) + 1
    gan = keras_gan.SemiSupervisedGAN(
        image_shape=train.images.shape[1:], num_classes=classes, width=width, seed=seed
    )
    gan.compile(augment=moved, steps_per_execution=EXECUTION)
    rng = np.random.default_rng(seed)
    half = steps * SEMI_BATCH // 2
    known = comparison.rows_of(train.labels, half, rng, balance=True)
    others = np.resize(np.arange(len(rest)), half) + len(train.labels)
    images = np.concatenate([train.images, rest])
    labels = np.concatenate([train.labels, np.full(len(rest), -1, np.int32)])
    rows = np.stack([known, others], axis=1).reshape(-1)  # half of each batch
    gan.fit(comparison.batches_of(Labelled(images, labels), rows, SEMI_BATCH), verbose=0)
    return figures.judged(gan.classify(test.images), test.labels)


# -- a run -----------------------------------------------------------------------------------------


def run(
    name: str, setting: str, pool: Labelled, test: Labelled, seed: int, case: dict, semi: bool
) -> dict:
    """All arms of one cell and seed: one row of the record."""
    train, validation, rest = drawn(pool, setting, SETS[name][1], seed)
    train, validation, test = comparison.read_parts(train, validation, test)
    spent, moved = {}, enlarging.Affine(mirror=name in MIRRORED)

    def timed_gan(images: np.ndarray, labels: np.ndarray, seed: int) -> keras_gan.CGAN:
        start = time.process_time()
        gan = fitted_gan(images, labels, seed, case["images"], case["width"])
        spent["gan_minutes"] = round((time.process_time() - start) / 60, 2)
        return gan

    start = time.process_time()
    classes, steps = int(train.labels.max()) + 1, case["steps"]
    rows = comparison.runs(
        train,
        validation,
        test,
        lambda seed: classifier(train.images.shape[1:], classes, steps),
        timed_gan,
        seed,
        ratios=RATIOS,
        balance=setting == IMBALANCED,
        augment=moved,
        steps=steps,
    )
    if semi:
        keras.utils.set_random_seed(seed)
        others = pool.images[rest[:UNLABELLED]]
        found = semi_supervised(
            train, others, test, seed, case["semi_steps"], case["width"], Moved(moved)
        )
        rows.append({"seed": seed, "arm": SEMI, "ratio": 0.0, "validation": 0.0} | found)
    keras.backend.clear_session()
    for row in rows:
        row |= {key: round(row[key], 4) for key in ("validation", "accuracy", "balanced", "ece")}
    counts = {"train": len(train.labels), "test": len(test.labels)}
    minutes = round((time.process_time() - start) / 60, 2)
    return {
        "dataset": name,
        "setting": setting,
        "seed": seed,
        **case,
        **counts,
        **spent,
        "cpu_minutes": minutes,
        "runs": rows,
    }


# -- table and picture -----------------------------------------------------------------------------


def gains(rows: list[dict]) -> dict[tuple[str, str], Gain]:
    """What was found of each cell, in the order of `SETS`; arms that some seed lacks are left."""
    found = {}
    for name, (settings, _) in SETS.items():
        for setting in (*settings, IMBALANCED):
            own = [row for row in rows if (row["dataset"], row["setting"]) == (name, setting)]
            if len(own) >= 2:
                arms = set.intersection(*({run["arm"] for run in row["runs"]} for row in own))
                runs = [run for row in own for run in row["runs"] if run["arm"] in arms]
                found[name, setting] = Gain(runs)
    return found


def tests_of(found: dict[tuple[str, str], Gain]) -> dict[tuple, tuple[float, float, float]]:
    """(cell, arm) -> difference, p and p after Holm's correction over all of them."""
    keys, differences, p_values = [], [], []
    for cell, gain in found.items():
        for arm, against in (*AGAINST.items(), (SEMI, CLASSICAL)):
            if arm in gain.arms:
                pair = gain.figures(arm), gain.figures(against)
                keys.append((cell, arm))
                differences.append(float(np.mean(pair[0] - pair[1])))
                p_values.append(enlarging.paired_p(*pair))
    corrected = enlarging.holm(p_values).tolist()
    values = zip(differences, p_values, corrected, strict=True)
    return dict(zip(keys, values, strict=True))


def tables(rows: list[dict]) -> str:
    """Accuracies, calibration and tests, cell by cell."""
    found = gains(rows)
    tests = tests_of(found)
    arms = (REAL, CLASSICAL, GAN, BOTH, SEMI)
    main, other = [], []
    for cell, gain in found.items():
        line, more = [*cell, str(len(gain.seeds))], [*cell]
        for arm in arms:
            there = arm in gain.arms
            line.append(shown(gain.figures(arm)) if there else "")
            more += [
                shown(gain.figures(arm, name)) if there else "" for name in ("accuracy", "ece")
            ]
        line += [f"{gain.ratio(GAN):g}, {gain.ratio(BOTH):g}"]
        main.append([*line, *(said(tests.get((cell, arm))) for arm in (GAN, BOTH, SEMI))])
        other.append(more)
    heads = ["data", "a class", "seeds", *arms, "ratios", "GAN - real", "both - classical"]
    heads.append("semi-supervised - classical")
    more = ["data", "a class", *(f"{arm}, {what}" for arm in arms for what in ("accuracy", "ECE"))]
    minutes = [row["gan_minutes"] for row in rows]
    shown_images = ", ".join(f"{n:,}" for n in sorted({row["images"] for row in rows}))
    better = sum(p < LEVEL and d > 0 for (_, arm), (d, _, p) in tests.items() if arm == BOTH)
    return (
        f"{markdown(heads, main)}\n\nBalanced accuracy in percent, mean ± standard deviation over "
        f"the seeds; the ratios that the validation pictures chose; differences with the p-value "
        f"of a paired t-test, in brackets after Holm's correction over all {len(tests)}. GAN and "
        f"classical together are better than classical alone in {better} of {len(found)} cells. A "
        f"GAN has seen {shown_images} pictures in {spread(minutes, 1)} minutes of a processor.\n\n"
        f"{markdown(more, other)}"
    )


def shown(values: np.ndarray) -> str:
    return f"{100 * values.mean():.1f} ± {100 * values.std(ddof=1):.1f}"


def said(test: tuple[float, float, float] | None) -> str:
    return "" if test is None else f"{100 * test[0]:+.1f}, p {test[1]:.2g} ({test[2]:.2g})"


def picture(rows: list[dict], path: Path) -> None:
    """For each data set, each arm's difference to classical augmentation, cell by cell."""
    found = gains(rows)
    names = [name for name in SETS if any(cell[0] == name for cell in found)]
    figure = Figure(figsize=(3.2 * len(names) + 0.8, 3.4), layout="constrained")
    for name, axes in zip(names, figure.subplots(1, len(names), squeeze=False)[0], strict=True):
        cells = [cell for cell in found if cell[0] == name]
        for k, arm in enumerate((REAL, GAN, BOTH, SEMI)):
            for place, cell in enumerate(cells):
                gain = found[cell]
                if arm not in gain.arms:
                    continue
                apart = 100 * (gain.figures(arm) - gain.figures(CLASSICAL))
                x = place + 0.16 * (k - 1.5)
                axes.plot([x] * len(apart), apart, "o", color=f"C{k}", alpha=0.35, markersize=3)
                axes.plot(x, apart.mean(), "_", color=f"C{k}", markersize=9, markeredgewidth=2)
            axes.plot([], [], "_", color=f"C{k}", markersize=9, markeredgewidth=2, label=arm)
        axes.axhline(0.0, color="gray", linewidth=0.8)
        axes.set_xticks(range(len(cells)), [setting for _, setting in cells])
        axes.set(title=name, xlabel="pictures of a class")
        axes.grid(alpha=0.3, axis="y")
    figure.axes[0].set_ylabel("balanced accuracy - that of classical, points")
    figure.axes[-1].legend(frameon=False, fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)


# -- the command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--minutes", "--results")
    parser.set_defaults(seeds=[0, 1, 2, 3, 4])
    settings = tuple(dict.fromkeys(s for own, _ in SETS.values() for s in (*own, IMBALANCED)))
    parser.add_argument("--folder", type=Path, help="that of ucmerced64")
    parser.add_argument("--datasets", nargs="+", choices=SETS, default=tuple(SETS))
    parser.add_argument("--settings", nargs="+", choices=settings, default=settings)
    parser.add_argument("--images", type=int, default=128_000, help="that a GAN is shown")
    parser.add_argument("--width", type=int, default=16, help="of its networks")
    parser.add_argument("--steps", type=int, default=800, help="of a classifier")
    parser.add_argument("--semi-steps", type=int, default=1200, help="0 leaves the model out")
    parser.add_argument("--picture", type=Path, default=command.DOCS / "enlarging.png")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record = Record("enlarging", options.results)
    case = {name: getattr(options, name) for name in ("images", "width", "steps", "semi_steps")}
    for name in options.datasets:
        cells = [s for s in (*SETS[name][0], IMBALANCED) if s in options.settings]
        due = [
            (setting, seed)
            for setting in cells
            for seed in record.due(options.seeds, dataset=name, setting=setting, **case)
        ]
        if due and time.monotonic() < end:
            pool, test = loaded(name, options.data_dir, options.folder)
        for setting, seed in due:
            if time.monotonic() > end:
                break
            semi = options.semi_steps > 0
            record.add(run(name, setting, pool, test, seed, case, semi), show=True)
    rows = record.rows(**case)
    tried = [row for row in rows if row["seed"] < FRESH]
    fresh = [row for row in rows if row["seed"] >= FRESH]
    for heading, own in (("Tried", tried), ("Confirmed on fresh seeds", fresh)):
        if gains(own):
            print(f"### {heading}\n\n{tables(own)}\n")
    if gains(tried):
        picture(tried, options.picture)


if __name__ == "__main__":
    main()

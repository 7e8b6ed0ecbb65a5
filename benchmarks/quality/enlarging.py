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

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record
from benchmarks.quality import enlarging_table
from benchmarks.quality.enlarging_table import IMBALANCED, SEMI, SETS
from keras_gan import augment, data, enlarging, penalties
from keras_gan.enlarging import comparison, figures, labelled
from keras_gan.enlarging.labelled import Labelled

MIRRORED = ("fashion_mnist", "cifar10_10k", "ucmerced64")
IMAGES = {"mnist": 96_000, "fashion_mnist": 96_000, "cifar10_10k": 96_000, "ucmerced64": 24_000}
"""That a GAN is shown, in less than five minutes of a processor."""
RARE = 20  # pictures of the rare classes of an imbalanced set
VALIDATION = 20  # pictures of each class, and of ucmerced64 as many to test
RATIOS, RARE_RATIOS = (0.5, 1.0, 2.0), (0.05, 0.2, 1.0)  # the second of imbalanced sets
BATCH = 32  # of the GAN
EXECUTION = 20  # steps that TensorFlow runs at a time
ARMS = "four ways"
SEMI_BATCH = 100
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
    for width in (16, 32, 64):
        stride = 2 if max(x.shape[1:3]) > 32 else 1
        x = layers.Conv2D(width, 3, stride, padding="same", activation="relu")(x)
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


def arms(
    sets: tuple[Labelled, Labelled, Labelled], seed: int, moved: enlarging.Affine, case: dict
) -> dict:
    """The four ways, at each ratio, and what the GAN took."""
    spent = {}
    (train, *_), balance = sets, case["setting"] == IMBALANCED

    def timed_gan(images: np.ndarray, labels: np.ndarray, seed: int) -> keras_gan.CGAN:
        start = time.process_time()
        gan = fitted_gan(images, labels, seed, case["images"], case["width"])
        spent["gan_minutes"] = round((time.process_time() - start) / 60, 2)
        return gan

    runs = comparison.runs(
        *sets,
        lambda seed: classifier(train.images.shape[1:], int(train.labels.max()) + 1, case["steps"]),
        timed_gan,
        seed,
        ratios=RARE_RATIOS if balance else RATIOS,
        balance=balance,
        augment=moved,
        steps=case["steps"],
    )
    return spent | {"runs": runs}


def run(case: dict, pool: Labelled, test: Labelled, seed: int) -> dict:
    """One cell and seed, of the four ways or of the semi-supervised model: a row of the record."""
    train, validation, rest = drawn(pool, case["setting"], SETS[case["dataset"]][1], seed)
    sets = comparison.read_parts(train, validation, test)
    moved = enlarging.Affine(mirror=case["dataset"] in MIRRORED)
    start = time.process_time()
    if case["part"] == SEMI:
        keras.utils.set_random_seed(seed)
        found = semi_supervised(
            train,
            pool.images[rest[:UNLABELLED]],
            test,
            seed,
            case["steps"],
            case["width"],
            Moved(moved),
        )
        found = {"runs": [{"seed": seed, "arm": SEMI, "ratio": 0.0, "validation": 0.0} | found]}
    else:
        found = arms(sets, seed, moved, case)
    keras.backend.clear_session()
    for row in found["runs"]:
        row |= {key: round(row[key], 4) for key in ("validation", "accuracy", "balanced", "ece")}
    counts = {"train": len(train.labels), "test": len(test.labels)}
    minutes = round((time.process_time() - start) / 60, 2)
    return {"seed": seed, **case, **counts, "cpu_minutes": minutes, **found}


# -- the command -----------------------------------------------------------------------------------


def case_of(name: str, part: str, options: argparse.Namespace) -> dict:
    """What the runs of a data set and a part have in common."""
    case = {"dataset": name, "part": part, "width": options.width}
    if part == SEMI:
        return case | {"steps": options.semi_steps}
    return case | {"steps": options.steps, "images": options.images or IMAGES[name]}


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--minutes", "--results")
    parser.set_defaults(seeds=[0, 1, 2, 3, 4])
    settings = tuple(dict.fromkeys(s for own, _ in SETS.values() for s in (*own, IMBALANCED)))
    parser.add_argument("--folder", type=Path, help="that of ucmerced64")
    parser.add_argument("--datasets", nargs="+", choices=SETS, default=tuple(SETS))
    parser.add_argument("--settings", nargs="+", choices=settings, default=settings)
    parser.add_argument("--images", type=int, help="that a GAN is shown (by the data)")
    parser.add_argument("--width", type=int, default=16, help="of its networks")
    parser.add_argument("--steps", type=int, default=400, help="of a classifier")
    parser.add_argument("--semi-steps", type=int, default=1200, help="of that model")
    parser.add_argument("--parts", nargs="+", choices=(ARMS, SEMI), default=(ARMS, SEMI))
    parser.add_argument("--picture", type=Path, default=command.DOCS / "enlarging.png")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record = Record("enlarging", options.results)
    for name in options.datasets:
        cells = [s for s in (*SETS[name][0], IMBALANCED) if s in options.settings]
        due = [
            (case, seed)
            for setting in cells
            for part in options.parts
            if (name, setting, part) != ("ucmerced64", "60", SEMI)  # no picture is left for it
            for case in [case_of(name, part, options) | {"setting": setting}]
            for seed in record.due(options.seeds, **case)
        ]
        if due and time.monotonic() < end:
            pool, test = loaded(name, options.data_dir, options.folder)
        for case, seed in due:
            if time.monotonic() > end:
                break
            record.add(run(case, pool, test, seed), show=True)
    cases = (case_of(name, part, options) for name in SETS for part in (ARMS, SEMI))
    rows = [row for case in cases for row in record.rows(**case)]
    for heading, own in enlarging_table.parted(rows).items():
        print(f"### {heading}\n\n{enlarging_table.tables(own)}\n")
    enlarging_table.picture(rows, options.picture)


if __name__ == "__main__":
    main()

"""SemiSupervisedGAN on MNIST with 100 labels, beside the same network without the GAN.

    python -m benchmarks.quality.semi_supervised --data-dir ../shared/data/tfds

Ten labels of each digit, drawn by the seed; all 60,000 training digits without a label, and the 100
so often that half of each batch has one. The same network without the GAN learns from the 100
alone, in as many steps as show no further gain. Both see digits that are shifted by up to an eighth
of a side, and are asked for the 10,000 test digits as they are. The runs go to
benchmarks/results/semi_supervised.jsonl, and those that are there are not run again; that of the
first seed draws docs/semi_supervised.png: the labelled digits, and samples.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import parse
from keras_gan import builders, plotting
from keras_gan.augment import DiffAugment
from keras_gan.core import noise
from keras_gan.core.ranges import scaled
from keras_gan.runs import reference

EACH = 10  # labels of a class
SHARE = 0.5  # of labelled digits in what the GAN is shown
BATCH = 100
EXECUTION = 20  # steps that TensorFlow runs at a time
ALONE = 1000  # steps of the network without the GAN
GAN, SAME = "SemiSupervisedGAN", "the same network without the GAN"


class Shifted(DiffAugment):
    """Moves pictures, with black coming in."""

    def __init__(self):
        super().__init__("translation")

    def __call__(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        return super().__call__(images + 1.0, key) - 1.0


def labelled(labels: np.ndarray, seed: int) -> np.ndarray:
    """Places of as many labels of each class, class by class."""
    rng = np.random.default_rng(seed)
    places = [np.flatnonzero(labels == k) for k in np.unique(labels)]
    return np.concatenate([rng.choice(own, EACH, replace=False) for own in places])


def train(
    images: np.ndarray, labels: np.ndarray, known: np.ndarray, seed: int, epochs: int, width: int
) -> keras_gan.SemiSupervisedGAN:
    """The class as it comes, on all images and these labels."""
    classes = int(labels.max()) + 1
    gan = keras_gan.SemiSupervisedGAN(
        image_shape=images.shape[1:], num_classes=classes, width=width, seed=seed
    )
    gan.compile(augment=Shifted(), steps_per_execution=EXECUTION)
    told = np.full(len(labels), -1)
    told[known] = labels[known]
    more = round(SHARE / (1 - SHARE) * len(images))
    rows = np.concatenate([np.arange(len(images)), np.resize(known, more)])
    gan.fit(images[rows], told[rows], batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


def train_alone(images: np.ndarray, labels: np.ndarray, seed: int, width: int) -> keras.Model:
    """The discriminator as a classifier that sees the labelled images alone."""
    shifted = Shifted()
    batches = tf.data.Dataset.range(ALONE).map(
        lambda step: (shifted(images, noise.key(seed, step)), labels)
    )
    classes = int(labels.max()) + 1
    network = builders.semi_supervised_discriminator(images.shape[1:], classes, width)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), loss, jit_compile=False)
    network.fit(batches, shuffle=False, verbose=0)
    return network


def draw(gan: keras_gan.SemiSupervisedGAN, images: np.ndarray, path: Path) -> None:
    """The labelled images, one column for each class, and as many samples below."""
    columns = np.swapaxes(images.reshape(-1, EACH, *images.shape[1:]), 0, 1)
    made = gan.sample(len(images), seed=0)
    shown = np.concatenate([columns.reshape(images.shape), made])
    plotting.save_grid(shown, path, columns=len(images) // EACH)


def table(rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    lines = []
    for model in (GAN, SAME):
        found = [row for row in rows if row["model"] == model]
        minutes = spread([row["cpu_minutes"] for row in found], 1)
        lines.append([model, spread([row["right"] for row in found], 2), minutes])
    first = rows[0]
    return (
        f"{markdown(['100 labels', 'right, %', 'CPU minutes'], lines)}\n\n{medians(rows)}: width "
        f"{first['width']}, {first['epochs']} epochs of {first['train']:,} digits, batch {BATCH}, "
        f"{first['dtype']}; {first['held_out']:,} test digits."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=2, width=16)
    record = Record("semi_supervised", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds:
        real = reference.load("mnist", data_dir=options.data_dir, limit=options.limit)
        (images, labels), (test, wanted) = (
            (scaled(part.images.images), part.images.labels) for part in (real.train, real.held_out)
        )
        keras.config.set_dtype_policy(options.dtype)
    for seed in seeds:
        known = labelled(labels, seed)
        rows = []
        for model in (GAN, SAME):
            keras.utils.set_random_seed(seed)
            start = time.process_time()
            if model == GAN:
                gan = train(images, labels, known, seed, options.epochs, options.width)
                found = gan.classify(test)
            else:
                found = train_alone(images[known], labels[known], seed, options.width)
                found = found.predict(test, batch_size=500, verbose=0)
            minutes = round((time.process_time() - start) / 60, 1)
            right = round(100 * float(np.mean(found.argmax(axis=1) == wanted)), 2)
            counts = {"train": len(images), "held_out": len(test), "labels": len(known)}
            rows.append({"model": model, "seed": seed, **case, **counts, "right": right})
            rows[-1]["cpu_minutes"] = minutes
        for row in rows:
            record.add(row, show=True)
        if seed == options.seeds[0]:
            draw(gan, images[known], options.pictures / "semi_supervised.png")
    print(table(record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

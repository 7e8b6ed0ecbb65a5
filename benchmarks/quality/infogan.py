"""InfoGAN on MNIST: whether its category is the digit, which nobody has told it.

    python -m benchmarks.quality.infogan --data-dir ../shared/data/tfds

Trains the class as it comes on the 60,000 training digits, without labels. What the discriminator
takes for the category of the 10,000 test digits is compared with their labels, each category
matched with a digit of its own so that most agree. The runs go to benchmarks/results/infogan.jsonl,
and those that are there are not run again; that of the first seed draws docs/infogan.png: the ten
categories in the order of their digits, and below two digits while either of the other two codes
goes from -2 to 2.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from scipy.optimize import linear_sum_assignment

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import parse
from keras_gan import plotting
from keras_gan.core import noise
from keras_gan.core.ranges import scaled
from keras_gan.runs import reference

BATCH = 64
EXECUTION = 20  # steps that TensorFlow runs at a time
CATEGORIES, SAMPLES = 10, 5  # of each category
SHOWN = (2, 7)  # digits that change
REACH = 2.0  # of a code in the picture; in training it is 1


def train(images: np.ndarray, seed: int, epochs: int, width: int) -> keras_gan.InfoGAN:
    """The class as it comes."""
    keras.utils.set_random_seed(seed)
    gan = keras_gan.InfoGAN(image_shape=images.shape[1:], width=width, seed=seed)
    gan.compile(steps_per_execution=EXECUTION)
    gan.fit(images, batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


def matched(found: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The share of labels that are found once categories are matched, and the category of each.

    Args:
        found: Category of each image, from 0 to 9.
        labels: Its digit.
    """
    together = np.zeros((CATEGORIES, CATEGORIES), int)
    np.add.at(together, (labels, found), 1)
    digits, categories = linear_sum_assignment(together, maximize=True)
    return float(together[digits, categories].sum() / len(labels)), categories


def latents(gan: keras_gan.InfoGAN, n: int) -> np.ndarray:
    return gan.latents(noise.seed_rows(n, 0, None)).numpy()


def with_category(latents: np.ndarray, categories: np.ndarray, first: int) -> np.ndarray:
    """Latents whose category, which begins at a place, is another one."""
    changed = latents.copy()
    changed[:, first : first + CATEGORIES] = np.eye(CATEGORIES)[categories]
    return changed


def draw(gan: keras_gan.InfoGAN, categories: np.ndarray, path: Path) -> None:
    """A column for each category, then rows of one latent vector with one code changed."""
    first = gan.prior.sizes[0]
    own = np.repeat(latents(gan, SAMPLES), CATEGORIES, axis=0)
    rows = [with_category(own, np.tile(categories, SAMPLES), first)]
    for code in range(first + CATEGORIES, gan.latent_dim):
        for digit in SHOWN:
            way = np.repeat(latents(gan, 1), CATEGORIES, axis=0)
            way = with_category(way, np.full(CATEGORIES, categories[digit]), first)
            way[:, first + CATEGORIES :] = 0.0
            way[:, code] = np.linspace(-REACH, REACH, CATEGORIES)
            rows.append(way)
    made = gan.predict(np.concatenate(rows), verbose=0)
    plotting.save_grid(made, path, columns=CATEGORIES)


def table(rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    lines = [[str(row["seed"]), f"{row['agree']:.1f}", str(row["cpu_minutes"])] for row in rows]
    agree, minutes = ([row[name] for row in rows] for name in ("agree", "cpu_minutes"))
    lines.append(["all", spread(agree, 1), spread(minutes, 1)])
    first = rows[0]
    return (
        f"{markdown(['seed', 'category and digit agree, %', 'CPU minutes'], lines)}\n\n"
        f"{medians(rows)}: width {first['width']}, {first['epochs']} epochs of "
        f"{first['train']:,} digits, batch {BATCH}, {first['dtype']}; {first['held_out']:,} test "
        "digits."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=5, width=16)
    record = Record("infogan", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds:
        real = reference.load("mnist", data_dir=options.data_dir, limit=options.limit)
        images, test = (scaled(part.images.images) for part in (real.train, real.held_out))
        keras.config.set_dtype_policy(options.dtype)
    for seed in seeds:
        start = time.process_time()
        gan = train(images, seed, options.epochs, options.width)
        minutes = round((time.process_time() - start) / 60, 1)
        found = gan.encode(test)[:, :CATEGORIES].argmax(axis=1)
        agree, categories = matched(found, real.held_out.images.labels)
        row = {"seed": seed, **case, "train": len(images), "held_out": len(test)}
        row |= {"agree": round(100 * agree, 2), "cpu_minutes": minutes}
        record.add(row, show=True)
        if seed == options.seeds[0]:
            draw(gan, categories, options.pictures / "infogan.png")
    print(table(record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

"""What each class's game brings on real pictures: the report's figures after equally many images.

    python -m benchmarks.quality.family --data-dir ../shared/data/tfds
    python -m benchmarks.quality.family --datasets mnist --seeds 1 --minutes 9    # go on later

All classes play on one small convolutional pair, by one recipe, and see equally many real images:
Adam at 1e-3 with beta_1 = 0 and beta_2 = 0.99, one update of either network a step. Loss and
regularization are each class's own; R1 regularizes those that bring nothing of the kind. What
`networks` says is all that differs besides: the critics of WGAN, LSGAN, HingeGAN and VAEGAN
(BatchNorm), SNGAN and BigGAN (spectral normalization, BigGAN's generator too) are normalised as
their papers have it, that of VGAN has its bottleneck of 1x1 convolutions, and VanillaGAN keeps its
fully connected networks, for on the others' it would be DCGAN. CGAN, ACGAN and BigGAN are told the
labels. BigGAN on its own networks is benchmarks.quality.biggan.

The runs go to benchmarks/results/family.jsonl, and those that are there are not run again; tables
and picture are made of that record. Features, real images and figures are those of
`keras_gan.report`.
"""

import itertools
import os
import time
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.strips import Strips
from benchmarks.harness.turns import markdown, spread
from benchmarks.speed.parts import normalized
from keras_gan import builders, metrics, models, penalties
from keras_gan.layers import SpectralNormalization
from keras_gan.metrics import Sample
from keras_gan.runs import reference

# networks that decode, grow, have styles, clips, waves
APART = ("FastGAN", "ProGAN", "ProjectedGAN", "StyleGAN2", "VideoGAN", "WaveGAN")
MODELS = tuple(  # those that make images from latents, which one critic is shown as they are
    name
    for name in models.__all__
    if name not in APART
    and getattr(models, name).condition_from is None
    and getattr(models, name).critics == ("discriminator",)
    and getattr(models, name).views is keras_gan.GAN.views
)
RESIDUAL = (keras_gan.BigGAN, keras_gan.SNGAN, keras_gan.R3GAN)  # by networks of their own
DATASETS = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "cifar10_10k": "CIFAR-10"}
REAL = "real images"
PRECISION = "mixed_bfloat16"
WIDTH = 16
BATCH = 32
IMAGES = 96_000  # real images that the discriminator sees
SAMPLES = 5000  # of each kind, or as many as there are held-out images
ROUNDS = 3  # of AdaGAN, each with its part of the images
EXECUTION = 20  # steps that TensorFlow runs at a time
FIGURES = {
    "fid": ("FID", 1),
    "kid": ("KID", 2),
    "precision": ("precision", 2),
    "recall": ("recall", 2),
    "density": ("density", 2),
    "coverage": ("coverage", 2),
    "reverse_kl": ("reverse KL", 3),
    "right_label": ("right label", 2),
    "cpu_ms": ("CPU ms/image", 2),
}
"""Columns of the tables, and their decimals."""
SUMMARY = {key: FIGURES[key] for key in ("fid", "coverage", "cpu_ms")}


# -- a run -----------------------------------------------------------------------------------------


def networks(name: str, image_shape: tuple[int, ...], classes: int) -> dict:
    """What the class is made with: the common networks, or what makes it build them."""
    cls = getattr(keras_gan, name)
    if cls is keras_gan.VanillaGAN:
        return {"image_shape": image_shape}
    told = {"num_classes": classes} if cls.conditional else {}
    if cls not in RESIDUAL:
        own = {"rounds": ROUNDS, "epochs_per_round": 1} if cls is keras_gan.AdaGAN else {}
        return {"image_shape": image_shape, "width": WIDTH, **told, **own}
    generator = builders.conv_generator(image_shape, width=WIDTH, **told)
    discriminator = builders.conv_discriminator(image_shape, width=WIDTH, **told)
    if cls is not keras_gan.R3GAN:
        discriminator = normalized(discriminator)
    if cls is keras_gan.BigGAN:
        generator = normalized(generator)
    return {"generator": generator, "discriminator": discriminator, **told}


def build(name: str, image_shape: tuple[int, ...], classes: int, seed: int) -> keras_gan.GAN:
    """The class on the common networks, compiled by the common recipe."""
    keras.utils.set_random_seed(seed)
    gan = getattr(keras_gan, name)(**networks(name, image_shape, classes), seed=seed)
    gan.compile(**recipe(gan), steps_per_execution=EXECUTION)
    return gan


def recipe(gan: keras_gan.GAN) -> dict:
    """What `compile` is given: that of "MNIST in ten minutes" in docs/measured.md."""
    rules = {
        f"{network}_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99)
        for network in gan.networks
    }
    normalised = (keras.layers.BatchNormalization, SpectralNormalization)
    regularized = isinstance(gan, keras_gan.VGAN) or gan.defaults().get("penalties")
    if not regularized and not any(
        isinstance(layer, normalised) for layer in gan.discriminator.layers
    ):
        rules["penalties"] = [penalties.R1(2.0, interval=4)]
    return rules | {"n_critic": 1}


class Cost(keras.callbacks.Callback):
    """Processor time of the steps, without each epoch's first execution: tracing, and callbacks."""

    def __init__(self):
        super().__init__()
        self.seconds, self.steps = 0.0, 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._last = None

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        now = (batch, time.process_time())
        if self._last is not None:
            self.steps += now[0] - self._last[0]
            self.seconds += now[1] - self._last[1]
        self._last = now

    def ms_per_image(self, per_step: int) -> float:
        """Milliseconds for each of the real images, so many a step."""
        return round(1e3 * self.seconds / (self.steps * per_step), 3)


def fit(gan: keras_gan.GAN, train: Sample, images: int) -> dict:
    """Trains until the discriminator has seen so many real images; what it took."""
    per_step = BATCH * gan.n_critic
    epochs = getattr(gan, "rounds", 1)
    steps = images // (per_step * EXECUTION * epochs) * EXECUTION
    cost = Cost()
    gan.fit(
        train.images,
        train.labels,
        batch_size=BATCH,
        steps_per_epoch=steps,
        epochs=epochs,
        callbacks=[cost],
        verbose=0,
    )
    return {
        "images": epochs * steps * per_step,
        "generator_steps": epochs * steps,
        "cpu_ms": cost.ms_per_image(per_step),
    }


def figures(real: Sample, fake: Sample, judge: metrics.Extractor) -> dict:
    """What the report measures, but for what takes long."""
    found = [metrics.FID(judge), metrics.KID(judge), metrics.PRDC(judge), metrics.Modes(judge)]
    if fake.labels is not None:
        found.append(metrics.RightLabel(judge))
    measured = metrics.measure_all(found, real, fake)
    return {key: round(value, 4) for key, value in measured.items() if np.isfinite(value)}


def run(
    case: dict, data: reference.RealData, judge: metrics.Extractor, images: int
) -> tuple[dict, np.ndarray]:
    """Trains and measures a class, or takes real images: what came out, and the samples."""
    held_out, train = data.held_out.images, data.train.images
    n = min(SAMPLES, len(held_out), len(train))
    real = Sample(held_out.images[:n], held_out.labels[:n], cached=True)
    if case["model"] == REAL:
        spent, fake = {}, Sample(train.images[:n], train.labels[:n], cached=True)
    else:
        shape, classes = train.images.shape[1:], len(data.class_names)
        gan = build(case["model"], shape, classes, case["seed"])
        spent = fit(gan, train, images)
        labels = real.labels if gan.condition.num_classes else None
        fake = Sample(gan.sample(n, labels, case["seed"]), labels)
    return case | spent | {"samples": n} | figures(real, fake, judge), fake.images


# -- tables and picture ----------------------------------------------------------------------------


def tables(rows: list[dict]) -> str:
    """The distances of all classes on all datasets, then every figure, dataset by dataset."""
    return "\n\n".join([summary(rows), *(table(name, of(rows, name)) for name in played(rows))])


def played(rows: list[dict]) -> list[str]:
    """Datasets that there are runs on."""
    return [name for name in DATASETS if of(rows, name)]


def of(rows: list[dict], dataset: str) -> list[dict]:
    return [row for row in rows if row["dataset"] == dataset]


def summary(rows: list[dict]) -> str:
    """One line a class, as a Markdown table."""
    datasets, heads = played(rows), [title for title, _ in SUMMARY.values()]
    lines = []
    for name in (*MODELS, REAL):
        own = [row for row in rows if row["model"] == name]
        cells = [table_line(name, of(own, dataset), SUMMARY)[1:] for dataset in datasets]
        lines.append([name, *itertools.chain(*cells)])
    columns = [f"{DATASETS[dataset]}: {head}" for dataset in datasets for head in heads]
    return markdown(["class", *columns], lines)


def table(dataset: str, rows: list[dict]) -> str:
    runs = [row for row in rows if row["model"] != REAL]
    lines = table_lines("class", rows, "model", (*MODELS, REAL), FIGURES)
    return (
        f"### {DATASETS[dataset]}\n\n{lines}\n\n{medians(runs)}; {images_of(runs)} real images "
        f"seen in batches of {BATCH}, networks of width {WIDTH}; {runs[0]['samples']:,} samples "
        "against as many held-out images."
    )


def images_of(runs: list[dict]) -> str:
    """How many images the discriminator saw."""
    return " and ".join(f"{n:,}" for n in sorted({row["images"] for row in runs}))


def table_lines(
    head: str, rows: list[dict], key: str, names: Iterable[str], figures: dict[str, tuple[str, int]]
) -> str:
    """A Markdown table: for each name that runs have under the key, the line of their figures."""
    lines = [
        table_line(name, found, figures)
        for name in names
        if (found := [row for row in rows if row[key] == name])
    ]
    return markdown([head, *(title for title, _ in figures.values())], lines)


def table_line(name: str, rows: list[dict], figures: dict[str, tuple[str, int]]) -> list[str]:
    """The figures of one line's runs: empty where they have none."""
    cells = [name]
    for key, (_, decimals) in figures.items():
        values = [row[key] for row in rows if key in row]
        cells.append(spread(values, decimals) if values else "")
    return cells


def picture(rows: list[dict], strips: Strips, path: Path) -> None:
    """The strips of samples: a row for each class, a column for each dataset."""
    datasets = played(rows)
    lines = {name: [(dataset, name) for dataset in datasets] for name in (*MODELS, REAL)}
    figure = Figure(figsize=(1.5 + 2.6 * len(datasets), 0.3 * len(lines)), layout="constrained")
    strips.draw(figure, lines, [DATASETS[name] for name in datasets])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=200)


# -- the command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--minutes", "--results")
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=tuple(DATASETS))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS, metavar="CLASS")
    parser.add_argument("--images", type=int, default=IMAGES, help="real images of a run")
    parser.add_argument("--picture", type=Path, default=command.DOCS / "family.png")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record = Record("family", options.results)
    strips = Strips("family", options.results)
    for seed in options.seeds:
        for dataset in options.datasets:
            cases = [{"model": name, "dataset": dataset, "seed": seed} for name in options.models]
            cases.insert(0, {"model": REAL, "dataset": dataset})
            due = [case for case in cases if not record.rows(**case)]
            if not due or time.monotonic() > end:
                continue
            data = reference.load(dataset, data_dir=options.data_dir)
            judge, _ = reference.extractors(data)
            keras.config.set_dtype_policy(PRECISION)
            for case in due:
                if time.monotonic() > end:
                    break
                row, samples = run(case, data, judge, options.images)
                strips.keep((dataset, case["model"]), samples)
                record.add(row, show=True)
                keras.backend.clear_session()
    print(tables(record.rows()))
    picture(record.rows(), strips, options.picture)


if __name__ == "__main__":
    main()

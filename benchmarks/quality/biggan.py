"""BigGAN on CIFAR-10 beside the family at equal processor time, and what truncation trades.

    python -m benchmarks.quality.biggan --data-dir ../shared/data/tfds --dtype float32
    python -m benchmarks.quality.biggan --models BigGAN --seeds 0    # the others later

The classes of `benchmarks.quality.family` on its networks, by its recipe; BigGAN by the same recipe
on its own networks, of width 8. A short training says what an image costs each; then a fresh one
sees as many as fit in `--seconds` of processor time. The runs go to
benchmarks/results/biggan.jsonl, and those that are there are not run again; BigGAN of the first
seed draws docs/biggan.png: FID, precision and recall as the truncation goes on, and samples.
"""

import itertools
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.quality import family
from keras_gan import metrics, plotting
from keras_gan.metrics import Sample
from keras_gan.runs import reference

DATASET = "cifar10_10k"
BIGGAN = "BigGAN"
WIDTH = 8
SECONDS = 240.0
TRIED = 3 * 2 * family.EXECUTION * family.BATCH  # images of the short training, AdaGAN's rounds too
KEPT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SHOWN = (0.1, 0.4, 0.7, 1.0)
CURVES = {"fid": "FID", "precision": "precision", "recall": "recall"}


def build(name: str, image_shape: tuple[int, ...], classes: int, seed: int) -> keras_gan.GAN:
    """The class on the family's networks, or BigGAN on its own, compiled by the common recipe."""
    if name != BIGGAN:
        return family.build(name, image_shape, classes, seed)
    keras.utils.set_random_seed(seed)
    gan = keras_gan.BigGAN(image_shape=image_shape, num_classes=classes, width=WIDTH, seed=seed)
    gan.compile(**family.recipe(gan), steps_per_execution=family.EXECUTION)
    return gan


def run(
    case: dict, data: reference.RealData, judge: metrics.Extractor
) -> tuple[dict, keras_gan.GAN | None]:
    """Trains and measures a class, or takes real images; what came out, and the model."""
    held_out, train = data.held_out.images, data.train.images
    n = min(family.SAMPLES, len(held_out), len(train))
    real = Sample(held_out.images[:n], held_out.labels[:n], cached=True)
    if case["model"] == family.REAL:
        fake = Sample(train.images[:n], train.labels[:n], cached=True)
        return case | {"samples": n} | family.figures(real, fake, judge), None
    arguments = case["model"], train.images.shape[1:], len(data.class_names), case["seed"]
    cost = family.fit(build(*arguments), train, TRIED)["cpu_ms"]
    gan = build(*arguments)
    spent = family.fit(gan, train, max(TRIED, int(1e3 * case["seconds"] / cost)))
    fake = drawn(gan, real, case["seed"])
    row = case | spent | {"samples": n} | family.figures(real, fake, judge)
    if case["model"] == BIGGAN:
        curve = [family.figures(real, drawn(gan, real, case["seed"], t), judge) for t in KEPT]
        row["curve"] = [{key: figures[key] for key in CURVES} for figures in curve]
    return row, gan


def drawn(gan: keras_gan.GAN, real: Sample, seed: int, truncation: float = 1.0) -> Sample:
    """As many samples as real images, of the same classes where the model is told them."""
    labels = real.labels if gan.condition.num_classes else None
    return Sample(gan.sample(len(real), labels, seed, truncation=truncation), labels)


def draw(row: dict, gan: keras_gan.GAN, path: Path) -> None:
    """The curves of the truncation, and a row of samples for some of its points."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    axes, right = figure.subplots(1, 2, width_ratios=(1, 1.4))
    shares = axes.twinx()
    for key, label in CURVES.items():
        line = axes if key == "fid" else shares
        style = {"color": f"C{list(CURVES).index(key)}", "marker": "."}
        line.plot(KEPT, [point[key] for point in row["curve"]], label=label, **style)
    axes.set(xlabel="share of the latents' draws that is kept", ylabel="FID")
    shares.set(ylabel="precision, recall", ylim=(0, 1.02))
    figure.legend(loc="outside upper left", ncols=3, fontsize=8, frameon=False)
    columns = gan.num_classes
    rows = [gan.sample(columns, np.arange(columns), seed=1, truncation=t) for t in SHOWN]
    right.imshow(plotting.grid(np.concatenate(rows), columns), cmap="gray")
    right.set_axis_off()
    right.set_title(f"rows: {', '.join(map(str, SHOWN))} kept; a class a column", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)


def table(rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    names = (BIGGAN, *(name for name in family.MODELS if name != BIGGAN), family.REAL)
    figures = {"images": ("real images seen", 0), **family.FIGURES}
    runs = [row for row in rows if row["model"] != family.REAL]
    return (
        f"{family.table_lines('class', rows, 'model', names, figures)}\n\n{medians(runs)}; "
        f"{runs[0]['seconds']:.0f} seconds of processor time each, {runs[0]['dtype']}."
    )


def main(arguments: list[str] | None = None) -> None:
    others = [name for name in family.MODELS if name != BIGGAN]
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--results")
    parser.add_argument("--models", nargs="+", default=[BIGGAN, *others], metavar="CLASS")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor time of a run")
    parser.add_argument("--dtype", default=family.PRECISION, help="policy of the networks")
    parser.add_argument("--picture", type=Path, default=command.DOCS / "biggan.png")
    options = parser.parse_args(arguments)
    record = Record("biggan", options.results)
    settings = {"seconds": options.seconds, "dtype": options.dtype}
    cases = [
        {"model": name, "seed": seed, **settings}
        for seed, name in itertools.product(options.seeds, options.models)
    ]
    due = [case for case in [{"model": family.REAL}, *cases] if not record.rows(**case)]
    if due:
        data = reference.load(DATASET, data_dir=options.data_dir)
        judge, _ = reference.extractors(data)
        keras.config.set_dtype_policy(options.dtype)
    for case in due:
        row, gan = run(case, data, judge)
        record.add(row, show=True)
        if case.get("seed") == options.seeds[0] and case["model"] == BIGGAN:
            draw(row, gan, options.picture)
        keras.backend.clear_session()
    print(table([row for case in [{"model": family.REAL}, *cases] for row in record.rows(**case)]))


if __name__ == "__main__":
    main()

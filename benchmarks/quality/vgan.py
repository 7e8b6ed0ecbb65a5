"""VGAN on MNIST beside DCGAN and WGANGP, and how its bottleneck and the weight of it settle.

    python -m benchmarks.quality.vgan --data-dir ../shared/data/tfds

Networks, batches, optimizers and figures are those of `benchmarks.quality.family`, without the R1
that it gives to those who bring nothing of the kind: what regularizes is the class's own, in DCGAN
nothing. VGAN's beta moves 300 times as fast as in its paper, whose trainings are as much longer.
The runs go to benchmarks/results/vgan.jsonl, and those that are there are not run again;
docs/vgan.png has the KL and beta of all seeds, and samples of the first one.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.strips import Strips
from benchmarks.quality import family
from keras_gan import metrics
from keras_gan.metrics import Sample
from keras_gan.runs import reference

DATASET = "mnist"
MODELS = {"DCGAN": {}, "WGANGP": {}, "VGAN": {"beta_rate": 3e-3}}
INFORMATION = 0.1  # the paper's I_c
STEPS, EPOCHS = 3000, 30
FIGURES = {
    key: value for key, value in family.FIGURES.items() if key not in ("right_label", "cpu_ms")
}
FIGURES |= {"kl": ("KL at the end, nats", 3), "cpu_minutes": ("CPU minutes", 1)}


def run(
    name: str, seed: int, data: reference.RealData, judge: metrics.Extractor, steps: int
) -> tuple[dict, Sample]:
    """Trains and measures a class: what came out, and samples."""
    start = time.process_time()
    held_out, train = data.held_out.images, data.train.images
    keras.utils.set_random_seed(seed)
    shape = train.images.shape[1:]
    gan = getattr(keras_gan, name)(image_shape=shape, width=family.WIDTH, seed=seed, **MODELS[name])
    rules = family.recipe(gan) | {"penalties": gan.defaults().get("penalties", [])}
    gan.compile(**rules, steps_per_execution=family.EXECUTION)
    history = gan.fit(
        train.images,
        batch_size=family.BATCH,
        epochs=EPOCHS,
        steps_per_epoch=max(1, steps // EPOCHS),
        verbose=0,
    ).history
    spent = {"cpu_minutes": round((time.process_time() - start) / 60, 2)}
    n = min(family.SAMPLES, len(held_out.images))
    real = Sample(held_out.images[:n], held_out.labels[:n], cached=True)
    fake = Sample(gan.sample(n, seed=seed))
    row = {"model": name, "seed": seed, "steps": steps, "samples": n} | spent
    curves = {key: [round(v, 5) for v in history[key]] for key in ("kl", "beta") if key in history}
    settled = {"kl": curves["kl"][-1]} if curves else {}
    found = family.figures(real, fake, judge)
    return row | found | settled | {f"{key}_curve": curve for key, curve in curves.items()}, fake


def table(rows: list[dict]) -> str:
    """The figures as a Markdown table."""
    lines = family.table_lines("class", rows, "model", MODELS, FIGURES)
    return (
        f"{lines}\n\n{medians(rows)}; {rows[0]['steps']:,} steps of {family.BATCH} images, "
        f"networks of width {family.WIDTH}; {rows[0]['samples']:,} samples against as many "
        "held-out images."
    )


def picture(rows: list[dict], strips: Strips, path: Path) -> None:
    """KL and beta of each seed, epoch by epoch, and a row of samples for each class."""
    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    above, below = figure.subfigures(2, height_ratios=[3, 1.4])
    panels = above.subplots(1, 2)
    for axes, key in zip(panels, ("kl", "beta"), strict=True):
        for row in rows:
            if f"{key}_curve" in row:
                curve = row[f"{key}_curve"]
                axes.plot(range(1, len(curve) + 1), curve, label=f"seed {row['seed']}")
        axes.set(xlabel=f"epoch of {STEPS // EPOCHS} steps", ylabel=key, yscale="log")
        axes.grid(alpha=0.3)
    panels[0].axhline(INFORMATION, color="0.4", linestyle="--", linewidth=1, label="limit")
    panels[0].legend(frameon=False, fontsize=8)
    strips.draw(below, {name: [(name,)] for name in MODELS}, ["samples"])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--minutes", "--results")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    record, strips = Record("vgan", options.results), Strips("vgan", options.results)
    cases = [(name, seed) for seed in options.seeds for name in MODELS]
    missing = [c for c in cases if not record.rows(model=c[0], seed=c[1], steps=options.steps)]
    if missing:
        data = reference.load(DATASET, data_dir=options.data_dir)
        judge, _ = reference.extractors(data)
    for name, seed in missing:
        if time.monotonic() < end:
            row, samples = run(name, seed, data, judge, options.steps)
            if seed == options.seeds[0]:
                strips.keep([name], samples.images)
            record.add(row, show=True)
            keras.backend.clear_session()
    rows = [row for row in record.rows(steps=options.steps) if row["seed"] in options.seeds]
    if rows:
        print(table(rows))
        picture(rows, strips, options.pictures / "vgan.png")


if __name__ == "__main__":
    main()

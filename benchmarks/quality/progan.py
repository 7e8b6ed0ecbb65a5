"""ProGAN from 4x4 to 64x64 in one `fit`, on fairface64.

    python -m benchmarks.quality.progan --data-dir ../shared/data/tfds

An epoch is a phase: a size that fades in, or its training. The runs go to
benchmarks/results/progan.jsonl, and those that are there are not run again; docs/progan.png has
samples of the first seed at the end of each size.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality import family
from keras_gan import metrics, plotting
from keras_gan.metrics import Sample
from keras_gan.runs import reference

DATASET = "fairface64"
BATCH, SHOWN = 16, 12
FIGURES = {"fid": ("FID", 2), "precision": ("precision", 3), "recall": ("recall", 3)}


class Sizes(keras.callbacks.Callback):
    """Keeps samples of each size when it has been trained, and what its steps cost."""

    def __init__(self):
        super().__init__()
        self.samples: list[np.ndarray] = []
        self.ms: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._steps = 0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if not self._steps:  # the first one makes the graph
            self._begin = time.process_time()
        self._steps += 1

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if epoch % 2 == 0:
            spent = time.process_time() - self._begin
            self.ms.append(round(1000 * spent / max(self._steps - 1, 1)))
            self.samples.append(self.model.sample(SHOWN, seed=0))


def run(
    seed: int, phase_steps: int, width: int, data: reference.RealData, judge: metrics.Extractor
) -> tuple[dict, list[np.ndarray]]:
    """Trains and measures: what came out, and samples of each size."""
    train, held_out = data.train.images.images, data.held_out.images
    start = time.process_time()
    keras.utils.set_random_seed(seed)
    shape, sizes = train.shape[1:], Sizes()
    gan = keras_gan.ProGAN(image_shape=shape, width=width, phase_steps=phase_steps, seed=seed)
    gan.compile()
    phases = 2 * gan.discriminator.get_layer("growing").top + 1
    gan.fit(
        train,
        batch_size=BATCH,
        epochs=phases,
        steps_per_epoch=phase_steps,
        callbacks=[sizes],
        verbose=2,
    )
    minutes = round((time.process_time() - start) / 60, 1)
    n = min(family.SAMPLES, len(held_out.images))
    real = Sample(held_out.images[:n], held_out.labels[:n], cached=True)
    found = family.figures(real, Sample(gan.sample(n, seed=seed)), judge)
    row = {"seed": seed, "phase_steps": phase_steps, "width": width, "samples": n}
    return row | found | {"ms": sizes.ms, "cpu_minutes": minutes}, sizes.samples


def table(rows: list[dict]) -> str:
    """The runs as Markdown: figures of the full size, and what a step costs at each."""
    head = ["held-out faces", *(title for title, _ in FIGURES.values()), "CPU minutes"]
    found = [spread([row[key] for row in rows], digits) for key, (_, digits) in FIGURES.items()]
    minutes = spread([row["cpu_minutes"] for row in rows], 1)
    sizes = [4 * 2**k for k in range(len(rows[0]["ms"]))]
    costs = np.median([row["ms"] for row in rows], axis=0)
    steps = ", ".join(f"{cost:.0f} at {side}" for side, cost in zip(sizes, costs, strict=True))
    return (
        f"{markdown(head, [['ProGAN', *found, minutes]])}\n\n{medians(rows)}: width "
        f"{rows[0]['width']}, {rows[0]['phase_steps']:,} steps of {BATCH} a phase, "
        f"{rows[0]['samples']:,} samples; CPU milliseconds of a step: {steps} pixels."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--results")
    parser.add_argument("--phase-steps", type=int, default=300)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--limit", type=int, help="at most so many pictures of each split")
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    options = parser.parse_args(arguments)
    record = Record("progan", options.results)
    case = {"phase_steps": options.phase_steps, "width": options.width}
    seeds = record.due(options.seeds, **case)
    if seeds:
        data = reference.load(DATASET, data_dir=options.data_dir, limit=options.limit)
        judge, _ = reference.extractors(data)
    for seed in seeds:
        row, samples = run(seed, **case, data=data, judge=judge)
        record.add(row, show=True)
        if seed == options.seeds[0]:
            path = options.pictures / "progan.png"
            plotting.save_grid(np.concatenate(samples), path, columns=SHOWN)
    print(table(record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

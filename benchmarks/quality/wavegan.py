"""WaveGAN on spoken digits: spectra beside those of real ones, and what a classifier hears.

    python -m benchmarks.quality.speech ../digits
    python -m benchmarks.quality.wavegan ../digits
    python -m benchmarks.quality.wavegan ../digits --batch-size 16 --n-critic 2 --steps 300

Trains on the split `train` of a folder of WAV files, a folder a class. As many waves as `test` has
are sampled. `spectrum` is the mean difference of mean log spectra, in decibels. The classifier of
the package is fitted on spectrograms of `train`: `fid` is of its features, `confident` the share of
waves of which it gives one class 90%, `score` its Inception Score. The runs go to
benchmarks/results/wavegan.jsonl, and those that are there are not run again; that of the first
seed writes docs/wavegan.png, spectrograms of real waves and below them of made ones, and beside it
the made ones as docs/wavegan.wav.
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
from keras_gan import data, metrics
from keras_gan.core import sound
from keras_gan.runs import reference

SHOWN = 12  # waves in the picture, of either kind
HEARD = 8  # in the file
CONFIDENT = 0.9
REAL = "real"


class Judged:
    """Held-out waves, and a classifier of their spectrograms."""

    def __init__(self, folder: Path):
        real = reference.load(folder)
        self.kind = real.train.images.of
        self.train, self.test = real.train.images, real.held_out.images
        seen = self._pictures(self.train.images), self._pictures(self.test.images)
        self.judge = metrics.classifier(
            seen[0],
            self.train.labels,
            f"spectrograms-{folder.name}",
            held_out=(seen[1], self.test.labels),
        )
        self._features = self.judge.extract(seen[1]).features

    def _pictures(self, waves: np.ndarray) -> np.ndarray:
        return sound.spectrograms(waves[..., 0])

    def figures(self, waves: np.ndarray) -> dict[str, float]:
        """What as many waves as there are held-out ones get."""
        spectra = [
            sound.log_spectra(x[..., 0]).mean(axis=(0, 1)) for x in (waves, self.test.images)
        ]
        seen = self.judge.extract(self._pictures(waves))
        sure = seen.probabilities.max(axis=1) > CONFIDENT
        return {
            "spectrum": round(float(np.abs(spectra[0] - spectra[1]).mean()), 2),
            "fid": round(metrics.frechet_distance(self._features, seen.features), 2),
            "confident": round(100 * float(sure.mean()), 1),
            "score": round(metrics.inception_score(seen.probabilities), 2),
        }


def train(folder: Path, shape: tuple, kind: keras_gan.kinds.Wave, seed: int, case: dict) -> tuple:
    """The class as it comes, but for the settings of the case; the model, and seconds of a step."""
    keras.utils.set_random_seed(seed)
    gan = keras_gan.WaveGAN(image_shape=shape, width=case["width"], seed=seed, kind=kind)
    gan.compile(n_critic=case["n_critic"])
    dataset = data.load(folder, batch_size=case["batch_size"], labels=False, seed=seed)
    start = time.process_time()
    epochs, steps = max(1, case["steps"] // 50), min(50, case["steps"])
    gan.fit(dataset, epochs=epochs, steps_per_epoch=steps, verbose=2)
    return gan, (time.process_time() - start) / (epochs * steps)


def table(record: Record, rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    names = {"spectrum": 2, "fid": 1, "confident": 1, "score": 2}
    heads = ["waves", "spectra apart, dB", "FID", "one class of 90%, %", "score"]
    lines = [
        [name, *(spread([row[key] for row in found], digits) for key, digits in names.items())]
        for name, found in (("WaveGAN", rows), (REAL, record.rows(model=REAL)))
    ]
    first, seconds = rows[0], spread([row["cpu_seconds"] for row in rows], 2)
    return (
        f"{markdown(heads, lines)}\n\n{medians(rows)}: width {first['width']}, {first['steps']:,} "
        f"steps of {first['n_critic']} updates of {first['batch_size']} of {first['train']:,} "
        f"waves, {seconds} seconds of one core a step; {first['held_out']:,} held-out waves, of "
        f"which the classifier gets {first['classifier']}% right."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--seeds", "--results")
    parser.add_argument("folder", type=Path, help="of WAV files")
    settings = {"width": 16, "steps": 20_000, "batch_size": 64, "n_critic": 5}
    for name, value in settings.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    options = parser.parse_args(arguments)
    record = Record("wavegan", options.results)
    case = {name: getattr(options, name) for name in settings}
    seeds = record.due(options.seeds, **case)
    if seeds or not record.rows(model=REAL):
        judged = Judged(options.folder)
    if not record.rows(model=REAL):
        others = judged.train.images[: len(judged.test)]
        record.add({"model": REAL} | judged.figures(others))
    for seed in seeds:
        shape = judged.test.images.shape[1:]
        gan, seconds = train(options.folder, shape, judged.kind, seed, case)
        made = gan.sample(len(judged.test), seed=seed)
        row = {"seed": seed, **case, "train": len(judged.train), "held_out": len(judged.test)}
        row |= judged.figures(made) | {"classifier": round(100 * judged.judge.accuracy, 1)}
        record.add(row | {"cpu_seconds": round(seconds, 2)}, show=True)
        if seed == options.seeds[0]:
            both = np.concatenate([judged.test.images[:SHOWN], made[:SHOWN]])
            judged.kind.draw(both, options.pictures / "wavegan.png", columns=SHOWN)
            judged.kind.draw(made[:HEARD], options.pictures / "wavegan.wav")
    print(table(record, record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

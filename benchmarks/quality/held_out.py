"""What the benchmarks of the picture-to-picture models share: data, figures, table and options."""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from keras_gan import metrics
from keras_gan.core.ranges import scaled
from keras_gan.runs import reference

BATCH = 64
REAL = "other real ones"


class HeldOut:
    """The training pictures of a source, and those that a model is judged on.

    Args:
        source: Name of a dataset of tensorflow-datasets that has the splits train and test.
        data_dir: Of tensorflow-datasets.
        limit: At most so many pictures of each split.
        labels: The feature that is the label, where a dataset has several.
    """

    def __init__(
        self,
        source: str,
        data_dir: Path | None = None,
        limit: int | None = None,
        labels: str | None = None,
    ):
        named = {} if labels is None else {"labels": labels}
        real = reference.load(source, data_dir=data_dir, limit=limit, **named)
        _, self.judge = reference.extractors(real)
        self.train = scaled(real.train.images.images)
        self.images = scaled(real.held_out.images.images)
        self.labels, self.train_labels = (
            part.images.labels for part in (real.held_out, real.train)
        )
        self.class_names = real.class_names
        self._features = self.judge.extract(self.images).features
        print(f"{source}: the classifier gets {self.judge.accuracy:.2%} right", file=sys.stderr)

    def figures(self, made: np.ndarray) -> dict[str, float]:
        """How near one picture for each held-out one comes to it.

        Returns:
            `l1`, the mean absolute difference in [0, 2]; `found`, the percentage in which the
            classifier finds the label; `fid`, the Fréchet distance of the classifier's features.
        """
        seen = self.judge.extract(made)
        found = np.mean(seen.probabilities.argmax(axis=1) == self.labels)
        return {
            "l1": round(float(np.abs(made - self.images).mean()), 4),
            "found": round(100 * float(found), 2),
            "fid": round(metrics.frechet_distance(self._features, seen.features), 2),
        }

    def others(self) -> dict[str, float]:
        """What as many training pictures get in their place: nothing better can be expected."""
        seen = self.judge.extract(self.train[: len(self.images)])
        fid = metrics.frechet_distance(self._features, seen.features)
        return {"model": REAL, "fid": round(fid, 2)}

    def counts(self) -> dict[str, float]:
        """What belongs beside the figures."""
        accuracy = round(100 * self.judge.accuracy, 2)
        return {"train": len(self.train), "held_out": len(self.images), "classifier": accuracy}


def table_of(kind: str, lines: list[list[str]], record: Record, rows: list[dict]) -> str:
    """The lines as a Markdown table, and what the rows of their models have in common."""
    (others,) = record.rows(model=REAL)
    lines = [*lines, [REAL, "", "", spread([others["fid"]], 1)]]
    first, minutes = rows[0], spread([row["cpu_minutes"] for row in rows], 1)
    latents = f"{first['latent_dim']} latents, " if "latent_dim" in first else ""
    return (
        f"{markdown([f'held-out {kind}', 'label found, %', 'L1', 'FID'], lines)}\n\n"
        f"{medians(rows)}: width {first['width']}, {latents}{first['epochs']} epochs of "
        f"{first['train']:,} {kind}, batch {BATCH}, {first['dtype']}, {minutes} minutes of one "
        f"core; {first['held_out']:,} held-out {kind}."
    )


def parse(description: str, arguments: list[str] | None, **numbers: int) -> argparse.Namespace:
    """The options of such a benchmark; `numbers` are those of its own."""
    parser = command.parser(description, "--data-dir", "--seeds", "--results")
    for name, value in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    parser.add_argument("--dtype", default="mixed_bfloat16", help="policy of the networks")
    parser.add_argument("--limit", type=int, help="at most so many pictures of each split")
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    options = parser.parse_args(arguments)
    options.pictures.mkdir(parents=True, exist_ok=True)
    return options

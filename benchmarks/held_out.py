"""What the benchmarks of the picture-to-picture models share: data, figures and options."""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from record import RESULTS

from keras_gan import metrics, reference
from keras_gan.metrics.images import to_float

DOCS = Path(__file__).resolve().parents[1] / "docs"
BATCH = 64


class HeldOut:
    """The training pictures of a source, and those that a model is judged on.

    Args:
        source: Name of a dataset of tensorflow-datasets that has the splits train and test.
        data_dir: Of tensorflow-datasets.
        limit: At most so many pictures of each split.
    """

    def __init__(self, source: str, data_dir: Path | None = None, limit: int | None = None):
        real = reference.load(source, data_dir=data_dir, limit=limit)
        _, self.judge = reference.extractors(real)
        self.train = to_float(real.train.images.images)
        self.images = to_float(real.held_out.images.images)
        self.labels = real.held_out.images.labels
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

    def counts(self) -> dict[str, float]:
        """What belongs beside the figures."""
        accuracy = round(100 * self.judge.accuracy, 2)
        return {"train": len(self.train), "held_out": len(self.images), "classifier": accuracy}


def parse(description: str, arguments: list[str] | None, **numbers: int) -> argparse.Namespace:
    """The options of such a benchmark; `numbers` are those of its own."""
    parser = argparse.ArgumentParser(
        description=description.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--data-dir", type=Path, help="of tensorflow-datasets")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    for name, value in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    parser.add_argument("--dtype", default="mixed_bfloat16", help="policy of the networks")
    parser.add_argument("--limit", type=int, help="at most so many pictures of each split")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the record")
    parser.add_argument("--pictures", type=Path, default=DOCS, help="folder of the picture")
    return parser.parse_args(arguments)

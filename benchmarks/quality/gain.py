"""GAIN on three tables of scikit-learn of which a fifth is missing at random.

    python -m benchmarks.quality.gain

Breast cancer, diabetes and digits; beside GAIN the imputers of scikit-learn. The error is the root
of the mean square over missing values, each divided by its column's range in the whole table. The
runs go to benchmarks/results/gain.jsonl, and those that are there are not run again.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn import datasets, impute
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_iterative_imputer  # noqa: F401

from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from keras_gan.sklearn import GAINImputer

TABLES = ("breast_cancer", "diabetes", "digits")
MISSING = 0.2


def imputers(steps: int, seed: int) -> dict[str, BaseEstimator]:
    """The imputers by their names in the table."""
    return {
        "mean": impute.SimpleImputer(keep_empty_features=True),
        "kNN": impute.KNNImputer(keep_empty_features=True),
        "iterative": impute.IterativeImputer(random_state=seed, keep_empty_features=True),
        "GAIN": GAINImputer(steps=steps, random_state=seed),
    }


def with_gaps(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A table without its constant columns, and the same with gaps."""
    whole = getattr(datasets, f"load_{name}")().data
    whole = whole[:, np.ptp(whole, axis=0) > 0]
    gaps = np.random.default_rng(seed).random(whole.shape) < MISSING
    return whole, np.where(gaps, np.nan, whole)


def error(whole: np.ndarray, table: np.ndarray, made: np.ndarray) -> float:
    """Over what is missing, relative to the columns' ranges."""
    off = (made - whole) / np.ptp(whole, axis=0)
    return float(np.sqrt(np.mean(off[np.isnan(table)] ** 2)))


def table(rows: list[dict], steps: int) -> str:
    """The runs as a Markdown table."""
    lines = [
        [
            name,
            *(
                spread([r["rmse"] for r in rows if (r["table"], r["imputer"]) == (name, which)], 4)
                for which in imputers(steps, 0)
            ),
        ]
        for name in TABLES
    ]
    minutes = spread([row["cpu_seconds"] for row in rows if row["imputer"] == "GAIN"], 0)
    return (
        f"{markdown(['RMSE', *imputers(steps, 0)], lines)}\n\n{medians(rows)}: "
        f"{100 * MISSING:.0f}% missing at random, {steps:,} steps of 128 rows, {minutes} s of one "
        "core."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--seeds", "--minutes", "--results")
    parser.set_defaults(seeds=[0, 1, 2, 3, 4])
    parser.add_argument("--steps", type=int, default=2000, help="of GAIN")
    options = parser.parse_args(arguments)
    record, begun = Record("gain", options.results), time.monotonic()
    for seed in options.seeds:
        for name in TABLES:
            for which, imputer in imputers(options.steps, seed).items():
                case = {"table": name, "imputer": which, "seed": seed}
                case |= {"steps": options.steps} if which == "GAIN" else {}
                late = time.monotonic() - begun > 60 * options.minutes
                if late or record.rows(**case):
                    continue
                whole, gaps = with_gaps(name, seed)
                start = time.process_time()
                made = imputer.fit_transform(gaps)
                seconds = round(time.process_time() - start, 1)
                rmse = round(error(whole, gaps, made), 5)
                record.add({**case, "rmse": rmse, "cpu_seconds": seconds}, show=True)
    rows = [row for row in record.rows() if row.get("steps", options.steps) == options.steps]
    print(table([row for row in rows if row["seed"] in options.seeds], options.steps))


if __name__ == "__main__":
    main()

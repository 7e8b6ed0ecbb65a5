"""The record of a benchmark: one line of JSON a run, in `benchmarks/results/<name>.jsonl`.

A run that is there already is not run again, so that a long benchmark can be stopped at any time
and gone on with, by several processes at once. The tables in docs are made of these lines alone.
"""

import json
import os
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "results"


class Record:
    """The runs of one benchmark, each a flat dict of what was run and what came out."""

    def __init__(self, name: str, folder: Path = RESULTS):
        self.path = Path(folder) / f"{name}.jsonl"

    def rows(self, **case: object) -> list[dict]:
        """The runs of this case, in the order in which they were added."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        rows = [json.loads(line) for line in lines]
        return [row for row in rows if all(row.get(k) == v for k, v in case.items())]

    def due(self, seeds: list[int], **case: object) -> list[int]:
        """Those of the seeds of which this case has not been run."""
        return [seed for seed in seeds if not self.rows(seed=seed, **case)]

    def of(self, seeds: list[int], **case: object) -> list[dict]:
        """The runs of this case, seed by seed."""
        return [row for seed in seeds for row in self.rows(seed=seed, **case)]

    def add(self, row: dict, show: bool = False) -> None:
        """Adds a run by a single write, which two processes may do at once; shows it if asked."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(row, allow_nan=False) + "\n"
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
        if show:
            print(row, file=sys.stderr, flush=True)


def medians(rows: list[dict]) -> str:
    """What the figures of a table are, and of which seeds."""
    seeds = sorted({row["seed"] for row in rows})
    return f"Median (min to max) of seeds {', '.join(map(str, seeds))}"

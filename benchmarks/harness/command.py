"""The options that the benchmarks' commands share."""

import argparse
import math
from pathlib import Path

from benchmarks.harness.record import RESULTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHARED = {
    "--data-dir": {"type": Path, "help": "of tensorflow-datasets"},
    "--seeds": {"type": int, "nargs": "+", "default": [0, 1, 2]},
    "--minutes": {"type": float, "default": math.inf, "help": "begin no run after so long"},
    "--results": {"type": Path, "default": RESULTS, "help": "folder of the record"},
}


def parser(description: str, *shared: str) -> argparse.ArgumentParser:
    """Tells the first line of a module's description, and takes these of the shared options."""
    made = argparse.ArgumentParser(
        description=description.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for name in shared:
        made.add_argument(name, **SHARED[name])
    return made

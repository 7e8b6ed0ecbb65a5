"""Builds the site into site/: `python -m pages.build`. Whatever is warned of is an error."""

import subprocess
import sys
from pathlib import Path

from pages.places import ROOT

WARNS = "griffe: "  # how a line begins that says what is wrong with a docstring


def build() -> str:
    """Builds it.

    Returns:
        What was wrong, empty if nothing.
    """
    program = Path(sys.executable).with_name("zensical")
    command = [str(program), "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = f"{done.stdout}\n{done.stderr}"
    return said if done.returncode or WARNS in said else ""


if __name__ == "__main__":
    sys.exit(build() or 0)

"""`compare`: the reports of several runs beside each other."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_gan.core import files
from keras_gan.reporting.page import comparison_table, render_comparison


def compare(runs: Sequence[str | Path], out: str | Path | None = None) -> str:
    """Puts reports beside each other: one table and one page.

    Args:
        runs: Directories of runs that have been evaluated, or of reports.
        out: The HTML page to write, if any.

    Returns:
        The table, in Markdown.

    Raises:
        ValueError: if one of them has no report.

    Example:

    >>> print(compare(["runs/dcgan", "runs/cgan"], "compare.html"))
    """
    found = [_directory(Path(run)) for run in runs]
    reports = [_read(directory) for directory in found]
    table = comparison_table(reports)
    if out is not None:
        pictures = [directory / "samples.png" for directory in found]
        samples = [picture.read_bytes() if picture.is_file() else None for picture in pictures]
        page = render_comparison(reports, samples)
        with files.replacing(out) as part:
            part.write_text(page, encoding="utf-8")
    return table


def _directory(run: Path) -> Path:
    for directory in (run / "report", run):
        if (directory / "report.json").is_file():
            return directory
    command = f"keras-gan evaluate {shlex.quote(str(run))}"
    raise ValueError(f"{run} has no report. Make one first: {command}")


def _read(directory: Path) -> dict[str, Any]:
    path = directory / "report.json"
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}.") from None
    if not isinstance(report, dict) or not {"metrics", "protocol"} <= report.keys():
        raise ValueError(f"{path} is not the report.json of a report.")
    return report

"""What every report holds and writes, whatever was measured."""

import datetime
import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.core import files
from keras_gan.core.kinds import FILES, Kind
from keras_gan.core.progress import can_redraw
from keras_gan.metrics import Extractor, Sample
from keras_gan.reporting import findings, measure
from keras_gan.reporting.page import render
from keras_gan.reporting.pictures import Pictures
from keras_gan.runs import reference
from keras_gan.version import __version__

LEAST, LEAST_REAL = 10, 20  # samples and real images that figures are worth working out for


def assemble(
    title: str,
    model: Mapping,
    found: reference.RealData,
    compared: measure.Compared,
    extractor: Extractor,
    judge: Extractor | None,
    rows: list[dict],
    history: Mapping | None = None,
) -> dict[str, Any]:
    """What stands in report.json, with all that follows from the figures.

    Args:
        title: What was measured.
        model: Facts of it.
        found: The real images.
        compared: What is compared.
        extractor, judge: Who gives the features and who tells the classes.
        rows: The figures.
        history: Of the training.
    """
    classes = None
    if judge is not None:
        classes = measure.class_rows(compared, extractor, judge, found.class_names)
    result = {
        "title": title,
        "keras_gan": __version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "model": dict(model),
        "data": _data_facts(found),
        "protocol": _protocol(compared, extractor, judge),
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
        },
        "metrics": rows,
        "classes": classes,
        "history": history,
    }
    said = findings.find(result, compared.fake.images, compared.real.images)
    result["findings"] = [
        finding._asdict() | {"action": finding.action, "link": finding.link} for finding in said
    ]
    result["history"] = history and {name: _finite(values) for name, values in history.items()}
    return result


def check_enough(samples: int, *parts: reference.Part | None) -> None:
    """Says what is too little for figures to mean anything."""
    if samples < LEAST:
        raise ValueError(f"A report takes at least {LEAST} samples. Received: samples={samples}.")
    for part in parts:
        if part is not None and len(part.images) < LEAST_REAL:
            raise ValueError(
                f"A report takes at least {LEAST_REAL} real images of either kind. "
                f"Received: {len(part.images)} ({part.split})."
            )


def first(sample: Sample, n: int, start: int = 0) -> Sample:
    """So many of the images, with their labels."""
    labels = None if sample.labels is None else sample.labels[start : start + n]
    return Sample(sample.images[start : start + n], labels, sample.kind, cached=True, of=sample.of)


def write(out: Path, result: dict) -> None:
    """Writes the figures, whole, before anything is drawn of them."""
    with files.replacing(out / "report.json") as part:
        part.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_page(out: Path, result: dict, kind: Kind, shown: Pictures) -> None:
    """Writes the page, the picture and, of sound or text, the file of a report, each whole."""
    page = render(result, shown)
    with files.replacing(out / "report.html") as part:
        part.write_text(page, encoding="utf-8", errors="backslashreplace")
    with files.replacing(out / "samples.png") as part:
        kind.draw(shown.samples, part, real=shown.real)
    if suffix := FILES[kind.medium]:
        with files.replacing(out / f"samples{suffix}") as part:
            kind.draw(shown.samples, part)


def _data_facts(found: reference.RealData) -> dict[str, Any]:
    def facts(part: reference.Part | None) -> dict[str, Any] | None:
        if part is None:
            return None
        return {"split": part.split, "size": len(part.images), "sha256": part.images.sha256}

    return {
        "source": found.source,
        "class_names": found.class_names,
        "train": facts(found.train),
        "held_out": facts(found.held_out),
    }


def _protocol(
    compared: measure.Compared, extractor: Extractor, judge: Extractor | None
) -> dict[str, Any]:
    note = None
    if extractor is judge:
        note = f"a classifier of this data that gets {judge.accuracy:.2%} of held-out images right"
    return {
        "samples": len(compared.fake),
        "reference": len(compared.real),
        "seed": compared.seed,
        "truncation": None if compared.seed is None else 1.0,
        "k": 5,
        "extractor": extractor.name,
        "extractor_sha256": extractor.fingerprint,
        "features": compared.fake.seen_by(extractor).features.shape[1],
        "resize": extractor.resize or "none",
        "comparison_only": extractor.comparison_only,
        "extractor_note": note,
        "rounding": "8 bits" if compared.fake.of.in_range else "none",
        "real": _real(compared),
    }


def _real(compared: measure.Compared) -> str:
    """What samples are compared with, and what stands beside them."""
    if compared.held_out:
        return "held-out images; beside them training images"
    if compared.floor is None:
        return "all images of the data; beside them one half against the other"
    return "two halves of the training images: nothing was held out"


def _finite(values: list[float | None]) -> list[float | None]:
    """JSON knows no NaN."""
    return [None if v is None or not np.isfinite(v) else v for v in values]


class Stages:
    """A line that says what is under way."""

    def __init__(self, shown: bool):
        from tqdm import tqdm

        self._redrawn = can_redraw(sys.stderr)
        self._visible = shown
        self._bar = tqdm(disable=not (shown and self._redrawn), bar_format="{desc} [{elapsed}]")

    def __call__(self, what: str) -> None:
        if self._redrawn:
            self._bar.set_description_str(f"Report: {what}")
        elif self._visible:
            print(f"Report: {what}", file=sys.stderr)

    def close(self) -> None:
        self._bar.close()

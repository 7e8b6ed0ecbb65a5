"""What an exported model says of itself: assets.extra/keras_gan.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_gan.core import kinds
from keras_gan.core.directions import Direction
from keras_gan.engine.model import GenerativeModel
from keras_gan.version import __version__

PATH = Path("assets.extra") / "keras_gan.json"


def describe(
    gan: GenerativeModel,
    names: list[str],
    directions: Mapping[str, Direction] | None,
    extra: dict[str, Any] | None,
) -> str:
    """The JSON text: what the model knows of itself, and what its maker adds.

    Args:
        gan: The model that is exported.
        names: Of its signatures.
        directions: In which it can be edited, if there are any.
        extra: What the model cannot know: `data`, `class_names`, `metrics`, and anything else.
    """
    known = {
        "model": type(gan).__name__,
        "image_shape": list(gan.image_shape),
        "kind": kinds.described(gan.kind),
        "latent_dim": gan.latent_dim,
        "num_classes": gan.num_classes,
        "training_steps": int(gan.step.numpy()),
        "keras_gan": __version__,
        "signatures": sorted(names),
    }
    if directions:
        known["directions"] = list(directions)
    return json.dumps(known | (extra or {}), indent=2, allow_nan=False) + "\n"


def facts_of_run(directory: str | Path) -> dict[str, Any]:
    """What a run directory knows of its model: data, classes, settings, measured figures.

    Args:
        directory: A run directory; for anything else there is nothing to say.

    Returns:
        `data`, `class_names` and `settings` (those that are set) from config.json, `metrics` from
        report/report.json, as far as they are there.

    Example:

    >>> export(gan, "exported", metadata=facts_of_run("runs/digits"))
    """
    config = _read(Path(directory) / "config.json")
    report = _read(Path(directory) / "report" / "report.json")
    settings = {name: x for name, x in config.get("settings", {}).items() if x is not None}
    facts = {
        "data": settings.get("source"),
        "class_names": (config.get("data") or {}).get("class_names"),
        "settings": settings,
        "metrics": {row["name"]: row["value"] for row in report.get("metrics", [])},
    }
    return {name: value for name, value in facts.items() if value}


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

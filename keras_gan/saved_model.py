"""Pictures from an exported generator: only TensorFlow and the SavedModel take part."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan import noise

_SIGNATURE = "serving_default"


def find(path: str | Path) -> Path | None:
    """The SavedModel at `path`, or the newest of the versions under it; None if there is none.

    Args:
        path: A SavedModel, or the directory of its versions `1`, `2`, ...
    """
    path = Path(path)
    if (path / "saved_model.pb").is_file():
        return path
    versions = [p for p in path.glob("*/saved_model.pb") if p.parent.name.isdecimal()]
    return max((p.parent for p in versions), key=lambda p: int(p.name), default=None)


def metadata(path: Path) -> dict[str, Any]:
    """What a SavedModel of ours says of itself; nothing for others.

    Args:
        path: The SavedModel, as `find` finds it.
    """
    file = path / "assets.extra" / "keras_gan.json"
    return json.loads(file.read_text()) if file.is_file() else {}


def sample(
    path: str | Path,
    n: int = 64,
    labels: np.ndarray | list[int] | None = None,
    seed: int = 0,
    truncation: float = 1.0,
) -> np.ndarray:
    """Draws the pictures that `gan.sample` would have drawn, from what `gan.export` wrote.

    Args:
        path: A SavedModel, or the directory of its versions.
        n: Number of images.
        labels: Class labels `(n,)`, which a class-conditional model needs.
        seed: Image i is a function of (seed, i) alone.
        truncation: Factor of the latents.

    Returns:
        float32 array `(n, ...)`; images in [-1, 1].

    Raises:
        ValueError: if there is no such SavedModel, or the labels do not fit, or are no classes.

    Example:

    >>> sample("saved_models/digits/1", 3, labels=[4, 4, 2])
    """
    noise.check_seed(seed)
    found = find(path)
    if found is None:
        raise ValueError(f"There is no SavedModel in {path}.")
    loaded = tf.saved_model.load(str(found))  # it must outlive its signature
    served = getattr(loaded, "signatures", {}).get(_SIGNATURE)
    spec = served.structured_input_signature[1] if served else {}
    if "latents" not in spec or "images" not in served.structured_outputs:
        raise ValueError(f"{found} is no generator that keras_gan exported.")
    if ("labels" in spec) != (labels is not None):
        needs = "needs labels" if "labels" in spec else "takes no labels"
        raise ValueError(f"The model in {found} {needs}. Received: labels={labels}.")
    if labels is not None and len(labels) != n:
        raise ValueError(f"Expected {n} labels. Received: {len(labels)}.")
    latents = noise.latents(noise.seed_rows(n, seed, None), spec["latents"].shape[1])
    inputs = {"latents": latents * truncation}
    if labels is not None:
        inputs["labels"] = tf.constant(labels, tf.int32)
    try:
        images = served(**inputs)["images"].numpy()
    except tf.errors.InvalidArgumentError as error:
        said = error.message.partition("assertion failed: ")[2].partition("\n")[0]
        raise ValueError(f"The model in {found} refuses: {said or error.message}") from error
    return images * 2.0 - 1.0 if images.ndim == 4 else images

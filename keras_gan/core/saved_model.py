"""Pictures from an exported generator: only TensorFlow and the SavedModel take part."""

import json
import numbers
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core import kinds, noise

_SIGNATURE = "serving_default"


def find(path: str | Path) -> Path | None:
    """The SavedModel at `path`, or the newest of the versions under it; None if there is none.

    Args:
        path: A SavedModel, or the directory of its versions `1`, `2`, ...
    """
    path = Path(path)
    if (path / "saved_model.pb").is_file():
        return path
    versions = [p.parent for p in path.glob("*/saved_model.pb") if is_version(p.parent.name)]
    return max(versions, key=lambda p: int(p.name), default=None)


def is_version(name: str) -> bool:
    """Whether a directory of this name is a version for TensorFlow Serving."""
    return name.isascii() and name.isdecimal()


def load(path: Path) -> Any:
    """What `tf.saved_model.load` gives; its signatures work as long as it is kept.

    Args:
        path: The SavedModel, as `find` finds it.

    Raises:
        ValueError: if files are missing or damaged.
    """
    try:
        return tf.saved_model.load(str(path))
    except Exception as error:  # damaged files end in many kinds
        raise ValueError(
            f"{path} cannot be loaded: it is damaged, or not all of it is there yet. "
            "Export it again, or copy it whole."
        ) from error


def metadata(path: Path) -> dict[str, Any]:
    """What a SavedModel of ours says of itself; nothing for others.

    Args:
        path: The SavedModel, as `find` finds it.
    """
    file = path / "assets.extra" / "keras_gan.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def kind(path: Path, shape: Sequence[int | None]) -> kinds.Kind:
    """What the samples of a SavedModel are, as its metadata say; of an older one, as they look.

    Args:
        path: The SavedModel, as `find` finds it.
        shape: Of one sample.
    """
    return kinds.read(metadata(path).get("kind"), shape)


def latents(loaded: Any, rows: np.ndarray, latent_dim: int) -> tf.Tensor:
    """The latents `(n, latent_dim)` that the exported model's `latents` gives for these rows.

    Args:
        loaded: What `tf.saved_model.load` gives.
        rows: int64 `(n, 2)`, as `noise.seed_rows` makes them.
        latent_dim: Their length, for an export of former days, whose latents are N(0, I).
    """
    if hasattr(loaded, "latents"):
        return loaded.latents(tf.constant(rows))
    return noise.latents(rows, latent_dim)


def drawn(loaded: Any, latents: tf.Tensor, truncation: float, **labels: tf.Tensor) -> tf.Tensor:
    """Samples as they are served, `truncation` times as far from the middle.

    Args:
        loaded: What `tf.saved_model.load` gives; one of former days truncates the latents by its
            `truncate`, or multiplies them.
        latents: float32 `(n, latent_dim)`.
        truncation: At least 0.
        labels: Where the model takes any.
    """
    factors = tf.fill((latents.shape[0],), float(truncation))
    if hasattr(loaded, "truncated"):
        return loaded.truncated(latents, factors, *labels.values())["images"]
    truncate = getattr(loaded, "truncate", tf.multiply)
    given = {"latents": truncate(latents, factors[:, None])} | labels
    return loaded.signatures[_SIGNATURE](**given)["images"]


def between(loaded: Any, start: tf.Tensor, end: tf.Tensor, position: float) -> tf.Tensor:
    """Latents on the way of the exported model's prior, on an arc for one of former days.

    Args:
        loaded: What `tf.saved_model.load` gives.
        start, end: float32 `(n, latent_dim)`.
        position: From 0 to 1.
    """
    places = tf.fill((start.shape[0], 1), float(position))
    return getattr(loaded, "between", noise.slerp)(start, end, places)


def edited(
    loaded: Any, latents: tf.Tensor, strengths: np.ndarray, *labels: np.ndarray
) -> tf.Tensor:
    """Samples as they are served, moved along each of the exported directions.

    Args:
        loaded: What `tf.saved_model.load` gives.
        latents: float32 `(n, latent_dim)`.
        strengths: float32 `(n, k)`, of all directions in their order.
        labels: int32 `(n,)`, where the model takes any.
    """
    return loaded.edited(latents, *map(tf.constant, (strengths, *labels)))["images"]


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
        seed: From 0 to 2**63 - 1; image i is a function of (seed, i) alone.
        truncation: Factor of the latents, at least 0.

    Returns:
        float32 array `(n, ...)`; images in [-1, 1].

    Raises:
        ValueError: if there is no such SavedModel, the labels do not fit or are no classes, or a
            number is out of its range.

    Example:

    >>> sample("saved_models/digits/1", 3, labels=[4, 4, 2])
    """
    noise.check_seed(seed)
    if not isinstance(n, numbers.Integral) or n < 1:
        raise ValueError(f"Expected a whole n, at least one image. Received: n={n!r}.")
    if not np.isfinite(truncation) or truncation < 0:
        raise ValueError(f"Expected truncation >= 0. Received: truncation={truncation}.")
    found = find(path)
    if found is None:
        raise ValueError(f"There is no SavedModel in {path}.")
    loaded = load(found)
    served = getattr(loaded, "signatures", {}).get(_SIGNATURE)
    spec = served.structured_input_signature[1] if served else {}
    if "latents" not in spec or "images" not in served.structured_outputs:
        raise ValueError(f"{found} is no generator that keras_gan exported.")
    if ("labels" in spec) != (labels is not None):
        needs = "needs labels" if "labels" in spec else "takes no labels"
        raise ValueError(f"The model in {found} {needs}. Received: labels={labels}.")
    rows = noise.seed_rows(n, seed, None)
    given = {} if labels is None else {"labels": _classes(labels, n)}
    try:
        drew = latents(loaded, rows, spec["latents"].shape[1])
        images = drawn(loaded, drew, truncation, **given).numpy()
    except tf.errors.InvalidArgumentError as error:
        said = error.message.partition("assertion failed: ")[2].partition("\n")[0]
        raise ValueError(f"The model in {found} refuses: {said or error.message}") from error
    return kind(found, images.shape[1:]).from_unit(images)


def _classes(labels: np.ndarray | list[int], n: int) -> tf.Tensor:
    given = np.asarray(labels)
    if given.shape != (n,):
        raise ValueError(f"Expected {n} labels. Received: {given.size}.")
    if given.dtype.kind not in "iu" or (given != given.astype(np.int32)).any():
        raise ValueError(f"Expected labels that are numbers of classes. Received: {labels}.")
    return tf.constant(given, tf.int32)

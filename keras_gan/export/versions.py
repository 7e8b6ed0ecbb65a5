"""`publish`: the next version of a served model, checked before a server can see it."""

import contextlib
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan import replicas
from keras_gan.export.signatures import SERVING_DEFAULT, signatures
from keras_gan.export.write import export, size_of, summary
from keras_gan.model import GenerativeModel

_TOLERANCE = 1e-5
_ROWS = 3


def publish(
    gan: GenerativeModel,
    base: str | Path,
    keep: int | None = None,
    verbose: bool | None = None,
    **options: Any,
) -> Path:
    """Exports to the next version under `base`: `base/1`, `base/2`, as TensorFlow Serving reads it.

    The version is written beside its place, loaded again, called by every signature and compared
    with the Keras model; then it is renamed into place, so that it is complete when it appears. If
    anything fails, nothing is left. Two publishers at once get two versions.

    Args:
        gan: A `keras_gan.GAN`.
        base: The directory of the versions; made if it is not there.
        keep: How many of the newest versions stay, the new one counted; all if not given. Older
            ones are removed only once the new one is in place.
        verbose: Whether to say what was done; yes if not given.
        options: `metadata` and `max_bytes` of `export`.

    Returns:
        The path of the new version; of several workers, all but the chief get `base`.

    Raises:
        ValueError: if the SavedModel does not answer as the Keras model does.

    Example:

    >>> keras_gan.export.publish(gan, "saved_models/digits", keep=3)
    PosixPath('saved_models/digits/1')
    """
    if keep is not None and keep < 1:
        raise ValueError(f"Expected keep of at least 1, the new version. Received: keep={keep}.")
    base = Path(base)
    part = base / f".{uuid.uuid4().hex[:8]}"
    try:
        export(gan, part, verbose=False, **options)
        if not replicas.is_chief(gan.distribute_strategy):
            return base
        check(gan, part)
        said = summary(signatures(gan), size_of(part))
        version = _rename_to_next(part, base)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    gone = _prune(base, int(version.name), keep)
    if verbose is not False:
        print(
            f"SavedModel of {type(gan).__name__}: {version} {said}, checked against the Keras "
            f"model.{f' Removed: {gone}.' if gone else ''}"
        )
    return version


def check(gan: GenerativeModel, path: str | Path) -> None:
    """Loads a SavedModel, calls every signature, and compares its pictures with the Keras model's.

    Args:
        gan: The model that was exported.
        path: The SavedModel.

    Raises:
        ValueError: says which signature does not answer as it should.
    """
    loaded = tf.saved_model.load(str(path))
    for name, endpoint in signatures(gan).items():
        inputs = endpoint.example(_ROWS)
        answer = loaded.signatures[name](**{key: tf.constant(x) for key, x in inputs.items()})
        for key, value in answer.items():
            if value.shape[0] != _ROWS:
                _refuse(path, name, f"{key} has {value.shape[0]} rows for {_ROWS}")
            if value.dtype.is_floating and not np.isfinite(value.numpy()).all():
                _refuse(path, name, f"{key} is not finite")
        expected = _expected(gan, name, inputs)
        if expected is not None:
            error = float(np.abs(answer["images"] - expected).max())
            if error > _TOLERANCE:
                _refuse(path, name, f"images are {error:.2g} off, at most {_TOLERANCE:g} expected")


def _expected(gan: GenerativeModel, name: str, inputs: dict[str, np.ndarray]) -> np.ndarray | None:
    """What the Keras model makes of the same inputs, by the way that its users take."""
    if name == SERVING_DEFAULT:
        values = tuple(tf.constant(value) for value in inputs.values())
        made = gan(values if len(values) > 1 else values[0]).numpy()
    elif name == "from_seed":
        made = gan.sample(seeds=inputs["seed"], labels=inputs.get("labels"))
    else:
        return None
    return np.clip((made + 1) / 2, 0, 1) if made.ndim == 4 else made


def _refuse(path: str | Path, signature: str, what: str) -> None:
    raise ValueError(
        f"The SavedModel {path} does not answer as the Keras model does: signature {signature}, "
        f"{what}. It was not published."
    )


def _rename_to_next(part: Path, base: Path) -> Path:
    while True:
        version = base / str(max(_versions(base), default=0) + 1)
        try:
            return part.rename(version)
        except OSError:
            if not version.exists():
                raise
            # Another publisher was quicker: a complete directory is never replaced.


def _versions(base: Path) -> list[int]:
    return sorted(int(path.name) for path in base.iterdir() if path.name.isdecimal())


def _prune(base: Path, newest: int, keep: int | None) -> str:
    """Removes all but the last `keep` versions up to `newest`; each vanishes at once."""
    if keep is None:
        return ""
    gone = []
    for number in [number for number in _versions(base) if number <= newest][:-keep]:
        removed = base / f".{uuid.uuid4().hex[:8]}"
        with contextlib.suppress(FileNotFoundError):  # another publisher was quicker
            (base / str(number)).rename(removed)
            shutil.rmtree(removed)
            gone.append(str(number))
    return ", ".join(gone)

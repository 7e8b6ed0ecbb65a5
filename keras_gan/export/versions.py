"""`publish`: the next version of a served model, checked before a server can see it."""

import shutil
import uuid
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import tensorflow as tf

from keras_gan.core import noise, ranges
from keras_gan.engine import replicas
from keras_gan.engine.model import GenerativeModel
from keras_gan.export.signatures import SERVING_DEFAULT, Endpoint, signatures
from keras_gan.export.write import export, size_of, summary

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
        options: `metadata`, `directions` and `max_bytes` of `export`.

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
        endpoints = signatures(gan, directions=options.get("directions"))
        check(gan, part, endpoints)
        said = summary(endpoints, size_of(part))
        # no number is given twice, not even that of a removed version
        with filelock.FileLock(base / ".lock", poll_interval=0.01):
            version = part.rename(base / str(max(_versions(base), default=0) + 1))
            gone = _prune(base, keep)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if verbose is not False:
        print(
            f"SavedModel of {type(gan).__name__}: {version} {said}, checked against the Keras "
            f"model.{f' Removed: {gone}.' if gone else ''}"
        )
    return version


def check(
    gan: GenerativeModel, path: str | Path, endpoints: dict[str, Endpoint] | None = None
) -> None:
    """Loads a SavedModel, calls every signature, and compares its pictures with the Keras model's.

    Args:
        gan: The model that was exported.
        path: The SavedModel.
        endpoints: Its `signatures`; those without directions if not given.

    Raises:
        ValueError: says which signature does not answer as it should.
    """
    loaded = tf.saved_model.load(str(path))
    for name, endpoint in (endpoints or signatures(gan)).items():
        inputs = endpoint.example(_ROWS)
        answer = loaded.signatures[name](**{key: tf.constant(x) for key, x in inputs.items()})
        for key, value in answer.items():
            if value.shape[0] != _ROWS:
                _refuse(path, name, f"{key} has {value.shape[0]} rows for {_ROWS}")
            if value.dtype.is_floating and not np.isfinite(value.numpy()).all():
                _refuse(path, name, f"{key} is not finite")
        expected = _expected(gan, name, inputs)
        if expected is not None:
            made, tolerance = answer.get("images"), _TOLERANCE
            if made is None:
                files = [tf.io.decode_png(file) for file in answer["image_bytes"]]
                made, tolerance = ranges.uint8_to_unit(tf.stack(files)), 0.51 / 255
            error = float(np.abs(made - expected).max())
            if error > tolerance:
                _refuse(path, name, f"images are {error:.2g} off, at most {tolerance:.2g} expected")


def _expected(gan: GenerativeModel, name: str, inputs: dict[str, np.ndarray]) -> np.ndarray | None:
    """What the Keras model makes of the same inputs; nothing for edits, and what it adds."""
    if name in ("from_seed", "png"):
        made = gan.sample(seeds=inputs["seed"], labels=inputs.get("labels"))
    elif name in (SERVING_DEFAULT, "interpolate"):
        given = {key: tf.constant(value) for key, value in inputs.items()}
        if name == "interpolate":
            ends = (inputs[key] for key in ("seed_from", "seed_to"))
            rows = (noise.seed_rows(None, None, seeds) for seeds in ends)
            start, end = (gan.latents(row) for row in rows)
            given["latents"] = gan.prior.between(start, end, given["position"][:, None])
        values = [given[key] for key in ("latents", "labels", "condition") if key in given]
        made = gan(values if len(values) > 1 else values[0]).numpy()
    else:
        return None
    return gan.kind.to_unit(made)


def _refuse(path: str | Path, signature: str, what: str) -> None:
    raise ValueError(
        f"The SavedModel {path} does not answer as the Keras model does: signature {signature}, "
        f"{what}. It was not published."
    )


def _versions(base: Path) -> list[int]:
    return sorted(int(path.name) for path in base.iterdir() if path.name.isdecimal())


def _prune(base: Path, keep: int | None) -> str:
    """Removes all but the newest versions; each vanishes at once."""
    gone = [] if keep is None else _versions(base)[:-keep]
    for number in gone:
        removed = base / f".{uuid.uuid4().hex[:8]}"
        (base / str(number)).rename(removed)
        shutil.rmtree(removed)
    return ", ".join(map(str, gone))

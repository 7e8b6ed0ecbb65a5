"""The averaged generator as a SavedModel, in one place or as the next version of a served model."""

import contextlib
import logging
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from keras_gan import files, replicas
from keras_gan.model import GenerativeModel, call_network

SIGNATURE = "serving_default"


def export(
    gan: GenerativeModel,
    filepath: str | Path,
    format: str = "tf_saved_model",
    verbose: bool | None = None,
) -> None:
    r"""Writes a SavedModel of `gan.ema_generator` that TensorFlow alone can load and call.

    Its one signature, `serving_default`, takes any number N of rows, by name: `latents`, float32
    `(N, latent_dim)`, and for a class-conditional model `labels`, int32 `(N,)`. It returns
    `images`, float32 `(N, height, width, channels)`, brought from [-1, 1] to [0, 1] by
    (x + 1) / 2. What a generator makes that is no picture (points in a plane, say) is not scaled.

    The SavedModel is written beside its place and renamed into it. Of several workers, only the
    chief leaves one.

    Args:
        gan: A `keras_gan.GAN`.
        filepath: The directory to make. TensorFlow Serving wants `base/1`; see `publish`.
        format: `"tf_saved_model"`.
        verbose: Whether to say what was written; yes if not given.

    Raises:
        ValueError: for another format.
        FileExistsError: if something stands at `filepath` already.

    Example:

    >>> keras_gan.export.export(gan, "exported")
    >>> served = tf.saved_model.load("exported").signatures["serving_default"]
    >>> served(latents=tf.random.normal((3, 100)))["images"].shape
    TensorShape([3, 28, 28, 1])
    """
    if format != "tf_saved_model":
        raise ValueError(
            f"Only format='tf_saved_model' is written. Received: format={format!r}. Keras' own "
            "exporters take the bare network: gan.ema_generator.export(filepath, format=...)."
        )
    chief = replicas.is_chief(gan.distribute_strategy)
    with files.replacing(filepath, overwrite=False, keep=chief) as part:
        archive = keras.export.ExportArchive()
        archive.track(gan.ema_generator)
        archive.add_endpoint(SIGNATURE, *_endpoint(gan))
        with _quiet_tensorflow():
            archive.write_out(str(part), verbose=False)
    if chief and verbose is not False:
        _say(gan, filepath)


def publish(gan: GenerativeModel, base: str | Path, verbose: bool | None = None) -> Path:
    """Exports to the next version under `base`: `base/1`, `base/2`, as TensorFlow Serving reads it.

    A version is complete when it appears, and older ones stay. Two publishers at once get two
    versions.

    Args:
        gan: A `keras_gan.GAN`.
        base: The directory of the versions; made if it is not there.
        verbose: Whether to say what was written; yes if not given.

    Returns:
        The path of the new version; of several workers, all but the chief get `base`.

    Example:

    >>> keras_gan.export.publish(gan, "saved_models/digits")
    PosixPath('saved_models/digits/1')
    """
    base = Path(base)
    part = base / f".{uuid.uuid4().hex[:8]}"
    try:
        export(gan, part, verbose=False)
        if not replicas.is_chief(gan.distribute_strategy):
            return base
        version = _rename_to_next(part, base)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if verbose is not False:
        _say(gan, version)
    return version


@contextlib.contextmanager
def _quiet_tensorflow() -> Iterator[None]:
    """Keeps to itself that assets were written to a path that is about to be renamed."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _say(gan: GenerativeModel, path: str | Path) -> None:
    print(f"SavedModel of {type(gan).__name__}: {path} (signature {SIGNATURE})")


def _rename_to_next(part: Path, base: Path) -> Path:
    while True:
        taken = (int(path.name) for path in base.iterdir() if path.name.isdecimal())
        version = base / str(max(taken, default=0) + 1)
        try:
            return part.rename(version)
        except OSError:
            if not version.exists():
                raise
            # Another publisher was quicker: a complete directory is never replaced.


def _endpoint(gan: GenerativeModel) -> tuple:
    """What the signature calls, and the specs of its inputs, whose names are the public ones."""
    is_image = len(gan.image_shape) == 3

    def images(latents: tf.Tensor, condition: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        made = call_network(gan.ema_generator, latents, condition, training=False)
        if is_image:
            made = tf.clip_by_value((made + 1.0) / 2.0, 0.0, 1.0)
        return {"images": made}

    names = ("latents", "labels" if gan.num_classes else "condition")
    dtypes = ("float32", "int32" if gan.num_classes else "float32")
    specs = [
        tf.TensorSpec((None, *x.shape[1:]), dtype, name=name)
        for x, dtype, name in zip(gan.ema_generator.inputs, dtypes, names, strict=False)
    ]
    return images, specs

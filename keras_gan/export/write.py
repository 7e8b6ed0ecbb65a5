"""`export`: the averaged generator as a SavedModel, or as a file of another runtime."""

import contextlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from keras_gan.core import files
from keras_gan.core.directions import Direction
from keras_gan.core.names import pick
from keras_gan.engine import replicas
from keras_gan.engine.model import GenerativeModel
from keras_gan.export import metadata as about
from keras_gan.export import runtimes, warmup
from keras_gan.export.signatures import Draw, Endpoint, drawing, edited, signatures, truncated


def export(
    gan: GenerativeModel,
    filepath: str | Path,
    format: str = "tf_saved_model",
    verbose: bool | None = None,
    *,
    metadata: dict[str, Any] | None = None,
    directions: Mapping[str, Direction] | None = None,
    max_bytes: int | None = None,
) -> None:
    r"""Writes a SavedModel of `gan.ema_generator` that TensorFlow alone can load and call.

    Its signatures take any number N of rows, inputs by name; `labels`, int32 `(N,)`, belong to
    class-conditional models. `images` are float32 `(N, height, width, channels)` in [0, 1].

    - `serving_default`: `latents` float32 `(N, latent_dim)` (, `labels`) -> `images`.
    - `from_seed`: `seed` int64 `(N,)`, `truncation` float32 `(N,)` (, `labels`) -> `images`, those
      of `gan.sample(seeds=...)`.
    - `png`: as `from_seed` -> `image_bytes`, strings `(N,)`, PNG files. Of sound it is `wav` ->
      `audio_bytes`, WAV files, of text `text` -> `text`, lines.
    - `interpolate`: `seed_from`, `seed_to` int64 `(N,)`, `position` float32 `(N,)` (, `labels`) ->
      `images` on the arc between two seeds' latents.
    - With `directions`, `edit`: `seed`, `direction` strings `(N,)`, `strength` float32 `(N,)` (,
      `labels`) -> `images`, and `edit_png`; `edit_images`, `edit_images_png` of a model with an
      encoder take pictures in place of seeds.

    What a generator makes that is no picture or clip (points in a plane, say) is not scaled, and
    what is no picture has no `png`. Inputs of another shape, labels that are no class, negative
    seeds and truncations, and numbers that are not finite are refused with INVALID_ARGUMENT. Beside
    the model lie what it is (assets.extra/keras_gan.json) and one request for each signature, with
    which TensorFlow Serving warms up.

    The SavedModel is written beside its place and renamed into it. Of several workers, only the
    chief leaves one.

    Args:
        gan: A `keras_gan.GAN`.
        filepath: The directory to make. TensorFlow Serving wants `base/1`; see `publish`.
        format: `"tf_saved_model"`; or `"onnx"`, `"litert"`, `"openvino"`: the bare network from
            `latents` (and `labels`) to `images` as one file (.onnx, .tflite, .xml) that other
            runtimes read. Those files check nothing, and know nothing of what is given below.
        verbose: Whether to say what was written; yes if not given.
        metadata: What the model shall say of itself besides what it knows, such as `data`,
            `class_names`, `metrics`: values that JSON can hold. See `facts_of_run`.
        directions: Of `keras_gan.editing`, by name.
        max_bytes: Largest size of all that is written.

    Raises:
        ValueError: for another format, or a larger SavedModel; nothing is left then.
        FileExistsError: if something stands at `filepath` already.

    Example:

    >>> keras_gan.export.export(gan, "exported")
    >>> served = tf.saved_model.load("exported").signatures["from_seed"]
    >>> served(seed=tf.constant([1, 2], tf.int64), truncation=tf.ones(2))["images"].shape
    TensorShape([2, 28, 28, 1])
    """
    pick("format", format, ("tf_saved_model", *runtimes.RUNTIMES))
    chief = replicas.is_chief(gan.distribute_strategy)
    if format in runtimes.RUNTIMES:
        if chief:
            runtimes.write(gan, filepath, format)
        if chief and verbose is not False:
            print(f"{format} file of {type(gan).__name__}: {filepath}")
        return
    draw = drawing(gan)
    endpoints = signatures(gan, draw, directions)
    with files.replacing(filepath, overwrite=False, keep=chief) as part:
        description = about.describe(gan, list(endpoints), directions, metadata)
        _write(part, gan, draw, endpoints, directions, description)
        size = size_of(part)
        if max_bytes is not None and size > max_bytes:
            raise ValueError(
                f"The SavedModel takes {size:,} bytes. Expected at most max_bytes={max_bytes:,}. "
                "Nothing was written."
            )
    if chief and verbose is not False:
        print(f"SavedModel of {type(gan).__name__}: {filepath} {summary(endpoints, size)}")


def summary(endpoints: dict[str, Endpoint], size: int) -> str:
    """What to say of a SavedModel."""
    return f"({size / 1e6:.2f} MB; signatures {', '.join(endpoints)})"


def size_of(directory: Path) -> int:
    """Bytes of all files in a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _write(
    part: Path,
    gan: GenerativeModel,
    draw: Draw,
    endpoints: dict[str, Endpoint],
    directions: Mapping[str, Direction] | None,
    description: str,
) -> None:
    traced = {
        name: tf.function(endpoint.call).get_concrete_function(*endpoint.specs)
        for name, endpoint in endpoints.items()
    }
    module = tf.Module()  # Keras' ExportArchive would write every variable twice
    latents, factors = (tf.TensorSpec((None, n), tf.float32) for n in (gan.latent_dim, 1))
    module.latents = tf.function(gan.latents, [tf.TensorSpec((None, 2), tf.int64)])
    if gan.condition.shape is None:
        call, specs, *_ = truncated(gan, draw)
        module.truncated = tf.function(call, specs)
    if directions:
        call, specs, *_ = edited(gan, draw, directions)
        module.edited = tf.function(call, specs)
    module.between = tf.function(gan.prior.between, [latents, latents, factors])
    used = {v.ref(): v for function in traced.values() for v in function.graph.variables}
    module.weights = list(used.values())
    with _quiet_tensorflow():
        tf.saved_model.save(module, str(part), signatures=traced)
    (part / about.PATH).parent.mkdir()
    (part / about.PATH).write_text(description, encoding="utf-8")
    warmup.write(part / warmup.PATH, endpoints)


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

"""What an exported model can be asked for: its signatures, each with inputs to try it.

Every signature keeps rows apart and in order, so that a server may put the rows of several callers
into one batch. What has no picture (another shape, a label that is no class, a number that is not
finite) is refused; a refusal fails the whole batch that a server made (docs/guides/serve.md).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_gan.core import ranges
from keras_gan.core.directions import Direction
from keras_gan.core.kinds import Kind, Picture, Tokens
from keras_gan.engine.model import GenerativeModel

SERVING_DEFAULT = "serving_default"
Tensors = dict[str, tf.Tensor]


class Endpoint(NamedTuple):
    """What a signature calls with one tensor for each spec, the specs, and inputs for n rows.

    The names of the specs are the public names of the inputs. Some move samples along directions.
    """

    call: Callable[..., Tensors]
    specs: list[tf.TensorSpec]
    example: Callable[[int], dict[str, np.ndarray]]
    directions: Sequence[str] = ()


Draw = Callable[..., tf.Tensor]


def signatures(
    gan: GenerativeModel,
    draw: Draw | None = None,
    directions: Mapping[str, Direction] | None = None,
) -> dict[str, Endpoint]:
    """All that a model's SavedModel can be asked for, by the name of the signature.

    Args:
        gan: A `keras_gan.GAN`. What its `extra_signatures` names is added; what takes pictures
            there gets a twin `<name>_png`, which takes and returns PNG files.
        draw: Its `drawing`, where that serves others too.
        directions: In which samples, and pictures if it has an encoder, can be edited.

    Raises:
        ValueError: for directions of a model that has no latents of its own to move.
    """
    draw = draw or drawing(gan)
    latents, condition = _latents(gan), gan.condition.spec()
    found = {
        SERVING_DEFAULT: _endpoint(
            gan, lambda latents, **given: {"images": draw(latents, **given)}, [latents, *condition]
        )
    }
    if gan.condition.shape is None:
        found |= _by_seed(gan, draw, condition)
    for name, (function, specs) in gan.extra_signatures().items():
        function = _as_served(function, gan.kind)
        found |= _of_pictures(gan, name, function, _endpoint(gan, function, specs))
    return found | _edits(gan, draw, directions) if directions else found


def truncated(gan: GenerativeModel, draw: Draw) -> Endpoint:
    """Samples of latents and their truncation, which `keras_gan.core.saved_model.sample` asks for.

    Args:
        gan: A `keras_gan.GAN`.
        draw: Its `drawing`.
    """

    def call(latents: tf.Tensor, truncation: tf.Tensor, **condition: tf.Tensor) -> Tensors:
        return {"images": draw(latents, truncation, **condition)}

    return _endpoint(gan, call, [_latents(gan), _truncation(), *gan.condition.spec()])


def edited(gan: GenerativeModel, draw: Draw, directions: Mapping[str, Direction]) -> Endpoint:
    """Samples of latents and of strengths `(n, k)` of all directions, which the demo asks for."""
    vectors = _vectors(gan, directions)

    def call(latents: tf.Tensor, strengths: tf.Tensor, **condition: tf.Tensor) -> Tensors:
        return {"images": draw(latents, by=strengths @ vectors, **condition)}

    strengths = tf.TensorSpec((None, len(directions)), tf.float32, name="strengths")
    return _endpoint(gan, call, [_latents(gan), strengths, *gan.condition.spec()])


def _vectors(gan: GenerativeModel, directions: Mapping[str, Direction]) -> tf.Tensor:
    """float32 `(k, latent_dim)`."""
    if gan.condition.shape is not None:
        raise ValueError(
            "Directions are of models that draw from latents, with classes or without. "
            f"Received: {type(gan).__name__}, which makes samples of {gan.condition.what}."
        )
    size = gan.near_prior().size or gan.latent_dim
    for one in directions.values():
        one.check(size)
    return tf.constant(np.stack([one.vector for one in directions.values()]), tf.float32)


def _latents(gan: GenerativeModel) -> tf.TensorSpec:
    return tf.TensorSpec((None, gan.latent_dim), tf.float32, name="latents")


def _truncation() -> tf.TensorSpec:
    return tf.TensorSpec((None,), tf.float32, name="truncation")


def drawing(gan: GenerativeModel) -> Draw:
    """Samples as they are served, from latents; the generator is traced once for all who ask.

    Args:
        gan: A `keras_gan.GAN`.

    Returns:
        Function of latents and, if there are any, truncations `(n,)`, what is added to that which
        samples are drawn from, and, by name, conditions.
    """
    kind, condition, project = gan.kind, gan.condition.spec(), gan.near_prior().project
    near = tf.function(lambda latents, *told: gan.nearer(latents, *(told or (None,))))
    shape = near.get_concrete_function(_latents(gan), *condition).structured_outputs.shape

    def images(near: tf.Tensor, condition: tf.Tensor | None = None) -> tf.Tensor:
        return kind.to_unit(gan.drawn(near, condition))

    traced = tf.function(images, input_signature=[tf.TensorSpec(shape, tf.float32), *condition])

    def draw(
        latents: tf.Tensor,
        truncation: tf.Tensor | None = None,
        by: tf.Tensor | None = None,
        **condition: tf.Tensor,
    ) -> tf.Tensor:
        factor = None if truncation is None else truncation[:, None]
        told = [*condition.values()]
        near = gan.nearer(latents, *(told or [None]), factor)
        return traced(near if by is None else project(near + by), *told)

    return draw


def _by_seed(
    gan: GenerativeModel, draw: Draw, condition: list[tf.TensorSpec]
) -> dict[str, Endpoint]:
    """The signatures that draw the latents themselves, as `gan.sample(seeds=...)` does."""
    seed, seed_from, seed_to = (
        tf.TensorSpec((None,), tf.int64, name=name) for name in ("seed", "seed_from", "seed_to")
    )
    truncation = _truncation()
    position = tf.TensorSpec((None,), tf.float32, name="position")

    def from_seed(seed: tf.Tensor, truncation: tf.Tensor, **condition: tf.Tensor) -> Tensors:
        return {"images": draw(_of_seed(gan, seed), truncation, **condition)}

    def file(**given: tf.Tensor) -> Tensors:
        return as_file(from_seed(**given)["images"])

    def interpolate(
        seed_from: tf.Tensor, seed_to: tf.Tensor, position: tf.Tensor, **condition: tf.Tensor
    ) -> Tensors:
        start, end = _of_seed(gan, seed_from), _of_seed(gan, seed_to)
        between = gan.prior.between(start, end, position[:, None])
        return {"images": draw(between, **condition)}

    found = {"from_seed": _endpoint(gan, from_seed, [seed, truncation, *condition])}
    name, as_file = _files(gan.kind)
    if name is not None:
        found[name] = _endpoint(gan, file, [seed, truncation, *condition])
    ends = [seed_from, seed_to, position]
    return found | {"interpolate": _endpoint(gan, interpolate, [*ends, *condition])}


def _of_seed(gan: GenerativeModel, seed: tf.Tensor) -> tf.Tensor:
    return gan.latents(tf.stack([seed, tf.zeros_like(seed)], axis=1))


def _edits(
    gan: GenerativeModel, draw: Draw, directions: Mapping[str, Direction]
) -> dict[str, Endpoint]:
    """The signatures that move a sample, or a picture, along one of the directions by its name."""
    vectors, extra = _vectors(gan, directions), gan.extra_signatures()
    names = tuple(directions)
    seed, direction, strength = (
        tf.TensorSpec((None,), dtype, name=name)
        for name, dtype in (("seed", tf.int64), ("direction", tf.string), ("strength", tf.float32))
    )
    told = [direction, strength, *gan.condition.spec()]

    def moved(
        latents: tf.Tensor, direction: tf.Tensor, strength: tf.Tensor, **condition: tf.Tensor
    ) -> Tensors:
        along = tf.cast(direction[:, None] == tf.constant(names), tf.float32) @ vectors
        return {"images": draw(latents, by=strength[:, None] * along, **condition)}

    def edit(seed: tf.Tensor, **given: tf.Tensor) -> Tensors:
        return moved(_of_seed(gan, seed), **given)

    def file(**given: tf.Tensor) -> Tensors:
        return as_file(edit(**given)["images"])

    found = {"edit": _endpoint(gan, edit, [seed, *told], names)}
    name, as_file = _files(gan.kind)
    if name is not None:
        found[f"edit_{name}"] = _endpoint(gan, file, [seed, *told], names)
    if not {"encode", "reconstruct"} <= extra.keys():  # what it encodes are no latents
        return found
    encode, specs = extra["encode"]
    encode = _as_served(encode, gan.kind)

    def edit_images(images: tf.Tensor, **given: tf.Tensor) -> Tensors:
        return moved(encode(images=images)["latents"], **given)

    pictures = _endpoint(gan, edit_images, [*specs, *told], names)
    return found | _of_pictures(gan, "edit_images", edit_images, pictures)


def _of_pictures(
    gan: GenerativeModel, name: str, function: Callable[..., Tensors], endpoint: Endpoint
) -> dict[str, Endpoint]:
    """A signature, and its twin for files if it takes pictures."""
    if not isinstance(gan.kind, Picture) or "images" not in [spec.name for spec in endpoint.specs]:
        return {name: endpoint}
    return {name: endpoint, f"{name}_png": _with_files(gan, function, endpoint)}


# -- checks ------------------------------------------------------------------------------------


def _endpoint(
    gan: GenerativeModel,
    function: Callable[..., Tensors],
    specs: list[tf.TensorSpec],
    directions: Sequence[str] = (),
) -> Endpoint:
    """The function behind the checks of its inputs, names of directions among them."""

    def call(*values: tf.Tensor) -> Tensors:
        given = {spec.name: value for spec, value in zip(specs, values, strict=True)}
        with tf.device("CPU:0"), tf.control_dependencies(_shape_checks(given, specs)):
            checks = _value_checks(given, gan.num_classes, directions)
            with tf.control_dependencies(checks):
                given = {name: tf.identity(value) for name, value in given.items()}
        return function(**given)

    def example(n: int) -> dict[str, np.ndarray]:
        found = {spec.name: _example(spec, n, gan) for spec in specs if spec.dtype != tf.string}
        names = {"direction": np.resize(np.array(directions, object), n)} if directions else {}
        return found | names

    return Endpoint(call, specs, example, directions)


def _shape_checks(given: Tensors, specs: list[tf.TensorSpec]) -> list[tf.Operation]:
    """Assertions that shapes are those of the specs, with which servers do not compare them."""
    found = []
    for spec in specs:
        if spec.shape.rank is None:
            continue
        shape, sizes = _shape(given[spec.name]), spec.shape[1:].as_list()
        holds = tf.equal(tf.size(shape), spec.shape.rank)
        if sizes:
            wanted = [size or 0 for size in sizes]
            same = tf.raw_ops.Equal(x=shape[1:], y=wanted, incompatible_shape_error=False)
            holds &= tf.reduce_all(same | [size is None for size in sizes])
        text = ", ".join(["N", *("any" if size is None else str(size) for size in sizes)])
        found.append(_assert(holds, f"Expected {spec.name} of shape [{text}].", shape))
    return found


def _shape(value: tf.Tensor) -> tf.Tensor:
    """The shape of what has come. A graph's optimizer would put in what the spec says.

    It sees through a placeholder to a `tf.rank`, not to the size of a `tf.shape`.
    """
    return tf.shape(tf.raw_ops.PlaceholderWithDefault(input=value, shape=None))


def _value_checks(
    given: Tensors, num_classes: int | None, directions: Sequence[str]
) -> list[tf.Operation]:
    """Assertions on a CPU, since a GPU's kernels look up any label without a word."""
    rows = tf.stack([tf.shape(value)[0] for value in given.values()])
    found = [
        _assert(tf.equal(rows, rows[0]), f"Expected as many rows in each of {[*given]}.", rows)
    ]
    for name, value in given.items():
        if value.dtype.is_floating:
            found.append(_assert(tf.math.is_finite(value), f"Expected finite {name}."))
    if num_classes and "labels" in given:
        labels = given["labels"]
        known = (labels >= 0) & (labels < num_classes)
        message = f"Expected labels from 0 to {num_classes - 1}."
        found.append(_assert(known, message, tf.boolean_mask(labels, ~known)))
    for name in ("truncation", "seed", "seed_from", "seed_to"):
        if name in given:
            small = given[name] < 0
            message = f"Expected {name} of at least 0."
            found.append(_assert(~small, message, tf.boolean_mask(given[name], small)))
    if directions:
        asked = given["direction"]
        known = tf.reduce_any(asked[:, None] == tf.constant([*directions]), axis=1)
        message = f"Expected directions among {', '.join(directions)}."
        found.append(_assert(known, message, tf.boolean_mask(asked, ~known)))
    return found


def _assert(holds: tf.Tensor, message: str, received: tf.Tensor | None = None) -> tf.Operation:
    data = [message] if received is None else [message, "Received:", received]
    return tf.raw_ops.Assert(condition=tf.reduce_all(holds), data=data, summarize=8)


# -- pictures ----------------------------------------------------------------------------------


def _as_served(function: Callable[..., Tensors], kind: Kind) -> Callable[..., Tensors]:
    """The function of a model, whose pictures are in [-1, 1], for pictures in [0, 1]."""

    def call(**given: tf.Tensor) -> Tensors:
        if "images" in given:
            given["images"] = kind.from_unit(given["images"])
        made = dict(function(**given))
        if "images" in made:
            made["images"] = kind.to_unit(tf.cast(made["images"], tf.float32))
        return made

    return call


def _with_files(
    gan: GenerativeModel, function: Callable[..., Tensors], pictures: Endpoint
) -> Endpoint:
    """The same signature for PNG files: `image_bytes` instead of `images`."""
    at = [spec.name for spec in pictures.specs].index("images")
    shape = pictures.specs[at].shape[1:]
    files = tf.TensorSpec((None,), tf.string, name="image_bytes")

    def call(image_bytes: tf.Tensor, **given: tf.Tensor) -> Tensors:
        made = function(images=_from_png(image_bytes, shape), **given)
        if "images" in made:
            made["image_bytes"] = _to_png(made.pop("images"))
        return made

    def example(n: int) -> dict[str, np.ndarray]:
        given = pictures.example(n)
        return given | {"image_bytes": _to_png(given.pop("images")).numpy()}

    specs = [*pictures.specs[:at], files, *pictures.specs[at + 1 :]]
    return _endpoint(gan, call, specs, pictures.directions)._replace(example=example)


def _files(kind: Kind) -> tuple[str | None, Callable[[tf.Tensor], Tensors] | None]:
    """The signature that gives files, or lines, and what makes them of samples."""
    if isinstance(kind, Picture):
        return "png", lambda images: {"image_bytes": _to_png(images)}
    if kind.medium == "sound":
        return "wav", lambda waves: {"audio_bytes": _to_wav(waves, kind.rate)}
    if kind.medium == "text":
        return "text", lambda texts: {"text": _to_text(texts, kind)}
    return None, None


def _to_wav(waves: tf.Tensor, rate: int) -> tf.Tensor:
    def one(wave: tf.Tensor) -> tf.Tensor:
        return tf.audio.encode_wav(tf.clip_by_value(wave, -1.0, 1.0), rate)

    return tf.map_fn(one, waves, fn_output_signature=tf.string)


def _to_text(texts: tf.Tensor, kind: Tokens) -> tf.Tensor:
    """The words, the padding among them."""
    words = tf.gather(tf.constant(list(kind.vocabulary)), tf.argmax(texts, axis=-1))
    return tf.strings.reduce_join(words, axis=-1, separator=kind.between)


def _to_png(images: tf.Tensor) -> tf.Tensor:
    return tf.map_fn(tf.io.encode_png, ranges.unit_to_uint8(images), fn_output_signature=tf.string)


def _from_png(files: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    def one(file: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(tf.io.decode_png(file, channels=shape[-1]), shape)

    signature = tf.TensorSpec(shape, tf.uint8)
    return ranges.uint8_to_unit(tf.map_fn(one, files, fn_output_signature=signature))


def _example(spec: tf.TensorSpec, n: int, gan: GenerativeModel) -> np.ndarray:
    """Inputs that every model takes."""
    dtype = spec.dtype.as_numpy_dtype
    if spec.name in [own.name for own in gan.condition.spec()]:
        return gan.condition.example(n, gan.image_shape)
    if spec.name == "truncation":
        return np.ones(n, dtype)
    if spec.name == "position":
        return np.linspace(0.0, 1.0, n, dtype=dtype)
    if spec.dtype.is_floating:
        low = 0.0 if spec.name == "images" else -1.0
        ours = gan.image_shape if spec.shape.rank == len(gan.image_shape) + 1 else spec.shape[1:]
        sizes = [
            own if size is None else size for own, size in zip(ours, spec.shape[1:], strict=True)
        ]
        return np.random.default_rng(0).uniform(low, 1.0, (n, *sizes)).astype(dtype)
    return np.arange(n, dtype=dtype) + (spec.name == "seed_to")

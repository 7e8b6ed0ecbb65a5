"""`paired`: pictures, and the pictures that a model is to make them from."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core.ranges import scaled
from keras_gan.data.load import load, two_sides
from keras_gan.data.order import EpochOrder, batches
from keras_gan.data.pictures import shown
from keras_gan.data.source import Source, joint_fingerprint

CONDITIONS = ("left", "right", "grey", "edges", "small")
STEEP = 1.0  # of the gradient, where an edge of full contrast has about 4
SMALLER = 4


def grey(images: tf.Tensor) -> tf.Tensor:
    """Grey pictures of colour ones."""
    return tf.image.rgb_to_grayscale(images)


def edges(images: tf.Tensor) -> tf.Tensor:
    """1 where Sobel's gradient of pictures in [-1, 1] is steep, else -1; one channel."""
    images = tf.convert_to_tensor(images)
    if images.shape[-1] != 1:
        images = grey(images)
    gradient = tf.image.sobel_edges((images + 1) / 2)
    return tf.where(tf.norm(gradient, axis=-1) > STEEP, 1.0, -1.0)


def small(images: tf.Tensor) -> tf.Tensor:
    """Pictures of a quarter of the sides, enlarged again."""
    sides = images.shape[1:3]
    shrunk = tf.image.resize(images, [max(1, side // SMALLER) for side in sides], antialias=True)
    return tf.clip_by_value(tf.image.resize(shrunk, sides, "bicubic"), -1, 1)


def paired(
    source: str | Path | np.ndarray,
    condition: str | Path | np.ndarray,
    image_size: int | tuple[int, int] | None = None,
    batch_size: int = 64,
    seed: int = 0,
    shuffle: bool = True,
    **options: Any,
) -> tf.data.Dataset:
    """Turn a source of pictures into `(pictures, pictures that they are to be made from)`.

    Args:
        source: as in `load`; labels are left out.
        condition: what they are to be made from: a folder with pictures of the same names (their
            suffixes may differ) or an array of as many; "left" or "right", that half of each
            picture of the source, of which the other half is the picture; or what is computed from
            the picture: "grey", "edges" (Sobel's) or "small" (a quarter of the sides, enlarged
            again). A folder that is called so is meant by "./left".
        image_size: as in `load`; of halves, the size of a half.
        batch_size, seed, shuffle: as in `load`.
        options: `split`, `data_dir`, `limit`, `errors`, `cache` and `source_type` of `load`.

    Returns:
        A `tf.data.Dataset` as `load` makes it, with one attribute more, `condition_shape`.

    Raises:
        ValueError: as `load`, and for pictures without one to be made from.

    Example:
        >>> ds = paired("photos", "edges", image_size=64)
        >>> ds.image_shape, ds.condition_shape
        ((64, 64, 3), (64, 64, 1))
    """
    options = {"batch_size": batch_size, "seed": seed, "shuffle": shuffle, **options}
    if isinstance(condition, str) and condition in ("left", "right"):
        size = two_sides(image_size)
        whole = load(source, size and (size[0], 2 * size[1]), labels=False, **options)
        return _mapped(whole, _halves(whole.image_shape, condition))
    if isinstance(condition, str) and condition in CONDITIONS:
        make = {"grey": grey, "edges": edges, "small": small}[condition]
        targets = load(source, image_size, labels=False, **options)
        _check_channels(targets.image_shape[-1], condition)
        return _mapped(targets, lambda images: (images, make(images)))

    targets = load(source, image_size, labels=False, **options)
    options = {key: options[key] for key in ("split", "errors", "cache") if key in options}
    if isinstance(condition, np.ndarray):
        options = {}
    inputs = load(condition, image_size, labels=False, **options).source
    rows = _rows(targets.source, inputs)
    dataset = batches(
        EpochOrder(targets.size, seed, shuffle),
        lambda i: (targets.source.fetch(i), inputs.fetch(rows[i])),
        batch_size,
        tuple(tf.TensorSpec(one.image_shape, one.dtype) for one in (targets.source, inputs)),
        lambda *images: tuple(map(scaled, images)),
    )
    return _described(dataset, targets, joint_fingerprint(targets.source, inputs))


def _check_channels(channels: int, condition: str) -> None:
    possible = {"grey": (3,), "edges": (1, 3)}.get(condition, (channels,))
    if channels not in possible:
        raise ValueError(
            f"Such pictures are not made into {condition!r} ones. Received: condition="
            f"{condition!r} and pictures of {channels} channel(s). Expected "
            f"{' or '.join(map(str, possible))}, or another condition."
        )


def _halves(shape: tuple[int, int, int], which: str) -> Any:
    if shape[1] % 2:
        raise ValueError(
            "Pictures side by side have two halves of the same width. Received: pictures "
            f"{shape[1]} pixels wide. Expected an even width, or an image_size."
        )

    def halves(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        left, right = tf.split(images, 2, axis=2)
        return (right, left) if which == "left" else (left, right)

    return halves


def _mapped(dataset: tf.data.Dataset, function: Any) -> tf.data.Dataset:
    return _described(dataset.map(function), dataset, dataset.fingerprint)


def _described(
    dataset: tf.data.Dataset, of: tf.data.Dataset, fingerprint: str | None
) -> tf.data.Dataset:
    images, condition = dataset.element_spec
    dataset.image_shape = tuple(images.shape[1:])
    dataset.condition_shape = tuple(condition.shape[1:])
    dataset.num_classes = dataset.class_names = None
    dataset.size, dataset.source_type, dataset.fingerprint = of.size, of.source_type, fingerprint
    return dataset


def _rows(targets: Source, inputs: Source) -> np.ndarray:
    """The row of the picture that each one is made from."""
    if (
        targets.fetch is None
        or inputs.fetch is None
        or (targets.names is None) != (inputs.names is None)
    ):
        raise ValueError(
            "Pictures and those that they are made from go together by the names of their files. "
            "Received: a source that is no folder. Expected two folders, or two arrays."
        )
    if targets.names is None:
        if inputs.size != targets.size:
            raise ValueError(
                "Every picture needs one that it is made from. Received: "
                f"{inputs.size} for {targets.size}."
            )
        return np.arange(inputs.size)
    row = {name: i for i, name in enumerate(inputs.names)}
    twice = [name for i, name in enumerate(inputs.names) if row[name] != i]
    if twice:
        raise ValueError(
            "Two pictures that others are made from have the same name. Received: "
            f"{shown(twice[0])!r} with two suffixes. Expected one."
        )
    missing = [name for name in targets.names if name not in row]
    if missing:
        raise ValueError(
            "Every picture needs one of the same name that it is made from. Received: "
            f"{len(missing)} of {targets.size} without, such as {shown(missing[0])!r}."
        )
    return np.array([row[name] for name in targets.names])

"""Any image dataset of tensorflow-datasets as a source; its TFRecords are read in stored order."""

import contextlib
import difflib
import queue
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import requests
import tensorflow as tf

from keras_gan.core.progress import can_redraw
from keras_gan.data import pictures
from keras_gan.data.checks import check_labels
from keras_gan.data.order import Failure
from keras_gan.data.source import NoSuchSplit, Source, in_memory

BUFFER_BYTES = 2**28  # of encoded pictures in a stream's shuffle buffer
CHUNK = 256  # pictures decoded at a time
MIRROR = "https://storage.googleapis.com/tfds-data"  # where tensorflow-datasets looks first
HOSTS = 3  # that are asked whether there is a network
PATIENCE = 5  # seconds in which one host must answer before a download


def catalogue_source(
    name: str,
    image_size: tuple[int, int] | None = None,
    split: str = "train",
    data_dir: str | Path | None = None,
    labels: str | bool | None = None,
    cache: bool | None = None,
    limit: int | None = None,
) -> Source:
    """Read a dataset of tensorflow-datasets; the arguments are those of `keras_gan.data.load`.

    Raises:
        NoSuchSplit: no such split.
        ValueError: unknown dataset or label feature, or no image feature to take.
        RuntimeError: the dataset is not there and cannot be downloaded.
    """
    builder = _builder(name, data_dir)
    info = builder.info
    image_key = _image_key(name, info)
    label_key = _label_key(name, info, labels)
    try:
        count = info.splits[split].num_examples
    except (KeyError, ValueError) as error:
        raise NoSuchSplit(
            f"The dataset {name!r} has no such split. Received: split={split!r}. "
            f"Expected one of {sorted(info.splits)}."
        ) from error
    if not count:
        raise ValueError(
            f"The split has no examples. Received: split={split!r} of {name!r}. "
            f"Expected one with images."
        )
    decode, image_shape = _decoder(name, info.features[image_key], image_size)
    encoded = _encoded(builder, split, image_key, label_key)
    size = min(count, limit or count)
    encoded = encoded.take(size)
    num_classes = class_names = None
    if label_key:
        num_classes, class_names = _classes(_feature(info.features, label_key))
    source = Source(
        size=size,
        image_shape=image_shape,
        dtype=np.dtype(np.uint8),
        num_classes=num_classes,
        class_names=class_names,
    )
    if not in_memory(size, image_shape, cache):
        average = (info.dataset_size or 0) / max(
            1, sum(s.num_examples for s in info.splits.values())
        )
        buffer = int(np.clip(BUFFER_BYTES / max(average, 1), 256, 16384))
        source.stream = (encoded, decode, min(buffer, size))
        return source
    images = np.empty((size, *image_shape), np.uint8)
    classes = np.empty(size, np.int32)
    decoded = encoded.map(decode, tf.data.AUTOTUNE, deterministic=True).batch(CHUNK).prefetch(2)
    start = 0
    for batch in decoded.as_numpy_iterator():
        pixels, label = batch if label_key else (batch, 0)
        stop = start + len(pixels)
        images[start:stop], classes[start:stop] = pixels, label
        start = stop
    source.fetch = images.__getitem__
    if label_key:
        check_labels(classes, num_classes)
        source.labels = classes
    return source


def _builder(name: str, data_dir: str | Path | None) -> Any:
    import tensorflow_datasets as tfds

    data_dir = None if data_dir is None else str(Path(data_dir).expanduser())
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        raise unknown(name, data_dir) from error
    except ValueError as error:
        if name.isidentifier():
            raise
        raise unknown(name, data_dir) from error
    if not can_redraw(sys.stderr):
        tfds.disable_progress_bar()
    try:
        if not (Path(builder.data_path) / "dataset_info.json").exists():
            _check_network(builder.url_infos or ())
        builder.download_and_prepare()  # returns at once where the files are there
    except Exception as error:
        said = (str(error).splitlines() or [""])[0].rstrip(" .:")
        raise RuntimeError(
            f"tensorflow-datasets cannot download {name!r} ({type(error).__name__}: {said}). "
            f"Received: data_dir={data_dir!r}. Expected a network, or data_dir= a folder that "
            "holds it."
        ) from error
    return builder


def _check_network(urls: Iterable[str]) -> None:
    """Checks that one of the hosts answers, where tensorflow-datasets would try for minutes.

    Raises:
        ConnectionError: if none does within `PATIENCE` seconds.
    """
    urls = {urlsplit(url).netloc: url for url in urls if url.startswith("http")}
    answers = queue.SimpleQueue()

    def ask(url: str) -> None:
        try:
            requests.head(url, timeout=PATIENCE)
            answers.put(True)
        except requests.RequestException:
            answers.put(False)

    if not urls:
        return
    asked = [MIRROR, *urls.values()][:HOSTS]
    for url in asked:
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    until = time.monotonic() + PATIENCE
    with contextlib.suppress(queue.Empty):
        for _ in asked:
            if answers.get(timeout=max(0, until - time.monotonic())):
                return
    raise ConnectionError(f"no answer from {', '.join(urls)}")


def unknown(name: str, data_dir: str | None) -> ValueError:
    """The one sentence about a source that nobody knows, with its nearest matches."""
    import tensorflow_datasets as tfds

    known = {"digits", *tfds.list_builders(with_community_datasets=False)}
    if data_dir and Path(data_dir).is_dir():
        known |= {p.name for p in Path(data_dir).iterdir() if p.is_dir()}
    near = difflib.get_close_matches(name.lower(), sorted(known), n=3)
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return ValueError(
        f"This source is not known. Received: source={name!r}. Expected 'digits', a dataset of "
        f"tensorflow-datasets, an existing folder or arrays.{meant}"
    )


def _feature(features: Any, path: str) -> Any:
    """A feature by its name, or by its path such as "attributes/Male"; None if there is none."""
    for key in path.split("/"):
        features = features[key] if hasattr(features, "keys") and key in features else None
    return features


def _image_key(name: str, info: Any) -> str:
    import tensorflow_datasets as tfds

    keys = [
        key
        for key, feature in info.features.items()
        if isinstance(feature, tfds.features.Image)
        and not isinstance(feature, tfds.features.LabeledImage)
    ]
    if len(keys) == 1:
        return keys[0]
    supervised = [key for key in info.supervised_keys or () if key in keys]
    if len(supervised) == 1:
        return supervised[0]
    raise ValueError(
        f"The dataset {name!r} does not have exactly one image feature. Received: image features "
        f"{keys} among {sorted(info.features)}. Expected one."
    )


def _label_key(name: str, info: Any, labels: str | bool | None) -> str | None:
    import tensorflow_datasets as tfds

    if labels is False:
        return None
    labelled = tfds.features.ClassLabel
    keys = sorted(k for k, f in info.features.items() if isinstance(f, labelled))
    if labels is None:
        supervised = [key for key in info.supervised_keys or () if key in keys]
        if len(supervised or keys) <= 1:
            return next(iter(supervised or keys), None)
        raise ValueError(
            f"The dataset {name!r} has several label features. Received: labels=None. "
            f"Expected one of {keys}, or labels=False for none."
        )
    if isinstance(labels, str) and _classes(_feature(info.features, labels))[0]:
        return labels
    raise ValueError(
        f"The dataset {name!r} has no such label feature. Received: labels={labels!r}. "
        f"Expected one of {keys}, a yes-or-no feature such as 'attributes/Male', or "
        f"labels=False for none."
    )


def _classes(feature: Any) -> tuple[int | None, list[str] | None]:
    """Number and names of a feature's classes; (None, None) if it is no label."""
    import tensorflow_datasets as tfds

    if isinstance(feature, tfds.features.ClassLabel):
        return feature.num_classes, [str(n) for n in feature.names or range(feature.num_classes)]
    if getattr(feature, "shape", None) == () and feature.np_dtype == np.bool_:
        return 2, ["False", "True"]
    return None, None


def _encoded(builder: Any, split: str, image_key: str, label_key: str | None) -> tf.data.Dataset:
    """Examples in stored order: still encoded images, with int32 labels if any."""
    import tensorflow_datasets as tfds

    wanted: dict = {image_key: True}
    if label_key:
        node = wanted
        *parents, leaf = label_key.split("/")
        for key in parents:
            node = node.setdefault(key, {})
        node[leaf] = True
    decoders = tfds.decode.PartialDecoding(wanted, {image_key: tfds.decode.SkipDecoding()})
    config = tfds.ReadConfig(try_autocache=False, skip_prefetch=True)
    dataset = builder.as_dataset(
        split=split, shuffle_files=False, decoders=decoders, read_config=config
    )

    def pick(example: dict):
        if not label_key:
            return example[image_key]
        label = example
        for key in label_key.split("/"):
            label = label[key]
        return example[image_key], tf.cast(label, tf.int32)

    return dataset.map(pick)


def _decoder(name: str, feature: Any, image_size: tuple[int, int] | None) -> tuple[Any, tuple]:
    """A TensorFlow function from an encoded example to a uint8 image (and its label); its shape."""
    height, width, channels = feature.shape
    dtype = np.dtype(feature.np_dtype)
    if channels is None or dtype not in (np.uint8, np.uint16):
        raise ValueError(
            f"The images of {name!r} cannot be taken. Received: shape {feature.shape} and dtype "
            f"{dtype}. Expected 8 or 16 bits and a fixed number of channels."
        )
    if image_size is None and None in (height, width):
        raise ValueError(
            f"The images of {name!r} differ in size. Received: image_size=None. "
            f"Expected image_size=(height, width)."
        )
    size = image_size or (height, width)
    resize = Failure().guard(lambda x: pictures.fit(x, size))

    def decode(encoded: tf.Tensor, label: tf.Tensor | None = None):
        image = feature.decode_example(encoded)
        if dtype == np.uint16:
            image = tf.cast(tf.round(tf.cast(image, tf.float32) / 257.0), tf.uint8)
        if size != (height, width):
            image = tf.numpy_function(resize, [image], tf.uint8)
        image = tf.ensure_shape(image, (*size, channels))
        return image if label is None else (image, label)

    return decode, (*size, channels)

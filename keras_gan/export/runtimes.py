"""The averaged generator as a file of another runtime, by Keras' own exporters."""

import importlib
import tempfile
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_gan.engine.model import GenerativeModel


class _Runtime(NamedTuple):
    suffix: str
    needs: tuple[str, ...]


RUNTIMES = {
    "onnx": _Runtime(".onnx", ("onnx", "tf2onnx")),
    "litert": _Runtime(".tflite", ()),
    "openvino": _Runtime(".xml", ("openvino",)),
}


def write(gan: GenerativeModel, filepath: str | Path, format: str) -> None:
    """Writes the generator: any number of `latents` (and `labels`) to pictures in [0, 1].

    Only the network itself: these files check nothing, draw no latents and write no PNG.

    Args:
        gan: A `keras_gan.GAN`.
        filepath: The file to make, with the suffix of the format. OpenVINO's weights lie beside it,
            in a file that ends in `.bin`.
        format: A name in `RUNTIMES`.

    Raises:
        ValueError: for another suffix.
        ImportError: if Keras' exporter lacks a package.
        FileExistsError: if something stands at `filepath` already.
    """
    runtime, path = RUNTIMES[format], Path(filepath)
    if path.suffix != runtime.suffix:
        raise ValueError(
            f"format={format!r} is a file that ends in {runtime.suffix}. Received: {str(path)!r}."
        )
    if path.exists():
        raise FileExistsError(f"{path} exists and is left as it is.")
    _need(format, runtime.needs)
    network = _network(gan)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as part:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np", FutureWarning)  # in tf2onnx
            network.export(str(Path(part) / path.name), format=format, verbose=False)
        for file in sorted(Path(part).iterdir()):  # .bin before the .xml that needs it
            file.replace(path.with_name(file.name))


def _need(format: str, packages: tuple[str, ...]) -> None:
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ImportError(
                f"format={format!r} needs the package {package}: pip install 'keras-gan[{format}]'."
            ) from error


def _network(gan: GenerativeModel) -> keras.Model:
    """The generator in float32, with the public names of its inputs and its output."""
    condition = [
        keras.Input(spec.shape[1:], dtype=spec.dtype.name, name=spec.name)
        for spec in gan.condition.spec()
    ]
    latents = keras.Input((gan.latent_dim,), name="latents")
    inputs = [latents, *condition] if "latents" in gan.sampler_inputs else condition
    inputs = inputs if len(inputs) > 1 else inputs[0]
    made = _float32(gan.network(gan.sampler, training=False))(inputs, training=False)
    if isinstance(made, list):
        made = made[gan.sampler_outputs.index("samples")]
    network = keras.Model(inputs, {"images": gan.kind.to_unit(made)})  # how the file calls it
    zeros = [np.zeros((1, *x.shape[1:]), x.dtype) for x in network.inputs]
    network(zeros if len(zeros) > 1 else zeros[0])  # the exporter to ONNX wants it called
    return network


def _float32(generator: keras.Model) -> keras.Model:
    """The same network without half precision, which the runtimes read badly or not at all."""

    def plain(config: Any) -> Any:
        if isinstance(config, list):
            return [plain(value) for value in config]
        if not isinstance(config, dict):
            return config
        if config.get("class_name") == "DTypePolicy":
            return config | {"config": {"name": "float32"}}
        return {name: plain(value) for name, value in config.items()}

    config = plain(keras.saving.serialize_keras_object(generator))
    copy = keras.saving.deserialize_keras_object(config)
    copy.set_weights(generator.get_weights())
    return copy

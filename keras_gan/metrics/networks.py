"""Networks that extractors look through: parts of others, copied, and hashed by content."""

import contextlib
import hashlib
import random
from collections.abc import Iterator

import keras

from keras_gan.metrics.cache import content_hash


def feature_network(
    model: keras.Model,
    layer: str | keras.layers.Layer | None,
    logits: str | keras.layers.Layer | None,
    probabilities: str | keras.layers.Layer | None,
) -> keras.Model:
    """A copy of that part of a model which gives features and probabilities of classes.

    See `keras_gan.metrics.ModelFeatures` for the arguments.
    """
    if not isinstance(model, keras.Model) or len(getattr(model, "inputs", None) or ()) != 1:
        raise ValueError(
            "An extractor needs a functional or sequential model of one input. Received: "
            f"{type(model).__name__}. Try keras.Model(inputs, model(inputs)), with "
            "inputs = keras.Input(shape)."
        )
    if len(model.inputs[0].shape) != 4:
        raise ValueError(
            "An extractor needs a model of images (n, height, width, channels). "
            f"Received: a model of inputs {model.inputs[0].shape}."
        )
    if logits is not None and probabilities is not None:
        raise ValueError("Received both logits and probabilities. Expected one of them at most.")
    with apart():
        outputs = {"features": _output(model, layer, "features", (2, 4))}
        if len(outputs["features"].shape) == 4:
            pool = keras.layers.GlobalAveragePooling2D(
                data_format="channels_last", name="keras_gan_pool"
            )
            outputs["features"] = pool(outputs["features"])
        if probabilities is not None:
            outputs["probabilities"] = _output(model, probabilities, "probabilities", (2,))
        if logits is not None:
            softmax = keras.layers.Softmax(name="keras_gan_softmax")
            outputs["probabilities"] = softmax(_output(model, logits, "logits", (2,)))
        try:
            network = keras.Model(model.inputs, outputs, name="features")
        except ValueError as error:
            raise ValueError(
                "A layer that is a model itself has its output elsewhere. Received: "
                f"{layer or logits or probabilities!r} of the model {model.name!r}. "
                "Try ModelFeatures(model.get_layer(name)), or the layer after it."
            ) from error
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
    return copy


def _output(
    model: keras.Model, layer: str | keras.layers.Layer | None, what: str, ranks: tuple[int, ...]
) -> keras.KerasTensor:
    """The output of a layer, or of the model."""
    if layer is None:
        output = model.outputs[0] if len(model.outputs) == 1 else model.outputs
        place = "its output"
    else:
        name = getattr(layer, "name", layer)
        names = [own.name for own in model.layers]
        if name not in names or not (isinstance(layer, str) or layer in model.layers):
            raise ValueError(
                f"The model has no such layer. Received: {what} of {name!r}. "
                f"Expected one of {', '.join(names)}."
            )
        output, place = model.get_layer(name).output, f"layer {name!r}"
    if not isinstance(output, keras.KerasTensor) or len(output.shape) not in ranks:
        shape = getattr(output, "shape", type(output).__name__)
        raise ValueError(
            f"The {what} have no shape of use. Received: {shape} from {place}. Expected (n, d)"
            f"{' or (n, height, width, d)' if 4 in ranks else ''}: name another layer."
        )
    return output


@contextlib.contextmanager
def apart(seed: int = 0) -> Iterator[None]:
    """Networks made within are float32 and as seeded here; Python's random numbers, from which
    Keras draws default seeds, and the dtype policy are given back as they were."""
    state, policy = random.getstate(), keras.config.dtype_policy()
    data_format = keras.config.image_data_format()
    random.seed(seed)
    keras.config.set_dtype_policy("float32")
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        random.setstate(state)
        keras.config.set_dtype_policy(policy)
        keras.config.set_image_data_format(data_format)


def network_hash(network: keras.Model) -> str:
    """SHA-256 of a network's configuration and weights."""
    return text_hash(network.to_json(sort_keys=True), content_hash(*network.get_weights()))


def text_hash(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()

"""Requests that a server plays to itself before a version goes into service.

TensorFlow Serving reads them from assets.extra/tf_serving_warmup_requests, a TFRecord file of
`PredictionLog` messages. These nest three deep, so they are put together here field by field
instead of with a package that would be needed for nothing else. The numbers are those of
tensorflow_serving/apis/{prediction_log,predict,model}.proto.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_gan.export.signatures import Endpoint

PATH = Path("assets.extra") / "tf_serving_warmup_requests"
_MAX_BYTES = 1 << 20  # of one request; servers take a few megabytes


def write(path: Path, endpoints: dict[str, Endpoint]) -> None:
    """Writes one request for every signature: a single row.

    Raises:
        ValueError: if a request is larger than a server would take.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, endpoint in endpoints.items():
            record = prediction_log(name, endpoint.example(1))
            if len(record) > _MAX_BYTES:
                raise ValueError(
                    f"One row for the signature {name} takes {len(record):,} bytes. "
                    f"Expected at most {_MAX_BYTES:,}."
                )
            writer.write(record)


def prediction_log(signature: str, inputs: dict[str, np.ndarray]) -> bytes:
    """A `PredictionLog` of a `PredictRequest`, without a response and a model's name."""
    request = _field(1, _field(3, signature.encode()))  # model_spec.signature_name
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        request += _field(2, _field(1, name.encode()) + _field(2, tensor))  # inputs[name]
    return _field(6, _field(1, request))  # predict_log.request


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protocol buffer: key, length, content."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])

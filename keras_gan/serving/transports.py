"""The two ways to a TensorFlow Serving: REST with requests, gRPC with the genuine stubs.

Either has `predict(signature, inputs)`, `signature(name)`, `ready()` and `close()`.
"""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote

import numpy as np

from keras_gan.serving.retries import Retries, ServingError

Arrays = dict[str, np.ndarray]
_UNLIMITED = -1
_OUTPUTS = {
    "serving_default": "images",
    "from_seed": "images",
    "interpolate": "images",
    "edit": "images",
    "edit_images": "images",
    "edit_png": "image_bytes",
    "edit_images_png": "image_bytes",
    "png": "image_bytes",
    "wav": "audio_bytes",
    "text": "text",
}


class Signature(NamedTuple):
    """The names of the inputs, and the outputs as they are for no rows."""

    inputs: set[str]
    empty: Arrays


class Rest:
    """http://host:8501, in the column format."""

    def __init__(self, url: SplitResult, model: str, version: int | None, retries: Retries):
        import requests

        server = f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
        self._address = f"{server}/v1/models/{quote(model, safe='')}"
        if version is not None:
            self._address += f"/versions/{version}"
        self._retries = retries
        self._session = requests.Session()

    def predict(self, signature: str, inputs: Arrays) -> Arrays:
        body = {
            "signature_name": signature,
            "inputs": {name: _to_json(array) for name, array in inputs.items()},
        }
        outputs = self._call("POST", ":predict", "outputs", json=body)
        if not isinstance(outputs, dict):  # the server leaves out the name of an only output
            outputs = {self._only_output(signature): outputs}
        return {name: _from_json(value) for name, value in outputs.items()}

    def signature(self, name: str) -> Signature:
        from google.protobuf import json_format
        from tensorflow.core.protobuf import meta_graph_pb2

        about = self._call("GET", "/metadata", "metadata")
        found = _named(about["signature_def"]["signature_def"], name)
        definition = meta_graph_pb2.SignatureDef()
        return _read(json_format.ParseDict(found, definition, ignore_unknown_fields=True))

    def ready(self) -> bool:
        versions = self._call("GET", "", "model_version_status")
        return any(version["state"] == "AVAILABLE" for version in versions)

    def close(self) -> None:
        self._session.close()

    def _only_output(self, signature: str) -> str:
        if signature not in _OUTPUTS:
            return next(iter(self.signature(signature).empty))
        return _OUTPUTS[signature]

    def _call(self, method: str, path: str, wanted: str, **options: Any) -> Any:
        """What stands under the name that is wanted in the answer."""
        address = self._address + path
        content = self._retries.call(lambda left: self._once(method, address, left, **options))
        if not isinstance(content, dict) or wanted not in content:
            raise ServingError(f"{address} is no TensorFlow Serving: {str(content)[:200]}")
        return content[wanted]

    def _once(self, method: str, address: str, timeout: float, **options: Any) -> Any:
        import requests
        from requests import exceptions

        try:
            answer = self._session.request(method, address, timeout=timeout, **options)
        except requests.RequestException as error:
            cut = isinstance(error, (exceptions.ConnectionError, exceptions.ChunkedEncodingError))
            transient = cut and not isinstance(error, exceptions.SSLError)
            message = f"No answer from {address}: {error}"
            raise ServingError(message, transient=transient) from error
        try:
            content = answer.json()
        except ValueError:
            content = answer.text[:200]
        if not answer.ok:
            said = content.get("error", content) if isinstance(content, dict) else content
            code = answer.status_code
            message = f"{address} answered {code}: {said}"
            raise ServingError(message, code, transient=code in (429, 502, 503, 504))
        return content


def _to_json(array: np.ndarray) -> list:
    if array.dtype == object:
        return [{"b64": base64.b64encode(text).decode()} for text in array]
    return array.tolist()


def _from_json(value: list) -> np.ndarray:
    if value and isinstance(value[0], dict):
        return np.array([base64.b64decode(text["b64"]) for text in value], object)
    array = np.array(value)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


class Grpc:
    """grpc://host:8500."""

    def __init__(self, url: SplitResult, model: str, version: int | None, retries: Retries):
        try:
            import grpc
            from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "gRPC needs the package tensorflow-serving-api: pip install 'keras-gan[serving]', "
                "or use the server's http:// address."
            ) from error
        options = [
            ("grpc.enable_retries", 0),  # it tries small requests only, and five times at most
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_receive_message_length", _UNLIMITED),
            ("grpc.max_send_message_length", _UNLIMITED),
        ]
        self._target = url.netloc
        self._channel = grpc.insecure_channel(self._target, options=options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)
        self._model, self._version, self._retries = model, version, retries

    def predict(self, signature: str, inputs: Arrays) -> Arrays:
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        self._name_model(request.model_spec)
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        answer = self._call(self._predictions.Predict, request)
        return {name: tf.make_ndarray(tensor) for name, tensor in answer.outputs.items()}

    def signature(self, name: str) -> Signature:
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        self._name_model(request.model_spec)
        answer = self._call(self._predictions.GetModelMetadata, request)
        found = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(found)
        return _read(_named(found.signature_def, name))

    def ready(self) -> bool:
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        self._name_model(request.model_spec)
        states = get_model_status_pb2.ModelVersionStatus.State
        answer = self._call(self._models.GetModelStatus, request)
        return any(v.state == states.Value("AVAILABLE") for v in answer.model_version_status)

    def close(self) -> None:
        self._channel.close()

    def _name_model(self, spec: Any) -> None:
        spec.name = self._model
        if self._version is not None:
            spec.version.value = self._version

    def _call(self, method: Any, request: Any) -> Any:
        return self._retries.call(lambda left: self._once(method, request, left))

    def _once(self, method: Any, request: Any, timeout: float) -> Any:
        import grpc

        try:
            return method(request, timeout=timeout)
        except grpc.RpcError as error:
            code = error.code().name
            message = f"{self._target} answered {code}: {error.details()}"
            transient = code in ("UNAVAILABLE", "RESOURCE_EXHAUSTED")
            raise ServingError(message, code, transient=transient) from error


def _named(signatures: Mapping[str, Any], name: str) -> Any:
    if name not in signatures:
        known = ", ".join(sorted(signatures))
        raise ServingError(f"The model has no signature {name!r}. Expected one of: {known}.")
    return signatures[name]


def _read(definition: Any) -> Signature:
    """What a `SignatureDef` says; a size that it leaves open is 0 where there are no rows."""
    import tensorflow as tf

    outputs = {
        name: np.empty(
            [0, *(max(size.size, 0) for size in info.tensor_shape.dim[1:])],
            tf.as_dtype(info.dtype).as_numpy_dtype,
        )
        for name, info in definition.outputs.items()
    }
    return Signature(set(definition.inputs), outputs)

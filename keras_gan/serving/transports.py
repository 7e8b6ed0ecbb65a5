"""The two ways to a TensorFlow Serving: REST with requests, gRPC with the genuine stubs.

Either has `predict(signature, inputs)` and `ready()`.
"""

import base64
import json
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
_UNLIMITED = -1
_SHORTEST = 0.01  # gRPC hangs at its second new try after backoffs of a millisecond
_OUTPUTS = {
    "serving_default": "images",
    "from_seed": "images",
    "interpolate": "images",
    "png": "image_bytes",
}


class ServingError(RuntimeError):
    """What a server answered instead of pictures; `code` is its HTTP status or gRPC code."""

    def __init__(self, message: str, code: int | str | None = None):
        super().__init__(message)
        self.code = code


class Rest:
    """http://host:8501, in the column format."""

    def __init__(
        self,
        url: str,
        model: str,
        version: int | None,
        timeout: float,
        retries: int,
        backoff: float,
    ):
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        self._address = f"{url.rstrip('/')}/v1/models/{model}"
        if version is not None:
            self._address += f"/versions/{version}"
        self._timeout = timeout
        self._session = requests.Session()
        again = Retry(
            total=retries,
            backoff_factor=backoff,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,  # POST as well
            raise_on_status=False,
        )
        self._session.mount(url, HTTPAdapter(max_retries=again))

    def predict(self, signature: str, inputs: Arrays) -> Arrays:
        body = {
            "signature_name": signature,
            "inputs": {name: _to_json(array) for name, array in inputs.items()},
        }
        outputs = self._call("POST", self._address + ":predict", json=body)["outputs"]
        if not isinstance(outputs, dict):  # the server leaves out the name of an only output
            outputs = {self._only_output(signature): outputs}
        return {name: _from_json(value) for name, value in outputs.items()}

    def ready(self) -> bool:
        answer = self._call("GET", self._address)
        return any(v["state"] == "AVAILABLE" for v in answer["model_version_status"])

    def _only_output(self, signature: str) -> str:
        if signature not in _OUTPUTS:
            about = self._call("GET", self._address + "/metadata")["metadata"]
            return next(iter(about["signature_def"]["signature_def"][signature]["outputs"]))
        return _OUTPUTS[signature]

    def _call(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        import requests

        try:
            answer = self._session.request(method, address, timeout=self._timeout, **options)
        except requests.RequestException as error:
            raise ServingError(f"No answer from {address}: {error}") from error
        try:
            content = answer.json()
        except ValueError:
            content = {"error": answer.text[:200]}
        if not answer.ok:
            said = content.get("error", content)
            raise ServingError(
                f"{address} answered {answer.status_code}: {said}", answer.status_code
            )
        return content


def _to_json(array: np.ndarray) -> list:
    if array.dtype == object:
        return [{"b64": base64.b64encode(text).decode()} for text in array]
    return array.tolist()


def _from_json(value: list) -> np.ndarray:
    if value and isinstance(value[0], dict):
        return np.array([base64.b64decode(text["b64"]) for text in value], object)
    return np.array(value, np.float32)


class Grpc:
    """grpc://host:8500."""

    def __init__(
        self,
        url: str,
        model: str,
        version: int | None,
        timeout: float,
        retries: int,
        backoff: float,
    ):
        try:
            import grpc
            from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "gRPC needs the package tensorflow-serving-api: pip install 'keras-gan[serving]', "
                "or use the server's http:// address."
            ) from error
        again = {
            "maxAttempts": retries + 1,
            "initialBackoff": f"{max(backoff, _SHORTEST):.3f}s",
            "maxBackoff": "10s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
        }
        policy = {"methodConfig": [{"name": [{}]} | ({"retryPolicy": again} if retries else {})]}
        options = [
            ("grpc.service_config", json.dumps(policy)),
            ("grpc.max_receive_message_length", _UNLIMITED),
            ("grpc.max_send_message_length", _UNLIMITED),
        ]
        self._target = url.removeprefix("grpc://").rstrip("/")
        channel = grpc.insecure_channel(self._target, options=options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(channel)
        self._model, self._version, self._timeout = model, version, timeout

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

    def ready(self) -> bool:
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        self._name_model(request.model_spec)
        states = get_model_status_pb2.ModelVersionStatus.State
        answer = self._call(self._models.GetModelStatus, request)
        return any(v.state == states.Value("AVAILABLE") for v in answer.model_version_status)

    def _name_model(self, spec: Any) -> None:
        spec.name = self._model
        if self._version is not None:
            spec.version.value = self._version

    def _call(self, method: Any, request: Any) -> Any:
        import grpc

        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            code = error.code().name
            message = f"{self._target} answered {code}: {error.details()}"
            raise ServingError(message, code) from error

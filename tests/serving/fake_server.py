"""A stand-in for TensorFlow Serving: REST and gRPC on 127.0.0.1, answers by the C++ loader.

It does what was observed on the real one, as far as clients see it: formats, codes, messages.
tests/serving/test_server.py holds both to the same tests.
"""

import base64
import contextlib
import json
import socket
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cpp_loader
import numpy as np
import tensorflow as tf
from google.protobuf import json_format

_OK = {"error_code": "OK", "error_message": ""}
_HTTP = {3: 400, 5: 404, 8: 429, 14: 503}  # _ARGUMENT, NOT_FOUND, _EXHAUSTED, UNAVAILABLE
RESET = object()  # a trouble: the connection breaks


class Fake:
    """Serves one version of one model.

    Args:
        path: The SavedModel.
        model: Its name.
        version: Its number.

    `troubles` is a list of codes: the next calls fail with them, one each. An empty batch is an
    error of the test: under `--enable_batching` a real server would hang.
    """

    def __init__(self, path, model, version=1):
        self.model, self.version = model, version
        self.troubles, self.calls = [], 0
        self._session = cpp_loader.Session(path)

    def predict(self, model, version, signature, inputs):
        self.calls += 1
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble is RESET:
                raise ConnectionResetError
            raise cpp_loader.ServingError(trouble, "the server is too busy")
        self.check(model, version)
        if signature not in self._session.signatures:
            message = f'Serving signature name: "{signature}" not found in signature def'
            raise cpp_loader.ServingError(3, message)
        wanted = self._session.signatures[signature].inputs
        if wanted.keys() != inputs.keys():
            message = f"input keys are {sorted(inputs)}, expected {sorted(wanted)}"
            raise cpp_loader.ServingError(3, message)
        assert all(len(value) for value in inputs.values() if value.ndim), "an empty batch"
        return self._session.run(signature, inputs)

    def definitions(self):
        return self._session.signatures

    def check(self, model, version):
        if model != self.model or version not in (None, self.version):
            message = f"Servable not found for request: Latest({model})"
            raise cpp_loader.ServingError(5, message)

    def from_json(self, signature, values):
        wanted = self._session.signatures[signature].inputs if signature else {}
        return {
            name: _from_json(value, tf.as_dtype(wanted[name].dtype)) if name in wanted else value
            for name, value in values.items()
        }


@contextlib.contextmanager
def rest(fake):
    """Yields the address of the REST interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer(lambda: _describe(fake, *_parse(self.path)))

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            self.answer(lambda: _predict(fake, *_parse(self.path), body))

        def answer(self, work):
            try:
                code, content = 200, work()
            except cpp_loader.ServingError as error:
                code, content = _HTTP[error.code], {"error": str(error)}
            except ConnectionResetError:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            text = json.dumps(content, indent=4).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def grpc(fake):
    """Yields the address of the gRPC interface."""
    import grpc as library
    from tensorflow_serving.apis import (
        get_model_metadata_pb2,
        get_model_status_pb2,
        model_service_pb2_grpc,
        predict_pb2,
        prediction_service_pb2_grpc,
    )

    codes = {code.value[0]: code for code in library.StatusCode}

    def version_of(spec):
        return spec.version.value if spec.HasField("version") else None

    class Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):
            spec = request.model_spec
            inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
            answer = predict_pb2.PredictResponse()
            try:
                made = fake.predict(spec.name, version_of(spec), spec.signature_name, inputs)
            except cpp_loader.ServingError as error:
                context.abort(codes[error.code], str(error))
            except ConnectionResetError:
                context.abort(library.StatusCode.UNAVAILABLE, "Connection reset by peer")
            for name, value in made.items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
            return answer

        def GetModelMetadata(self, request, context):
            assert list(request.metadata_field) == ["signature_def"]
            spec = request.model_spec
            try:
                fake.check(spec.name, version_of(spec))
            except cpp_loader.ServingError as error:
                context.abort(codes[error.code], str(error))
            found = get_model_metadata_pb2.SignatureDefMap(signature_def=fake.definitions())
            answer = get_model_metadata_pb2.GetModelMetadataResponse()
            answer.metadata["signature_def"].Pack(found)
            return answer

    class Models(model_service_pb2_grpc.ModelServiceServicer):
        def GetModelStatus(self, request, context):
            spec = request.model_spec
            try:
                fake.check(spec.name, version_of(spec))
            except cpp_loader.ServingError as error:
                context.abort(codes[error.code], str(error))
            answer = get_model_status_pb2.GetModelStatusResponse()
            states = get_model_status_pb2.ModelVersionStatus.State
            status = answer.model_version_status.add()
            status.version, status.state = fake.version, states.Value("AVAILABLE")
            return answer

    server = library.server(futures.ThreadPoolExecutor(4))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Predictions(), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Models(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"grpc://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _parse(path):
    """Model, version and verb of /v1/models/NAME[/versions/N][:predict]."""
    path, _, verb = path.removeprefix("/v1/models/").partition(":")
    model, *rest = path.split("/")
    version = int(rest[1]) if rest[:1] == ["versions"] else None
    return model, version, verb or (rest[-1] if rest[-1:] == ["metadata"] else "")


def _describe(fake, model, version, verb):
    fake.check(model, version)
    if verb == "metadata":
        definitions = {
            name: json_format.MessageToDict(signature, preserving_proto_field_name=True)
            for name, signature in fake.definitions().items()
        }
        spec = {"name": model, "signature_name": "", "version": str(fake.version)}
        return {
            "model_spec": spec,
            "metadata": {"signature_def": {"signature_def": definitions}},
        }
    status = {"version": str(fake.version), "state": "AVAILABLE", "status": _OK}
    return {"model_version_status": [status]}


def _predict(fake, model, version, verb, body):
    assert verb == "predict"
    try:
        request = json.loads(body)
    except ValueError:
        raise cpp_loader.ServingError(3, "JSON Parse error: Invalid value.") from None
    signature = request.get("signature_name", "serving_default")
    rows = request.get("instances")
    columns = request.get("inputs")
    if rows is not None:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
    known = signature if signature in fake._session.signatures else None
    made = fake.predict(model, version, signature, fake.from_json(known, columns))
    shown = {name: _to_json(value) for name, value in made.items()}
    single = next(iter(shown.values())) if len(shown) == 1 else None
    if rows is None:
        return {"outputs": single if single is not None else shown}
    if single is not None:
        return {"predictions": single}
    return {"predictions": [{name: v[k] for name, v in shown.items()} for k in range(len(rows))]}


def _from_json(value, dtype):
    if dtype == tf.string:
        return np.array([base64.b64decode(text["b64"]) for text in value], object)
    for number in np.array(value, object).ravel():
        if isinstance(number, str) or (dtype.is_integer and not isinstance(number, int)):
            text = json.dumps(number)
            message = f"JSON Value: {text} Type: String is not of expected type: {dtype.name}"
            raise cpp_loader.ServingError(3, message)
    return np.array(value, dtype.as_numpy_dtype)


def _to_json(value):
    if value.dtype == object:
        return [{"b64": base64.b64encode(text).decode()} for text in value]
    return value.tolist()

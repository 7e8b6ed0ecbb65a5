"""A real tensorflow_model_server: started here if TFS_MODEL_SERVER names it, or one that runs.

TFS_MODEL_SERVER   path of a tensorflow_model_server; it is started on free ports of 127.0.0.1
TFS_REST_URL       else: address of a server that runs, http://host:8501
TFS_GRPC_URL       and of its gRPC interface, grpc://host:8500
TFS_MODEL          and the name under which it serves saved_models/digits-pretrained (digits)
"""

import contextlib
import os
import socket
import subprocess
import time

import pytest
import requests

from keras_gan.serving import launch

BINARY = os.environ.get("TFS_MODEL_SERVER")
REST_URL, GRPC_URL = os.environ.get("TFS_REST_URL"), os.environ.get("TFS_GRPC_URL")
MODEL = os.environ.get("TFS_MODEL", "digits")
_PATIENCE = 60  # seconds until a version must be in service


def need_binary():
    if not BINARY:
        pytest.skip("starts servers of its own: set TFS_MODEL_SERVER to a tensorflow_model_server")


def need_any():
    if not BINARY and not (REST_URL and GRPC_URL):
        pytest.skip(
            "no TensorFlow Serving: set TFS_MODEL_SERVER to a tensorflow_model_server, "
            "or TFS_REST_URL and TFS_GRPC_URL to one that runs"
        )


@contextlib.contextmanager
def start(base, model, *flags):
    """Yields (REST address, gRPC address) of a server of the versions under `base`."""
    rest, grpc = _free_port(), _free_port()
    command = [
        *(BINARY, f"--model_name={model}", f"--model_base_path={base}"),
        *(f"--rest_api_port={rest}", f"--port={grpc}", "--file_system_poll_wait_seconds=1"),
        *(*launch.FLAGS, *flags),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{rest}"
        wait_for(lambda: states(url, model), process)
        yield url, f"grpc://127.0.0.1:{grpc}"
    finally:
        process.terminate()
        process.communicate()


def states(url, model):
    """Version -> state, empty while there is no answer."""
    try:
        answer = requests.get(f"{url}/v1/models/{model}", timeout=5).json()
    except requests.RequestException:
        return {}
    return {int(v["version"]): v["state"] for v in answer.get("model_version_status", [])}


def wait_for(condition, process=None):
    """Asks until the condition holds."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert process is None or process.poll() is None, process.stdout.read()[-2000:].decode()
        assert time.monotonic() < end, "the server took too long"
        time.sleep(0.05)


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]

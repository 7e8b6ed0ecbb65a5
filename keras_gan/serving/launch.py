"""`keras-gan serve`: starts the user's TensorFlow Serving, or says how to."""

import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from keras_gan.core import saved_model

SERVER = "tensorflow_model_server"
IMAGE = "tensorflow/serving:2.21.0"
FLAGS = [
    # A published version was checked: what fails once fails again, and five new tries a minute
    # apart would hold up every later version, which a second loading thread only puts off.
    "--max_num_load_retries=0",
    # By default eight callers on 2 cores exhaust the threads of gRPC (RESOURCE_EXHAUSTED).
    "--grpc_max_threads=256",
]


def serve(
    directory: str | Path,
    name: str | None = None,
    port: int = 8501,
    grpc_port: int = 8500,
    batching: str | Path | None = None,
) -> int:
    """Serves the versions under a directory until it is stopped, if a server is on the path.

    Otherwise the docker command that would do it is printed.

    Args:
        directory: The directory of the versions, as `keras_gan.export.publish` fills it, or one of
            the versions.
        name: Under which it is served, without / and :; the directory's name if not given.
        port: Of REST.
        grpc_port: Of gRPC.
        batching: A batching configuration, such as deploy/batching.conf.

    Returns:
        The exit code of the server, 0 if there was none to start.

    Raises:
        ValueError: if there are no versions, or no such file, or the name has no address.
    """
    base = _base(Path(directory))
    name = base.name if name is None else name
    if not name or {"/", ":"} & set(name):
        raise ValueError(f"Expected a name without a slash or a colon. Received: {name!r}.")
    url = f"http://localhost:{port}/v1/models/{quote(name)}"
    options = [*FLAGS]
    if batching is not None:
        batching = Path(batching).resolve()
        if not batching.is_file():
            raise ValueError(f"There is no batching configuration {batching}.")
        options.append("--enable_batching")
    server = shutil.which(SERVER)
    if server is None:
        print(f"There is no {SERVER} on the path. With docker:\n")
        print(_command_lines(_docker(base, name, port, grpc_port, batching, options)))
        print(f"\nIt answers at {url}")
        return 0
    if batching is not None:
        options.append(f"--batching_parameters_file={batching}")
    print(f"{base} as {name}: {url}, gRPC on port {grpc_port}.")
    command = [
        server,
        f"--rest_api_port={port}",
        f"--port={grpc_port}",
        f"--model_name={name}",
        f"--model_base_path={base}",
    ]
    return subprocess.run([*command, *options], check=False).returncode


def _base(directory: Path) -> Path:
    """The directory of the versions, of which there must be one."""
    directory = directory.resolve()
    found = saved_model.find(directory)
    if found is None:
        raise ValueError(
            f"There is no model to serve in {directory}. Expected versions, {directory.name}/1: "
            "keras-gan export RUNDIR --publish --out DIR makes them."
        )
    if found != directory:
        return directory
    if saved_model.is_version(directory.name):
        return directory.parent
    raise ValueError(
        f"{directory} is a SavedModel, but servers read versions, {directory.name}/1: "
        "keras-gan export RUNDIR --publish --out DIR makes them."
    )


def _docker(
    base: Path, name: str, port: int, grpc_port: int, batching: Path | None, options: list[str]
) -> list[list[str]]:
    """The command, in the pieces that belong on one line."""
    lines = [
        ["docker", "run", "--rm"],
        ["-p", f"127.0.0.1:{port}:8501"],
        ["-p", f"127.0.0.1:{grpc_port}:8500"],
        ["-v", f"{base}:/models/{name}:ro"],
        ["-e", f"MODEL_NAME={name}"],
    ]
    if batching is not None:
        lines.append(["-v", f"{batching}:/config/batching.conf:ro"])
        options = [*options, "--batching_parameters_file=/config/batching.conf"]
    return [*lines, [IMAGE, *options]]


def _command_lines(lines: list[list[str]]) -> str:
    return " \\\n    ".join(shlex.join(line) for line in lines)

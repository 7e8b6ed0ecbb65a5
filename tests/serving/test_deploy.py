"""The files of deploy/ and the command that starts a server, as far as no server is needed."""

import os
import stat
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf import wrappers_pb2 as wrappers

from keras_gan.command import cli
from keras_gan.serving import Client, launch

yaml = pytest.importorskip("yaml", reason="needs PyYAML")
ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FLAGS = [
    "--max_num_load_retries=0",
    "--grpc_max_threads=256",
    "--enable_batching",
    "--batching_parameters_file=/config/batching.conf",
    "--monitoring_config_file=/config/monitoring.conf",
]


# -- files -------------------------------------------------------------------------------------


def message(name, *fields):
    """A message class with the fields that the server's own definition has.

    Its package has no modules for session_bundle_config.proto and monitoring_config.proto.
    """
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="served.proto",
        package="served",
        syntax="proto3",
        dependency=[wrappers.DESCRIPTOR.name],
    )
    kinds = descriptor_pb2.FieldDescriptorProto
    made = file.message_type.add(name=name)
    inner = file.message_type.add(name="PrometheusConfig")
    inner.field.add(name="enable", number=1, label=1, type=kinds.TYPE_BOOL)
    inner.field.add(name="path", number=2, label=1, type=kinds.TYPE_STRING)
    for field, number, label, kind in fields:
        if isinstance(kind, str):
            made.field.add(name=field, number=number, label=label, type_name=kind, type=11)
        else:
            made.field.add(name=field, number=number, label=label, type=kind)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"served.{name}"))


def test_batching():
    int64 = ".google.protobuf.Int64Value"
    parameters = message(
        "BatchingParameters",
        ("max_batch_size", 1, 1, int64),
        ("batch_timeout_micros", 2, 1, int64),
        ("max_enqueued_batches", 3, 1, int64),
        ("num_batch_threads", 4, 1, int64),
        ("allowed_batch_sizes", 6, 3, descriptor_pb2.FieldDescriptorProto.TYPE_INT64),
    )
    found = text_format.Parse((DEPLOY / "batching.conf").read_text(), parameters())
    sizes = list(found.allowed_batch_sizes)
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == found.max_batch_size.value == Client("http://x", "x")._batch_size
    assert found.num_batch_threads.value >= 1
    assert 0 < found.batch_timeout_micros.value < 100_000


def test_monitoring():
    config = message("MonitoringConfig", ("prometheus_config", 1, 1, ".served.PrometheusConfig"))
    found = text_format.Parse((DEPLOY / "monitoring.conf").read_text(), config())
    assert found.prometheus_config.enable
    pod = documents()["Deployment"]["spec"]["template"]
    path = pod["metadata"]["annotations"]["prometheus.io/path"]
    assert found.prometheus_config.path == path


def test_docker_compose():
    (service,) = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())["services"].values()
    assert service["image"] == launch.IMAGE
    assert service["command"] == FLAGS
    assert FLAGS[:2] == launch.FLAGS
    assert {port.rsplit(":", 1)[1] for port in service["ports"]} == {"8500", "8501"}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    mounts = dict(volume.rsplit(":", 2)[:2] for volume in service["volumes"])
    inside = {target: source for source, target in mounts.items()}
    model = inside[f"/models/{service['environment']['MODEL_NAME']}"]
    assert (DEPLOY / model.removeprefix("${MODEL_DIR:-").removesuffix("}") / "1").is_dir()
    for flag in FLAGS[3:]:
        assert (DEPLOY / inside[flag.partition("=")[2]]).is_file()


def documents():
    found = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    return {document["kind"]: document for document in found}


def test_kubernetes():
    found = documents()
    assert found.keys() == {"Deployment", "Service", "HorizontalPodAutoscaler"}
    deployment = found["Deployment"]
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    (container,) = pod["spec"]["containers"]
    assert container["image"] == launch.IMAGE
    assert container["args"] == FLAGS
    name = {entry["name"]: entry["value"] for entry in container["env"]}["MODEL_NAME"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": 8500, "rest": 8501}
    for probe in ("readinessProbe", "startupProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"].startswith(f"/v1/models/{name}")
        assert asked["port"] in ports
    for port in found["Service"]["spec"]["ports"]:
        assert port["port"] == ports[port["targetPort"]]
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "cpu" in container["resources"]["requests"], "utilization is relative to the request"
    assert 1 <= scaler["minReplicas"] < scaler["maxReplicas"]


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def base(tmp_path):
    (tmp_path / "digits" / "2").mkdir(parents=True)
    (tmp_path / "digits" / "2" / "saved_model.pb").touch()
    return tmp_path / "digits"


@pytest.fixture
def no_server(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def test_without_a_server_docker_is_named(base, capsys, no_server):
    assert cli.main(["serve", str(base)]) == 0
    said = capsys.readouterr().out
    assert "There is no tensorflow_model_server on the path." in said
    command = said.replace("\\\n", " ").splitlines()[2].split()
    assert command == [
        *("docker", "run", "--rm", "-p", "127.0.0.1:8501:8501", "-p", "127.0.0.1:8500:8500"),
        *("-v", f"{base}:/models/digits:ro", "-e", "MODEL_NAME=digits", launch.IMAGE),
        *FLAGS[:2],
    ]
    assert "http://localhost:8501/v1/models/digits" in said


def test_options_reach_docker(base, capsys, no_server):
    options = ["--name", "ten", "--port", "9001", "--grpc-port", "9000"]
    batching = str(DEPLOY / "batching.conf")
    cli.main(["serve", str(base / "2"), *options, "--batching", batching])
    said = capsys.readouterr().out
    assert "127.0.0.1:9001:8501" in said
    assert "127.0.0.1:9000:8500" in said
    assert f"-v {base}:/models/ten:ro" in said
    assert f"-v {batching}:/config/batching.conf:ro" in said
    assert f"{launch.IMAGE} {' '.join(FLAGS[:4])}" in said


def test_a_path_with_a_space_is_quoted(tmp_path, capsys, no_server):
    (tmp_path / "my digits" / "1").mkdir(parents=True)
    (tmp_path / "my digits" / "1" / "saved_model.pb").touch()
    cli.main(["serve", str(tmp_path / "my digits"), "--name", "digits"])
    assert f"-v '{tmp_path / 'my digits'}:/models/digits:ro'" in capsys.readouterr().out


def test_the_server_on_the_path_is_started(base, tmp_path, monkeypatch, capfd):
    server = tmp_path / launch.SERVER
    server.write_text('#!/bin/sh\nfor flag in "$@"; do echo "$flag"; done\nexit 3\n')
    server.chmod(server.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    batching = DEPLOY / "batching.conf"
    assert launch.serve(base, batching=batching) == 3
    assert capfd.readouterr().out.splitlines()[-8:] == [
        "--rest_api_port=8501",
        "--port=8500",
        "--model_name=digits",
        f"--model_base_path={base}",
        *FLAGS[:3],
        f"--batching_parameters_file={batching}",
    ]


@pytest.mark.parametrize("name", ["a/b", "a:b", ""])
def test_a_name_without_an_address(base, capsys, no_server, name):
    assert cli.main(["serve", str(base), "--name", name]) == 2
    said = capsys.readouterr().err
    assert f"Expected a name without a slash or a colon. Received: {name!r}." in said


def test_a_name_is_quoted_in_its_address(base, capsys, no_server):
    assert cli.main(["serve", str(base), "--name", "zwölf a"]) == 0
    said = capsys.readouterr().out
    assert "http://localhost:8501/v1/models/zw%C3%B6lf%20a" in said
    assert "-e 'MODEL_NAME=zwölf a'" in said


def test_other_digits_are_no_version(tmp_path, capsys):
    (tmp_path / "digits" / "٣").mkdir(parents=True)
    (tmp_path / "digits" / "٣" / "saved_model.pb").touch()
    assert cli.main(["serve", str(tmp_path / "digits")]) == 2
    assert "There is no model to serve in" in capsys.readouterr().err


def test_nothing_to_serve(tmp_path, base, capsys):
    assert cli.main(["serve", str(tmp_path)]) == 2
    assert "There is no model to serve in" in capsys.readouterr().err
    flat = (base / "2").rename(tmp_path / "flat")
    assert cli.main(["serve", str(flat)]) == 2
    assert "servers read versions, flat/1" in capsys.readouterr().err
    (base / "1").mkdir()
    (base / "1" / "saved_model.pb").touch()
    assert cli.main(["serve", str(base), "--batching", "none.conf"]) == 2
    assert "no such file or directory. Received: 'none.conf'" in capsys.readouterr().err

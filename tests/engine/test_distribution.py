"""Two replicas in one process for all cases, and two processes on this machine."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("distributed.py")


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def result(process):
    output, _ = process.communicate(timeout=1200)
    assert process.returncode == 0, output[-3000:]
    return json.loads(output.rsplit("RESULT ", 1)[1])


CASES = (
    "same_step",
    "memories",
    "third_network",
    "noise_differs",
    "uneven",
    "overflow",
    "augmented",
    "bottleneck",
    "labelled",
    "packs",
)


@pytest.fixture(scope="module")
def on_two_replicas():
    return result(start(*CASES))


def test_two_replicas_take_the_step_of_one_device(on_two_replicas):
    found = on_two_replicas["same_step"]
    assert found["weights"] < 1e-5
    assert found["logs"] < 1e-5
    assert found["moved"] > 1e-2


def test_two_replicas_remember_what_one_device_would(on_two_replicas):
    found = on_two_replicas["memories"]
    assert found["weights"] < 1e-5
    assert found["lecam"] < 1e-6
    assert found["updates"] == pytest.approx(1 - 0.99**6, abs=1e-5)
    assert found["clipped"] == pytest.approx(0.3)


def test_the_mean_over_labelled_images_is_that_of_all_replicas(on_two_replicas):
    found = on_two_replicas["labelled"]
    assert max(found["differs"]) < 1e-5
    assert found["moved"] > 1e-2


def test_a_third_network_trains_on_two_replicas(on_two_replicas):
    found = on_two_replicas["third_network"]
    assert found == {"finite": True, "same": True, "moved": True, "iterations": 4}


def test_two_replicas_move_p_as_one_device_does(on_two_replicas):
    found = on_two_replicas["augmented"]
    assert found["p"][0] > 0
    assert found["p"][0] == pytest.approx(found["p"][1])
    assert json.dumps(found["states"][0]) == json.dumps(found["states"][1])
    assert found["differs"]


def test_two_replicas_move_a_bottleneck_as_one_device_does(on_two_replicas):
    two, one = on_two_replicas["bottleneck"]["beta"]
    assert two == pytest.approx(one, rel=1e-5)
    assert abs(one - 0.1) > 0.05


def test_replicas_have_whole_packs(on_two_replicas):
    found = on_two_replicas["packs"]
    assert found["difference"] < 1e-5
    assert (
        "2 replica(s). Received: a batch of 6 images. Expected a multiple of 4" in found["refused"]
    )


def test_noise_differs_between_replicas(on_two_replicas):
    assert on_two_replicas["noise_differs"]["difference"] > 1e-6


def test_uneven_and_empty_replicas(on_two_replicas):
    for run, updates in zip(on_two_replicas["uneven"]["runs"], (2, 6, 4, 6), strict=True):
        assert run == {"plain": True, "finite": True, "iterations": updates}


def test_an_overflow_on_one_replica_is_skipped_on_both(on_two_replicas):
    assert on_two_replicas["overflow"] == {"finite": True, "moved": False, "scale": 2.0**14}


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    out = tmp_path_factory.mktemp("workers")
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = [s.getsockname()[1] for s in (first, second)]
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    processes = [
        start(
            "worker",
            out,
            TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}),
        )
        for index in range(2)
    ]
    return out, [result(process)["worker"] for process in processes]


def test_two_workers_train_one_model(two_workers):
    _, (chief, other) = two_workers
    assert (chief["chief"], other["chief"]) == (True, False)
    assert chief["history"] == other["history"]
    assert all(isinstance(v, float) for vs in chief["history"].values() for v in vs)
    assert chief["weights"] == other["weights"]
    assert chief["sample"] == other["sample"]


def test_only_the_chief_writes(two_workers):
    out, _ = two_workers
    files = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert files == [
        "checkpoints/epoch-0001.keras",
        "checkpoints/epoch-0002.keras",
        "history.csv",
        "model.keras",
        "samples/epoch-0001.png",
        "samples/epoch-0002.png",
        "samples/progress.gif",
    ]

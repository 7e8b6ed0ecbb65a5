"""What only a real TensorFlow Serving can show. How to name one: tests/serving/real_server.py."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import real_server
import requests
import served
import tensorflow as tf

from keras_gan.export import publish, warmup
from keras_gan.serving import Client, ServingError

pytestmark = pytest.mark.serving
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
BATCHING = ("--enable_batching", f"--batching_parameters_file={DEPLOY / 'batching.conf'}")


@pytest.fixture
def gan():
    real_server.need_binary()
    return served.conditional()


@pytest.fixture
def base(gan, tmp_path):
    publish(gan, tmp_path / "digits", verbose=False)
    return tmp_path / "digits"


def unit(images):
    return (images + 1) / 2


class Load:
    """Callers that go on asking while something happens; `with` raises what any of them met."""

    def __init__(self, *works):
        self._stop, self._errors, self.answers = threading.Event(), [], 0
        self._threads = [threading.Thread(target=self._call, args=(work,)) for work in works]

    def _call(self, work):
        try:
            while not self._stop.is_set():
                work()
                self.answers += 1
        except Exception as error:
            self._errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert self._errors == []


def test_hot_swap_under_load(gan, base):
    better = served.conditional(latent_dim=6, width=8)
    old, new = (unit(g.sample(seeds=[7], labels=3)) for g in (gan, better))
    with real_server.start(base, "digits") as urls:
        clients = [Client(url, "digits", retries=0, timeout=30) for url in urls]

        def ask(client):
            made = client.sample([7], labels=3)
            assert min(np.abs(made - old).max(), np.abs(made - new).max()) < 1e-5

        with Load(*(lambda client=client: ask(client) for client in clients)) as load:
            real_server.wait_for(lambda: load.answers > 20)
            publish(better, base, keep=1, verbose=False)
            real_server.wait_for(
                lambda: real_server.states(urls[0], "digits").get(2) == "AVAILABLE"
            )
            before = load.answers
            real_server.wait_for(lambda: load.answers > before + 20)
        for client in clients:
            np.testing.assert_allclose(client.sample([7], labels=3), new, atol=1e-5)


def break_model(version):
    (version / "saved_model.pb").write_bytes(b"no protocol buffer")


def break_warmup(version):
    with tf.io.TFRecordWriter(str(version / warmup.PATH)) as writer:
        writer.write(warmup.prediction_log("no such signature", {}))


@pytest.mark.parametrize("damage", [break_model, break_warmup])
def test_a_bad_version_leaves_the_good_one(gan, base, damage):
    with real_server.start(base, "digits") as (url, _):
        client = Client(url, "digits", retries=0, timeout=30)
        expected = client.sample([7], labels=3)
        with Load(lambda: client.sample([7], labels=3)):
            shutil.copytree(base / "1", base / ".2")
            damage(base / ".2")
            (base / ".2").rename(base / "2")
            real_server.wait_for(lambda: real_server.states(url, "digits").get(2) == "END")
        assert real_server.states(url, "digits")[1] == "AVAILABLE"
        np.testing.assert_array_equal(client.sample([7], labels=3), expected)
        publish(gan, base, verbose=False)
        real_server.wait_for(lambda: real_server.states(url, "digits").get(3) == "AVAILABLE")


def test_batching_gives_the_same_pictures(gan, base):
    expected = unit(gan.sample(seeds=range(8), labels=range(8)))
    with real_server.start(base, "digits", *BATCHING) as urls:
        clients = [Client(url, "digits", retries=0, timeout=30) for url in urls]

        def ask(client, k):
            made = client.sample([k], labels=k)
            np.testing.assert_allclose(made[0], expected[k], atol=1e-5)

        works = [lambda c=c, k=k: ask(c, k) for c in clients for k in range(8)]
        with Load(*works) as load:
            real_server.wait_for(lambda: load.answers > 200)
        for name, inputs in served.requests(gan, 3).items():
            (made,) = clients[0].predict(name, **inputs).values()
            assert len(made) == 3


def test_a_refusal_under_batching(gan, base):
    """A bad row is refused; a neighbour in its batch gets its picture, or the same refusal."""
    expected = unit(gan.sample(seeds=[7], labels=3))
    with real_server.start(base, "digits", *BATCHING) as (url, _):
        client = Client(url, "digits", retries=0, timeout=30)

        def bad():
            with pytest.raises(ServingError, match="Expected labels from 0 to 9"):
                client.sample([7], labels=10)

        def good():
            try:
                np.testing.assert_allclose(client.sample([7], labels=3), expected, atol=1e-5)
            except ServingError as error:
                if "Expected labels from 0 to 9" not in str(error):
                    raise

        with Load(bad, good, good) as load:
            real_server.wait_for(lambda: load.answers > 100)
        np.testing.assert_allclose(client.sample([7], labels=3), expected, atol=1e-5)


def test_monitoring(base):
    flag = f"--monitoring_config_file={DEPLOY / 'monitoring.conf'}"
    with real_server.start(base, "digits", flag) as (url, _):
        Client(url, "digits").sample([7], labels=3)
        answer = requests.get(f"{url}/monitoring/prometheus/metrics", timeout=30)
        assert answer.ok
        assert "tensorflow" in answer.text

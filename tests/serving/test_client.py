"""The client where things go wrong, against the stand-in."""

import socket
import sys
import threading
import types

import fake_server
import numpy as np
import pytest
import served

from keras_gan.export import export
from keras_gan.serving import Client, ServingError, retries

pytest.importorskip("tensorflow_serving.apis", reason="needs tensorflow-serving-api")
EXHAUSTED, BUSY = 8, 14  # RESOURCE_EXHAUSTED, UNAVAILABLE


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    gan = served.retouching()
    path = tmp_path_factory.mktemp("client") / "1"
    export(gan, path, verbose=False)
    return fake_server.Fake(path, "digits")


@pytest.fixture
def fake(model):
    model.troubles, model.calls = [], 0
    return model


@pytest.fixture(scope="module", params=["rest", "grpc"])
def url(request, model):
    with getattr(fake_server, request.param)(model) as address:
        yield address


def test_tries_again_when_the_server_is_busy(fake, url):
    fake.troubles = [BUSY, EXHAUSTED, fake_server.RESET] * 2
    images = Client(url, "digits", retries=6, backoff=0).sample([1], labels=1)
    assert images.shape == (1, 8, 8, 1)
    assert fake.calls == 7


def test_a_large_request_is_tried_again(fake, url):
    """gRPC's own new tries leave out what is larger than a buffer of 256 kB."""
    fake.troubles = [BUSY]
    pictures = np.zeros((1100, 8, 8, 1), "float32")
    client = Client(url, "digits", retries=1, backoff=0, batch_size=1100)
    assert client.predict("encode", images=pictures)["latents"].shape == (1100, 8)
    assert fake.calls == 2


@pytest.fixture
def clock(monkeypatch):
    """A time that passes only while somebody sleeps; `slept` lists how long."""
    found = types.SimpleNamespace(now=100.0, slept=[], monotonic=lambda: found.now)

    def sleep(seconds):
        found.slept.append(seconds)
        found.now += seconds

    found.sleep = sleep
    monkeypatch.setattr(retries, "time", found)
    return found


def never(left):
    raise ServingError("busy", transient=True)


def test_pauses_double_and_differ(clock):
    for _ in range(20):
        with pytest.raises(ServingError, match="busy"):
            retries.Retries(timeout=1000, retries=8, backoff=0.2).call(never)
    by_try = np.reshape(clock.slept, (20, 8))
    longest = np.minimum(0.2 * 2.0 ** np.arange(8), 10)
    assert np.all((by_try >= longest / 2) & (by_try <= longest))
    assert by_try.std(0).min() > 0


def test_new_tries_end_with_the_time(clock):
    asked = []

    def once(left):
        asked.append(left)
        clock.now += 0.1
        never(left)

    with pytest.raises(ServingError, match="busy"):
        retries.Retries(timeout=2, retries=100, backoff=0.2).call(once)
    assert 2 < len(asked) < 8
    assert clock.now <= 102.1
    assert asked[0] == 2
    assert asked == sorted(asked, reverse=True)


def test_gives_up_with_the_server_s_words(fake, url):
    fake.troubles = [BUSY] * 3
    with pytest.raises(ServingError, match="the server is too busy") as error:
        Client(url, "digits", retries=1, backoff=0).sample([1], labels=1)
    assert error.value.code in (503, "UNAVAILABLE")
    assert fake.calls == 2


def test_what_is_wrong_is_not_tried_again(fake, url):
    with pytest.raises(ServingError, match="Expected labels from 0 to 9"):
        Client(url, "digits", retries=3, backoff=0).sample([1], labels=10)
    assert fake.calls == 1


def test_what_is_missing_is_said(fake, url):
    with pytest.raises(ServingError, match=r"input keys are \['seed', 'truncation'\], expected"):
        Client(url, "digits").sample([1])


def test_many_seeds_take_several_requests(fake, url):
    client = Client(url, "digits", batch_size=4)
    images = client.sample(range(10), labels=[k % 10 for k in range(10)])
    assert fake.calls == 3
    single = Client(url, "digits").sample(range(10), labels=range(10))
    assert fake.calls == 4
    np.testing.assert_allclose(images, single, atol=1e-5)


def test_signatures_that_a_model_adds(fake, url):
    client = Client(url, "digits")
    pictures = np.full((2, 8, 8, 1), 0.25, "float32")
    np.testing.assert_allclose(client.predict("reconstruct", images=pictures)["images"], 0.75)
    np.testing.assert_allclose(client.predict("encode", images=pictures)["latents"], -0.5)
    files = client.png([1, 2], labels=1)
    twice = client.predict("reconstruct_png", image_bytes=files)["image_bytes"]
    assert len(twice) == 2
    assert twice[0].startswith(b"\x89PNG")


def test_no_rows(fake, url):
    """No request is made: under batching an empty one stops a server."""
    client = Client(url, "digits")
    none = np.zeros((0, 8, 8, 1), "float32")
    for images in (
        client.sample([], labels=[]),
        client.sample(np.array([], int), labels=7, truncation=0.5),
        client.interpolate([], [], [], labels=7),
        client.interpolate(1, 2, [], labels=7),
        client.predict("serving_default", latents=np.zeros((0, 8)), labels=[])["images"],
        client.predict("reconstruct", images=none)["images"],
    ):
        np.testing.assert_array_equal(images, none)
        assert images.dtype == np.float32
    assert client.predict("encode", images=[])["latents"].shape == (0, 8)
    assert client.predict("encode_png", image_bytes=[])["latents"].shape == (0, 8)
    assert client.png([], labels=[]) == []
    assert client.predict("reconstruct_png", image_bytes=[])["image_bytes"].shape == (0,)
    assert fake.calls == 0


def test_no_rows_are_checked_all_the_same(fake, url):
    client = Client(url, "digits")
    with pytest.raises(ValueError, match=r"Expected the inputs \['labels', 'seed', 'truncation'\]"):
        client.sample([])
    with pytest.raises(ValueError, match=r"as many of each.*'seed': 0, 'labels': 2"):
        client.sample([], labels=[1, 2])
    with pytest.raises(ValueError, match="whole numbers for labels"):
        client.sample([], labels=1.5)
    with pytest.raises(ServingError, match=r"no signature 'draw'\. Expected one of: encode, "):
        client.predict("draw", seed=[])
    with pytest.raises(ServingError, match="other"):
        Client(url, "other", retries=0).sample([], labels=[])


def test_threads_share_a_client(fake, url):
    expected = Client(url, "digits").sample(range(8), labels=range(8))
    found = {}
    with Client(url, "digits") as client:

        def ask(k):
            found[k] = [client.sample([k], labels=k)[0] for _ in range(3)]

        threads = [threading.Thread(target=ask, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for k, image in enumerate(expected):
        np.testing.assert_allclose(found[k], [image] * 3, atol=1e-5)


def test_a_closed_client(fake, url, monkeypatch):
    closed = []
    with Client(url, "digits") as client:
        monkeypatch.setattr(client._transport, "close", lambda: closed.append(True))
    assert closed == [True]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"seeds": [7.0], "labels": 1}, r"whole numbers for seed\. Received: \[7\.0\]"),
        ({"seeds": ["7"], "labels": 1}, r"whole numbers for seed"),
        ({"seeds": [7], "labels": 1.5}, r"whole numbers for labels\. Received: 1\.5"),
        ({"seeds": [7], "labels": 1, "truncation": np.nan}, r"finite truncation\. Received: nan"),
        ({"seeds": [True], "labels": 1}, r"whole numbers for seed"),
        ({"seeds": [-3], "labels": 1}, r"Expected seed from 0 to 9223372036854775807\..*\[-3\]"),
        ({"seeds": [1, 2**63], "labels": 1}, r"Expected seed from 0 to 9223372036854775807"),
        ({"seeds": 2**64 + 1, "labels": 1}, r"Expected seed from 0 to .*18446744073709551617"),
        ({"seeds": [7], "labels": 2**32 + 3}, r"Expected labels from .*Received: 4294967299"),
        ({"seeds": [7], "labels": ["3"]}, r"whole numbers for labels\. Received: \['3'\]"),
        ({"seeds": [7], "labels": 1, "truncation": "half"}, r"numbers for truncation.*'half'"),
        (
            {"seeds": [7], "labels": 1, "truncation": 1e300},
            r"finite truncation\. Received: 1e\+300",
        ),
        ({"seeds": [[1], [1, 2]], "labels": 1}, r"whole numbers for seed"),
        ({"seeds": [7], "truncation": [[1.0], [1.0, 2.0]]}, r"rows of one shape for truncation"),
        ({"seeds": [7, 8], "labels": [1, 2, 3]}, r"as many of each.*'seed': 2.*'labels': 3"),
    ],
)
def test_bad_input_is_refused_before_it_is_sent(fake, url, inputs, said):
    with pytest.raises(ValueError, match=said):
        Client(url, "digits").sample(**inputs)
    assert fake.calls == 0


def test_a_path_is_no_file(fake, url):
    with pytest.raises(ValueError, match=r"Expected bytes for image_bytes\. Received: 'a\.png'"):
        Client(url, "digits").predict("encode_png", image_bytes="a.png")
    assert fake.calls == 0


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_nobody_there(scheme):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"{scheme}://127.0.0.1:{closed.getsockname()[1]}"
    client = Client(url, "digits", retries=1, backoff=0, timeout=5)
    with pytest.raises(ServingError, match=r"127\.0\.0\.1"):
        client.sample([1])
    assert not client.ready()


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_never_answers(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(url, "digits", retries=1, backoff=0, timeout=0.05)
        with pytest.raises(ServingError):
            client.sample([1])


def test_something_else_answers():
    """A proxy's page, or another service, with status 200."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"

    def answer(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(page)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        said = pytest.raises(ServingError, match=r":predict is no TensorFlow Serving: hello")
        with Client(url, "digits", retries=0) as client, said:
            client.sample([1])
        thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8501",
        "http://",
        "http://localhost:port",
        "http://::1:8501",
        "http://localhost:8501/v1/models/digits",
        "http://localhost:8501?x=1",
        "grpc://localhost",
        "grpc://localhost:8500/digits",
        "ftp://localhost:8501",
    ],
)
def test_another_kind_of_address(url):
    with pytest.raises(ValueError, match=r"Expected http://.*Received: ") as error:
        Client(url, "digits")
    assert str(error.value).endswith(f"Received: {url!r}.")


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://localhost:8501/", "http://localhost:8501/v1/models/digits"),
        ("HTTPS://a.org/serving/", "https://a.org/serving/v1/models/digits"),
        ("http://[::1]:8501", "http://[::1]:8501/v1/models/digits"),
    ],
)
def test_addresses(url, asked):
    assert Client(url, "digits")._transport._address == asked


def test_addresses_of_grpc():
    assert Client("grpc://[::1]:8500/", "digits")._transport._target == "[::1]:8500"


def test_names_are_quoted():
    client = Client("http://localhost:8501", "zwölf/a b", version=2)
    address = "http://localhost:8501/v1/models/zw%C3%B6lf%2Fa%20b/versions/2"
    assert client._transport._address == address


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": ""}, "name of a model"),
        ({"version": -1}, "version of at least 0. Received: -1"),
        ({"version": "1"}, "whole version"),
        ({"retries": -1}, "retries of at least 0"),
        ({"batch_size": 0}, "batch_size of at least 1"),
        ({"timeout": 0}, "timeout > 0"),
        ({"backoff": -1}, "backoff >= 0"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(ValueError, match=said):
        Client("http://localhost:8501", **{"model": "digits"} | options)


def test_grpc_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(ImportError, match=r"pip install 'keras-gan\[serving\]'"):
        Client("grpc://localhost:8500", "digits")

"""The client where things go wrong, against the stand-in."""

import socket
import sys

import fake_server
import numpy as np
import pytest
import served

from keras_gan.export import export
from keras_gan.serving import Client, ServingError

pytest.importorskip("tensorflow_serving.apis", reason="needs tensorflow-serving-api")
BUSY = 14  # UNAVAILABLE


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
    fake.troubles = [BUSY, BUSY]
    images = Client(url, "digits", retries=2, backoff=0).sample([1], labels=1)
    assert images.shape == (1, 8, 8, 1)
    assert fake.calls == 3


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


def test_no_seeds(fake, url):
    assert Client(url, "digits").png([], labels=[]) == []


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"seeds": [7.0], "labels": 1}, r"whole numbers for seed\. Received: \[7\.0\]"),
        ({"seeds": ["7"], "labels": 1}, r"whole numbers for seed"),
        ({"seeds": [7], "labels": 1.5}, r"whole numbers for labels\. Received: 1\.5"),
        ({"seeds": [7], "labels": 1, "truncation": np.nan}, r"finite truncation\. Received: nan"),
        ({"seeds": [7, 8], "labels": [1, 2, 3]}, r"as many of each.*'seed': 2.*'labels': 3"),
    ],
)
def test_bad_input_is_refused_before_it_is_sent(fake, url, inputs, said):
    with pytest.raises(ValueError, match=said):
        Client(url, "digits").sample(**inputs)
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


def test_another_kind_of_address():
    with pytest.raises(ValueError, match=r"Expected http://.*Received: 'localhost:8501'"):
        Client("localhost:8501", "digits")


def test_grpc_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(ImportError, match=r"pip install 'keras-gan\[serving\]'"):
        Client("grpc://localhost:8500", "digits")

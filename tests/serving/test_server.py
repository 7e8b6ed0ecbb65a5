"""What a server answers: one list of tests for the stand-in and for a real TensorFlow Serving."""

import base64
import contextlib
import io
import json

import fake_server
import numpy as np
import pytest
import real_server
import requests
import served
from PIL import Image

from keras_gan.export import publish
from keras_gan.serving import Client, ServingError

pytest.importorskip("tensorflow_serving.apis", reason="needs tensorflow-serving-api")
SERVERS = ["fake", pytest.param("real", marks=pytest.mark.serving)]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A model with classes, and the directory of its versions."""
    gan = served.conditional()
    base = tmp_path_factory.mktemp("serving") / "digits"
    publish(gan, base, verbose=False)
    return gan, base


@pytest.fixture(scope="module", params=SERVERS)
def server(request, digits):
    """(REST address, gRPC address, name of the model, its Keras model if it is ours)."""
    gan, base = digits
    with contextlib.ExitStack() as stack:
        if request.param == "fake":
            fake = fake_server.Fake(base / "1", "digits")
            urls = [stack.enter_context(f(fake)) for f in (fake_server.rest, fake_server.grpc)]
            yield *urls, "digits", gan
            return
        real_server.need_any()
        if real_server.BINARY:
            urls = stack.enter_context(real_server.start(base, "digits"))
            yield *urls, "digits", gan
        else:
            yield real_server.REST_URL, real_server.GRPC_URL, real_server.MODEL, None


@pytest.fixture(params=["http", "grpc"])
def client(request, server):
    return Client(server[request.param == "grpc"], server[2], retries=0)


def post(server, body, model=None, **options):
    url = f"{server[0]}/v1/models/{model or server[2]}:predict"
    return requests.post(url, data=json.dumps(body), timeout=30, **options)


def opened(file):
    return np.asarray(Image.open(io.BytesIO(file)))


def test_row_format(server):
    rows = [{"seed": s, "labels": 3, "truncation": 1.0} for s in (1, 2, 1)]
    answer = post(server, {"signature_name": "from_seed", "instances": rows})
    images = np.array(answer.json()["predictions"])
    assert images.shape == (3, 8, 8, 1)
    np.testing.assert_allclose(images[0], images[2], atol=1e-5)
    assert np.abs(images[0] - images[1]).max() > 0.01


def test_column_format_gives_the_same(server):
    columns = {"seed": [1, 2, 1], "labels": [3, 3, 3], "truncation": [1.0, 1.0, 1.0]}
    answer = post(server, {"signature_name": "from_seed", "inputs": columns})
    images = np.array(answer.json()["outputs"])
    rows = [{"seed": s, "labels": 3, "truncation": 1.0} for s in (1, 2, 1)]
    others = post(server, {"signature_name": "from_seed", "instances": rows})
    np.testing.assert_allclose(images, others.json()["predictions"], atol=1e-5)


def test_png_comes_as_base64(server):
    columns = {"seed": [1, 2], "labels": [3, 4], "truncation": [1.0, 1.0]}
    answer = post(server, {"signature_name": "png", "inputs": columns}).json()
    files = [base64.b64decode(text["b64"]) for text in answer["outputs"]]
    assert [opened(file).shape for file in files] == [(8, 8), (8, 8)]


def test_whole_numbers_must_be_whole(server):
    for seed in (7.0, "7"):
        columns = {"seed": [seed], "labels": [3], "truncation": [1.0]}
        answer = post(server, {"signature_name": "from_seed", "inputs": columns})
        assert answer.status_code == 400
        assert "not of expected type: int64" in answer.json()["error"]


def test_metadata_names_inputs_and_outputs(server):
    answer = requests.get(f"{server[0]}/v1/models/{server[2]}/metadata", timeout=30).json()
    found = answer["metadata"]["signature_def"]["signature_def"]
    assert {"serving_default", "from_seed", "png", "interpolate"} <= found.keys()
    assert {*found["png"]["inputs"]} == {"seed", "labels", "truncation"}
    assert {*found["png"]["outputs"]} == {"image_bytes"}


def test_a_label_that_is_no_class(server, client):
    for label in (-1, 10):
        columns = {"seed": [1], "labels": [label], "truncation": [1.0]}
        answer = post(server, {"signature_name": "from_seed", "inputs": columns})
        assert answer.status_code == 400
        assert "Expected labels from 0 to 9." in answer.json()["error"]
        with pytest.raises(ServingError, match=r"Expected labels from 0 to 9\.") as error:
            client.sample([1], labels=label)
        assert error.value.code in (400, "INVALID_ARGUMENT")


def test_another_shape(client):
    with pytest.raises(ServingError, match=r"Expected latents of shape \[N, \d+\]\.") as error:
        client.predict("serving_default", latents=np.zeros((1, 3)), labels=1)
    assert error.value.code in (400, "INVALID_ARGUMENT")


def test_no_rows(client):
    assert client.sample([], labels=1).shape == (0, 8, 8, 1)
    assert client.png([], labels=[]) == []


def test_a_model_that_is_not_there(server):
    assert post(server, {"inputs": {}}, model="nope").status_code == 404
    for url in server[:2]:
        with pytest.raises(ServingError, match=r"nope") as error:
            Client(url, "nope", retries=0).sample([1])
        assert error.value.code in (404, "NOT_FOUND")
        assert not Client(url, "nope", retries=0).ready()


def test_samples_are_those_of_python(server, client):
    assert client.ready()
    images = client.sample(seeds=[4, 5, 6], labels=[1, 2, 3])
    assert images.dtype == np.float32
    if server[3]:
        expected = (server[3].sample(seeds=[4, 5, 6], labels=[1, 2, 3]) + 1) / 2
        np.testing.assert_allclose(images, expected, atol=1e-5)
    np.testing.assert_allclose(client.sample(5, labels=2)[0], images[1], atol=1e-5)
    half = client.sample([4, 5], labels=1, truncation=[1.0, 0.5])
    np.testing.assert_allclose(half[0], images[0], atol=1e-5)


def test_files_show_the_samples(client):
    images = client.sample([4, 5], labels=1)
    files = client.png([4, 5], labels=1)
    for image, file in zip(images, files, strict=True):
        assert np.abs(opened(file) - image[..., 0] * 255).max() <= 1


def test_interpolation_goes_from_seed_to_seed(client):
    walk = client.interpolate(4, 5, [0.0, 0.5, 1.0], labels=1)
    ends = client.sample([4, 5], labels=1)
    np.testing.assert_allclose(walk[[0, 2]], ends, atol=1e-5)
    assert np.abs(walk[1] - walk[0]).max() > 0


def test_any_signature(client):
    latents = np.zeros((2, *_latents(client)), "float32")
    answer = client.predict("serving_default", latents=latents, labels=[1, 1])
    np.testing.assert_allclose(answer["images"][0], answer["images"][1], atol=1e-6)


def _latents(client):
    """The length of the latents, as the refusal of another length tells it."""
    for length in (6, 100):
        with contextlib.suppress(ServingError):
            client.predict("serving_default", latents=np.zeros((1, length)), labels=1)
            return (length,)
    raise AssertionError


def test_a_version(server):
    for url in server[:2]:
        assert Client(url, server[2], version=1, retries=0).ready()
        assert not Client(url, server[2], version=999, retries=0).ready()
        with pytest.raises(ServingError):
            Client(url, server[2], version=999, retries=0).sample([1], labels=1)

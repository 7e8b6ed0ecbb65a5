"""The lines of docs/guides/serve.md work as they stand; only the address is another."""

import inspect
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import fake_server
import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan.export.runtimes import RUNTIMES
from keras_gan.serving import Client

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guides" / "serve.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def url():
    served = fake_server.Fake(ROOT / "saved_models" / "digits-pretrained" / "1", "digits")
    with fake_server.rest(served) as address:
        yield address


def blocks(language, url):
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    return [block.replace("http://localhost:8501", url) for block in found]


def test_curl(url, tmp_path):
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    (lines,) = blocks("bash", url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    file = (tmp_path / "seven.png").read_bytes()
    assert Image.open(io.BytesIO(file)).size == (8, 8)
    assert file == Client(url, "digits").png(1, labels=7)[0]
    assert np.shape(json.loads(done.stdout)["predictions"]) == (1, 8, 8, 1)


def test_python(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    client, plain, runtimes = blocks("python", url)
    names = {}
    exec(client, names)
    assert names["images"].shape == names["walk"].shape == (3, 8, 8, 1)
    np.testing.assert_allclose(names["images"][0], names["walk"][0], atol=1e-5)
    exec(plain, {})
    file = (tmp_path / "seven.png").read_bytes()
    pixels = np.asarray(Image.open(io.BytesIO(file))) / 255
    assert np.abs(pixels - names["images"][0, ..., 0]).max() <= 0.6 / 255
    names["gan"] = Exported()  # tests/serving/test_runtimes.py makes such files
    exec(runtimes, names)
    assert names["gan"].formats == list(RUNTIMES)


class Exported:
    """Takes what `gan.export` does."""

    def __init__(self):
        self.formats = []

    def export(self, *given, **options):
        bound = inspect.signature(keras_gan.GAN.export).bind(self, *given, **options)
        self.formats.append(bound.arguments["format"])

"""The page to play with: what it draws, and that it moves in a real browser."""

import gc
import io
import shutil
import socket
import subprocess
import sys

import numpy as np
import pytest
import served
from PIL import Image

from keras_gan.command import cli, demo
from keras_gan.core.directions import Direction
from keras_gan.export import export

CHROMIUM = next((found for n in ("chromium", "google-chrome") if (found := shutil.which(n))), None)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    gan = served.retouching()
    path = tmp_path_factory.mktemp("demo") / "model"
    about = {"data": "digits", "class_names": list("0123456789")}
    along = {"thicker": Direction("thicker", np.linspace(-1, 1, 8, dtype=np.float32))}
    export(gan, path, verbose=False, metadata=about, directions=along)
    return gan, demo.Served(path), path


def shown(images):
    """What is on the page, at the size of the model's pictures, in [-1, 1]."""
    factor = len(images) // 8
    return images[::factor, ::factor, :1] / 127.5 - 1


def test_pictures_are_those_of_sample(model):
    gan, page, _ = model
    image = page.sample(5, 0.5, 3)
    assert image.shape == (320, 320, 3)
    assert image.dtype == np.uint8
    expected = gan.sample(seeds=[5], labels=3, truncation=0.5)[0]
    np.testing.assert_allclose(shown(image), expected, atol=0.01)


def test_a_walk_begins_and_ends_at_its_seeds(model):
    _, page, _ = model
    np.testing.assert_array_equal(page.between(5, 6, 0, 3), page.sample(5, 1, 3))
    np.testing.assert_array_equal(page.between(5, 6, 1, 3), page.sample(6, 1, 3))


def test_a_grid_of_seeds_in_a_row(model):
    gan, page, _ = model
    grid = page.grid(5, 1, 3)
    side = (grid.shape[0] - 2) // 8
    second = grid[2:side, 2 + side : 2 * side, :1]
    factor = len(second) // 8
    expected = gan.sample(seeds=[6], labels=3)[0]
    np.testing.assert_allclose(second[::factor, ::factor] / 127.5 - 1, expected, atol=0.01)


def test_one_s_own_picture(model):
    _, page, _ = model
    assert page.edit(None, 1, 0.5, 0, 3) is None
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    mine = Image.fromarray(pixels)
    inverted = page.edit(mine, 1, 0, 0, 3)
    np.testing.assert_allclose(shown(inverted)[..., 0], 1 - pixels / 127.5, atol=0.01)
    np.testing.assert_array_equal(page.edit(mine, 5, 1, 0, 3), page.sample(5, 1, 3))


def test_what_it_says_of_the_model(model):
    _, page, _ = model
    assert page.title == "Retouching of digits"
    assert page.facts.endswith("0 training steps")
    assert page.classes[7] == ("7", 7)


def test_without_classes_and_encoder(tmp_path):
    export(served.unconditional(), tmp_path / "a", verbose=False)
    page = demo.Served(tmp_path / "a")
    assert page.classes == []
    assert not page.edits
    assert page.sample(5, 1).shape == (12 * 27, 8 * 27, 3)


def test_no_model(tmp_path, capsys):
    pytest.importorskip("gradio", reason="needs the extra [demo]")
    assert cli.main(["demo", str(tmp_path / "none.keras")]) == 2
    assert "keras-gan: error:" in capsys.readouterr().err


def test_without_gradio(model, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert cli.main(["demo", str(model[2])]) == 2
    assert "pip install 'keras-gan[demo]'" in capsys.readouterr().err


@pytest.fixture
def address(model):
    """The page as the command shows it, in a process of its own."""
    pytest.importorskip("gradio", reason="needs the extra [demo]")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [
        sys.executable,
        "-u",
        "-m",
        "keras_gan.command.cli",
        "demo",
        str(model[2]),
        "--port",
        port,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if "http://127.0.0.1:" in line:
                yield line.split()[-1]
                break
        else:
            pytest.fail(process.stderr.read()[-2000:])
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.filterwarnings("default:unclosed:ResourceWarning")  # playwright's event loop
def test_sliders_change_the_picture(model, address, tmp_path):
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the path")
    _, page, _ = model
    photo = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)).save(photo)
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(address)
        picture = tab.locator("#sample img")
        picture.wait_for()
        before = picture.get_attribute("src")
        np.testing.assert_array_equal(fetched(tab, before), page.sample(1, 1, 0))
        press(tab.get_by_role("slider", name="seed").first, "ArrowRight")
        api.expect(picture).not_to_have_attribute("src", before, timeout=30_000)
        after = fetched(tab, picture.get_attribute("src"))
        np.testing.assert_array_equal(after, page.sample(2, 1, 0))

        tab.get_by_role("tab", name="Edit").click()
        picture = tab.locator("#moved img")
        picture.wait_for()
        before = picture.get_attribute("src")
        press(tab.get_by_role("slider", name="thicker").first, "End")
        api.expect(picture).not_to_have_attribute("src", before, timeout=30_000)
        after = fetched(tab, picture.get_attribute("src"))
        np.testing.assert_array_equal(after, page.moved(1, 3.0, 0))

        tab.get_by_role("tab", name="Your picture").click()
        tab.locator("input[type=file]").first.set_input_files(photo)
        picture = tab.locator("#edited img")
        picture.wait_for()
        mine = Image.open(photo)
        np.testing.assert_array_equal(
            fetched(tab, picture.get_attribute("src")), page.edit(mine, 1, 0, 0, 0)
        )
        before = picture.get_attribute("src")
        press(tab.get_by_role("slider", name="thicker").last, "Home")
        api.expect(picture).not_to_have_attribute("src", before, timeout=30_000)
        after = fetched(tab, picture.get_attribute("src"))
        np.testing.assert_array_equal(after, page.edit(mine, 1, 0, -3.0, 0))
        browser.close()
    assert all(url.startswith((address.rstrip("/"), "data:", "blob:")) for url in asked)
    gc.collect()


def press(slider, key):
    slider.focus()
    slider.press(key)


def fetched(tab, address):
    file = tab.request.get(address).body()
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))

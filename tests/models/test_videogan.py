"""VideoGAN: what its clips are put together from, what the mask costs, and a run from a folder."""

import csv
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from PIL import Image

import keras_gan
from keras_gan import builders
from keras_gan.command import cli


def test_a_mask_lays_the_foreground_over_a_still_background():
    generator = builders.videogan_generator((4, 8, 9, 3), latent_dim=3, width=2)
    names = ("foreground", "mask", "background")
    parts = keras.Model(generator.input, [generator.get_layer(name).output for name in names])
    latents = tf.random.normal((5, 3))
    clips, given = generator(latents)
    foreground, mask, background = (part.numpy() for part in parts(latents))
    assert foreground.shape == clips.shape == (5, 4, 8, 9, 3)
    assert (mask.shape, background.shape) == ((5, 4, 8, 9, 1), (5, 8, 9, 3))
    assert 0.0 < mask.min() < mask.max() < 1.0
    np.testing.assert_array_equal(given, mask)
    by_hand = mask * foreground + (1.0 - mask) * background[:, None]
    np.testing.assert_allclose(clips, by_hand, atol=1e-6)


def test_sizes_are_those_of_the_paper_and_any_others():
    generator = builders.videogan_generator((32, 64, 64, 3), width=2)
    maps = [layer.output.shape[1:] for layer in generator.layers if "re_lu" in layer.name]
    assert {(2, 4, 4, 16), (4, 8, 8, 8), (8, 16, 16, 4), (16, 32, 32, 2)} <= set(maps)
    assert {(4, 4, 16), (8, 8, 8), (16, 16, 4), (32, 32, 2)} <= set(maps)
    gan = keras_gan.VideoGAN((3, 8, 10, 1), width=2, latent_dim=2, pack=2)
    assert gan.discriminator.inputs[0].shape[1:] == (3, 8, 10, 2)
    assert gan.sample(2, seed=0).shape == (2, 3, 8, 10, 1)


@pytest.mark.parametrize("shape", [(64, 64, 3), (1, 64, 64, 3), (8.5, 64, 64, 3), 5])
def test_what_is_no_clip_is_refused(shape):
    with pytest.raises(ValueError, match=r"of no clip. Received: image_shape=.*\(frames, height"):
        keras_gan.VideoGAN(image_shape=shape)


def test_the_generator_pays_for_its_mask():
    gan = keras_gan.VideoGAN((2, 8, 8, 1), width=2, latent_dim=2, mask_weight=0.5)
    gan.compile()
    mask = np.array([0.0, 1.0, 0.25, 0.75, 0.5, 0.5]).reshape(1, 6, 1, 1, 1)
    terms = gan.generator_terms(played(extra=mask))
    assert float(terms["g_mask"]) == pytest.approx(0.5 * 0.5)
    assert float(terms["g_loss"]) == pytest.approx(np.log(2.0))
    with pytest.raises(ValueError, match=r"mask_weight >= 0\. Received: mask_weight=-1"):
        keras_gan.VideoGAN((2, 8, 8, 1), width=2, mask_weight=-1)


@pytest.mark.usefixtures("steps_run_eagerly")
@pytest.mark.filterwarnings("ignore:A Fréchet distance from fewer samples")
def test_a_run_from_a_folder_of_gifs_is_sampled_and_measured(tmp_path, digits):
    pixels = ((digits[0][:24] + 1) * 127.5).astype(np.uint8)[..., 0]
    for part, images in {"train": pixels, "test": pixels[::-1]}.items():
        (tmp_path / "data" / part).mkdir(parents=True)
        for k, image in enumerate(images):
            first, *others = (Image.fromarray(np.roll(image, step, axis=1)) for step in range(3))
            path = tmp_path / "data" / part / f"{k:02d}.gif"
            first.save(path, save_all=True, append_images=others, duration=100)
    out = tmp_path / "run"
    train = ["train", str(tmp_path / "data"), "--model", "videogan", "--out", str(out)]
    options = ["--length", "2", "--width", "2", "--latent-dim", "2", "--verbose", "0"]
    options += ["--batch-size", "12", "--epochs", "1", "--evaluate-every", "1"]
    assert cli.main([*train, *options]) == 0
    assert {"epoch-0001.png", "epoch-0001.gif"} <= {x.name for x in (out / "samples").iterdir()}
    with open(out / "history.csv", encoding="utf-8") as file:
        assert {"g_mask", "fid"} <= next(csv.DictReader(file)).keys()

    assert cli.main(["sample", str(out), "--out", str(tmp_path / "clips.gif")]) == 0
    with Image.open(tmp_path / "clips.gif") as image:
        assert image.n_frames == 2
    report = tmp_path / "report"
    assert cli.main(["evaluate", str(out), "--samples", "24", "--out", str(report)]) == 0
    assert json.loads((report / "report.json").read_text(encoding="utf-8"))["model"][
        "image_shape"
    ] == [2, 8, 8, 1]
    with Image.open(report / "samples.gif") as image:
        assert image.n_frames == 2

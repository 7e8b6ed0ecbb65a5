import json
import math
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import table_lines

import keras_gan


def test_family_table(tmp_path, threads, capsys):
    from benchmarks.speed import step_time

    figures = tmp_path / "figures.json"
    tiny = ["--batch", "2", "--width", "2", "--rounds", "1", "--turn", "0.01"]
    names = ["--names", "R1, interval=4", "--json", str(figures)]
    step_time.main(["--family", "part", *names, *tiny])
    rows = [line.split(" | ") for line in table_lines(capsys.readouterr().out)][2:]
    assert [row[0] for row in rows] == ["| DCGAN", "| R1, interval=4"]
    rounds = json.loads(figures.read_text())["part"]["rounds"]
    assert rounds["R1, interval=4 float32"][0]["steps"] % 4 == 0
    assert rounds["DCGAN float32"][0]["seconds_per_step"] > 0


def test_every_part_is_what_it_says():
    from benchmarks.speed import parts

    plain = parts.networks(2)[1]
    names = [type(layer).__name__ for layer in plain.layers]
    assert names[parts.FIRST_CONV] == names[parts.LAST_CONV] == "Conv2D"
    assert names[parts.FLATTEN] == "Flatten"
    for name, make in parts.PARTS.items():
        gan = make(2)
        unlike = [not gan.ema_decay, gan.updates == "alternating", gan.penalties, gan.augment]
        unlike += [gan.extra_terms(), gan.discriminator.trainable_variables[0].constraint]
        unlike += [[type(x).__name__ for x in gan.discriminator.layers] != names]
        assert sum(map(bool, unlike)) == (name != "DCGAN"), name
        assert gan.discriminator(tf.zeros((3, *parts.SHAPE))).shape == (3, 1)


def test_classes_of_the_table_are_those_of_the_package():
    from benchmarks.speed import parts

    classes = {name for name in keras_gan.__all__ if isinstance(getattr(keras_gan, name), type)}
    models = {name for name in classes if issubclass(getattr(keras_gan, name), keras_gan.GAN)}
    others = {"GAN", "BiGAN", "CoGAN", "ContextEncoder", "CycleGAN", "GAIN", "Pix2Pix", "SRGAN"}
    others |= {"FastGAN", "ProGAN", "ProjectedGAN", "StyleGAN2", "VideoGAN", "WaveGAN"}
    assert set(parts.CLASSES) == models - others


@pytest.mark.usefixtures("models_run_eagerly")
@pytest.mark.parametrize("name", ["WGANGP", "CGAN"])
def test_images_of_a_class(name):
    from benchmarks.speed import parts

    step = parts.step("class", name, batch=2, width=2)
    assert step.images == 2 * {"WGANGP": 5, "CGAN": 1}[name]
    step.run(1)


@pytest.mark.usefixtures("models_run_eagerly")
@pytest.mark.parametrize("name", ["example", "ours"])
def test_wgan_gp_trains_both_networks(name, monkeypatch):
    from benchmarks.speed import critics

    made = []
    networks = critics.example_networks
    monkeypatch.setattr(critics, "example_networks", lambda *a: made.extend(networks(*a)) or made)
    run_steps = critics.step("wgan-gp", name, 2).run
    before = [network.get_weights()[0] for network in made]
    run_steps(1)
    for network, old in zip(made, before, strict=True):
        assert not np.allclose(network.get_weights()[0], old, atol=1e-6)


def test_own_layers_make_the_examples_networks():
    from benchmarks.speed import critics

    latents = keras.random.normal((2, critics.LATENT_DIM))
    theirs, ours = critics.example_networks(), critics.example_networks(own_layers=True)
    for x, a, b in zip((latents, tf.ones((2, 28, 28, 1))), theirs, ours, strict=True):
        b.set_weights(a.get_weights())
        np.testing.assert_allclose(a(x), b(x), atol=1e-5)
    assert [network.count_params() for network in theirs] == [910_660, 4_305_409]


def test_sngan_has_as_many_weights_as_mimicrys():
    gan = keras_gan.SNGAN(image_shape=(32, 32, 3), latent_dim=128)
    for network, count in ((gan.generator, 4_276_739), (gan.discriminator, 1_053_825)):
        assert sum(math.prod(v.shape) for v in network.trainable_variables) == count


def test_mimicry_has_them_too():
    pytest.importorskip("torch")
    from benchmarks.speed import mimicry

    for network, count in ((mimicry.Generator(), 4_276_739), (mimicry.Critic(), 1_053_825)):
        assert sum(weight.numel() for weight in network.parameters()) == count


def test_folders_are_measured_in_each_way(capsys, monkeypatch, tmp_path):
    from benchmarks.speed import folder

    monkeypatch.setenv("KERAS_GAN_CACHE", str(tmp_path))

    class Here:
        """The same process: a new one would import TensorFlow each time."""

        def __init__(self, *_, **__):
            pass

        __enter__ = __exit__ = lambda self, *_: self

        def submit(self, function, *given):
            return SimpleNamespace(result=lambda: function(*given))

    monkeypatch.setattr(folder, "ProcessPoolExecutor", Here)
    folder.main(["--files", "9", "--side", "40", "--image-size", "16"])
    head, _, *rows, _, said = capsys.readouterr().out.strip().splitlines()
    assert head == "| kept in | first batch after, s | an epoch, s | peak, MB |"
    assert [row.split(" | ")[0][2:] for row in rows] == [*folder.WAYS]
    assert said == "9 JPEG files of 40x40, read at 16x16."

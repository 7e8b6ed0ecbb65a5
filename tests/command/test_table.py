"""The one table of models: what reads it agrees with it, and a new model is two edits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras_gan
import keras_gan_cli
from keras_gan.command import table
from keras_gan.runs import settings

ROOT = Path(__file__).resolve().parents[2]
MINE = '''"""Mine. Somebody and Others, 2031, https://example.org/mine

Idea: one dense layer, and
no more.
Differs from the paper: there is none.
"""

import keras

from keras_gan.builders import mlp_discriminator
from keras_gan.engine.gan import GAN


@keras.saving.register_keras_serializable("mine")
class MineGAN(GAN):
    """A GAN of one layer."""

    def build_generator(self, image_shape, latent_dim=4, **options):
        latents = keras.Input((latent_dim,))
        flat = keras.layers.Dense(64, activation="tanh")(latents)
        return keras.Model(latents, keras.layers.Reshape(image_shape)(flat))

    def build_discriminator(self, image_shape, **options):
        return mlp_discriminator(image_shape, **options)
'''
RUN = """
import os, sys
import keras_gan_cli
assert keras_gan_cli.main(["list", "models"]) == 0
assert "tensorflow" not in sys.modules
arguments = "train digits --model mine --limit 64 --width 4 --epochs 1 --verbose 0 --out run"
assert keras_gan_cli.main(arguments.split()) == 0
import keras_gan
assert "MineGAN" in keras_gan.__all__
print(keras_gan.__file__, type(keras_gan.runs.run.load("run")).__name__)
"""


def test_a_new_model_is_a_file_and_a_line(tmp_path):
    site = tmp_path / "site"
    shutil.copytree(ROOT / "keras_gan", site / "keras_gan")
    models = site / "keras_gan" / "models"
    (models / "mine.py").write_text(MINE)
    added = (
        (models / "__init__.py")
        .read_text()
        .replace(
            "from keras_gan.models.pix2pix",
            "from keras_gan.models.mine import MineGAN\nfrom keras_gan.models.pix2pix",
        )
    )
    (models / "__init__.py").write_text(added)
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", RUN], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    mine = next(k for k, line in enumerate(lines) if line.startswith("mine "))
    assert lines[mine].split() == (
        ["mine", "MineGAN", "-", "Somebody", "and", "Others", "2031,", "https://example.org/mine"]
    )
    assert lines[mine + 1] == "    one dense layer, and no more."
    assert lines[-1] == f"{site / 'keras_gan' / '__init__.py'} MineGAN"


def test_the_files_say_what_the_classes_are():
    stated = table.models()
    assert list(stated) == list(settings.MODELS)
    assert [model.cls for model in stated.values()] == keras_gan.models.__all__
    assert set(keras_gan.models.__all__) < set(keras_gan.__all__)
    for name, model in stated.items():
        cls = settings.MODELS[name]
        assert (model.cls, model.conditional) == (cls.__name__, cls.conditional)
        assert model.authors, name
        assert model.url.startswith("https://"), name
        assert model.year.isdecimal(), name
        assert model.idea.endswith("."), name
        assert model.differs.endswith("."), name
        assert model.condition_from == cls.condition_from


def test_the_models_have_the_names_that_runs_were_made_with():
    before = "acgan cgan dcgan dragan feature_matching hinge lsgan r3gan sngan vaegan vanilla wgan"
    assert {*before.split(), "wgangp", "pix2pix"} <= set(settings.MODELS)


def test_the_rates_of_a_player():
    before = {"source": "digits", "generator_learning_rate": 1e-3}
    before |= {"discriminator_learning_rate": None}
    assert settings.read(before).learning_rates == {"generator": 1e-3}
    typed = "--learning-rate 1e-3 --discriminator-learning-rate 2e-3 --learning-rate encoder=3e-3"
    arguments = ["train", "digits", "--out", "x", *typed.split()]
    given = keras_gan_cli._parser()[0].parse_args(arguments).learning_rates
    assert given == [("all", 1e-3), ("discriminator", 2e-3), ("encoder", 3e-3)]
    chosen = settings.Settings("digits", "vaegan", learning_rates=dict(given), width=4)
    gan = keras_gan.VAEGAN(image_shape=(8, 8, 1), width=4)
    settings.compile_model(gan, chosen)
    optimizers = gan.generator_optimizer, gan.discriminator_optimizer, gan.encoder_optimizer
    assert [round(float(o.learning_rate), 6) for o in optimizers] == [1e-3, 2e-3, 3e-3]

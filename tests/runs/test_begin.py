"""Runs that begin with another run's weights, by `--from`."""

import numpy as np
import pytest

from keras_gan.command.cli import main
from keras_gan.runs import choice, run
from keras_gan.runs.settings import Settings

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

SMALL = {"source": "digits", "limit": 70, "batch_size": 32, "latent_dim": 8, "width": 4}


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A run of one epoch, with settings of its own."""
    directory = tmp_path_factory.mktemp("begin") / "before"
    settings = Settings(**SMALL, model="lsgan", epochs=1, beta_1=0.0, beta_2=0.9, seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_gan.runs.run.WORTH_TIMING", np.inf)
        run.train(settings, directory, verbose=0)
    return directory


def first_of(gan):
    return next(layer for layer in gan.discriminator.layers if layer.weights)


def test_it_has_the_weights_and_the_settings_of_the_other(before, tmp_path, capsys):
    out, given = tmp_path / "after", {"source": "digits", "limit": 70, "batch_size": 32}
    settings, _ = choice.chosen(given | {"begin": str(before), "epochs": 1, "freeze_d": 1})
    assert (settings.model, settings.width, settings.latent_dim) == ("lsgan", 4, 8)
    assert (settings.beta_1, settings.beta_2, settings.seed) == (0.0, 0.9, 0)
    gan = run.train(settings, out, verbose=2)
    said = capsys.readouterr().out
    n = len(gan.generator.weights)
    assert f"Begins with {before}: {n} of {n} weights of the generator, " in said
    assert "Frozen: the first 1 layers of the discriminator." in said
    first, old = map(first_of, (gan, run.load(before)))
    for weight, value in zip(first.weights, old.weights, strict=True):
        np.testing.assert_array_equal(weight, value)
    assert not first.trainable
    again = run.resume(out, epochs=2, verbose=0)
    assert int(again.step.numpy()) == 2 * int(gan.step.numpy())
    assert not first_of(again).trainable
    assert run.Run(out).settings().begin == str(before)


def test_a_file_names_the_model(before):
    settings, _ = choice.chosen(SMALL | {"begin": str(before / "model.keras")})
    assert settings.model == "lsgan"
    named, _ = choice.chosen(SMALL | {"begin": str(before)}, model="wgan")
    assert (named.model, named.beta_2) == ("wgan", None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "RUN", "--resume"], "Either --resume or --from"),
        (["--freeze-d", "2"], "--freeze-d is for what --from begins with"),
        (["--from", "nowhere"], "no such file"),
        (["--from", "RUN", "--freeze-d", "9"], "layers with a kernel, of which one has to learn"),
        (["--from", "RUN", "--model", "r3gan", "--width", "3", "--latent-dim", "3"], "Nothing of"),
    ],
)
def test_what_cannot_begin_so(before, tmp_path, capsys, options, message):
    options = [str(before) if option == "RUN" else option for option in options]
    out = before if "--resume" in options else tmp_path / "new"
    assert main(["train", "digits", "--out", str(out), "--limit", "70", *options]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "new").exists()

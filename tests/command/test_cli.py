"""The command line: every command once, every error as one line, and quick help."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import keras_gan
import keras_gan_cli
from keras_gan import callbacks
from keras_gan.command import announcing, cli, quickstart, wording
from keras_gan.core import progress, saved_model
from keras_gan.engine import precision
from keras_gan.runs import run
from keras_gan.runs.settings import DECAYS, Settings, compile_model

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

SMALL = ["--limit=70", "--batch-size=32", "--latent-dim=8", "--width=4", "--verbose=0"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "run"
    arguments = "train digits --model cgan --epochs 1 --learning-rate 1e-3 --beta-1 0.25"
    more = "--discriminator-learning-rate 4e-3 --loss hinge --penalty r1:0.5:2 --ema-decay 0.9"
    assert cli.main([*arguments.split(), *more.split(), *SMALL, "--out", str(out)]) == 0
    return out


def error_of(capsys, *arguments):
    """The one line that a failing command prints."""
    assert cli.main([str(argument) for argument in arguments]) == 2
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("keras-gan: error: ")
    return lines[0]


def size_of(path):
    with Image.open(path) as image:
        return image.size


# -- train -----------------------------------------------------------------------------------------


def test_a_model_may_learn_classes_where_it_can(tmp_path, capsys):
    arguments = ["train", "digits", "--conditional", "--epochs=1", *SMALL, "--out", tmp_path / "a"]
    error = error_of(capsys, *arguments, "--model=dcgan")
    assert "'dcgan' takes no labels. Received: --conditional" in error
    assert cli.main([*map(str, arguments), "--model=lsgan"]) == 0
    assert run.load(tmp_path / "a").num_classes == 10
    assert not Settings("digits", model="lsgan").learns_classes
    assert Settings("digits", model="cgan").learns_classes


def test_augmentation_is_an_option(tmp_path, capsys):
    arguments = ["train", "digits", "--epochs=1", *SMALL, "--out", tmp_path / "a"]
    assert "--augment flip. Expected one of" in error_of(capsys, *arguments, "--augment=flip")
    assert cli.main([*map(str, arguments), "--overwrite", "--augment=ada"]) == 0
    assert isinstance(run.load(tmp_path / "a").augment, keras_gan.augment.ADA)


def test_an_optimizer_without_the_setting_is_named(tmp_path, capsys):
    arguments = ["train", "digits", "--model=wgan", "--beta-1=0.5", *SMALL]
    error = error_of(capsys, *arguments, "--out", tmp_path / "a")
    assert "WGAN trains with RMSprop, which has no --beta-1" in error


def test_a_model_is_chosen_and_said_in_three_lines(tmp_path, capsys):
    out = tmp_path / "run"
    assert (
        cli.main(["train", "digits", "--images", "128", *SMALL, "--limit=400", "--out", str(out)])
        == 0
    )
    taken, cost, change, end = capsys.readouterr().out.splitlines()
    assert taken.startswith("Taken: cgan by the recipe 'digits', for 400 images of 8x8x1 in 10")
    assert cost == ("Cost: 0.2 kimg; the speed is not measured with --limit, or for few steps.")
    assert change.startswith("To change it: --recipe NAME")
    assert end.startswith("The run is in")
    settings = run.Run(out).settings()
    assert (settings.model, settings.recipe, settings.width) == ("cgan", "digits", 4)
    assert (settings.images, settings.epochs * settings.steps_per_epoch) == (128, 5)
    assert cli.main(["train", "--resume", "--out", str(out), "--images", "0.2k"]) == 0
    assert run.Run(out).settings().images == 200
    assert "taken" not in capsys.readouterr().out.lower()


def test_what_a_run_costs_is_said_in_minutes_or_hours():
    assert announcing.cost(50.0, 60_000) == (
        "Cost: 50 images a second measured here, 60.0 kimg: 20.0 minutes to the end."
    )
    assert announcing.cost(2.5, 90_000).endswith(
        "2.5 images a second measured here, 90.0 kimg: 10.0 hours to the end."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2M", 2_000_000), ("500k", 500_000), ("1.5K", 1_500), ("100_000", 100_000), ("7", 7)],
)
def test_images_are_counted_in_thousands_and_millions(text, expected):
    assert keras_gan_cli._values.images(text) == expected


def test_recipes_are_listed_with_what_was_measured(capsys):
    assert cli.main(["list", "recipes"]) == 0
    printed = capsys.readouterr().out
    assert "colour-fast: small coloured pictures, few of them\n    hinge, width 32, " in printed
    assert "measured: not measured" in printed
    for name in keras_gan.recipes.RECIPES:
        assert f"{name}: " in printed


def test_data_are_looked_at_before_training(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, n in (("cats", 3), ("dogs", 2)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(n):
            pixels = rng.integers(0, 256, (20, 30, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{k}.png")
    Image.new("RGB", (16, 16)).save(tmp_path / "pets" / "cats" / "small.png")
    (tmp_path / "pets" / "dogs" / "again.png").write_bytes(
        (tmp_path / "pets" / "cats" / "1.png").read_bytes()
    )
    (tmp_path / "pets" / "dogs" / "broken.png").write_bytes(b"no picture")
    (tmp_path / "pets" / "notes.txt").write_text("no picture either")
    assert cli.main(["data", "./pets", "--out", "look.png"]) == 0
    said = capsys.readouterr().out
    assert "7 images of 16x16x3, as a network sees them." in said
    assert "Sizes of the files: 20x30 (6), 16x16 (1)." in said
    assert "2 classes: cats (4), dogs (3)." in said
    assert "notes.txt" in said
    assert "1 of 8 image files cannot be read and are left out: dogs/broken.png." in said
    assert "Duplicates: 1 repeat another one (cats/1 = dogs/again)." in said
    assert size_of("look.png")[0] > 0
    assert "There is no such folder" in error_of(capsys, "data", "./nowhere")


def test_options_reach_the_model(trained):
    gan = run.load(trained)
    assert isinstance(gan, keras_gan.CGAN)
    assert isinstance(gan.objective, keras_gan.losses.Hinge)
    assert gan.penalties[0].get_config() == {"weight": 0.5, "interval": 2, "name": "r1"}
    optimizers = gan.generator_optimizer, gan.discriminator_optimizer
    assert [float(o.learning_rate) for o in optimizers] == pytest.approx([1e-3, 4e-3])
    assert [o.beta_1 for o in optimizers] == [0.25, 0.25]
    assert (gan.ema_decay, gan.latent_dim, gan.image_shape) == (0.9, 8, (8, 8, 1))
    assert run.Run(trained).settings() == Settings(
        "digits",
        model="cgan",
        epochs=1,
        batch_size=32,
        limit=70,
        latent_dim=8,
        width=4,
        loss="hinge",
        penalties=["r1:0.5:2"],
        learning_rates={"all": 1e-3, "discriminator": 4e-3},
        beta_1=0.25,
        ema_decay=0.9,
        source_type="digits",
    )


def test_betas_are_those_of_every_optimizer():
    gan = keras_gan.VAEGAN(image_shape=(8, 8, 1), width=4)
    compile_model(gan, Settings("digits", model="vaegan", beta_1=0.25))
    assert [optimizer.beta_1 for optimizer in gan.optimizers] == 3 * [0.25]


def test_resume_goes_on_but_changes_nothing(trained, capsys):
    assert cli.main(["train", "--resume", "--out", str(trained), "--epochs", "2"]) == 0
    assert callbacks.latest(trained / "checkpoints")[1] == 2
    capsys.readouterr()
    line = error_of(capsys, "train", "--resume", "--out", trained, "--batch-size", 8)
    assert "Received: --batch-size 8. Expected 32" in line


def test_a_folder_of_pictures(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    for k in range(4):
        pixels = np.full((12, 20, 3), 60 * k, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{k}.png")
    arguments = "train pictures --model vanilla --image-size 8x10 --epochs 1 --out run"
    assert cli.main([*arguments.split(), *SMALL]) == 0
    assert "The run is in run." in capsys.readouterr().out
    settings = run.Run("run").settings()
    assert settings.source == str(tmp_path / "pictures")  # wherever it is resumed
    assert run.load("run").image_shape == (8, 10, 3)
    assert cli.main(["sample", "run", "--n", "4"]) == 0
    assert size_of("grid.png") == (2 * 52 + 2, 2 * 42 + 2)


def test_a_strategy_and_a_precision(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "slowdown", lambda gan: 8.0)
    out = str(tmp_path / "run")
    arguments = "train digits --model vanilla --epochs 1 --strategy mirrored --penalty none"
    more = ["--mixed-precision", "bfloat16", *SMALL, "--out", out]
    with pytest.warns(UserWarning, match="8.0 times as long in mixed_bfloat16"):
        assert cli.main([*arguments.split(), *more]) == 0
    assert run.Run(out).settings().penalties == []
    assert np.isfinite(run.load(out).sample(2, seed=0)).all()


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(callbacks.SampleGrid, "on_epoch_end", _raise(KeyboardInterrupt))
    out = tmp_path / "run"
    assert cli.main(["train", "digits", *SMALL, "--out", str(out)]) == 130
    printed = capsys.readouterr().err
    assert f"keras-gan train --resume --out {out}" in printed
    assert "epoch-0000.keras (finished epochs: 0)" in printed


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path, monkeypatch, capsys):
    full = OSError(28, "No space left on device", "samples")
    monkeypatch.setattr(callbacks.SampleGrid, "on_epoch_end", _raise(full))
    line = error_of(capsys, "train", "digits", *SMALL, "--out", tmp_path / "run")
    assert "No space left on device" in line
    assert "The last good checkpoint is" in line


def test_divergence_names_the_last_checkpoint(tmp_path, capsys):
    options = ["--learning-rate", "inf", "--model", "vanilla", "--out", tmp_path / "run"]
    line = error_of(capsys, "train", "digits", *SMALL, *options)
    assert "diverged" in line
    assert "epoch-0000.keras" in line


def _raise(error):
    def function(*args, **kwargs):
        raise error

    return function


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["digits", "--model", "dcgn"], "Did you mean 'dcgan'?"),
        (["digist"], "Did you mean 'digits'"),
        (["digits", "--loss", "hing"], "Did you mean 'hinge'?"),
        (["digits", "--penalty", "r1:much"], "Expected NAME, NAME:WEIGHT"),
        (["digits", "--strategy", "mirored"], "Did you mean 'mirrored'?"),
        (["digits", "--strategy", "multiworker"], "TF_CONFIG"),
        (["digits", "--mixed-precision", "float8"], "Did you mean 'float16'?"),
        (
            ["digits", "--epochs", "0"],
            "argument --epochs: Expected a whole number of at least 1. Received: 0.",
        ),
        (["digits", "--image-size", "4"], "from 8 to 128"),
        (["digits", "--model", "pix2pix"], "pictures from pictures. Received: no --condition."),
        (
            ["digits", "--model", "dcgan", "--condition", "edges"],
            "'dcgan' is not made for it. Received: --condition",
        ),
        (
            ["digits", "--recipe", "paper", "--condition", "edges"],
            "'dcgan' is not made for it. Received: --condition",
        ),
        (["digits", "--condition", "edgs"], "or one of left, right, grey, edges, small"),
        (
            ["digits", "--model", "dcgan", "--unpaired", "mnist"],
            "Received: --unpaired mnist. Expected a model",
        ),
        (["digits", "--images", "2G"], "at least 1, such as 2M, 500k or 100_000. Received: 2G."),
        (["digits", "--images", "0.2"], "Expected a number of images of at least 1"),
        (["digits", "--minutes", "0"], "Expected minutes above 0. Received: 0."),
        (["digits", "--minutes", "1", "--images", "9"], "Received: --images and --minutes."),
        (["digits", "--recipe", "gray"], "Did you mean 'grey'?"),
        (["digits", "--recipe", "colour", "--conditional"], "'vaegan' takes no labels"),
        (["digits", "--mirror", "--condition", "edges"], "Received: --mirror."),
        (["digits", "--learning-rate-decay", "cosin"], "Did you mean 'cosine'?"),
        (["digits", "--learning-rate", "critic=1"], "of 'critic', 1.0. Expected one of generator"),
        (["digits", "--learning-rate", "x=y"], "invalid float value: 'x=y'"),
        (["digits", "--n-critic", "0"], "argument --n-critic: "),
        (["digits", "--seed", str(2**63)], "argument --seed: Expected a whole number from 0 to"),
        (["digits", "--augment", "adda"], "Did you mean 'ada'? See keras-gan train --help."),
        (["digits", "--updates", "alternate"], "Did you mean 'alternating'?"),
        (["digits", "--penalty", "r3"], "Received: --penalty r3. Expected one of"),
        (["digits", "--penalty", "none", "--penalty", "r1"], "--penalty none stands alone."),
        (["digits", "--errors", "skp"], "Received: --errors skp. Expected one of raise, skip."),
        (["./nowhere"], "There is no such folder"),
        ([], "Name a SOURCE"),
        (["--resume", "--overwrite"], "not both"),
        (["--resume"], "is no run"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path, capsys, monkeypatch, arguments, expected
):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert expected in error_of(capsys, "train", *arguments, "--out", tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_made(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    line = error_of(capsys, "train", "digits", *SMALL, "--out", tmp_path / "file" / "run")
    assert "Not a directory" in line
    assert "exists and is no run" in error_of(capsys, "train", "digits", "--out", tmp_path / "file")


def test_a_source_without_classes(tmp_path, capsys):
    (tmp_path / "pictures").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "pictures" / "a.png")
    options = ["--model", "cgan", "--out", tmp_path / "run"]
    line = error_of(capsys, "train", tmp_path / "pictures", *options)
    assert "'cgan' learns classes" in line


def test_a_damaged_file_is_named(tmp_path, capsys):
    (tmp_path / "a.keras").write_bytes(b"PK")
    assert "a.keras is damaged" in error_of(capsys, "sample", tmp_path / "a.keras")
    assert "no such file" in error_of(capsys, "export", tmp_path / "b.keras", "--out", tmp_path)


def test_a_wrong_option_is_one_line(capsys):
    assert cli.main(["train", "digits", "--out", "x", "--epochs", "many"]) == 2
    assert capsys.readouterr().err == (
        "keras-gan: error: argument --epochs: invalid int value: 'many'. "
        "See keras-gan train --help.\n"
    )


def test_debug_shows_the_traceback(tmp_path):
    with pytest.raises(ValueError, match="There is no such model"):
        cli.main(["train", "digits", "--model", "x", "--debug", "--out", str(tmp_path / "run")])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        [],
        ["list", "models"],
        ["list", "recipes"],
        ["train", "digits", "--model", "dcgn", "--out", "x"],
        ["train", "digits", "--model", "pix2pix", "--out", "x"],
    ],
)
def test_help_and_typing_errors_need_no_tensorflow(arguments):
    code = (
        "import sys, keras_gan_cli\n"
        f"try:\n    keras_gan_cli.main({arguments!r})\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'keras_gan', 'tensorflow', 'keras', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_the_parser_reads_the_names_of_the_package():
    assert keras_gan_cli._losses() == list(keras_gan.losses._NAMES)
    assert keras_gan_cli._penalties() == list(keras_gan.penalties._NAMES)
    assert keras_gan_cli._augments() == list(keras_gan.augment._NAMES)
    assert keras_gan_cli._recipes() == list(keras_gan.recipes.RECIPES)
    assert keras_gan_cli._decays() == list(DECAYS)
    names = [penalty().name for penalty in keras_gan.penalties._NAMES.values()]
    assert keras_gan_cli._penalties() == names


def test_a_bare_command_lists_the_commands(capsys):
    assert cli.main([]) == 0
    printed = capsys.readouterr().out
    assert all(f"    {name}" in printed for name in cli.COMMANDS)


def test_version(capsys):
    with pytest.raises(SystemExit) as exit:
        cli.main(["--version"])
    assert exit.value.code == 0
    assert capsys.readouterr().out == f"keras-gan {keras_gan.__version__}\n"


def test_export_has_formats(tmp_path, capsys):
    export = "export", tmp_path, "--out", tmp_path / "a"
    assert "Did you mean 'litert'?" in error_of(capsys, *export, "--format=tflite")
    error = error_of(capsys, *export, "--format=onnx", "--publish")
    assert "Received: --format onnx. Expected one of the two." in error
    assert "--keep is for the versions" in error_of(capsys, *export, "--keep=2")


@pytest.mark.parametrize(
    ("command", "said", "expected"),
    [
        ("train", "Expected image_size=(height, width).", "Expected --image-size HEIGHTxWIDTH."),
        ("train", "Received: image_size=None", "Received: no --image-size."),
        ("train", "`image_size`: image_size=(48, 64)", "--image-size: --image-size 48x64."),
        ("train", "errors='skip' leaves them out.", "--errors skip leaves them out."),
        ("evaluate", "or labels=False to take all?", "or --no-labels to take all?"),
        ("train", "Received: conditional=True.", "Received: --conditional."),
        ("evaluate", "extractor='a b'", "--features 'a b'."),
        ("evaluate", "Pass held_out=, or data=:", "Pass --held-out, or --data."),
        ("sample", "labels=[1, 2] for n=3..", "--labels 1,2 for --n 3."),
        ("train", "source='a=b' in /runs/seed=3/x", "SOURCE a=b in /runs/seed=3/x."),
        (
            "train",
            "num_classes=1. Did you mean 'a'?. See",
            "number of classes 1. Did you mean 'a'? See.",
        ),
        ("sample", "Received: batch_size=3 in\nrow", "Received: batch_size=3 in row."),
    ],
)
def test_messages_of_the_library_name_options(command, said, expected):
    assert wording.as_typed(said, keras_gan_cli._parser()[1][command]) == expected


def test_start_up_lines_alone_are_left_out():
    """Others are passed on, even of a process that dies meanwhile."""
    code = (
        "import os, sys; from unittest import mock; import keras_gan_cli\n"
        "os.environ.pop('TF_CPP_MIN_LOG_LEVEL', None)\n"
        "sys.modules['tensorflow'] = mock.Mock()\n"
        "with keras_gan_cli._module('command/quiet').without_start_up_lines():\n"
        "    os.write(2, b'WARNING: All log messages before absl::InitializeLog() is called\\n')\n"
        "    os.write(2, b'I0000 00:00:1795835921.612   24588 cudart_stub.cc:31] No cuda\\n')\n"
        "    os.write(2, b'W0000 00:00:1795835921.612   24588 computation_placer.cc:177] '\n"
        "                b'computation placer already registered. Please check linkage\\n')\n"
        "    os.write(2, b'E0000 00:00:1795835921.612   24588 cuda_dnn.cc:8579] '\n"
        "                b'Unable to register cuDNN factory\\n')\n"
        "    os.write(2, b'E0000 00:00:1795835921.613   24588 platform.cc:52] a real error\\n')\n"
        "    os.write(2, b'half a line')\n"
        "    if sys.argv[1] == 'die': os._exit(1)\n"
        "print(' after', file=sys.stderr)"
    )
    for argument, after in (("live", " after\n"), ("die", "")):
        done = subprocess.run(
            [sys.executable, "-c", code, argument], capture_output=True, text=True
        )
        expected = "E0000 00:00:1795835921.613   24588 platform.cc:52] a real error\nhalf a line"
        assert done.stderr == expected + after


def test_progress_is_plain_lines_where_nothing_can_be_redrawn(monkeypatch):
    streams = {True: io.StringIO(), False: io.StringIO()}
    streams[True].isatty = lambda: True
    for terminal, stream in streams.items():
        assert progress.can_redraw(stream) is terminal
        monkeypatch.setattr("sys.stdout", stream)
        assert [progress.verbosity(), progress.verbosity(False)] == [1 if terminal else 2, 0]


# -- sample, export, quickstart --------------------------------------------------------------------


def test_a_saved_model_draws_what_the_run_does(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", str(trained), "--out", "plain"]) == 0
    for version in ("1", "2"):
        assert cli.main(["export", str(trained), "--out", "served", "--publish"]) == 0
        assert saved_model.find("served") == (tmp_path / "served" / version).relative_to(tmp_path)
    options = ["--labels", "1,2,3", "--seed", "4", "--truncation", "0.5"]
    grids = []
    for k, model in enumerate([trained, trained / "model.keras", "plain", "served"]):
        assert cli.main(["sample", str(model), *options, "--out", f"{k}.png"]) == 0
        with Image.open(f"{k}.png") as image:
            grids.append(np.asarray(image).astype(int))
    expected = run.load(trained).sample(3, labels=[1, 2, 3], seed=4, truncation=0.5)
    assert np.array_equal(grids[0], keras_gan.plotting.grid(expected)[..., 0])
    assert all(np.abs(grid - grids[0]).max() <= 1 for grid in grids)


def test_sample_has_a_column_for_each_class(trained, tmp_path):
    out = tmp_path / "grid.png"
    assert cli.main(["sample", str(trained), "--n", "20", "--out", str(out)]) == 0
    assert size_of(out) == (502, 102)
    assert cli.main(["sample", str(trained), "--n", "4", "--labels", "7", "--out", str(out)]) == 0
    assert size_of(out) == (102, 102)


def test_sample_refuses_labels_that_do_not_fit(trained, tmp_path, capsys):
    out = tmp_path / "plain"
    keras_gan.export.export(run.load(trained), out, verbose=False)
    assert "needs labels" in error_of(capsys, "sample", out)
    assert "Expected 5 labels" in error_of(capsys, "sample", out, "--labels", "1,2", "--n", "5")
    assert "10" in error_of(capsys, "sample", trained, "--labels", "10")


def test_quickstart_can_be_repeated(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = {"width": 4, "batch_size": 256, "steps_per_epoch": 2}
    monkeypatch.setattr(quickstart, "RECIPE", quickstart.RECIPE | small)
    for version in ("1", "2"):
        assert cli.main(["quickstart", "--epochs", "1", "--verbose", "0"]) == 0
        printed = capsys.readouterr().out
        assert f"saved_models/digits/{version}\n" in printed
        assert (tmp_path / "saved_models" / "digits" / version / "saved_model.pb").is_file()
    assert "coverage" in printed
    real = [float(figure) for figure in printed.split("real digits")[1].split()[:5]]
    assert real[0] > 0.98  # the judge knows digits
    assert min(real[1:3]) > 0.9
    assert size_of(tmp_path / "runs" / "quickstart" / "from_saved_model.png") == (502, 502)

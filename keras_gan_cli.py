"""The command `keras-gan`: data, train, sample, evaluate, edit, export, serve, demo and others.

Here are the options and all that can be said of them without TensorFlow, by the standard library
alone: help and typing errors wait for nothing. It is a module beside the package because importing
anything of `keras_gan` runs its `__init__`. What the commands do is in `keras_gan.command.cli`.
"""

import argparse
import contextlib
import functools
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

_PACKAGE = Path(importlib.util.find_spec("keras_gan").origin).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The arguments after the program's name; those of this process if not given.

    Returns:
        The exit code: 0, 2 after an error of the user's, 130 after Ctrl-C.

    Example:

    >>> main(["train", "digits", "--model", "cgan", "--out", "runs/digits"])
    """
    argv = sys.argv[1:] if argv is None else argv
    parser, commands = _parser()
    if not argv:
        parser.print_help()
        return 0
    try:
        given = vars(parser.parse_args(argv))
        options = commands[given["command"]]
        _check(given, options)
        _module("core/backend").check()
    except (_Usage, ImportError) as error:
        if "--debug" in argv:
            raise
        return _fail(str(error))
    if given["command"] == "list":
        print(_table.listed() if given["what"] == "models" else _table.recipes_listed())
        return 0

    with _module("command/quiet").without_start_up_lines():
        from keras_gan.command import cli
    try:
        return cli.COMMANDS[given["command"]](given) or 0
    except KeyboardInterrupt:
        print(f"\nkeras-gan: interrupted. {cli.where_to_go_on(given)}", file=sys.stderr)
        return 130
    except Exception as error:
        if given.get("debug") or not cli.is_for_the_user(error):
            raise
        text = _module("command/wording").as_typed(str(error) or type(error).__name__, options)
        return _fail(f"{text} {cli.where_to_go_on(given) if cli.broke_off(error) else ''}")


class _Usage(ValueError):
    """What was typed cannot be done."""


def _fail(text: str) -> int:
    print(f"keras-gan: error: {text}".rstrip(), file=sys.stderr)
    return 2


# -- what the package knows, read without running it -------------------------------------------


@functools.cache
def _module(name: str) -> ModuleType:
    """A module of the package that needs the standard library only."""
    spec = importlib.util.spec_from_file_location(
        f"_keras_gan_{Path(name).name}", _PACKAGE / f"{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_table, _values = _module("command/table"), _module("command/values")
_precisions = functools.partial(_table.literals, "runs/settings.py", "PRECISIONS")
_decays = functools.partial(_table.literals, "runs/settings.py", "DECAYS")
_strategies = functools.partial(_table.literals, "runs/settings.py", "STRATEGIES")
_losses = functools.partial(_table.literals, "losses.py", "_NAMES")
_recipes = functools.partial(_table.literals, "runs/recipes.py", "RECIPES")
_penalties = functools.partial(_table.literals, "penalties/__init__.py", "_NAMES")
_augments = functools.partial(_table.literals, "augment.py", "_NAMES")
_updates = functools.partial(_table.literals, "engine/compilation.py", "UPDATES")
_conditions = functools.partial(_table.literals, "data/pairs.py", "CONDITIONS")
_extractors = functools.partial(_table.literals, "runs/reference.py", "EXTRACTORS")


def _formats() -> list[str]:
    return ["tf_saved_model", *_table.literals("export/runtimes.py", "RUNTIMES")]


# -- what an option takes ----------------------------------------------------------------------


def _one_of(what: str, known: Callable[[], list[str]]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        with _as_argument_error():
            _module("core/names").pick(what, text, known())
        return text

    return convert


def _penalty(text: str) -> str:
    with _as_argument_error():
        name, numbers = _module("core/names").read_penalty(text)
        _module("core/names").pick(
            "penalty", name, _penalties() if numbers else [*_penalties(), "none"]
        )
    return text


def _keep(text: str) -> tuple[str, float]:
    name, share = _values.keep(text)
    with _as_argument_error():
        _module("core/names").pick("keep", name, _table.literals("enlarging/keeping.py", "KEEP"))
    return name, share


@contextlib.contextmanager
def _as_argument_error() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _check(given: dict[str, Any], options: argparse.ArgumentParser) -> None:
    """Refuses options that do not go together."""
    if given["command"] == "train":
        if given.get("resume") and given.get("overwrite"):
            options.error("Either --resume or --overwrite, not both")
        if given.get("resume") and not (Path(given["out"]) / "config.json").exists():
            options.error(f"{given['out']} is no run: it has no config.json")
        if not given.get("resume") and "source" not in given:
            options.error("What shall it be trained on? Name a SOURCE, for example digits")
        if given.get("resume") and "begin" in given:
            options.error("Either --resume or --from: a run goes on with its own weights")
        if "freeze_d" in given and "begin" not in given:
            options.error("--freeze-d is for what --from begins with")
        _check_budget(given, options)
        if "none" in given.get("penalties", []) and len(given["penalties"]) > 1:
            options.error("--penalty none stands alone")
        if not given.get("resume"):
            _check_condition(given, options)
    if given["command"] == "edit":
        wanted = [name for name in ("list", "between", "photos") if given.get(name)]
        if len(wanted) != 1:
            options.error("Name photos to edit, or two for --between, or --list: one of these")
        if wanted == ["photos"] and not given.keys() & {"directions", "label"}:
            options.error("What shall be changed? Name a --direction, or a --label")
    if given["command"] == "enlarge":
        _check_budget(given, options)
        chosen = [name for name in _TRAINING_ONLY if name in given]
        if "run" in given and chosen:
            options.error(
                f"A run that is there is not trained. Received: --run and --"
                f"{chosen[0].replace('_', '-')}. Expected one of the two"
            )
    if given["command"] == "export":
        if "keep" in given and not given.get("publish"):
            options.error("--keep is for the versions that --publish makes")
        if given.get("publish") and given.get("format", "tf_saved_model") != "tf_saved_model":
            options.error(
                f"--publish makes versions for TensorFlow Serving, which reads SavedModels. "
                f"Received: --format {given['format']}. Expected one of the two"
            )


def _check_budget(given: dict[str, Any], options: argparse.ArgumentParser) -> None:
    named = [f"--{name}" for name in ("epochs", "images", "minutes") if name in given]
    if len(named) > 1:
        options.error(
            f"Epochs, images or minutes say how long a run is. Received: {' and '.join(named)}. "
            "Expected one of them"
        )


def _check_condition(given: dict[str, Any], options: argparse.ArgumentParser) -> None:
    if "model" not in given and given.get("recipe") != "paper":
        return  # the model is chosen by the options
    model = _table.models()[given.get("model", "dcgan")]
    try:
        _module("core/names").check_condition(
            model.name, model.condition_from, given.get("condition"), given.get("unpaired")
        )
    except ValueError as error:
        options.error(str(error))


# -- arguments ---------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        text = _module("command/wording").as_typed(message, self)
        raise _Usage(f"{text} See {self.prog} --help.")


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser, and those of the commands."""
    parser = _Parser(
        prog="keras-gan", description="GANs for Keras: train, sample, evaluate, export."
    )
    version = f"keras-gan {_module('version').__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=text, description=text, argument_default=argparse.SUPPRESS
        )
        made.add_argument("--debug", action="store_true", help="show the traceback of an error")
        return made

    _train_arguments(command("train", "Train a model in a run directory, or go on with a run."))

    look = command("data", "Look at data as a network would see them, before training on them.")
    add = look.add_argument
    add("source", type=_values.source, metavar="SOURCE", help="as of train")
    add("--out", default="data.png", help="the PNG of 64 samples to write (data.png)")
    _data_arguments(add)

    sample = command("sample", "Draw a grid of samples.")
    add = sample.add_argument
    add(
        "model", type=_values.existing, metavar="MODEL", help="a run, a .keras file or a SavedModel"
    )
    add("--n", type=_values.count, help="number of samples (64)")
    add("--labels", type=_values.numbers, help="a class for all, or one for each: 0,1,2")
    add("--seed", type=_values.seed, help="the same seed, the same pictures (0)")
    add("--truncation", type=_values.rate, help="below 1: less variety, more quality (1)")
    add("--columns", type=_values.count, help="samples in a row")
    add(
        "--out",
        default="grid.png",
        help="the PNG to write, or .wav, .txt, .gif (grid.png); of any number of samples a folder, "
        "FOLDER/, of PNG files, or an .npz file",
    )
    add("--walk", metavar="GIF", help="instead: pictures that walk from seed to seed")

    evaluate = command(
        "evaluate", "Measure a model, or pictures against pictures, and write a report to look at."
    )
    add = evaluate.add_argument
    add(
        "model",
        type=_values.existing,
        metavar="RUNDIR|MODEL|FOLDER",
        help="a run, a .keras file, or a folder of pictures, whatever made them",
    )
    add("--data", type=_values.source, metavar="SOURCE", help="real images; a run knows its own")
    add(
        "--held-out",
        type=_values.source,
        metavar="SOURCE",
        help="real images not trained on, where the data have no split test or validation",
    )
    add("--samples", type=_values.number(int, 10), help="images of each kind, at most (10000)")
    add("--seed", type=_values.seed, help="of the samples (0)")
    add(
        "--features",
        dest="extractor",
        type=_one_of("extractor", _extractors),
        help=f"{', '.join(_extractors())} (auto)",
    )
    add("--out", help="directory of the report (RUNDIR/report, MODEL-report)")
    _data_arguments(add)
    _condition_argument(add)

    _edit_arguments(command("edit", "Find photographs among a model's latents, and change them."))

    _enlarge_arguments(
        command("enlarge", "Write a folder of labelled pictures and of those that a model makes.")
    )

    compare = command("compare", "Put the reports of several runs beside each other.")
    add = compare.add_argument
    add(
        "runs",
        nargs="+",
        type=_values.existing,
        metavar="RUN",
        help="runs, or directories of reports",
    )
    add("--out", default="compare.html", help="the page (compare.html)")

    export = command("export", "Export the averaged generator as a SavedModel, or a file.")
    add = export.add_argument
    add("model", type=_values.existing, metavar="MODEL", help="a run or a .keras file")
    add("--out", required=True, help="the directory, or the file, to make")
    add(
        "--format",
        type=_one_of("format", _formats),
        help=f"{', '.join(_formats())} (tf_saved_model)",
    )
    add("--publish", action="store_true", help="make OUT/1, OUT/2, ...: the next version to serve")
    add("--keep", type=_values.count, help="with --publish: remove all but the newest KEEP")

    serve = command("serve", "Start TensorFlow Serving, or say how to with docker.")
    add = serve.add_argument
    add("model", type=_values.existing, metavar="DIR", help="the directory of the versions")
    add("--name", help="under which it is served (the directory's name)")
    add("--port", type=_values.port, help="of REST (8501)")
    add("--grpc-port", type=_values.port, help="of gRPC (8500)")
    add(
        "--batching",
        type=_values.existing,
        help="a batching configuration, such as deploy/batching.conf",
    )

    demo = command("demo", "Play with a model in the browser (needs keras-gan[demo]).")
    add = demo.add_argument
    add(
        "model", type=_values.existing, metavar="MODEL", help="a SavedModel, a run or a .keras file"
    )
    add("--host", help="address to listen on (127.0.0.1)")
    add("--port", type=_values.port, help="port to listen on (7860)")

    known = command("list", "Say what there is: models with their papers, recipes with figures.")
    known.add_argument("what", choices=("models", "recipes"), help="models or recipes")

    quick = command("quickstart", "Learn handwritten digits in a minute, and export the result.")
    add = quick.add_argument
    add("--out", default="runs/quickstart", help="run directory, replaced each time")
    add("--export", dest="export_to", help="where the next version goes (saved_models/digits)")
    add("--epochs", type=_values.count, help="fewer to have a quick look")
    add("--seed", type=_values.seed, help="of everything random (0)")
    add("--verbose", type=int, choices=(0, 1, 2), help="as in Keras")
    return parser, commands.choices


def _data_arguments(add: Callable) -> None:
    """What of the data is taken, and in which size."""
    add("--image-size", type=_values.sides, metavar="SIZE", help="crop and resize to 64, or 48x64")
    add("--length", type=_values.count, help="of sound in samples, of text in characters")
    add("--data-dir", help="where tensorflow-datasets keeps its files")
    add("--labels", help="the label feature, for models that learn classes")
    add(
        "--no-labels",
        dest="labels",
        action="store_const",
        const=False,
        help="leave the labels out, such as those that sub-folders are",
    )
    add("--limit", type=_values.count, help="use only so many images")
    add(
        "--errors",
        type=_one_of("errors", lambda: ["raise", "skip"]),
        help="of unreadable files: raise stops there, skip leaves them out (raise)",
    )


def _condition_argument(add: Callable) -> None:
    add(
        "--condition",
        type=_values.condition(_conditions),
        metavar="SOURCE",
        help="what a model such as pix2pix makes the pictures from: a folder with pictures of the "
        f"same names, or {', '.join(_conditions())}",
    )


def _edit_arguments(edit: argparse.ArgumentParser) -> None:
    add = edit.add_argument
    add("model", type=_values.existing, metavar="MODEL", help="a run or a .keras file")
    add("photos", nargs="*", type=_values.existing, metavar="PHOTO", help="picture files")
    add(
        "--direction",
        dest="directions",
        action="append",
        type=_values.direction,
        metavar="NAME[:STRENGTH]",
        help="what to change, and how far (1); may be given several times",
    )
    add("--label", type=_values.number(int, 0), help="the class that they shall be of")
    add("--labels", type=_values.numbers, help="the classes that they are of (the nearest)")
    add("--list", action="store_true", help="say which directions there are")
    add(
        "--between",
        nargs=2,
        type=_values.existing,
        metavar="PHOTO",
        help="walk from one picture to another",
    )
    add("--n", type=_values.number(int, 2), help="pictures of the walk (8)")
    methods = _table.literals("editing/checks.py", "METHODS")
    add("--method", type=_one_of("method", lambda: methods), help=", ".join(methods))
    add("--steps", type=_values.count, help="of the search (200)")
    add("--restarts", type=_values.count, help="of the search, for each picture (4)")
    add("--seed", type=_values.seed, help="of the search (0)")
    add(
        "--out",
        help="the PNG to write, each photo, what the model makes of it, and edited (edited.png); "
        "the moving GIF of a walk (walk.gif)",
    )


_TRAINING_ONLY = ("model", "recipe", "epochs", "images", "minutes", "width", "overwrite")


def _enlarge_arguments(enlarge: argparse.ArgumentParser) -> None:
    add = enlarge.add_argument
    add("source", type=_values.source, metavar="DATA", help="labelled pictures, as of train")
    add("--out", required=True, metavar="DIR", help="the folder to make, with manifest.csv in it")
    add(
        "--run",
        type=_values.existing,
        metavar="RUN",
        help="a run that has learnt these classes, or a .keras file (one is trained in DIR-run)",
    )
    add("--per-class", type=_values.count, help="pictures that are made of each class (500)")
    add("--balance", action="store_true", help="as many in all, the rarest classes first")
    keep = _table.literals("enlarging/keeping.py", "KEEP")
    add(
        "--keep",
        type=_keep,
        metavar="NAME[:SHARE]",
        help=f"of what is drawn, the best share (0.5) by {' or '.join(keep)}; all if not given",
    )
    add("--seed", type=_values.seed, help="of the training and of the samples (0)")
    add(
        "--gain",
        type=_values.number(int, 2),
        metavar="SEEDS",
        help="then train so many more models and 8 classifiers each, to say whether it helps; the "
        "run's report shows it",
    )
    add("--verbose", type=int, choices=(0, 1, 2), help="as in Keras")
    _data_arguments(add)

    group = enlarge.add_argument_group("training", "Of a model by its recipe, without --run.")
    _model_arguments(group.add_argument)
    _length_arguments(group.add_argument)
    group.add_argument("--width", type=_values.count, help=_WIDTH)
    group.add_argument("--overwrite", action="store_true", help="replace the run DIR-run")


def _model_arguments(add: Callable) -> None:
    """Which model is trained, and by which settings."""
    add(
        "--model",
        type=_one_of("model", _table.names),
        help=f"{', '.join(_table.names())} (chosen by the data)",
    )
    add(
        "--recipe",
        type=_one_of("recipe", lambda: ["paper", *_recipes()]),
        help=f"{', '.join(_recipes())}, or paper, the settings of a model's paper (chosen by the "
        "data; paper with --model)",
    )


def _length_arguments(add: Callable) -> None:
    """How long a training is."""
    add(
        "--epochs", type=_values.count, help="epochs in all (20, or as many images as the recipe's)"
    )
    add(
        "--images",
        type=_values.images,
        help="real images to show in all, instead of epochs: 2M, 500k, 100000",
    )
    add(
        "--minutes",
        type=_values.minutes,
        help="how long to train, instead: turned into images once, at the speed measured here",
    )


_WIDTH = "filters of the layers next to the image"


def _train_arguments(train: argparse.ArgumentParser) -> None:
    add = train.add_argument
    add(
        "source",
        nargs="?",
        type=_values.source,
        metavar="SOURCE",
        help="digits, a dataset of tensorflow-datasets, a folder of images or WAV files, or a text "
        "file .txt",
    )
    add("--out", required=True, metavar="RUNDIR", help="run directory")
    add("--resume", action="store_true", help="go on with the run from its last finished epoch")
    add(
        "--from",
        dest="begin",
        type=_values.existing,
        metavar="RUN|FILE",
        help="begin with the weights of another run or a .keras file, and with its settings unless "
        "--model or --recipe is given",
    )
    add(
        "--freeze-d",
        type=_values.count,
        metavar="LAYERS",
        help="with --from: that many layers of the discriminator learn nothing more",
    )
    add("--overwrite", action="store_true", help="remove the run that is there first")
    add("--verbose", type=int, choices=(0, 1, 2), help="as in Keras")

    group = train.add_argument_group("data")
    add = group.add_argument
    add("--batch-size", type=_values.count, help="images of one update of the discriminator (64)")
    _data_arguments(add)
    _condition_argument(add)
    add(
        "--mirror",
        action="store_true",
        help="mirror about half of the pictures in each epoch: for faces and views from above, not "
        "for digits or letters",
    )
    add(
        "--unpaired",
        type=_values.source,
        metavar="SOURCE",
        help="the second set, for a model that learns from two",
    )

    group = train.add_argument_group(
        "model", "Without --model it is chosen; what is left out is as in its recipe or its paper."
    )
    add = group.add_argument
    _model_arguments(add)
    add(
        "--conditional",
        action="store_true",
        help="learn the classes, where the model may do without (cgan always does)",
    )
    add("--latent-dim", type=_values.count, help="length of the latent vectors")
    add("--width", type=_values.count, help=_WIDTH)

    group = train.add_argument_group("training", "What is left out is as in the recipe or paper.")
    add = group.add_argument
    _length_arguments(add)
    add("--steps-per-epoch", type=_values.count, help="if an epoch is no pass over the data")
    add("--seed", type=_values.seed, help="of everything random (0)")
    add("--loss", type=_one_of("loss", _losses), help=", ".join(_losses()))
    add(
        "--penalty",
        dest="penalties",
        action="append",
        type=_penalty,
        metavar="NAME[:WEIGHT[:INTERVAL]]",
        help=f"{', '.join(_penalties())}, none; may be given several times",
    )
    add(
        "--augment",
        type=_one_of("augment", _augments),
        help=f"{', '.join(_augments())}: what the discriminator is shown, for few data",
    )
    rates = {"dest": "learning_rates", "action": "append"}
    add(
        "--learning-rate",
        **rates,
        type=_values.learning_rate,
        metavar="[NAME=]VALUE",
        help="of all networks, or of one (generator, ...); may be given several times",
    )
    for name in ("generator", "discriminator"):
        rate = {"type": _values.rate_of(name), "help": argparse.SUPPRESS}
        add(f"--{name}-learning-rate", **rates, **rate)
    add(
        "--learning-rate-decay",
        type=_one_of("learning_rate_decay", _decays),
        help=f"{' or '.join(_decays())}: learning rates fall to 0 over the whole run",
    )
    add("--beta-1", type=_values.decay, help="of all optimizers")
    add("--beta-2", type=_values.decay, help="of all optimizers")
    add("--n-critic", type=_values.count, help="discriminator updates for one of the generator")
    add("--ema-decay", type=_values.decay, help="of the averaged generator; 0 switches it off")
    add("--updates", type=_one_of("updates", _updates), help=" or ".join(_updates()))
    add(
        "--evaluate-every",
        type=_values.count,
        metavar="EPOCHS",
        help="measure samples, log fid and others, keep the best model as best.keras",
    )

    group = train.add_argument_group("machine")
    add = group.add_argument
    add(
        "--mixed-precision",
        type=_one_of("mixed_precision", _precisions),
        help=" or ".join(_precisions()),
    )
    add("--jit", action="store_true", help="compile the step with XLA")
    add(
        "--strategy",
        type=_one_of("strategy", _strategies),
        help="mirrored: all devices here; multiworker: those of TF_CONFIG",
    )


if __name__ == "__main__":
    sys.exit(main())

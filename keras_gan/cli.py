"""The command `keras-gan`: train, sample, evaluate, compare, export, serve, demo, quickstart.

This module imports nothing but the standard library until it knows what to do, so that a typing
error or `--help` need not wait for TensorFlow.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

_MODELS = (
    "acgan, cgan, dcgan, dragan, feature_matching, hinge, lsgan, r3gan, sngan, vaegan, "
    "vanilla, wgan, wgangp"
)
_LOSSES = (
    "non_saturating, minimax, least_squares, wasserstein, hinge, relativistic_average, "
    "relativistic_paired"
)
_AUGMENTS = "diff_augment, ada"
_PENALTIES = "gradient_penalty, dragan, r1, r2, lecam"
_MAX_COLUMNS = 16
_RUN_ONLY = ("out", "resume", "overwrite", "verbose", "debug", "command", "learning_rate")
_MAY_CHANGE = ("epochs", "data_dir", "strategy")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The arguments after the program's name; those of this process if not given.

    Returns:
        The exit code: 0, 2 after an error of the user's, 130 after Ctrl-C.

    Example:

    >>> main(["train", "digits", "--model", "cgan", "--out", "runs/digits"])
    """
    arguments = vars(_parser().parse_args(argv))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    command = {
        "train": _train,
        "sample": _sample,
        "evaluate": _evaluate,
        "compare": _compare,
        "export": _export,
        "serve": _serve,
        "demo": _demo,
        "quickstart": _quickstart,
    }
    try:
        return command[arguments["command"]](arguments) or 0
    except KeyboardInterrupt:
        print(f"\nkeras-gan: interrupted. {_where_to_go_on(arguments)}", file=sys.stderr)
        return 130
    except Exception as error:
        if arguments.get("debug") or not _is_for_the_user(error):
            raise
        text = " ".join(str(error).split())[:1000].rstrip(".") or type(error).__name__
        hint = _where_to_go_on(arguments) if _broke_off(error) else ""
        print(f"keras-gan: error: {text}. {hint}".rstrip(), file=sys.stderr)
        return 2


def _train(given: dict[str, Any]) -> None:
    from keras_gan import run
    from keras_gan.settings import Settings

    out, verbose = given["out"], given.get("verbose", "auto")
    chosen = {name: value for name, value in given.items() if name not in _RUN_ONLY}
    if given.get("penalties") == ["none"]:
        chosen["penalties"] = []
    for network in ("generator", "discriminator") if "learning_rate" in given else ():
        chosen.setdefault(f"{network}_learning_rate", given["learning_rate"])
    for name in ("source", "data_dir"):
        if name in chosen and chosen[name] != "digits" and Path(chosen[name]).expanduser().is_dir():
            chosen[name] = str(Path(chosen[name]).expanduser().resolve())
    if given.get("resume"):
        if given.get("overwrite"):
            raise ValueError("Either --resume or --overwrite, not both.")
        before = vars(run.Run(out).settings())
        for name, value in chosen.items():
            if name not in _MAY_CHANGE and value != before[name]:
                raise ValueError(
                    f"A run goes on with the settings that it began with. Received: {name}="
                    f"{value!r}. Expected {before[name]!r}, or a new run with another --out."
                )
        changes = {name: chosen[name] for name in _MAY_CHANGE if name in chosen}
        run.resume(out, **changes, verbose=verbose)
    else:
        if "source" not in chosen:
            raise ValueError("What shall it be trained on? Name a SOURCE, for example digits.")
        run.train(Settings(**chosen), out, given.get("overwrite", False), verbose)
    print(f"The run is in {out}. Look at {Path(out) / 'samples'}.")


def _sample(given: dict[str, Any]) -> None:
    from keras_gan import files, plotting, run, saved_model

    labels, n = given.get("labels"), given.get("n")
    if labels is not None and len(labels) == 1:
        labels = labels * (n or 64)
    n = n or (len(labels) if labels else 64)
    seed, truncation = given.get("seed", 0), given.get("truncation", 1.0)
    columns = given.get("columns")
    if saved_model.find(given["model"]):
        images = saved_model.sample(given["model"], n, labels, seed, truncation)
    else:
        gan = run.load(given["model"])
        images = gan.sample(n, labels=labels, seed=seed, truncation=truncation)
        if labels is None and (gan.num_classes or _MAX_COLUMNS) < _MAX_COLUMNS:
            columns = columns or gan.num_classes
    with files.replacing(given["out"]) as part:
        if images.ndim == 4:
            plotting.save_grid(images, part, columns)
        else:
            plotting.save_scatter(images, part)
    print(f"{len(images)} samples: {given['out']}")


def _evaluate(given: dict[str, Any]) -> None:
    from keras_gan.reporting import directory_of, figures_table, report

    options = {name: value for name, value in given.items() if name not in ("command", "debug")}
    options.setdefault("out", directory_of(given["model"]))
    result = report(**options)
    print(figures_table(result["metrics"]))
    for finding in result["findings"]:
        print(f"{finding['level']}: {finding['title']}")
    print(f"The page is {Path(options['out']) / 'report.html'}.")


def _compare(given: dict[str, Any]) -> None:
    from keras_gan.reporting import compare

    print(compare(given["runs"], given["out"]))
    print(f"\nThe page is {given['out']}.")


def _export(given: dict[str, Any]) -> None:
    from keras_gan import export, run

    gan, facts = run.load(given["model"]), export.facts_of_run(given["model"])
    if given.get("publish"):
        export.publish(gan, given["out"], given.get("keep"), metadata=facts)
    else:
        gan.export(given["out"], metadata=facts)


def _serve(given: dict[str, Any]) -> int:
    from keras_gan.serving.launch import serve

    options = ("name", "port", "grpc_port", "batching")
    return serve(given["model"], **{name: given[name] for name in options if name in given})


def _demo(given: dict[str, Any]) -> None:
    from keras_gan.demo import demo

    demo(given["model"], **{name: given[name] for name in ("host", "port") if name in given})


def _quickstart(given: dict[str, Any]) -> None:
    from keras_gan.quickstart import quickstart

    options = ("out", "export_to", "epochs", "seed", "verbose")
    quickstart(**{name: given[name] for name in options if name in given})


# -- errors ------------------------------------------------------------------------------------


def _is_for_the_user(error: Exception) -> bool:
    """Whether one line says enough: bad input, the disk, a download, a training that diverged."""
    kinds = (ValueError, OSError, RuntimeError, ImportError)
    return isinstance(error, kinds) or _broke_off(error)


def _broke_off(error: Exception) -> bool:
    """Whether a training was under way, maybe, when this happened."""
    import tensorflow as tf

    from keras_gan import DivergenceError

    kinds = (DivergenceError, tf.errors.OpError, OSError)
    return isinstance(error, kinds) and not isinstance(error, FileExistsError)


def _where_to_go_on(given: dict[str, Any]) -> str:
    """What is left of a training that broke off."""
    if given["command"] not in ("train", "quickstart") or not Path(given["out"]).is_dir():
        return ""
    from keras_gan.run import Run

    return Run(given["out"]).progress()


# -- arguments ---------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"keras-gan: error: {message}. See {self.prog} --help.\n")


def _sides(text: str) -> int | list[int]:
    sides = [int(side) for side in text.lower().split("x")]
    return sides[0] if len(sides) == 1 else sides


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


_sides.__name__, _numbers.__name__ = "size", "list of numbers"  # how argparse calls them


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="keras-gan", description="GANs for Keras: train, sample, evaluate, export."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=text, description=text, argument_default=argparse.SUPPRESS
        )
        made.add_argument("--debug", action="store_true", help="show the traceback of an error")
        return made

    _train_arguments(command("train", "Train a model in a run directory, or go on with a run."))

    sample = command("sample", "Draw a grid of samples.")
    sample.add_argument("model", metavar="MODEL", help="a run, a .keras file or a SavedModel")
    sample.add_argument("--n", type=int, help="number of samples (64)")
    sample.add_argument("--labels", type=_numbers, help="a class for all, or one for each: 0,1,2")
    sample.add_argument("--seed", type=int, help="the same seed, the same pictures (0)")
    sample.add_argument("--truncation", type=float, help="below 1: less variety, more quality (1)")
    sample.add_argument("--columns", type=int, help="samples in a row")
    sample.add_argument("--out", default="grid.png", help="the PNG to write (grid.png)")

    evaluate = command("evaluate", "Measure a model, and write a report to look at.")
    evaluate.add_argument("model", metavar="RUNDIR|MODEL", help="a run or a .keras file")
    evaluate.add_argument("--data", metavar="SOURCE", help="real images; a run knows its own")
    evaluate.add_argument("--samples", type=int, help="images of each kind, at most (10000)")
    evaluate.add_argument("--seed", type=int, help="of the samples (0)")
    evaluate.add_argument(
        "--features", dest="extractor", help="auto, classifier, inception, pixels, random (auto)"
    )
    evaluate.add_argument("--out", help="directory of the report (RUNDIR/report)")
    _data_arguments(evaluate.add_argument)

    compare = command("compare", "Put the reports of several runs beside each other.")
    compare.add_argument("runs", nargs="+", metavar="RUN", help="runs, or directories of reports")
    compare.add_argument("--out", default="compare.html", help="the page (compare.html)")

    export = command("export", "Export the averaged generator as a SavedModel.")
    export.add_argument("model", metavar="MODEL", help="a run or a .keras file")
    export.add_argument("--out", required=True, help="the directory to make")
    export.add_argument(
        "--publish", action="store_true", help="make OUT/1, OUT/2, ...: the next version to serve"
    )
    export.add_argument("--keep", type=int, help="with --publish: remove all but the newest KEEP")

    serve = command("serve", "Start TensorFlow Serving, or say how to with docker.")
    serve.add_argument("model", metavar="DIR", help="the directory of the versions")
    serve.add_argument("--name", help="under which it is served (the directory's name)")
    serve.add_argument("--port", type=int, help="of REST (8501)")
    serve.add_argument("--grpc-port", type=int, help="of gRPC (8500)")
    serve.add_argument("--batching", help="a batching configuration, such as deploy/batching.conf")

    demo = command("demo", "Play with a model in the browser (needs keras-gan[demo]).")
    demo.add_argument("model", metavar="MODEL", help="a SavedModel, a run or a .keras file")
    demo.add_argument("--host", help="address to listen on (127.0.0.1)")
    demo.add_argument("--port", type=int, help="port to listen on (7860)")

    quick = command("quickstart", "Learn handwritten digits in a minute, and export the result.")
    quick.add_argument("--out", default="runs/quickstart", help="run directory, replaced each time")
    quick.add_argument(
        "--export", dest="export_to", help="where the next version goes (saved_models/digits)"
    )
    quick.add_argument("--epochs", type=int, help="fewer to have a quick look")
    quick.add_argument("--seed", type=int, help="of everything random (0)")
    quick.add_argument("--verbose", type=int, choices=(0, 1, 2), help="as in Keras")
    return parser


def _data_arguments(add: Callable) -> None:
    add("--image-size", type=_sides, metavar="SIZE", help="crop and resize to 64, or 48x64")
    add("--data-dir", help="where tensorflow-datasets keeps its files")
    add("--labels", help="the label feature, for models that learn classes")
    add("--limit", type=int, help="use only so many images")


def _train_arguments(train: argparse.ArgumentParser) -> None:
    add = train.add_argument
    add(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="digits, a dataset of tensorflow-datasets, or a folder of images",
    )
    add("--out", required=True, metavar="RUNDIR", help="run directory")
    add("--resume", action="store_true", help="go on with the run from its last finished epoch")
    add("--overwrite", action="store_true", help="remove the run that is there first")
    add("--verbose", type=int, choices=(0, 1, 2), help="as in Keras")

    group = train.add_argument_group("data")
    add = group.add_argument
    add("--batch-size", type=int, help="images of one update of the discriminator (64)")
    _data_arguments(add)

    group = train.add_argument_group("model", "What is left out is as in the model's paper.")
    add = group.add_argument
    add("--model", help=f"{_MODELS} (dcgan)")
    add(
        "--conditional",
        action="store_true",
        help="learn the classes, where the model may do without (cgan always does)",
    )
    add("--latent-dim", type=int, help="length of the latent vectors")
    add("--width", type=int, help="filters of the layers next to the image")

    group = train.add_argument_group("training", "What is left out is as in the model's paper.")
    add = group.add_argument
    add("--epochs", type=int, help="epochs in all (20)")
    add("--steps-per-epoch", type=int, help="if an epoch is no pass over the data")
    add("--seed", type=int, help="of everything random (0)")
    add("--loss", help=_LOSSES)
    add(
        "--penalty",
        dest="penalties",
        action="append",
        metavar="NAME[:WEIGHT[:INTERVAL]]",
        help=f"{_PENALTIES}, none; may be given several times",
    )
    add("--augment", help=f"{_AUGMENTS}: what the discriminator is shown, for few data")
    add("--learning-rate", type=float, help="of generator and discriminator")
    add("--generator-learning-rate", type=float)
    add("--discriminator-learning-rate", type=float)
    add("--beta-1", type=float, help="of all optimizers")
    add("--beta-2", type=float, help="of all optimizers")
    add("--n-critic", type=int, help="discriminator updates for one of the generator")
    add("--ema-decay", type=float, help="of the averaged generator; 0 switches it off")
    add("--updates", help="simultaneous or alternating")
    add(
        "--evaluate-every",
        type=int,
        metavar="EPOCHS",
        help="measure samples, log fid and others, keep the best model as best.keras",
    )

    group = train.add_argument_group("machine")
    add = group.add_argument
    add("--mixed-precision", help="bfloat16 or float16")
    add("--jit", action="store_true", help="compile the step with XLA")
    add("--strategy", help="mirrored: all devices here; multiworker: those of TF_CONFIG")


if __name__ == "__main__":
    sys.exit(main())

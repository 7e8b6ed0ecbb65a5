"""What the commands of `keras-gan` do; their options are in `keras_gan_cli`."""

import sys
from pathlib import Path
from typing import Any

from keras_gan_cli import main

__all__ = ["COMMANDS", "broke_off", "is_for_the_user", "main", "where_to_go_on"]

_MAX_COLUMNS = 16
_RUN_ONLY = ("out", "resume", "overwrite", "verbose", "debug", "command")
_MAY_CHANGE = ("epochs", "images", "source", "condition", "unpaired", "data_dir", "strategy")


def _train(given: dict[str, Any]) -> None:
    from keras_gan.command.announcing import announcer
    from keras_gan.core import progress
    from keras_gan.runs import choice, run

    out, verbose = given["out"], given.get("verbose", progress.verbosity())
    chosen = {name: value for name, value in given.items() if name not in _RUN_ONLY}
    if given.get("penalties") == ["none"]:
        chosen["penalties"] = []
    if "learning_rates" in given:
        chosen["learning_rates"] = dict(given["learning_rates"])
    if given.get("resume"):
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
        named = {name: chosen.pop(name) for name in ("recipe", "model") if name in chosen}
        settings, said = choice.chosen(chosen, **named)
        run.train(settings, out, given.get("overwrite", False), verbose, announcer(said))
    print(f"The run is in {out}. Look at {Path(out) / 'samples'}.")


def _sample(given: dict[str, Any]) -> None:
    from keras_gan.command import many, walk
    from keras_gan.core import files, saved_model
    from keras_gan.runs import run

    exported = saved_model.find(given["model"])
    gan = None if exported else run.load(given["model"])
    usual = (saved_model.kind(exported, ()) if exported else gan.kind).usual
    labels, n = given.get("labels"), given.get("n")
    if labels is not None and len(labels) == 1:
        labels = labels * (n or usual)
    n = n or (len(labels) if labels else usual)
    seed, truncation = given.get("seed", 0), given.get("truncation", 1.0)
    columns = given.get("columns")
    in_many = many.is_for_many(given["out"])
    if exported and (in_many or "walk" in given):
        raise ValueError(
            f"Folders, .npz files and walks are made of Keras models. Received: {exported}. "
            "Expected a run or a .keras file."
        )
    if "walk" in given:
        walk.save_walk(gan, given["walk"], given.get("n"), given.get("labels"), seed, truncation)
        print(f"A walk: {given['walk']}")
        return
    if in_many:
        many.save_samples(gan, given["out"], n, labels, seed, truncation)
        print(f"{n:,} samples: {given['out']}")
        return
    if exported:
        images = saved_model.sample(exported, n, labels, seed, truncation)
        kind = saved_model.kind(exported, images.shape[1:])
    else:
        images = gan.sample(n, labels=labels, seed=seed, truncation=truncation)
        kind = gan.kind
        classes = gan.condition.num_classes
        if labels is None and (classes or _MAX_COLUMNS) < _MAX_COLUMNS:
            columns = columns or classes
    with files.replacing(given["out"]) as part:
        kind.draw(images, part, columns)
    print(f"{len(images)} samples: {given['out']}")


def _evaluate(given: dict[str, Any]) -> None:
    from keras_gan.reporting import directory_of, figures_table, report

    options = {name: value for name, value in given.items() if name not in ("command", "debug")}
    options.setdefault("out", directory_of(given["model"]))
    result = report(**options)
    print(figures_table(result["metrics"]))
    for finding in result["findings"]:
        print(f"{finding['level']}: {finding['title']}\n  {finding['action']} {finding['link']}")
    print(f"The page is {Path(options['out']) / 'report.html'}.")


def _edit(given: dict[str, Any]) -> None:
    from keras_gan.command.edit import edit

    edit(given)


def _enlarge(given: dict[str, Any]) -> None:
    from keras_gan.command.enlarge import enlarge

    enlarge(given)


def _compare(given: dict[str, Any]) -> None:
    from keras_gan.reporting import compare

    print(compare(given["runs"], given["out"]))
    print(f"\nThe page is {given['out']}.")


def _export(given: dict[str, Any]) -> None:
    from keras_gan import export
    from keras_gan.core import directions
    from keras_gan.runs import run

    model = given["model"]
    gan, options = run.load(model), {"metadata": export.facts_of_run(model)}
    options["directions"] = directions.beside(model)
    if given.get("publish"):
        export.publish(gan, given["out"], given.get("keep"), **options)
    else:
        export.export(gan, given["out"], given.get("format", "tf_saved_model"), **options)


def _serve(given: dict[str, Any]) -> int:
    from keras_gan.serving.launch import serve

    options = ("name", "port", "grpc_port", "batching")
    return serve(given["model"], **{name: given[name] for name in options if name in given})


def _demo(given: dict[str, Any]) -> None:
    from keras_gan.command.demo import demo

    demo(given["model"], **{name: given[name] for name in ("host", "port") if name in given})


def _quickstart(given: dict[str, Any]) -> None:
    from keras_gan.command.quickstart import quickstart
    from keras_gan.core import progress

    options = ("out", "export_to", "epochs", "seed", "verbose")
    chosen = {name: given[name] for name in options if name in given}
    quickstart(**{"verbose": progress.verbosity()} | chosen)


def _data(given: dict[str, Any]) -> None:
    from keras_gan.core import files
    from keras_gan.data import contents
    from keras_gan.runs import choice

    options, facts, _ = choice.looked_at({"errors": "skip"} | given)
    names = ("source", "image_size", "length", "data_dir", "limit", "errors")
    found = contents(
        **{name: options[name] for name in names if name in options},
        labels=given.get("labels", None if facts.num_classes else False),
        kind=facts.kind,
    )
    with files.replacing(given["out"]) as part:
        found.kind.draw(found.shown, part, None)
    print(f"{found}\nThe picture is {given['out']}.")


COMMANDS = {
    "data": _data,
    "train": _train,
    "sample": _sample,
    "evaluate": _evaluate,
    "edit": _edit,
    "enlarge": _enlarge,
    "compare": _compare,
    "export": _export,
    "serve": _serve,
    "demo": _demo,
    "quickstart": _quickstart,
}


# -- errors ------------------------------------------------------------------------------------


def is_for_the_user(error: Exception) -> bool:
    """Whether one line says enough: bad input, the disk, a download, a training that diverged."""
    kinds = (ValueError, OSError, RuntimeError, ImportError, MemoryError)
    return isinstance(error, kinds) or broke_off(error)


def broke_off(error: Exception) -> bool:
    """Whether a training was under way, maybe, when this happened."""
    import tensorflow as tf

    from keras_gan import DivergenceError

    kinds = (DivergenceError, tf.errors.OpError, OSError, MemoryError)
    return isinstance(error, kinds) and not isinstance(error, FileExistsError)


def where_to_go_on(given: dict[str, Any]) -> str:
    """What is left of a training that broke off."""
    place = given.get("out")
    if given["command"] == "enlarge" and "run" not in given:
        from keras_gan.command.enlarge import run_of

        place = run_of(given)
    elif given["command"] not in ("train", "quickstart"):
        return ""
    if not Path(place).is_dir():
        return ""
    from keras_gan.runs.run import Run

    return Run(place).progress()


if __name__ == "__main__":
    sys.exit(main())

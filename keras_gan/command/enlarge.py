"""`keras-gan enlarge`: a folder of labelled pictures and of those that a model makes."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan import data
from keras_gan.command import gaining
from keras_gan.command.announcing import announcer
from keras_gan.core import files, kinds, progress
from keras_gan.engine.model import GenerativeModel
from keras_gan.enlarging import folder, keeping, labelled, mixture
from keras_gan.enlarging.labelled import Labelled
from keras_gan.runs import choice, reference, run
from keras_gan.runs.settings import Settings, build, located

PER_CLASS = 500
READING = ("image_size", "data_dir", "labels", "limit", "errors")


def enlarge(given: dict[str, Any]) -> None:
    """What the command does: a model is trained, and a folder written, of what was checked before.

    Args:
        given: Its options by name.

    Raises:
        ValueError: for pictures or a model that cannot be used.
        FileExistsError: if the folder, or the run to be made, is there.
    """
    out, keep = Path(given["out"]), None
    if "keep" in given:
        name, share = given["keep"]
        keep = keeping.KEEP[name](share=share)
    if out.exists():
        raise FileExistsError(f"{out} exists and is left as it is. Choose another --out.")
    files.check_writable(out.parent)
    own = {name: given[name] for name in READING if name in given}
    if "run" in given:
        gan = run.load(given["run"])
        if "gain" in given and not Path(given["run"]).is_dir():
            raise ValueError(
                f"Others are trained by the settings of a run. Received: {given['run']}, which is "
                "no run. Expected the directory of one."
            )
        parts = _read(given["source"], _as_the_run(given, gan, own))
    else:
        run.Run(run_of(given)).check_free(given.get("overwrite", False))
        settings, said = _chosen(given)
        size = {"image_size": settings.image_size} if settings.image_size else {}
        parts = _read(given["source"], own | size)
        _check_learns(settings, parts[0])
    judged = gaining.parts(*parts) if "gain" in given else None  # refused before long work
    if "run" not in given:
        verbose = given.get("verbose", progress.verbosity())
        overwrite = given.get("overwrite", False)
        gan = run.train(settings, run_of(given), overwrite, verbose, announcer(said))
    train, _ = parts
    labelled.check_model(gan, train)
    both, manifest = mixture.mixed(train, gan, _wanted(train, given), keep, given.get("seed", 0))
    folder.write(out, both, manifest)
    print(f"{manifest}: {out}; {folder.MANIFEST} there says which is which. Model: {run_of(given)}")
    if judged:
        print(gaining.measured(run_of(given), judged, given["gain"], "balance" in given))


def run_of(given: dict[str, Any]) -> Path:
    """The run whose model draws: the one that is named, or one beside the folder."""
    out = Path(given["out"])
    return Path(given.get("run") or out.with_name(f"{out.name}-run"))


def _chosen(given: dict[str, Any]) -> tuple[Settings, list[str]]:
    """The settings of a model that learns the classes, and what is said of them."""
    names = {field.name for field in dataclasses.fields(Settings)} - {"model", "recipe"}
    settings = {name: given[name] for name in names if name in given}
    _, facts, _ = choice.looked_at(settings)
    if not isinstance(facts.kind, kinds.Picture):
        raise ValueError(f"Only pictures are enlarged. Received: {facts.kind.plural}.")
    if (facts.num_classes or 0) < 2:
        raise ValueError(
            f"With one class there is nothing to tell apart. Received: {given['source']}, with "
            f"{facts.num_classes or 'no'} classes. Expected two or more, a sub-folder for each."
        )
    named = {name: given[name] for name in ("recipe", "model") if name in given}
    return choice.chosen(settings | {"conditional": True}, **named)


def _check_learns(settings: Settings, train: Labelled) -> None:
    """Refuses before the training what would be refused after it."""
    names = None if train.class_names is None else list(train.class_names)
    labelled.check_model(build(settings, data.load(train[:2], class_names=names)), train)


def _as_the_run(given: dict[str, Any], gan: GenerativeModel, own: dict[str, Any]) -> dict[str, Any]:
    """How the pictures are read that the model of a run has seen.

    Raises:
        ValueError: for a run of other classes.
    """
    options = {"image_size": tuple(gan.image_shape[:2])} | own
    if not Path(given["run"]).is_dir():
        return options
    of_run = run.Run(given["run"])
    there = of_run.settings()
    source = located(Settings(str(given["source"]), data_dir=own.get("data_dir", there.data_dir)))
    if source.source == there.source:
        known = of_run.data_options()
        return {n: known.get(n) for n in (*READING, "class_names", "source_type")} | own
    print(
        f"Note: the run was trained on {there.source}, not on {source.source}. If it has seen what "
        "a classifier will be tested on, its samples tell of it."
    )
    names = (of_run.config().get("data") or {}).get("class_names")
    found = data.load(given["source"], shuffle=False, cache=False, **options).class_names
    if names and found and list(names) != list(found):
        raise ValueError(
            f"The model never saw some of the labels, or has them in another order. Received: "
            f"classes {found}. Expected {names}."
        )
    return options


def _read(source: str, options: dict[str, Any]) -> tuple[Labelled, Labelled | None]:
    """The training part and the first one that is held out, if any; none has a picture of it."""
    first = None
    options = {"shuffle": False, "batch_size": 500} | options
    train = labelled.read(data.load(source, **options), "the training part")
    for split in reference.HELD_OUT_SPLITS:
        try:
            held_out = data.load(source, split=split, **options | {"limit": None})
        except data.NoSuchSplit:
            continue
        held_out = labelled.read(held_out, f"the split {split}")
        labelled.check_apart(train, held_out, f"the split {split}", "the training part")
        first = first or held_out
    return train, first


def _wanted(train: Labelled, given: dict[str, Any]) -> np.ndarray:
    """How many pictures are made of each class `(classes,)`."""
    counts = np.bincount(train.labels)
    each = np.where(counts, given.get("per_class", PER_CLASS), 0)
    return mixture.wanted_of(train.labels, int(each.sum()), True) if "balance" in given else each

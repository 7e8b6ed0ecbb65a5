"""A run: one training with all that it leaves behind, in a directory of its own.

config.json       the settings, what the data were, versions: all that it takes to do it again
checkpoints/      epoch-0019.keras, epoch-0020.keras: the last two epochs, complete
history.csv       one row for each epoch
logs/             for TensorBoard
samples/          epoch-0000.png, before the first step, epoch-0001.png ..., from the same latents,
                  within long epochs epoch-0000-000020032.png ..., and progress.gif
losses.png        the loss curves
model.keras       the trained model
best.keras        the best model by the Fréchet distance, with `evaluate_every`, and best.json
report/           what `keras-gan evaluate` writes
"""

import contextlib
import dataclasses
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan import callbacks, data, metrics, plotting
from keras_gan.core import checkpoints, files
from keras_gan.engine import inputs, replicas
from keras_gan.engine.game import Game
from keras_gan.engine.model import GenerativeModel
from keras_gan.engine.precision import warn_if_slower
from keras_gan.runs import begin, budget, reference
from keras_gan.runs.directory import Run, facts_of
from keras_gan.runs.settings import (
    Settings,
    build,
    compile_model,
    load_data,
    located,
    optimizer_changes,
)

SHOWN = 32  # pictures that images are made from, in a sample grid
WORTH_TIMING = 200  # steps; timing the model costs as much as 32 of them
GRID_IMAGES = 20_000  # real images from one sample grid to the next, where epochs are longer


def train(
    settings: Settings,
    directory: str | Path,
    overwrite: bool = False,
    verbose: str | int = "auto",
    announce: Callable[[Settings, int], None] | None = None,
) -> Game:
    """Trains a new model in a run directory of its own.

    Args:
        settings: What to train, and on what.
        directory: The run directory. It must not exist, or be empty.
        overwrite: Whether an older run there is removed. Anything else never is.
        verbose: As in `fit`.
        announce: Called before the first step with the settings as config.json has them, and the
            real images that are shown in all. The speed is measured for it, but for a run with a
            `limit` or of few steps.

    Returns:
        The trained model.

    Raises:
        FileExistsError: if something stands at `directory`.
        ValueError: for settings or data that do not fit; nothing is written or removed then.
        keras_gan.DivergenceError: if the training diverges; the last checkpoint stays.

    Example:

    >>> gan = train(Settings("digits", model="cgan", epochs=20), "runs/digits")
    """
    run = Run(directory)
    settings = located(settings)
    run.check_apart(settings)
    with _machine(settings) as strategy:
        chief = replicas.is_chief(strategy)
        with run.owned() if chief else contextlib.nullcontext():
            if chief:
                run.check_free(overwrite)
            keras.utils.set_random_seed(settings.seed % 2**32)
            dataset = load_data(settings)
            with strategy.scope():
                gan = build(settings, dataset)
                begun = _begin(gan, settings)
                settings = budget.divided(gan, settings, dataset)
                steps = budget.total_steps(gan, settings, dataset)
                if _is_to_be_timed(settings, steps if announce else 0, strategy):
                    settings = budget.timed(settings, budget.measured(settings, dataset))
                    settings = budget.divided(gan, settings, dataset)
                    keras.utils.set_random_seed(settings.seed % 2**32)
                compile_model(gan, settings, budget.total_steps(gan, settings, dataset))
            warn_if_slower(gan)
            if chief:
                if begun and verbose != 0:
                    print(begun, flush=True)
                run.create(settings, dataset, overwrite)
                if announce:
                    announce(settings, budget.total_images(gan, settings, dataset))
            _fit(run, gan, dataset, settings, 0, verbose)
    return gan


def _begin(gan: Game, settings: Settings) -> str | None:
    """Takes the weights of the run or file to begin with, if there is one."""
    return begin.begin(gan, load(settings.begin), settings) if settings.begin else None


def _is_to_be_timed(settings: Settings, steps: int, strategy: tf.distribute.Strategy) -> bool:
    """Whether the speed is measured: for minutes alone, or to say what so many steps will cost."""
    if settings.minutes is not None and settings.images is None:
        return True
    alone = not replicas.is_multi_worker(strategy)
    return steps >= WORTH_TIMING and settings.limit is None and alone


def resume(
    directory: str | Path,
    epochs: int | None = None,
    data_dir: str | None = None,
    strategy: str | None = None,
    verbose: str | int = "auto",
    source: str | Path | None = None,
    condition: str | Path | None = None,
    unpaired: str | Path | None = None,
    images: int | None = None,
) -> Game:
    """Goes on with a run from its last finished epoch; on a CPU, as if it had never stopped.

    Args:
        directory: The run directory. Of several workers, all must be able to read it.
        epochs: Epochs in all, if others than the run was made for.
        data_dir, source, condition, unpaired: Where the data are, if they have moved: they must be
            the same ones.
        strategy: How to spread the work, if in another way.
        verbose: As in `fit`.
        images: Real images in all, instead of epochs; epochs keep their length.

    Returns:
        The trained model.

    Raises:
        ValueError: if there is no run, another process trains in it, there is no readable
            checkpoint, or one of another training, or the data are others.

    Example:

    >>> gan = resume("runs/digits", epochs=40)
    """
    run = Run(directory)
    given = {"epochs": epochs, "data_dir": data_dir, "strategy": strategy, "images": images}
    given = {name: value for name, value in given.items() if value is not None}
    before = run.settings()
    if source not in (None, before.source):
        given |= {"source": source, "source_type": None}
    for name, value in {"condition": condition, "unpaired": unpaired}.items():
        if value not in (None, getattr(before, name)):
            given[name] = os.fspath(value)
    if epochs is not None:
        given["images"] = images  # those of before are no longer what the run is for
    settings = located(dataclasses.replace(before, **given))
    for name in ("source", "condition", "unpaired"):
        old, new = getattr(before, name), getattr(settings, name)
        if new != old and new not in settings.folders():
            raise ValueError(
                "A run goes on with the data that it began with. Received: "
                f"{new!r}. Expected {old!r}."
            )
    run.check_apart(settings)
    with _machine(settings) as scope:
        chief = replicas.is_chief(scope)
        with run.owned() if chief else contextlib.nullcontext():
            dataset = _same_data(run, settings)
            with scope.scope():
                planned = build(settings, dataset)
                settings = budget.divided(planned, settings, dataset)
                steps = budget.total_steps(planned, settings, dataset)
                if before.learning_rate_decay and settings.epochs != before.epochs:
                    raise ValueError(
                        "Learning rates that fall over the whole run fix its length. Received: "
                        f"epochs={settings.epochs}. Expected {before.epochs}, or a new run."
                    )
                compile_model(planned, settings, steps)
                gan, epoch = checkpoints.load_latest(run.checkpoints)
            _check_same(planned, gan, settings, run)
            if epoch > settings.epochs:
                raise ValueError(
                    f"{run.directory} has {epoch} epochs already. "
                    f"Received: epochs={settings.epochs}."
                )
            if given and chief:
                run.write_config(settings, dataset)
            _fit(run, gan, dataset, settings, epoch, verbose)
    return gan


def _same_data(run: Run, settings: Settings) -> tf.data.Dataset:
    """The data that the run began with, wherever they are now.

    Raises:
        ValueError: if they are gone, or others.
    """
    for folder in settings.folders():
        if not Path(folder).exists():
            option = {settings.condition: " --condition", settings.unpaired: " --unpaired"}
            command = f"keras-gan train{option.get(folder, '')} FOLDER --resume"
            raise ValueError(
                f"The run's pictures are not where they were. Received: {folder}. If they have "
                f"moved: {command} --out {shlex.quote(str(run.directory))}"
            )
    began_with = run.config().get("data", {})
    names = began_with.get("class_names") if settings.source_type == "folder" else None
    dataset = load_data(settings, names)
    found = facts_of(dataset)
    # runs from before there was a fingerprint have none
    if any(found[name] != value for name, value in began_with.items() if name in found):
        raise ValueError(
            f"The data are not those that the run in {run.directory} began with. "
            f"Received: {found}. Expected: {began_with}."
        )
    return dataset


def load(path: str | Path) -> GenerativeModel:
    """Loads the model of a run (its newest checkpoint if it is not finished), or a `.keras` file.

    Args:
        path: A run directory or a `.keras` file.

    Raises:
        ValueError: if there is none, or it is no model of this package.

    Example:

    >>> load("runs/digits").sample(64, seed=0)
    """
    path = Path(path)
    if path.is_dir():
        run = Run(path)
        run.config()
        if run.model.exists():
            path = run.model
        else:
            return checkpoints.load_latest(run.checkpoints)[0]
    model = checkpoints.load_model(path)
    if not isinstance(model, GenerativeModel):
        raise ValueError(f"{path} is no GAN of this package, but a {type(model).__name__}.")
    return model


@contextlib.contextmanager
def _machine(settings: Settings) -> Iterator[tf.distribute.Strategy]:
    """The precision and the devices of a run."""
    before = keras.config.dtype_policy()
    if settings.mixed_precision:
        keras.config.set_dtype_policy(f"mixed_{settings.mixed_precision}")
    try:
        yield _strategy(settings.strategy)
    finally:
        keras.config.set_dtype_policy(before)


def _strategy(name: str | None) -> tf.distribute.Strategy:
    if name == "multiworker":
        if not os.environ.get("TF_CONFIG"):
            raise ValueError(
                "The strategy 'multiworker' reads the addresses of the workers from the variable "
                "TF_CONFIG of the environment, which is not set."
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    return tf.distribute.get_strategy()


def _first_conditions(gan: Game, dataset: tf.data.Dataset) -> np.ndarray | None:
    """The pictures that the sample grids are made from: the same ones whenever the run goes on."""
    if gan.condition.shape is None:
        return None
    data.find(dataset, "order").epoch = 0
    found = []
    for batch in dataset.as_numpy_iterator():
        found.append(gan.conditions_of(*inputs.as_pair(batch)))
        if sum(map(len, found)) >= SHOWN:
            break
    return np.concatenate(found)[:SHOWN]


def _evaluate(run: Run, gan: Game, settings: Settings) -> callbacks.Evaluate:
    """Measures samples against held-out images, or training images where there are none."""
    real = reference.load(settings.source, kind=gan.kind, **run.data_options())
    extractor, judge = reference.extractors(real)
    images = real.first.images
    distance = metrics.NGrams() if images.of.medium == "text" else metrics.FID(extractor)
    found = [distance, metrics.PRDC(extractor)]
    if judge is not None and gan.condition.num_classes:
        found.append(metrics.RightLabel(judge))
    return callbacks.Evaluate(
        found,
        images.images,
        images.labels if gan.condition.num_classes else real.first.condition,
        every=settings.evaluate_every,
        best=run.best,
    )


def _check_same(planned: Game, loaded: Game, settings: Settings, run: Run) -> None:
    """Checks that a checkpoint is of the training that config.json asks for."""

    def networks(gan: Game) -> tuple:
        shapes = ([tuple(w.shape) for w in getattr(gan, name).weights] for name in gan.networks)
        return type(gan), list(shapes)

    if not isinstance(loaded, Game) or networks(planned) != networks(loaded):
        raise ValueError(
            f"The checkpoint in {run.checkpoints} is of another architecture ({_describe(loaded)}) "
            f"than {run.config_path} and its data ask for ({_describe(planned)})."
        )
    asked, found = (_named(gan, settings) for gan in (planned, loaded))
    for name, value in asked.items():
        if found[name] != value:
            raise ValueError(
                f"The checkpoint in {run.checkpoints} is of another training than "
                f"{run.config_path} asks for. Received: {name}={found[name]}. Expected {value}."
            )


def _named(gan: Game, settings: Settings) -> dict[str, Any]:
    """What the settings name, as a model has it; the rest is the paper's."""
    config = gan.get_compile_config()
    chosen = ("loss", "penalties", "augment", "n_critic", "ema_decay", "updates")
    named = {name: config[name] for name in chosen if getattr(settings, name) is not None}
    for network in gan.networks:
        optimizer = config[f"{network}_optimizer"]["config"]
        optimizer = optimizer.get("inner_optimizer", {}).get("config", optimizer)
        for option in optimizer_changes(settings, network):
            named[f"{network}_optimizer.{option}"] = optimizer[option]
    return {"seed": gan.seed} | named


def _describe(gan: Game) -> str:
    shape = getattr(gan, "image_shape", "unknown shape")
    parameters = f"{gan.count_params():,} parameters"
    return f"{type(gan).__name__}, images of {shape}, {parameters}"


def _fit(
    run: Run,
    gan: Game,
    dataset: tf.data.Dataset,
    settings: Settings,
    epoch: int,
    verbose: str | int,
) -> None:
    """Trains from `epoch` on, and leaves in the run directory what a finished run has."""
    chief = replicas.is_chief(gan.distribute_strategy)
    watchers = [
        callbacks.HistoryCSV(run.history),
        callbacks.SampleGrid(
            run.samples, condition=_first_conditions(gan, dataset), images=GRID_IMAGES
        ),
        callbacks.Checkpoint(run.checkpoints),  # last: it says that the epoch is over
    ]
    if chief:
        watchers.insert(0, keras.callbacks.TensorBoard(run.logs, write_graph=False))
    if settings.evaluate_every:
        watchers.insert(0, _evaluate(run, gan, settings))  # first: others write what it measures
    gan.fit(
        dataset,
        epochs=settings.epochs,
        initial_epoch=epoch,
        steps_per_epoch=settings.steps_per_epoch,
        callbacks=watchers,
        verbose=verbose if chief else 0,
    )
    gan.save(run.model)
    if chief:
        with files.replacing(run.losses) as part:
            plotting.training_curves(callbacks.read_history(run.history), part, _balance(gan))


def _balance(gan: Game) -> dict[str, float]:
    """The level of a balanced game, of losses that consist of it alone."""
    objective = getattr(gan, "objective", None)
    return objective.balanced() if objective and not gan.extra_terms() else {}

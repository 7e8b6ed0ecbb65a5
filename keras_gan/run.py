"""A run: one training with all that it leaves behind, in a directory of its own.

config.json       the settings, what the data were, versions: all that it takes to do it again
checkpoints/      epoch-0019.keras, epoch-0020.keras: the last two epochs, complete
history.csv       one row for each epoch
logs/             for TensorBoard
samples/          epoch-0001.png ..., from the same latents, and progress.gif
losses.png        the loss curves
model.keras       the trained model
best.keras        the best model by the Fréchet distance, with `evaluate_every`, and best.json
report/           what `keras-gan evaluate` writes
"""

import contextlib
import dataclasses
import json
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan import callbacks, checkpoints, files, metrics, plotting, reference, replicas
from keras_gan.gan import GAN
from keras_gan.model import GenerativeModel
from keras_gan.precision import warn_if_slower
from keras_gan.settings import Settings, build, compile_model, load_data
from keras_gan.version import __version__


class Run:
    """The paths of a run directory, and what stands in its config.json.

    Args:
        directory: The run directory.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)
        self.config_path = self.directory / "config.json"
        self.checkpoints = self.directory / "checkpoints"
        self.history = self.directory / "history.csv"
        self.logs = self.directory / "logs"
        self.samples = self.directory / "samples"
        self.losses = self.directory / "losses.png"
        self.model = self.directory / "model.keras"
        self.best = self.directory / "best.keras"

    def config(self) -> dict[str, Any]:
        """What config.json says.

        Raises:
            ValueError: if there is none, or it is none of ours.
        """
        try:
            config = json.loads(self.config_path.read_text())
        except FileNotFoundError:
            raise ValueError(f"{self.directory} is no run: it has no config.json.") from None
        except ValueError as error:
            raise ValueError(f"{self.config_path} cannot be read: {error}.") from None
        if not isinstance(config, dict) or not {"settings", "versions"} <= config.keys():
            raise ValueError(f"{self.config_path} is not the config.json of a run.")
        return config

    def settings(self) -> Settings:
        """The settings that the run was made with."""
        try:
            return Settings(**self.config()["settings"])
        except TypeError as error:
            raise ValueError(f"{self.config_path} cannot be used: {error}.") from None

    def check_free(self, overwrite: bool = False) -> None:
        """Checks that a new run may begin here; with `overwrite`, an older run counts as nothing.

        Raises:
            FileExistsError: if something is here that is to be kept.
        """
        if not self.directory.exists():
            return
        if self.directory.is_dir() and not any(self.directory.iterdir()):
            return
        try:
            self.config()
        except (ValueError, OSError):
            raise FileExistsError(
                f"{self.directory} exists and is no run of keras-gan, so it is left as it is. "
                "Choose another directory."
            ) from None
        if not overwrite:
            raise FileExistsError(
                f"{self.directory} holds a run already. Go on with it (--resume), replace it "
                "(--overwrite) or choose another directory."
            )

    def create(self, settings: Settings, dataset: tf.data.Dataset, overwrite: bool = False) -> None:
        """Makes the directory, with its config.json and nothing else in it."""
        self.check_free(overwrite)
        if self.directory.exists():
            shutil.rmtree(self.directory)
        self.directory.mkdir(parents=True)
        self.write_config(settings, dataset)

    def write_config(self, settings: Settings, dataset: tf.data.Dataset) -> None:
        """Writes config.json."""
        config = {
            "settings": dataclasses.asdict(settings),
            "data": _facts(dataset),
            "versions": {
                "keras_gan": __version__,
                "keras": keras.__version__,
                "tensorflow": tf.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }
        with files.replacing(self.config_path) as part:
            part.write_text(json.dumps(config, indent=2) + "\n")

    def progress(self) -> str:
        """One sentence about the last good checkpoint, and one about going on from there."""
        found = checkpoints.latest(self.checkpoints)
        if found is None:
            return ""
        path, epoch = found
        return (
            f"The last good checkpoint is {path} (finished epochs: {epoch}). "
            f"To go on: keras-gan train --resume --out {self.directory}"
        )


def train(
    settings: Settings, directory: str | Path, overwrite: bool = False, verbose: str | int = "auto"
) -> GAN:
    """Trains a new model in a run directory of its own.

    Args:
        settings: What to train, and on what.
        directory: The run directory. It must not exist, or be empty.
        overwrite: Whether an older run there is removed. Anything else never is.
        verbose: As in `fit`.

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
    with _machine(settings) as strategy:
        chief = replicas.is_chief(strategy)
        if chief:
            run.check_free(overwrite)
        keras.utils.set_random_seed(settings.seed)
        dataset = load_data(settings)
        with strategy.scope():
            gan = build(settings, dataset)
            compile_model(gan, settings)
        warn_if_slower(gan)
        if chief:
            run.create(settings, dataset, overwrite)
        _fit(run, gan, dataset, settings, 0, verbose)
    return gan


def resume(
    directory: str | Path,
    epochs: int | None = None,
    data_dir: str | None = None,
    strategy: str | None = None,
    verbose: str | int = "auto",
) -> GAN:
    """Goes on with a run from its last finished epoch; on a CPU, as if it had never stopped.

    Args:
        directory: The run directory. Of several workers, all must be able to read it.
        epochs: Epochs in all, if others than the run was made for.
        data_dir: Where the data are, if they have moved.
        strategy: How to spread the work, if in another way.
        verbose: As in `fit`.

    Returns:
        The trained model.

    Raises:
        ValueError: if there is no run, no readable checkpoint, or one of another architecture.

    Example:

    >>> gan = resume("runs/digits", epochs=40)
    """
    run = Run(directory)
    given = {"epochs": epochs, "data_dir": data_dir, "strategy": strategy}
    given = {name: value for name, value in given.items() if value is not None}
    settings = dataclasses.replace(run.settings(), **given)
    with _machine(settings) as scope:
        dataset = load_data(settings)
        if _facts(dataset) != run.config().get("data"):
            raise ValueError(
                f"The data are not those that the run in {run.directory} began with. "
                f"Received: {_facts(dataset)}. Expected: {run.config().get('data')}."
            )
        with scope.scope():
            planned = build(settings, dataset)
            gan, epoch = checkpoints.load_latest(run.checkpoints)
        _check_same(planned, gan, run)
        if epoch > settings.epochs:
            raise ValueError(
                f"{run.directory} has {epoch} epochs already. Received: epochs={settings.epochs}."
            )
        if given and replicas.is_chief(scope):
            run.write_config(settings, dataset)
        _fit(run, gan, dataset, settings, epoch, verbose)
    return gan


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


def _evaluate(run: Run, gan: GAN, settings: Settings) -> callbacks.Evaluate:
    """Measures samples against held-out images, or training images where there are none."""
    options = {name: getattr(settings, name) for name in reference.OPTIONS}
    real = reference.load(settings.source, **options)
    extractor, judge = reference.extractors(real)
    images = (real.held_out or real.train).images
    found = [metrics.FID(extractor), metrics.PRDC(extractor)]
    if judge is not None and gan.num_classes:
        found.append(metrics.RightLabel(judge))
    return callbacks.Evaluate(
        found,
        images.images,
        images.labels if gan.num_classes else None,
        every=settings.evaluate_every,
        best=run.best,
    )


def _facts(dataset: tf.data.Dataset) -> dict[str, Any]:
    """What config.json says of the data, so that a resumed run can tell that they are the same."""
    return {
        "image_shape": [int(side) for side in dataset.image_shape],
        "size": int(dataset.size),
        "num_classes": dataset.num_classes and int(dataset.num_classes),
        "class_names": dataset.class_names and [str(name) for name in dataset.class_names],
    }


def _check_same(planned: GAN, loaded: GAN, run: Run) -> None:
    """Checks that a checkpoint is of the architecture that config.json asks for."""

    def facts(gan: GAN) -> tuple:
        networks = (getattr(gan, name, None) for name in ("generator", "discriminator"))
        return type(gan), [[tuple(w.shape) for w in n.weights] if n else None for n in networks]

    if facts(planned) != facts(loaded):
        raise ValueError(
            f"The checkpoint in {run.checkpoints} is of another architecture ({_describe(loaded)}) "
            f"than {run.config_path} and its data ask for ({_describe(planned)})."
        )


def _describe(gan: GAN) -> str:
    shape = getattr(gan, "image_shape", "unknown shape")
    parameters = f"{gan.count_params():,} parameters"
    return f"{type(gan).__name__}, images of {shape}, {parameters}"


def _fit(
    run: Run, gan: GAN, dataset: tf.data.Dataset, settings: Settings, epoch: int, verbose: str | int
) -> None:
    """Trains from `epoch` on, and leaves in the run directory what a finished run has."""
    chief = replicas.is_chief(gan.distribute_strategy)
    watchers = [
        callbacks.HistoryCSV(run.history),
        callbacks.SampleGrid(run.samples),
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
            plotting.training_curves(callbacks.read_history(run.history), part)

"""What `keras-gan enlarge --gain` measures: whether a classifier learns more from such models."""

import dataclasses
from pathlib import Path

import keras
import numpy as np

from keras_gan import data, enlarging
from keras_gan.engine.game import Game
from keras_gan.enlarging.comparison import read_parts
from keras_gan.enlarging.labelled import Labelled
from keras_gan.enlarging.result import Gain
from keras_gan.metrics.classifier import network
from keras_gan.runs import budget, run
from keras_gan.runs.settings import Settings, build, compile_model

STEPS = 1000  # of a classifier
BATCH = 64
RATE = 2e-3
PARTED = 1  # seed by which test pictures are held out where there are none


def parts(train: Labelled, test: Labelled | None) -> tuple[Labelled, Labelled, Labelled]:
    """To learn from, to choose the ratio by, and to test on: of `train`, where there is no test.

    Raises:
        ValueError: for too few pictures to hold out from.
    """
    if test is None:
        train, test = enlarging.held_out(train, seed=PARTED)
    return read_parts(train, None, test)


def measured(
    place: str | Path, sets: tuple[Labelled, Labelled, Labelled], seeds: int, balance: bool
) -> Gain:
    """Compares four ways to teach a classifier, with new models by the settings of a run.

    The run's own model has seen all pictures but those of a split to test on; those that are
    trained here see no picture by which the ratio is chosen.

    Args:
        place: The run, whose directory gets `gain.json`.
        sets: As `parts` makes them.
        seeds: How many; each trains a model as long as the run did.
        balance: As in `keras_gan.enlarging.gain`.

    Raises:
        ValueError: for a file that is no run.
    """
    settings = run.Run(place).settings()
    train, *_ = sets
    classes = int(train.labels.max()) + 1

    def make_classifier(seed: int) -> keras.Model:
        model = network(train.images.shape[1:], classes, seed)
        rate = keras.optimizers.schedules.CosineDecay(RATE, STEPS)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(rate), loss)
        return model

    def make_gan(images: np.ndarray, labels: np.ndarray, seed: int) -> Game:
        return _trained(dataclasses.replace(settings, seed=seed), images, labels)

    options = {"balance": balance, "steps": STEPS, "batch_size": BATCH}
    found = enlarging.gain(*sets, make_classifier, make_gan, seeds, **options)
    found.save(place)
    return found


def _trained(settings: Settings, images: np.ndarray, labels: np.ndarray) -> Game:
    """A model by the settings of a run, on other pictures."""
    dataset = data.load((images, labels), batch_size=settings.batch_size, seed=settings.seed)
    gan = build(settings, dataset)
    steps_per_epoch = None if settings.images else settings.steps_per_epoch
    settings = dataclasses.replace(settings, steps_per_epoch=steps_per_epoch)
    settings = budget.divided(gan, settings, dataset)
    compile_model(gan, settings, budget.total_steps(gan, settings, dataset))
    gan.fit(dataset, epochs=settings.epochs, steps_per_epoch=settings.steps_per_epoch, verbose=0)
    return gan

"""How long a run is: a number of images, or minutes, as whole epochs of equal length."""

import dataclasses
import gc
import math
import time
import warnings
from typing import NamedTuple

import keras
import tensorflow as tf

from keras_gan.engine import replicas
from keras_gan.engine.game import Game
from keras_gan.runs.settings import Settings, build, compile_model

# that images are divided into, the first ones where it is equal: each ends in a checkpoint
EPOCHS = (20, *range(21, 31), *range(19, 9, -1))
LATE = 1 << 30  # the step whose speed is measured: networks that grow have their full size there
STEPS = range(4, 33)  # that are timed, at least and at most
SECONDS = 10.0  # from which on no further step is timed


class Speed(NamedTuple):
    """How fast a model trains here, and how many seconds its first step takes more than others."""

    images_per_second: float
    start: float


def steps_per_pass(gan: Game, settings: Settings, dataset: tf.data.Dataset) -> int:
    """Steps in which all images of a run are shown once."""
    n_critic = settings.n_critic or gan.default_settings().get("n_critic", 1)
    return math.ceil(dataset.size / (settings.batch_size * n_critic))


def total_steps(gan: Game, settings: Settings, dataset: tf.data.Dataset) -> int:
    """Steps of the whole run."""
    per_epoch = settings.steps_per_epoch or steps_per_pass(gan, settings, dataset)
    return settings.epochs * per_epoch


def total_images(gan: Game, settings: Settings, dataset: tf.data.Dataset) -> int:
    """Real images that the whole run shows."""
    steps = total_steps(gan, settings, dataset)
    return round(steps * dataset.size / steps_per_pass(gan, settings, dataset))


def divided(gan: Game, settings: Settings, dataset: tf.data.Dataset) -> Settings:
    """The settings with the epochs in which at least `images` are shown; as they are without.

    Epochs that have a length keep it: so does a run that goes on for longer.
    """
    if settings.images is None:
        return settings
    steps = math.ceil(settings.images * steps_per_pass(gan, settings, dataset) / dataset.size)
    length = settings.steps_per_epoch
    if length is None:
        lengths = [math.ceil(steps / n) for n in EPOCHS if n <= steps] or [steps]
        length = min(lengths, key=lambda each: math.ceil(steps / each) * each)
    return dataclasses.replace(settings, epochs=math.ceil(steps / length), steps_per_epoch=length)


def timed(settings: Settings, speed: Speed) -> Settings:
    """The settings with what was measured, and with `images` where there are `minutes` alone."""
    images, rate = settings.images, speed.images_per_second
    if settings.minutes is not None and images is None:
        left = max(60 * settings.minutes - speed.start, 0.0)
        images = max(round(rate * left), 1)
    return dataclasses.replace(settings, images=images, images_per_second=round(rate, 2))


def measured(settings: Settings, dataset: tf.data.Dataset) -> Speed:
    """How fast a copy of the run's model trains on the run's data; the run itself is not begun.

    Args:
        settings: Of the run.
        dataset: Its data; the order of each epoch is set anew by `fit`.

    Raises:
        ValueError: with several workers, of which each would measure a speed of its own.
    """
    if replicas.is_multi_worker(tf.distribute.get_strategy()):
        raise ValueError(
            "Several workers would measure several speeds. Received: "
            f"minutes={settings.minutes} and strategy={settings.strategy!r}. Expected images=."
        )
    clock = _Clock()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the run's own model warns
        copy = build(settings, dataset)
        compile_model(copy, settings, STEPS.stop)
        copy.step.assign(LATE)
        copy.fit(dataset, steps_per_epoch=STEPS.stop, verbose=0, callbacks=[clock])
    speed = Speed(copy.images_per_step / clock.seconds_per_step, clock.start)
    del copy, clock
    gc.collect()
    return speed


class _Clock(keras.callbacks.Callback):
    """Times steps after the first two, and stops when it has seen enough."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._ends = [time.perf_counter()]

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._ends.append(time.perf_counter())
        steps = len(self._ends) - 1
        long = steps > 2 and self._ends[-1] - self._ends[2] > SECONDS
        if steps >= STEPS.stop - 1 or (long and steps >= STEPS.start):
            self.model.stop_training = True

    @property
    def seconds_per_step(self) -> float:
        return (self._ends[-1] - self._ends[2]) / (len(self._ends) - 3)

    @property
    def start(self) -> float:
        """Seconds of tracing."""
        return max(self._ends[1] - self._ends[0] - self.seconds_per_step, 0.0)

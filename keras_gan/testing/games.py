"""Small games: whether a class learns what it is for, on dense networks and flat samples."""

import functools
import itertools
import math

import keras
import numpy as np
from keras import layers, ops

from keras_gan.core import packing
from keras_gan.core.networks import part_between
from keras_gan.engine.game import Game

MEAN, SPREAD = 0.1, 0.3
_WIDTH, _LATENT_DIM, _CLASSES = 16, 4, 2
_ROWS, _BATCH, _EPOCHS = 2048, 64, 24
_RATE, _CRITICS_RATE = 1e-3, 1e-2
_GAMES = 3


def small_game(model: Game, seed: int = 0) -> Game:
    """A game of the model's class on dense networks, for flat samples.

    The class brings the settings, but for the optimizers and one update of its critics a step; each
    network has the inputs and outputs of the model's, small ones.
    """
    samples = [tuple(model.image_shape)]
    if model.takes_condition and not model.num_classes:
        samples.append(tuple(model.condition.shape))
    shapes = {shape: _flat(shape) for shape in samples}
    latent_dim = model.prior.size or min(model.latent_dim, _LATENT_DIM)
    shapes |= {
        packing.shape_of(shape, model.pack): packing.shape_of(small, model.pack)
        for shape, small in shapes.items()
    }
    shapes |= {(times * model.latent_dim,): (times * latent_dim,) for times in (2, 1)}
    classes = {"num_classes": _CLASSES} if model.num_classes else {}
    if classes:
        shapes[model.num_classes,] = (_CLASSES,)
    networks = {
        name: _dense(getattr(model, name), shapes, samples, 100 * seed + 10 * k)
        for k, name in enumerate(model.networks)
    }
    networks |= {
        name: _dense(network, shapes, samples, 100 * seed + 90)
        for name, network in _at_rest(model).items()
    }
    own = {name: getattr(model, name) for name in model.shaping} | {"prior": model.prior}
    game = type(model)(**networks, **classes, **own, seed=seed)
    rates = {n: _CRITICS_RATE if n in game.critics else _RATE for n in game.networks}
    adam = {
        f"{name}_optimizer": keras.optimizers.Adam(rate, beta_1=0.5) for name, rate in rates.items()
    }
    once = {"n_critic": 1} if game.critics else {}
    game.compile(**adam, **once, ema_decay=0.99, steps_per_execution=_ROWS // _BATCH)
    return game


def _at_rest(model: Game) -> dict[str, keras.Model]:
    """Networks that the class takes and does not train, by the names of its arguments."""
    given = {name: getattr(model, name) for name in model.get_config().keys() - {*model.networks}}
    return {name: value for name, value in given.items() if isinstance(value, keras.Model)}


def _dense(
    network: keras.Model, shapes: dict[tuple, tuple], samples: list[tuple], seed: int
) -> keras.Model:
    kernels = (keras.initializers.GlorotUniform(seed + k) for k in itertools.count())
    given = [keras.Input(_small(x.shape[1:], shapes), dtype=x.dtype) for x in network.inputs]
    parts = [layers.Flatten()(x if "float" in x.dtype else ops.one_hot(x, _CLASSES)) for x in given]
    x = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    for _ in range(2):
        x = layers.Dense(_WIDTH, activation="leaky_relu", kernel_initializer=next(kernels))(x)

    @functools.cache
    def made(k: int) -> keras.KerasTensor:
        output, source = network.outputs[k], _source(network, k)
        shape = _small(output.shape[1:], shapes)
        squashing = "tanh" if tuple(output.shape[1:]) in samples else None
        read = x if source is None else layers.LeakyReLU()(layers.Flatten()(made(source)))
        options = {"activation": squashing, "kernel_initializer": next(kernels)}
        flat = layers.Dense(math.prod(shape), **options, dtype="float32")(read)
        return layers.Reshape(shape, dtype="float32")(flat)

    outputs = [made(k) for k in range(len(network.outputs))]
    return keras.Model(
        given if len(given) > 1 else given[0], outputs if len(outputs) > 1 else outputs[0]
    )


def _source(network: keras.Model, k: int) -> int | None:
    """The output that output `k` is made of, if there is one: that of a bottleneck."""
    others = (j for j in range(len(network.outputs)) if j != k)
    return next((j for j in others if part_between(network, j, k) is not None), None)


def _flat(shape: tuple) -> tuple[int, ...]:
    """Shape of a small sample, all of whose values are the same, in place of one of this shape.

    One value would not do: a gradient that is held at norm one could not turn round.
    """
    return (*(2,) * (len(shape) - 1), shape[-1]) if len(shape) > 1 else (2,)


def _small(shape: tuple, shapes: dict[tuple, tuple]) -> tuple:
    """The small shape in place of a network's; a map of logits becomes one."""
    shape = tuple(shape)
    return shapes.get(shape, (1,) * len(shape) if len(shape) > 1 else shape)


def check_learns(model: Game) -> None:
    """Trains the small game of a model's class, and checks what its samples have become.

    Their brightness shall have the mean and spread of a Gaussian, one for each class if there are
    any. Where a sample belongs to each condition, it shall be that sample; where two unpaired
    kinds are translated, there and back shall be the sample itself. One of three games has to do
    it: on other processors, and so with other roundings, a game takes another course.
    """
    for seed in range(_GAMES):
        try:
            _check_game(small_game(model, seed))
            return
        except AssertionError:
            if seed == _GAMES - 1:
                raise


def _check_game(game: Game) -> None:
    rng = np.random.default_rng(0)
    brightness = rng.normal(MEAN, SPREAD, _ROWS)
    real = _flat_samples(brightness, game.image_shape)
    condition = targets = None
    if game.condition.num_classes:
        condition = np.arange(_ROWS) % _CLASSES
        sides = (2.0 * condition - 1.0).reshape(-1, *(1 for _ in game.image_shape))
        real = (0.5 * real + 0.3 * sides).astype("float32")
    elif game.takes_condition and game.condition_from == "unpaired":
        condition = _flat_samples(rng.normal(-MEAN, SPREAD, _ROWS), game.condition.shape)
    elif game.takes_condition and game.condition_from != "samples":
        condition = _flat_samples(-brightness, game.condition.shape)
        real = 0.8 * real
    elif game.targets and not game.takes_condition:  # classes that are found: of dark, of bright
        targets = (real.reshape(_ROWS, -1).mean(axis=1) > MEAN).astype("int32")
    targets = condition if targets is None else targets
    game.fit(real, targets, batch_size=_BATCH, epochs=_EPOCHS, verbose=0)
    condition = game.conditions_of(real, condition)
    made = game.samples_for(_ROWS, condition)
    if game.condition.num_classes:
        for label in range(_CLASSES):
            own = condition == label
            _check_gaussian(f"samples of class {label}", made[own], real[own])
    elif condition is None:
        _check_gaussian("samples", made, real)
    elif game.condition_from == "unpaired":
        _check_near("there and back", game.translate(game.translate(real, "ab"), "ba"), real)
    else:
        _check_near("made of its condition", made, real)


def _flat_samples(brightness: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    values = np.clip(brightness, -1.0, 1.0).reshape(-1, *(1 for _ in shape))
    return np.broadcast_to(values, (len(values), *shape)).astype("float32")


def _check_near(what: str, made: np.ndarray, real: np.ndarray) -> None:
    error = float(np.abs(made - real).mean() / real.std())
    assert error < 0.3, f"a sample {what} is {error:.2f} standard deviations off, not 0.3 at most"


def _check_gaussian(what: str, made: np.ndarray, real: np.ndarray) -> None:
    made, real = (x.reshape(len(x), -1).mean(axis=1) for x in (made, real))
    off = abs(float(made.mean() - real.mean())) / float(real.std())
    ratio = float(made.std() / real.std())
    assert off < 0.2, (
        f"the mean of {what} is {off:.2f} standard deviations off, at most 0.2 expected"
    )
    assert 0.7 < ratio < 1.3, (
        f"the spread of {what} is {ratio:.2f} of the data's, 0.7 to 1.3 expected"
    )

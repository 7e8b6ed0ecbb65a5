"""The checks of `check_model`, and what they share."""

import functools
import tempfile
import unittest
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gan.core import kinds, noise
from keras_gan.engine import inputs
from keras_gan.engine.game import Game
from keras_gan.engine.outputs import log_name
from keras_gan.export import export, versions
from keras_gan.testing import games, replicas

BATCH = 8
_WAITING = ("bias", "embedding")  # for a gradient, or for a class that is in no batch


class Case:
    """A model and its data, and a fresh one that has taken two steps."""

    def __init__(self, model: Game, data: Any):
        self.model = model
        self.settings = model.get_compile_config() or {}
        self._first = self.fresh(eager=model.run_eagerly)
        self.n_critic = self._first.n_critic
        self.x, self.y = _arrays(data, 2 * self.n_critic * BATCH)
        self.condition = model.conditions_of(self.x, self.y) if model.takes_condition else None

    def fresh(self, eager: bool = True) -> Game:
        """The same model before its first step; without a graph its steps are the cheapest."""
        fresh = type(self.model).from_config(self.model.get_config())
        _take_weights(fresh, self.model)
        return self.compiled(fresh, eager)

    def compiled(self, model: Game, eager: bool = True) -> Game:
        model.compile_from_config(self.settings)
        model.run_eagerly = eager
        return model

    def fit(self, model: Game, steps: int = 1, **options: Any) -> keras.callbacks.History:
        n = steps * self.n_critic * BATCH
        return model.fit(self.x[:n], _first(self.y, n), batch_size=BATCH, verbose=0, **options)

    @functools.cached_property
    def fitted(self) -> Game:
        """After two steps, in a graph if `compile` says so; one check lets it take more of them."""
        fitted = self._first
        self.before = state(fitted)
        self.others_before = [layer.get_weights() for layer in _others(fitted)]
        held_out = (self.x[:BATCH], _first(self.y, BATCH))
        self.history = self.fit(fitted, 2, validation_data=held_out).history
        self.after = state(fitted)
        self.others_after = [layer.get_weights() for layer in _others(fitted)]
        return fitted

    def samples(self, model: Game, n: int, seed: int = 0) -> np.ndarray:
        return model.samples_for(n, _first(self.condition, n), seed)


def _take_weights(model: Game, other: Game) -> None:
    """The weights of another model of the same class, those of networks at rest included."""
    for name in model.networks:
        getattr(model, name).set_weights(getattr(other, name).get_weights())
    for own, given in zip(_others(model), _others(other), strict=True):
        own.set_weights(given.get_weights())


def _arrays(data: Any, n: int) -> tuple[Any, Any]:
    """The first `n` rows, again from the start where there are fewer."""
    if isinstance(data, tf.data.Dataset):
        batches = list(data.take(n).as_numpy_iterator())
        data = keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)
    pair = inputs.as_pair(data)
    return tuple(x if x is None else np.resize(x, (n, *np.shape(x)[1:])) for x in pair)


def _first(rows: np.ndarray | None, n: int) -> np.ndarray | None:
    return None if rows is None else rows[:n]


def state(model: Game) -> dict[str, np.ndarray]:
    """All that a run goes on from, by names that are the same in a copy."""
    kept = {name: getattr(model, name).variables for name in model.networks}
    kept |= {f"ema_{name}": getattr(model, f"ema_{name}").weights for name in model.averaged}
    kept |= {f"{name}_optimizer": _optimizer(model, name).variables for name in model.networks}
    kept |= {"own": model._own_variables(), "parts": list(model._part_states().values())}
    kept |= {"step": [model.step]}
    return {
        f"{name}/{k}": np.copy(variable.numpy())
        for name, variables in kept.items()
        for k, variable in enumerate(variables)
    }


def _optimizer(model: Game, name: str) -> keras.optimizers.Optimizer:
    return getattr(model, f"{name}_optimizer")


def _check_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray], what: str) -> None:
    differ = sorted({name for name in a.keys() & b.keys() if not np.array_equal(a[name], b[name])})
    differ += sorted(a.keys() ^ b.keys())
    assert not differ, f"{what} differ in {', '.join(differ[:10])}"


def _finite(logs: Mapping[str, Any]) -> None:
    bad = [name for name, value in logs.items() if not np.isfinite(value).all()]
    assert not bad, f"not finite: {', '.join(bad)}"


# -- the checks ----------------------------------------------------------------------------------


def _moves(case: Case) -> None:
    model = case.fitted
    after = case.after
    still = []
    for name in (*model.networks, *(f"ema_{n}" for n in model.averaged)):
        network = name.removeprefix("ema_")
        resting = {id(v) for v in model.resting(network)}
        trained = {id(v) for v in getattr(model, network).trainable_variables} - resting
        pairs = zip(
            getattr(model, network).variables,
            [k for k in after if k.startswith(f"{name}/")],
            strict=False,
        )
        still += [
            f"{name}/{variable.path}"
            for variable, key in pairs
            if id(variable) in trained
            and np.array_equal(case.before[key], after[key])
            and not any(part in variable.path for part in _WAITING)
        ]
    assert not still, f"two steps do not move {', '.join(still[:10])}"
    assert int(after["step/0"]) == 2, f"step is {int(after['step/0'])} after two"
    layers = zip(_others(model), case.others_after, case.others_before, strict=True)
    for layer, *weights in layers:
        for a, b in zip(*weights, strict=True):
            assert np.array_equal(a, b), f"a step moves {layer.name}, which is no player"


def _others(model: Game) -> list[keras.layers.Layer]:
    """Networks that the model has and does not train."""
    players = [getattr(model, name) for name in model.networks]
    players += [getattr(model, f"ema_{name}") for name in model.averaged]
    ids = {id(weight) for player in players for weight in player.weights}
    return [
        layer
        for layer in model._flatten_layers(include_self=False, recursive=False)
        if layer.weights and not {id(weight) for weight in layer.weights} & ids
    ]


def _logs(case: Case) -> None:
    model = case.fitted
    losses = [log_name(name, "loss") for name in model.networks]
    scores = [log_name(name, kind) for name in model.critics for kind in ("real", "fake")]
    terms = {"loss", *losses, *scores, *model.extra_terms(), *model._penalty_names()}
    metrics = {metric.name for metric in model._step_metrics}
    names = terms | metrics | set(model.state_logs())
    found = {name for name in case.history if not name.startswith("val_")}
    assert found == names, f"the history has {sorted(found)}, expected {sorted(names)}"
    held_out = {f"val_{name}" for name in terms | metrics}
    found = case.history.keys() - found
    assert found == held_out, f"of held-out data it has {sorted(found)}, not {sorted(held_out)}"
    _finite(case.history)
    total = sum(case.history[name][0] for name in losses)
    np.testing.assert_allclose(case.history["loss"][0], total, rtol=1e-4, err_msg="loss")


def _saves(case: Case) -> None:
    gan = case.fitted
    with tempfile.TemporaryDirectory() as folder:
        gan.save(Path(folder) / "model.keras")
        loaded = keras.saving.load_model(Path(folder) / "model.keras")
    assert type(loaded) is type(gan), f"loaded as a {type(loaded).__name__}"
    assert _described(loaded.get_config()) == _described(gan.get_config()), "configurations differ"
    assert loaded.get_compile_config() == gan.get_compile_config(), "settings of compile differ"
    _check_same(state(gan), state(loaded), "the model and what is loaded")
    for each in (gan, loaded):
        each.run_eagerly = True
        case.fit(each, epochs=2, initial_epoch=1)
    _check_same(state(gan), state(loaded), "the model and what is loaded, an epoch on,")


def _described(config: dict) -> dict:
    """Of a configuration, what is no network: names of layers count up over a process."""
    return {name: value for name, value in config.items() if not _is_network(value)}


def _is_network(value: Any) -> bool:
    return isinstance(value, dict) and "layers" in value.get("config", {})


def _samples(case: Case) -> None:
    model = case.fitted
    made = case.samples(model, 12)
    assert made.shape[1:] == tuple(model.image_shape), f"samples are of shape {made.shape[1:]}"
    assert made.dtype == np.float32, f"samples are {made.dtype}"
    _finite({"samples": made})
    model.kind.check(made, model.image_shape)
    assert np.array_equal(made, case.samples(model, 12)), "the same seed gives other samples"
    np.testing.assert_allclose(case.samples(model, 3), made[:3], atol=1e-5, err_msg="sample i")
    if model.latent_dim:
        difference = np.abs(made - case.samples(model, 12, seed=1)).max()
        assert difference > 1e-3, "another seed gives the same samples"


def _predicts(case: Case) -> None:
    model = case.fitted
    predicted = model.predict(_given(case, 5), verbose=0)
    np.testing.assert_allclose(predicted, case.samples(model, 5), atol=1e-5)


def _given(case: Case, n: int) -> Any:
    """Latents of seed 0, or latents and conditions."""
    latents = case.fitted.latents(noise.seed_rows(n, 0, None)).numpy()
    if case.condition is None:
        return latents
    return latents, case.fitted.condition.given(case.condition[:n], n)


def _exports(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        export(case.fitted, path, verbose=False)
        versions.check(case.fitted, path)
        signatures = tf.saved_model.load(str(path)).signatures
    serve = signatures["serving_default"]
    names = [name for name in ("latents", "labels", "condition") if name in _inputs(serve)]
    for n in (1, 3, 12):
        given = _given(case, n)
        parts = given if isinstance(given, tuple) else (given,)
        asked = {name: tf.constant(part) for name, part in zip(names, parts, strict=True)}
        expected = case.fitted.kind.to_unit(case.fitted.predict(given, verbose=0))
        np.testing.assert_allclose(serve(**asked)["images"], expected, atol=1e-6)
    for name, (_, specs) in case.fitted.extra_signatures().items():
        if [spec.name for spec in specs] == ["images"]:
            _check_signature(case.fitted, name, signatures[name], specs[0].shape[1:])


def _check_signature(model: Game, name: str, serve: Callable, shape: tuple[int, ...]) -> None:
    given = np.random.default_rng(0).uniform(-1.0, 1.0, (3, *shape)).astype("float32")
    kind = kinds.of(shape)
    (output, served), *_ = serve(images=tf.constant(kind.to_unit(given))).items()
    made = model.run_signature(name, given)
    expected = kinds.of(made.shape[1:]).to_unit(made) if output == "images" else made
    np.testing.assert_allclose(served, expected, atol=1e-5, err_msg=name)


def _inputs(signature: Any) -> dict[str, tf.TensorSpec]:
    return signature.structured_input_signature[1]


def _evaluates(case: Case) -> None:
    model = case.fitted
    before = state(model)
    first, second = (
        model.evaluate(case.x, case.y, batch_size=BATCH, verbose=0, return_dict=True)
        for _ in range(2)
    )
    _check_same(before, state(model), "the model before and after evaluate")
    assert first == second, f"evaluate gives {first}, and then {second}"
    _finite(first)


def _condition(case: Case) -> None:
    if not case.fitted.takes_condition:
        raise unittest.SkipTest("the model takes no condition")
    made = case.samples(case.fitted, 6)
    others = case.fitted.samples_for(6, _other_conditions(case, 6), 0)
    assert np.abs(made - others).max() > 1e-6, "samples are the same whatever the condition"


def _other_conditions(case: Case, n: int) -> np.ndarray:
    if case.fitted.num_classes:
        return (case.fitted.condition.given(case.condition[:n], n) + 1) % case.fitted.num_classes
    return np.roll(case.condition[:n], 1, axis=0)


def with_policy(model: Game, policy: str) -> Game:
    """The model with all layers but the networks' last ones in half precision."""

    def replaced(config: Any, kept: tuple[str, ...] = ()) -> Any:
        if isinstance(config, list):
            return [replaced(part, kept) for part in config]
        if not isinstance(config, dict) or config.get("config", {}).get("name") in kept:
            return config
        if config.get("class_name") == "DTypePolicy" and config["config"]["name"] == "float32":
            return config | {"config": {"name": policy}}
        return {name: replaced(value, kept) for name, value in config.items()}

    config = model.get_config()
    for name in model.networks:
        network = getattr(model, name)
        last = tuple(x._keras_history.operation.name for x in network.outputs)
        config[name] = replaced(config[name], last)
    return type(model).from_config(config)


def _half_precision(case: Case, policy: str) -> None:
    model = case.compiled(with_policy(case.model, policy))
    before = state(model)
    _finite(case.fit(model).history)
    after = state(model)
    moved = [name for name in after if not np.array_equal(before[name], after[name])]
    assert moved, "nothing moves"
    if policy != "mixed_float16":  # whose scale may have to be found first
        still = [n for n in model.networks if not any(k.startswith(f"{n}/") for k in moved)]
        assert not still, f"a step does not move {', '.join(still)}"
    assert case.samples(model, 2).dtype == np.float32, "samples are not float32"
    for name in model.networks:
        scales = isinstance(_optimizer(model, name), keras.optimizers.LossScaleOptimizer)
        assert scales == (policy == "mixed_float16"), f"loss scaling of the {name} is {scales}"


def _two_replicas(case: Case) -> None:
    (result,) = replicas.on_two_replicas([(case.fresh(), case.x, case.y)])
    replicas.check(result)


def _learns(case: Case) -> None:
    games.check_learns(case.model)


CHECKS: dict[str, Callable[[Case], None]] = {
    "moves": _moves,
    "logs": _logs,
    "saves_and_goes_on": _saves,
    "samples": _samples,
    "predicts": _predicts,
    "exports": _exports,
    "evaluates": _evaluates,
    "condition": _condition,
    "mixed_bfloat16": functools.partial(_half_precision, policy="mixed_bfloat16"),
    "mixed_float16": functools.partial(_half_precision, policy="mixed_float16"),
    "two_replicas": _two_replicas,
    "learns": _learns,
}

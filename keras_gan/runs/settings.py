"""What a run is made from, as plain values, and the data and the model that follow from them."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from keras_gan import builders, data, models
from keras_gan.core import kinds, noise
from keras_gan.core.names import check_condition, pick
from keras_gan.engine.game import Game

# by their names on the command line, those of their files
MODELS = {cls.__module__.rpartition(".")[2]: cls for cls in map(vars(models).get, models.__all__)}
PRECISIONS = ("bfloat16", "float16")
DECAYS = ("linear", "cosine")
ALL = "all"  # players that are not named
STRATEGIES = ("mirrored", "multiworker")
IN_FILES = ("folder", "text")  # types of source that may have moved
COUNTS = ("epochs", "batch_size", "steps_per_epoch", "evaluate_every", "images", "freeze_d")


@dataclasses.dataclass
class Settings:
    """All that a run is made from; None leaves the choice to the model's paper.

    Args:
        source, image_size, length, batch_size, data_dir, labels, limit, errors: As in
            `keras_gan.data.load`, the source a name, a folder or a text file.
        model: Name of the model in `MODELS`.
        conditional: Whether a model that may do without labels is taught them.
        epochs, steps_per_epoch: As in `fit`.
        images: Real images that are shown in all, instead of epochs: `run.train` divides them.
        minutes: How long the run may take, instead: turned into `images` once, by a measured speed.
        seed: Of the first weights, the order of the data and all noise.
        latent_dim, width: As in the model's class.
        loss: Name of a loss.
        penalties: List of `"name"`, `"name:weight"` or `"name:weight:interval"`.
        augment: Name of an augmentation of what the discriminator is shown.
        learning_rates: Of the paper's optimizers, by player, such as `{"generator": 1e-3}`; that
            of "all" is for those that are not named.
        learning_rate_decay: "linear" or "cosine": from those rates to 0 over the whole run.
        beta_1, beta_2: Of the paper's Adam.
        n_critic, ema_decay, updates: As in `compile`.
        mixed_precision: "bfloat16" or "float16".
        jit: Whether XLA compiles the step.
        evaluate_every: Epochs from one measurement of the samples to the next; none if not given.
        strategy: "mirrored" for all devices here, "multiworker" for those that TF_CONFIG names.
        source_type: What the source's name meant when the run began: as in `keras_gan.data.load`.
        condition: What pictures are made from, as in `keras_gan.data.paired`.
        unpaired: The source of the second of two sets, as in `keras_gan.data.unpaired`.
        mirror: As in `keras_gan.data.load`.
        recipe: Name of the recipe that these settings are of, if of one.
        images_per_second: What was measured before the run.
        begin: A run or a `.keras` file whose weights it begins with, as far as they fit.
        freeze_d: Layers of the critics that stay as they are then (FreezeD).
    """

    source: str
    model: str = "dcgan"
    conditional: bool = False
    epochs: int = 20
    batch_size: int = 64
    image_size: int | list[int] | None = None
    length: int | None = None
    data_dir: str | None = None
    labels: str | bool | None = None
    limit: int | None = None
    errors: str = "raise"
    seed: int = 0
    latent_dim: int | None = None
    width: int | None = None
    loss: str | None = None
    penalties: list[str] | None = None
    augment: str | None = None
    learning_rates: dict[str, float] | None = None
    beta_1: float | None = None
    beta_2: float | None = None
    n_critic: int | None = None
    ema_decay: float | None = None
    updates: str | None = None
    steps_per_epoch: int | None = None
    mixed_precision: str | None = None
    jit: bool = False
    evaluate_every: int | None = None
    strategy: str | None = None
    source_type: str | None = None
    condition: str | None = None
    unpaired: str | None = None
    images: int | None = None
    minutes: float | None = None
    learning_rate_decay: str | None = None
    mirror: bool = False
    recipe: str | None = None
    images_per_second: float | None = None
    begin: str | None = None
    freeze_d: int | None = None

    def __post_init__(self):
        pick("model", self.model, MODELS)
        model = MODELS[self.model]
        check_condition(self.model, model.condition_from, self.condition, self.unpaired)
        players = model.networks
        for player, rate in (self.learning_rates or {}).items():
            if player not in (ALL, *players):
                raise ValueError(
                    f"The model {self.model!r} has no such player. Received: a learning rate of "
                    f"{player!r}, {rate}. Expected one of {', '.join(players)}."
                )
        if self.conditional and not self.learns_classes:
            raise ValueError(
                f"The model {self.model!r} takes no labels. Received: conditional=True. "
                "Choose another model."
            )
        pick("mixed_precision", self.mixed_precision, (None, *PRECISIONS))
        pick("strategy", self.strategy, (None, *STRATEGIES))
        pick("learning_rate_decay", self.learning_rate_decay, (None, *DECAYS))
        noise.check_seed(self.seed)
        for name in COUNTS:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"Expected {name} of at least 1. Received: {name}={value}.")
        if self.freeze_d is not None and self.begin is None:
            raise ValueError(
                "Layers are frozen that have been trained. Received: freeze_d="
                f"{self.freeze_d} and begin=None. Expected a run or a file to begin with."
            )
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise ValueError(f"Expected minutes above 0. Received: minutes={self.minutes}.")
        if self.mirror and (self.condition or self.unpaired):
            raise ValueError(
                "Pictures that belong to others are not mirrored. Received: mirror=True. Expected "
                "False."
            )

    @property
    def learns_classes(self) -> bool:
        """Whether the model takes labels: as its class says, or as was chosen where it may."""
        own = MODELS[self.model].conditional
        return self.conditional if own is None else own

    def folders(self) -> list[str]:
        """The folders, or the file, that the data come from."""
        found = [self.source] if self.source_type in IN_FILES else []
        others = (self.condition, self.unpaired)
        return found + [other for other in others if other and Path(other).is_absolute()]


def read(values: dict[str, Any]) -> Settings:
    """The settings of a config.json, also of one from before `learning_rates`.

    Raises:
        TypeError: for a name that is none of a setting.
    """
    values, rates = dict(values), {}
    for player in ("generator", "discriminator"):
        rate = values.pop(f"{player}_learning_rate", None)
        if rate is not None:
            rates[player] = rate
    return Settings(**values | ({"learning_rates": rates} if rates else {}))


def located(settings: Settings) -> Settings:
    """The settings with what the source's name means, and places that hold from anywhere."""
    source, data_dir = str(settings.source), settings.data_dir
    if data_dir is not None:
        data_dir = str(Path(data_dir).expanduser().resolve())
    kind = settings.source_type or data.source_type(settings.source, data_dir)
    if kind in IN_FILES:
        source = str(Path(source).expanduser().resolve())
    condition, unpaired, begin = settings.condition, settings.unpaired, settings.begin
    if begin is not None:
        begin = str(Path(begin).expanduser().resolve())
    if condition is not None and condition not in data.CONDITIONS:
        condition = str(Path(condition).expanduser().resolve())
    if unpaired is not None and data.source_type(unpaired, data_dir) == "folder":
        unpaired = str(Path(unpaired).expanduser().resolve())
    return dataclasses.replace(
        settings,
        source=source,
        data_dir=data_dir,
        source_type=kind,
        condition=condition,
        unpaired=unpaired,
        begin=begin,
    )


def load_data(settings: Settings, class_names: list[str] | None = None) -> tf.data.Dataset:
    """The training data of a run, numbered by the names of its classes if they are known."""
    conditional = settings.learns_classes
    options = {
        name: getattr(settings, name)
        for name in ("image_size", "batch_size", "data_dir", "limit", "errors", "seed")
    }
    typed = options | {"source_type": settings.source_type}
    if settings.length is not None and (settings.condition or settings.unpaired):
        raise ValueError(
            f"Pictures have no length. Received: length={settings.length}. Expected None."
        )
    if settings.condition is not None:
        return data.paired(settings.source, settings.condition, **typed)
    if settings.unpaired is not None:
        sets = (
            data.load(settings.source, labels=False, **typed),
            data.load(settings.unpaired, labels=False, **options),
        )
        return data.unpaired(*sets, seed=settings.seed)
    labels = settings.labels if conditional else False
    named = {"labels": labels, "class_names": class_names, "length": settings.length}
    named["mirror"] = settings.mirror
    own = MODELS[settings.model].kind
    named["kind"] = own and type(own)()  # the data say the rest, such as a rate
    dataset = data.load(settings.source, **named, **typed)
    if conditional and dataset.num_classes is None:
        raise ValueError(
            f"The model {settings.model!r} learns classes, and {settings.source!r} has none. "
            "Choose another model, or a source with labels."
        )
    return dataset


def build(settings: Settings, dataset: tf.data.Dataset) -> Game:
    """The model of a run, not compiled."""
    options = {
        "latent_dim": settings.latent_dim,
        "num_classes": dataset.num_classes if settings.learns_classes else None,
        "width": settings.width,
        "condition_shape": getattr(dataset, "condition_shape", None),
    }
    given = {name: value for name, value in options.items() if value is not None}
    model, kind = MODELS[settings.model], getattr(dataset, "kind", None)
    if isinstance(kind, kinds.Tokens):
        given = text_networks(model, dataset.image_shape, **given)
    if kind not in (None, kinds.of(dataset.image_shape)):
        given["kind"] = kind
    return model(image_shape=dataset.image_shape, seed=settings.seed, **given)


def text_networks(model: type[Game], shape: tuple, **sizes: int) -> dict[str, keras.Model]:
    """Generator and discriminator of text, which no model brings."""
    if model.networks != ("generator", "discriminator") or model.conditional is True:
        raise ValueError(
            f"{model.__name__} does not make text. Expected a model of a generator and a "
            "discriminator without labels, such as wgangp."
        )
    latents = {name: sizes.pop(name) for name in ("latent_dim",) if name in sizes}
    return {
        "generator": builders.text_generator(shape, **latents, **sizes),
        "discriminator": builders.text_discriminator(shape, **sizes),
    }


def compile_model(gan: Game, settings: Settings, steps: int | None = None) -> None:
    """Compiles the model of a run: as its paper says, but for what the settings name.

    Args:
        gan, settings: The model, and the settings of the run.
        steps: Those of the whole run, over which learning rates fall.
    """
    names = ("loss", "augment", "n_critic", "ema_decay", "updates")
    given = {name: getattr(settings, name) for name in names}
    if settings.penalties is not None:
        given["penalties"] = settings.penalties
    paper = gan.default_settings()
    unknown = [name for name, value in given.items() if value is not None and name not in paper]
    if unknown:
        raise ValueError(f"{type(gan).__name__} has no {', '.join(unknown)} to choose.")
    for network in gan.networks:
        changes = optimizer_changes(settings, network)
        if changes or settings.learning_rate_decay:
            optimizer = keras.optimizers.get(paper[f"{network}_optimizer"])
            unknown = ", ".join(sorted(changes.keys() - optimizer.get_config().keys()))
            if unknown:
                raise ValueError(
                    f"{type(gan).__name__} trains with {type(optimizer).__name__}, which has no "
                    f"{unknown}."
                )
            config = optimizer.get_config() | changes
            if settings.learning_rate_decay:
                n_critic = settings.n_critic or paper.get("n_critic", 1)
                updates = steps * (n_critic if network in gan.critics else 1)
                rate = _decaying(settings.learning_rate_decay, config["learning_rate"], updates)
                config["learning_rate"] = rate
            given[f"{network}_optimizer"] = optimizer.from_config(config)
    gan.compile(**given, jit_compile=settings.jit)


def _decaying(
    shape: str, rate: Any, updates: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """A learning rate that falls to 0 over so many updates."""
    if isinstance(rate, dict):
        raise ValueError(
            "The model's own learning rate has a schedule already. Received: learning_rate_decay="
            f"{shape!r}. Expected None, or a learning rate."
        )
    if shape == "cosine":
        return keras.optimizers.schedules.CosineDecay(rate, updates)
    return keras.optimizers.schedules.PolynomialDecay(rate, updates, end_learning_rate=0.0)


def optimizer_changes(settings: Settings, network: str) -> dict[str, float]:
    """What the settings name of a network's optimizer."""
    rates = settings.learning_rates or {}
    rate = rates.get(network, rates.get(ALL))
    changes = {"learning_rate": rate, "beta_1": settings.beta_1, "beta_2": settings.beta_2}
    return {name: value for name, value in changes.items() if value is not None}

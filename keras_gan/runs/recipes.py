"""Which model, with which settings, for which data: a table, and the choice by it.

    choice = keras_gan.recipes.suggest(dataset)
    gan = choice.model(**choice.options)
    gan.compile(**choice.compile)

`keras-gan train SOURCE` takes what is found here, `keras-gan list recipes` prints it, and the table
of docs/guides/which.md is made of it. Figures are those of docs/measured.md, by the commands named;
what nobody measured says so.
"""

import copy
import dataclasses
from typing import Any

import tensorflow as tf

from keras_gan import data
from keras_gan.core import kinds
from keras_gan.engine.game import Game
from keras_gan.runs.settings import MODELS, Settings, optimizer_changes, text_networks

# Literals only: the command line reads them without running this file. `for` says of what data,
# `few` what is set besides for fewer than FEW pictures, `images` how many are shown if nothing else
# is asked for.
RECIPES = {
    "digits": {
        "for": "pictures of at most 16x16 with classes",
        "settings": {
            "model": "cgan",
            "width": 32,
            "penalties": ["r1:0.25:4"],
            "learning_rates": {"generator": 1e-3, "discriminator": 2e-3},
            "beta_1": 0.0,
            "beta_2": 0.99,
        },
        "few": {},
        "images": 174_000,
        "measured": "8x8 digits, after 174,000 images: 99.9 to 100.0% of the labels right, "
        "coverage 0.98 (keras-gan quickstart, seeds 10 to 12)",
    },
    "grey-classes": {
        "for": "grey pictures with classes",
        "settings": {
            "model": "cgan",
            "width": 32,
            "penalties": ["r1:2:4"],
            "learning_rates": {"all": 1e-3},
            "beta_1": 0.0,
            "beta_2": 0.99,
        },
        "few": {"augment": "diff_augment"},
        "images": 480_000,
        "measured": "MNIST, after 480,000 images: FID 1.4 and 1.5 (two seeds); at width 16 "
        "after 96,000, batches of 32, the lowest of 13 classes: MNIST 2.7, Fashion-MNIST 7.6 "
        "(benchmarks.quality.family). With few pictures: not measured",
    },
    "grey": {
        "for": "grey pictures",
        "settings": {
            "model": "dcgan",
            "width": 32,
            "penalties": ["r1:2:4"],
            "learning_rates": {"all": 1e-3},
            "beta_1": 0.0,
            "beta_2": 0.99,
        },
        "few": {"augment": "diff_augment"},
        "images": 1_080_000,
        "measured": "MNIST, after 1,080,000 images: FID 8.7 and 7.4 (two seeds); at width "
        "16 after 96,000, batches of 32, of the classes without labels the lowest on MNIST, 39.4; "
        "Fashion-MNIST 29.5, where VAEGAN has 24.5 (benchmarks.quality.family). With few pictures: "
        "500 sandals, FID 7.1, without the augmentation 9.2, by the paper's learning rates "
        "(benchmarks.quality.small_data)",
    },
    "colour": {
        "for": "coloured pictures, many of them",
        "settings": {
            "model": "vaegan",
            "width": 32,
            "learning_rates": {"all": 1e-3},
            "beta_1": 0.0,
            "beta_2": 0.99,
        },
        "few": {},
        "images": 500_000,
        "measured": "10,000 pictures of CIFAR-10, at width 16 after 96,000 images, batches of 32: "
        "FID 12.7, the lowest of 13 classes, and the highest recall, 0.70, at 1.64 ms of a "
        "processor an image (benchmarks.quality.family). Larger pictures: not measured",
    },
    "colour-few": {
        "for": "coloured pictures of at least 32x32, few of them",
        "settings": {"model": "fastgan", "width": 16},
        "few": {},
        "images": 200_000,
        "measured": "1,200 views from above of 64x64, 22 minutes of one core, one seed: 12,000 "
        "images, FID 715, coverage 0.13; by colour-fast in 17 minutes, 22,000 images, FID 779, "
        "coverage 0.05 (docs/measured.md, Few coloured pictures). Longer: not measured",
    },
    "colour-fast": {
        "for": "small coloured pictures, few of them",
        "settings": {
            "model": "hinge",
            "width": 32,
            "learning_rates": {"all": 1e-3},
            "beta_1": 0.0,
            "beta_2": 0.99,
        },
        "few": {"augment": "diff_augment"},
        "images": 500_000,
        "measured": "10,000 pictures of CIFAR-10, at width 16 after 96,000 images, batches of 32: "
        "FID 17.7, recall 0.56, at 0.72 ms of a processor an image (benchmarks.quality.family). "
        "With few pictures, and larger ones: not measured",
    },
    "colour-classes": {
        "for": "coloured pictures whose classes are asked for",
        "settings": {
            "model": "acgan",
            "width": 32,
            "penalties": ["r1:2:4"],
            "learning_rates": {"all": 1e-3},
            "beta_1": 0.0,
            "beta_2": 0.99,
        },
        "few": {"augment": "diff_augment"},
        "images": 500_000,
        "measured": "10,000 pictures of CIFAR-10, at width 16 after 96,000 images, batches of 32: "
        "FID 17.3, 85% of the labels right, but a recall of 0.17; CGAN 21.2, 36% and 0.38 "
        "(benchmarks.quality.family). With few pictures, and larger ones: not measured",
    },
    "pairs": {
        "for": "pictures that are made from others (--condition)",
        "settings": {"model": "pix2pix"},
        "few": {},
        "images": None,
        "measured": "Fashion-MNIST from its edges, 3 epochs at width 16: FID 9.4, L1 alone 29.3 "
        "(benchmarks.quality.pix2pix)",
    },
    "unpaired": {
        "for": "two sets of pictures (--unpaired)",
        "settings": {"model": "cyclegan"},
        "few": {},
        "images": None,
        "measured": "not measured",
    },
    "clips": {
        "for": "a folder of moving pictures (--length)",
        "settings": {"model": "videogan"},
        "few": {},
        "images": None,
        "measured": "not measured",
    },
    "waves": {
        "for": "a folder of WAV files",
        "settings": {"model": "wavegan"},
        "few": {},
        "images": None,
        "measured": "not measured",
    },
    "text": {
        "for": "lines of text",
        "settings": {"model": "wgangp"},
        "few": {},
        "images": None,
        "measured": "at its own size not measured; after 1,200 steps at width 64 it has learnt "
        "which characters there are, and little of what follows what (benchmarks.quality.text)",
    },
    "points": {
        "for": "points in a plane or a space",
        "settings": {"model": "vanilla"},
        "few": {},
        "images": None,
        "measured": "as it comes not measured; by a rate of 2e-3 that falls to 0, with three "
        "layers of 64, 24 of 25 modes (benchmarks.quality.mixtures)",
    },
}
FEW = 5000  # pictures, below which discriminators are shown changed ones; measured at 500 alone
PER_CLASS = 20  # samples of a class, on the average, with which it is taken for one
SMALL = 16  # sides of pictures that "digits" is for
SIDES = {"processor": 64, "GPU": 128}  # of pictures, at most, where nobody asks for a size


@dataclasses.dataclass
class Suggestion:
    """A model and its settings for some data: plain values, to be changed at will.

    Attributes:
        recipe: Name in `RECIPES`.
        model: Class of the model.
        options: What the class is made with.
        compile: What `compile` is given; the rest is as in the model's paper.
        measured: What was measured of the recipe, on which data, by which command.
    """

    recipe: str
    model: type[Game]
    options: dict[str, Any]
    compile: dict[str, Any]
    measured: str


@dataclasses.dataclass
class Facts:
    """What a choice rests on."""

    kind: kinds.Kind
    image_shape: tuple[int, ...]
    size: int
    num_classes: int | None = None

    @property
    def has_classes(self) -> bool:
        return (self.num_classes or 0) > 1 and self.size >= PER_CLASS * self.num_classes

    @property
    def few(self) -> bool:
        return self.size < FEW

    def __str__(self) -> str:
        what = f"{self.size:,} {self.kind.plural} of {'x'.join(map(str, self.image_shape))}"
        return f"{what} in {self.num_classes} classes" if self.num_classes else what


def suggest(dataset: tf.data.Dataset) -> Suggestion:
    """The recipe for a dataset on this machine.

    Args:
        dataset: As `keras_gan.data.load` makes it, or another one of batches of images or
            `(images, labels)`, which is taken for one without classes.

    Raises:
        ValueError: for data that no recipe is for.

    Example:

    >>> choice = keras_gan.recipes.suggest(keras_gan.data.load("mnist"))
    >>> choice.options["width"] = 16
    >>> gan = choice.model(**choice.options)
    >>> gan.compile(**choice.compile)
    """
    facts = facts_of(dataset)
    name = preferred(facts)[0]
    settings = Settings("", **settings_of(name, facts))
    cls = MODELS[settings.model]
    options = {"image_shape": facts.image_shape}
    if settings.learns_classes:
        options["num_classes"] = facts.num_classes
    if settings.width is not None:
        options["width"] = settings.width
    if isinstance(facts.kind, kinds.Tokens):
        options = text_networks(cls, facts.image_shape)
    if facts.kind != kinds.of(facts.image_shape):
        options["kind"] = facts.kind
    compiled: dict[str, Any] = {}
    if settings.penalties is not None:
        compiled["penalties"] = settings.penalties
    if settings.augment is not None:
        compiled["augment"] = settings.augment
    for network in cls.networks:
        changes = optimizer_changes(settings, network)
        if changes:
            compiled[f"{network}_optimizer"] = {"class_name": "Adam", "config": changes}
    return Suggestion(name, cls, options, compiled, RECIPES[name]["measured"])


def facts_of(dataset: tf.data.Dataset) -> Facts:
    """What a choice rests on, of a dataset."""
    shape, size = data.find(dataset, "image_shape"), data.find(dataset, "size")
    if shape is None:
        spec = dataset.element_spec
        shape = tuple((spec[0] if isinstance(spec, tuple) else spec).shape[1:])
    if size is None:
        size = sum(len(tf.nest.flatten(batch)[0]) for batch in dataset)
    kind = data.find(dataset, "kind") or kinds.of(shape)
    return Facts(kind, tuple(shape), size, data.find(dataset, "num_classes"))


def preferred(facts: Facts, given: dict[str, Any] | None = None, wanted: bool = False) -> list[str]:
    """Names of the recipes of such data, the best first.

    Args:
        facts: Of the data.
        given: Settings that somebody has named.
        wanted: Whether the model has to learn classes.

    Raises:
        ValueError: if there is none.
    """
    for option, name in {"condition": "pairs", "unpaired": "unpaired"}.items():
        if (given or {}).get(option):
            return [name]
    for kind, name in _OTHERS.items():
        if isinstance(facts.kind, kind):
            return [name]
    if not isinstance(facts.kind, kinds.Picture):
        raise ValueError(
            f"There is no recipe for such data. Received: {facts}. Expected pictures, sound, text, "
            "clips or points, or a model of your own choice."
        )
    told = "digits" if max(facts.image_shape[:2]) <= SMALL else "grey-classes"
    coloured = ["colour-fast", "colour"] if facts.few else ["colour", "colour-fast"]
    if facts.few and min(facts.image_shape[:2]) >= 2 * SMALL:
        coloured = ["colour-few", *coloured]
    if facts.image_shape[2] == 1:
        names = [told, "grey"] if facts.has_classes or wanted else ["grey"]
    else:
        names = ["colour-classes", *coloured] if wanted else coloured
    rest = ["grey", *coloured] + (["grey-classes", "colour-classes"] if facts.num_classes else [])
    return list(dict.fromkeys([*names, *rest]))


_OTHERS = {
    kinds.Wave: "waves",
    kinds.Tokens: "text",
    kinds.Clip: "clips",
    kinds.Points: "points",
}


def settings_of(name: str, facts: Facts) -> dict[str, Any]:
    """The settings of a recipe for this much data and this machine."""
    found = RECIPES[name]["settings"] | (RECIPES[name]["few"] if facts.few else {})
    found = copy.deepcopy(found)  # to be changed at will
    if machine() == "GPU":
        found.pop("width", None)  # the papers' own networks
    return found


def machine() -> str:
    """What a training here runs on: a key of `SIDES`."""
    return "GPU" if tf.config.list_physical_devices("GPU") else "processor"

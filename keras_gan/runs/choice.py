"""The choice of a model and its settings for a run, by the data at a glance and what is given."""

import dataclasses
import warnings
from typing import Any

import tensorflow as tf

from keras_gan import data
from keras_gan.core import kinds
from keras_gan.core.names import pick
from keras_gan.data.load import two_sides
from keras_gan.data.waves import holds_waves
from keras_gan.runs import begin, recipes
from keras_gan.runs.settings import ALL, Settings, build, compile_model

LENGTHS = ("epochs", "steps_per_epoch", "images", "minutes")  # that somebody may have asked for


def chosen(
    given: dict[str, Any], recipe: str | None = None, model: str | None = None
) -> tuple[Settings, list[str]]:
    """The settings of a run whose model is left to the data, or to a recipe's name.

    With `begin` they are those of the run, or of the file, to begin with. Else it is the first
    recipe of such data whose model takes all that was given, on the networks that follow from it.
    Several workers train by a paper's settings.

    Args:
        given: Settings by name, `source` among them; they stand as they are.
        recipe: Name of the only recipe to take, or "paper"; any if not given.
        model: Name of the only model to take; any if not given.

    Returns:
        The settings, and the lines that say why: what was taken, and what would change it.

    Raises:
        ValueError: for data or settings that no recipe takes.
    """
    given = given if model is None else given | {"model": model}
    if given.get("begin") and recipe is None and model is None:
        return Settings(**begin.settings_of(given["begin"]) | given), []
    pick("recipe", recipe, (None, "paper", *recipes.RECIPES))
    several = given.get("strategy") == "multiworker"
    if recipe == "paper" or (recipe is None and (several or model is not None)):
        return Settings(**given), []
    if several:
        raise ValueError(
            "Workers find each other before anything else, so that no recipe is looked up for "
            f"them. Received: recipe={recipe!r} and strategy='multiworker'. Expected model=."
        )
    given, facts, dataset = looked_at(given)
    wanted = given.get("conditional") or isinstance(given.get("labels"), str)
    names = [recipe] if recipe else recipes.preferred(facts, given, bool(wanted))
    refused = None
    for name in names:
        try:
            found = Settings(**_with(recipes.settings_of(name, facts), given) | {"recipe": name})
            if wanted and not found.learns_classes:
                raise ValueError(f"The model {found.model!r} takes no labels.")
            _tried(found, facts, dataset, strictly=len(names) > 1)
        except (ValueError, UserWarning) as error:
            refused = refused or error
            continue
        images = recipes.RECIPES[name]["images"]
        if images and not given.keys() & {*LENGTHS, "limit"}:
            found = dataclasses.replace(found, images=images)
        return found, _reasons(found, facts)
    raise refused if isinstance(refused, ValueError) else ValueError(str(refused))


def _reasons(settings: Settings, facts: recipes.Facts) -> list[str]:
    """What was taken and why, and what would change it."""
    few = f" {facts.size:,} are few: {settings.augment}." if settings.augment else ""
    left = ""
    if facts.has_classes and not settings.learns_classes:
        left = f" The {facts.num_classes} classes are learnt with --recipe colour-classes."
    return [
        f"Taken: {settings.model} by the recipe {settings.recipe!r}, for {facts} on a "
        f"{recipes.machine()}.{few} Measured: {recipes.RECIPES[settings.recipe]['measured']}.",
        "To change it: --recipe NAME (keras-gan list recipes), --model NAME for a paper's "
        f"settings, --images or --minutes for another length, --image-size for another size.{left}",
    ]


def looked_at(given: dict[str, Any]) -> tuple[dict[str, Any], recipes.Facts, tf.data.Dataset]:
    """The data at a glance, nothing decoded, and the settings with a size where one is needed."""
    names = ("source", "data_dir", "limit", "errors", "length", "source_type")
    options = {name: given[name] for name in names if given.get(name) is not None}
    if _is_of_clips(given):
        options["kind"] = kinds.Clip()
    most = recipes.SIDES[recipes.machine()]
    size, labels = given.get("image_size"), given.get("labels")
    several = [labels] if labels else [labels, False]  # one of several features is to be named
    tries = [(side, told) for side in ([size] if size else [None, most]) for told in several]
    refused = None
    for side, told in tries:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the run itself warns
                dataset = data.load(**options, image_size=side, labels=told, cache=False)
            break
        except ValueError as error:
            refused = refused or error
    else:
        raise refused
    facts = recipes.facts_of(dataset)
    if not isinstance(facts.kind, kinds.Picture):
        return given, facts, dataset
    if size is None and (side or max(facts.image_shape[:2]) > most):
        size = _side(dataset, most)
    if size is not None:
        given = given | {"image_size": size}
        dataset.image_shape = facts.image_shape = (*two_sides(size), facts.image_shape[2])
    return given, facts, dataset


def _side(dataset: tf.data.Dataset, most: int) -> int:
    """A power of two that does not enlarge most pictures."""
    shorter = sorted(min(size) for size in (dataset.source.sizes or {}).elements())
    usual = shorter[len(shorter) // 2] if shorter else most
    return max(8, 1 << (min(usual, most).bit_length() - 1))


def _is_of_clips(given: dict[str, Any]) -> bool:
    """Whether it is a folder of pictures of which a length is asked for: they move."""
    source = given["source"]
    kind = data.source_type(source, given.get("data_dir"))
    return bool(given.get("length")) and kind == "folder" and not holds_waves(source)


def _with(settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The settings of a recipe, but for what is given; a rate of one player leaves the others'."""
    rates = given.get("learning_rates")
    if rates and ALL not in rates:
        given = given | {"learning_rates": settings.get("learning_rates", {}) | rates}
    return settings | given


def _tried(
    settings: Settings, facts: recipes.Facts, dataset: tf.data.Dataset, strictly: bool
) -> None:
    """Builds the model and throws it away.

    Raises:
        ValueError: if the settings and it do not go together.
        UserWarning: `strictly`, if `compile` warns of them.
    """
    if settings.condition or settings.unpaired:
        return  # the shape of what pictures are made from is not known yet
    if settings.learns_classes and not facts.num_classes:
        raise ValueError(f"The model {settings.model!r} learns classes, and the data have none.")
    with warnings.catch_warnings():
        warnings.simplefilter("error" if strictly else "ignore", UserWarning)
        compile_model(build(settings, dataset), settings, steps=1)

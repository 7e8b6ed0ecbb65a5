"""What can be asked for by name: losses, penalties, augmentations, models.

The command line loads this module alone, without the package: standard library only.
"""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

_ALSO_CALLED = {"tflite": "litert", "saved_model": "tf_saved_model", "savedmodel": "tf_saved_model"}


def pick(what: str, name: str | None, known: Iterable[str | None]) -> None:
    """Checks a name against those that there are.

    Raises:
        ValueError: for another one, with the nearest match.
    """
    if name in known:
        return
    names = [known_name for known_name in known if known_name is not None]
    near = difflib.get_close_matches(str(name).lower(), names, n=1)
    if _ALSO_CALLED.get(name) in names:
        near = [_ALSO_CALLED[name]]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"There is no such {what}. Received: {what}={name!r}. "
        f"Expected one of {', '.join(names)}.{hint}"
    )


def resolve(what: str, identifier: Any, known: Mapping[str, type]) -> Any:
    """The object that a name, or a class, stands for; anything else passes as it is.

    Raises:
        ValueError: for a name that none has.
    """
    if isinstance(identifier, str):
        pick(what, identifier, known)
        identifier = known[identifier]
    return identifier() if isinstance(identifier, type) else identifier


def read_penalty(spec: str) -> tuple[str, dict[str, float]]:
    """The name and the `weight` and `interval` in `"name"`, `"name:weight"`, ... of a penalty.

    Raises:
        ValueError: for what is none of the three.
    """
    name, *numbers = spec.split(":")
    try:
        found = dict(zip(("weight", "interval"), map(float, numbers), strict=False))
        weight, interval = found.get("weight", 0), found.get("interval", 1)
        if len(numbers) > 2 or not 0 <= weight < math.inf or interval < 1 or interval % 1:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"Received: penalty {spec!r}. Expected NAME, NAME:WEIGHT or NAME:WEIGHT:INTERVAL, a "
            "finite weight >= 0 and a whole interval >= 1."
        ) from None
    return name, found


def check_condition(
    model: str, condition_from: str | None, condition: str | None, unpaired: str | None
) -> None:
    """Checks that a model is given what it makes its pictures from, and nothing else.

    Args:
        model: Its name.
        condition_from: What its class needs: "pictures", "unpaired" or nothing.
        condition, unpaired: As in the settings of a run.

    Raises:
        ValueError: if one is missing, or one too many.
    """
    needed = {"pictures": "condition", "unpaired": "unpaired"}.get(condition_from)
    for name, value in {"condition": condition, "unpaired": unpaired}.items():
        if value is not None and name != needed:
            raise ValueError(
                f"The model {model!r} is not made for it. Received: {name}={value!r}. "
                f"Expected {f'{needed}= instead' if needed else 'a model that takes it'}."
            )
    if needed == "condition" and condition is None:
        raise ValueError(
            f"The model {model!r} makes pictures from pictures. Received: condition=None. Expected "
            "a folder with pictures of the same names, 'left' or 'right' half of each picture, or "
            "'grey', 'edges' or 'small', which are made from the picture itself."
        )
    if needed == "unpaired" and unpaired is None:
        raise ValueError(
            f"The model {model!r} learns from two sets of pictures. Received: unpaired=None. "
            "Expected the source of the second set."
        )

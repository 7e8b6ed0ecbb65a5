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

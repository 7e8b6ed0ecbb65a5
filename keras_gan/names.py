"""What can be asked for by name: losses, penalties, augmentations, models."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def pick(what: str, name: str | None, known: Iterable[str | None]) -> None:
    """Checks a name against those that there are.

    Raises:
        ValueError: for another one, with the nearest match.
    """
    if name in known:
        return
    names = [known_name for known_name in known if known_name is not None]
    near = difflib.get_close_matches(str(name).lower(), names, n=1)
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

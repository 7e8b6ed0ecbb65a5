"""Docstrings as the reference shows them: an extension of griffe, named in zensical.toml."""

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^Example:\n\n?((?:.*\n?)*?)(?=^[A-Z]\w+:$|\Z)", re.M)


class Examples(griffe.Extension):
    """Makes sections of what stands under "Example:", which is not indented here."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring:
            obj.docstring.value = _EXAMPLE.sub(_section, obj.docstring.value)


def _section(match: re.Match) -> str:
    lines = match[1].rstrip().splitlines()
    least = 0 if any(line and not line[0].isspace() for line in lines) else 4
    return "Examples:\n" + "\n".join(f"    {line[least:]}".rstrip() for line in lines) + "\n\n"

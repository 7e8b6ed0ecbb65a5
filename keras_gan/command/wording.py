"""What a message of the library reads like on the command line. Standard library only."""

import argparse
import re
import shlex

_NO_OPTION = {"num_classes": "number of classes"}
_ARGUMENT = re.compile(
    r"(?<![\w/.(-])(?P<name>[a-z]\w*)="
    r"(?P<value>'[^']*'|\"[^\"]*\"|\[[^]]*\]|\([^)]*\)|-?\w+(?:\.\d+)?(?:e[-+]?\d+)?|)(?![\w/])"
)
_NAME = re.compile(r"(?<![\w/.-])`?(?P<name>[a-z]+_\w+)`?(?![\w/]|\.\w)")


def as_typed(text: str, parser: argparse.ArgumentParser) -> str:
    """An error's text on one line, in whole sentences, with options instead of arguments.

    Args:
        text: Such as "Expected image_size=(height, width)".
        parser: Of the command, whose destinations are the arguments' names.
    """
    text = _in_options(" ".join(text.split())[:1000], parser)
    text = re.sub(r"(?<![.:,;])[.:,;]\.(?!\S)", ".", f"{text.rstrip(' .:,;')}.")
    return re.sub(r"([?!])\.(?!\S)", r"\1", text)


def _in_options(text: str, parser: argparse.ArgumentParser) -> str:
    actions: dict[str, list[argparse.Action]] = {}
    for action in parser._actions:
        names = {option.lstrip("-").replace("-", "_") for option in action.option_strings}
        for name in {action.dest, *names}:
            actions.setdefault(name, []).append(action)

    def typed(match: re.Match) -> str:
        name, value = match["name"], match.groupdict().get("value")
        if name not in actions:
            return f"{_NO_OPTION[name]} {value}" if name in _NO_OPTION and value else match[0]
        flag = [x for x in actions[name] if x.const is not None and repr(x.const) == value]
        action = (flag or actions[name])[0]
        option = action.option_strings[0] if action.option_strings else action.metavar
        if not value or flag:
            return option
        return f"no {option}" if value in ("None", "False") else f"{option} {_word(value, action)}"

    return _NAME.sub(typed, _ARGUMENT.sub(typed, text))


def _word(value: str, action: argparse.Action) -> str:
    """The shell's word for a value as Python writes it."""
    if value[0] in "'\"":
        return shlex.quote(value[1:-1])
    if value[0] in "([":
        return ("x" if action.metavar == "SIZE" else ",").join(
            part if part.isdecimal() else part.upper() for part in value[1:-1].split(", ")
        )
    return value

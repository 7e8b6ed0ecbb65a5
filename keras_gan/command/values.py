"""What an option of `keras-gan` takes: converters from what is typed. Standard library only."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path


def number(kind: type, least: float, most: float = math.inf, said: str = "") -> Callable:
    """A converter to numbers from `least` to `most`; `said` is how to call them."""

    def convert(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:
            between = f"from {least} to {most}" if most < math.inf else f"of at least {least}"
            raise argparse.ArgumentTypeError(
                f"Expected a {'whole ' if kind is int else ''}number {said or between}. "
                f"Received: {text}"
            )
        return value

    convert.__name__ = kind.__name__  # how argparse calls it
    return convert


count = number(int, 1)
seed = number(int, 0, 2**63 - 1, "from 0 to 2**63 - 1")
port = number(int, 0, 65535)
rate = number(float, 0)
decay = number(float, 0, math.nextafter(1, 0), "from 0 to below 1")


def images(text: str) -> int:
    """A number of images, such as 2M, 500k or 100_000."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    try:
        value = float(text[:-1] if factor > 1 else text) * factor
    except ValueError:
        value = 0.0
    if not 1 <= value < math.inf:
        raise argparse.ArgumentTypeError(
            f"Expected a number of images of at least 1, such as 2M, 500k or 100_000. "
            f"Received: {text}"
        )
    return round(value)


def minutes(text: str) -> float:
    """A time above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"Expected minutes above 0. Received: {text}")
    return value


def sides(text: str) -> int | list[int]:
    """One side, or height and width."""
    given = [count(side) for side in text.lower().split("x")]
    if len(given) > 2:
        raise argparse.ArgumentTypeError(f"Expected 64, or 48x64. Received: {text}")
    return given[0] if len(given) == 1 else given


def numbers(text: str) -> list[int]:
    """Whole numbers, with commas between them."""
    return [number(int, 0)(part) for part in text.split(",")]


sides.__name__, numbers.__name__ = "size", "list of numbers"


def learning_rate(text: str) -> tuple[str, float]:
    """A player's learning rate, `NAME=VALUE`, or that of all players."""
    player, given, value = text.rpartition("=")
    return (player if given else "all"), rate(value)


learning_rate.__name__ = rate.__name__


def rate_of(player: str) -> Callable[[str], tuple[str, float]]:
    """A converter to the learning rate of one player."""

    def convert(text: str) -> tuple[str, float]:
        return player, rate(text)

    convert.__name__ = rate.__name__
    return convert


def condition(known: Callable[[], list[str]]) -> Callable[[str], str]:
    """A converter to a folder, or one of the names of what is made from the pictures."""

    def convert(text: str) -> str:
        if text not in known() and not Path(text).expanduser().is_dir():
            raise argparse.ArgumentTypeError(
                f"There is no such folder. Received: {text!r}. Expected a folder with pictures of "
                f"the same names, or one of {', '.join(known())}"
            )
        return text

    return convert


def direction(text: str) -> tuple[str, float]:
    """A direction's name and how far to go, `NAME[:STRENGTH]`, 1 if not given."""
    name, given, strength = text.rpartition(":")
    return (name, float(strength)) if given else (text, 1.0)


def keep(text: str) -> tuple[str, float]:
    """A way to choose samples and the share that is kept, `NAME[:SHARE]`, a half if not given."""
    name, given, share = text.rpartition(":")
    return (name, rate(share)) if given else (text, 0.5)


def source(text: str) -> str:
    """The name of a source, or a folder or text file that exists."""
    path = Path(text).expanduser()
    if path.suffix.lower() == ".txt" and path.is_file():
        return text
    is_path = not text or text.startswith((".", "/", "~"))
    if is_path and not path.is_dir():
        raise argparse.ArgumentTypeError(
            f"There is no such folder. Received: {text!r}. Expected an existing folder, a text "
            "file .txt, 'digits' or a dataset of tensorflow-datasets"
        )
    return text


def existing(text: str) -> str:
    """A path that exists."""
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"There is no such file or directory. Received: {text!r}")
    return text

"""Where things are, and the part of a page that is made."""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_MADE = re.compile(r"(?<=<!-- made by python -m pages -->\n).*(?=<!-- until here -->)", re.S)


def source(path: str) -> str:
    """The address of a file of the repository."""
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return f"{setup['metadata']['url']}/blob/main/{path}"


def put(page: str, made: str) -> str:
    """The page with its made part anew.

    Raises:
        ValueError: for a page that has no such part.
    """
    if not _MADE.search(page):
        raise ValueError("Expected a page with '<!-- made by python -m pages -->' on a line.")
    return _MADE.sub(lambda _: f"\n{made.strip()}\n\n", page)

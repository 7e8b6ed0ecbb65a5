"""The pages that people read: README in two languages, and docs/."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README, README_ZH = ROOT / "README.md", ROOT / "README_zh.md"
PAGES = [README, README_ZH, *sorted(DOCS.rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(path, *languages):
    """The code blocks of a page in these languages, "" for those that name none."""
    found = _BLOCK.findall(path.read_text(encoding="utf-8"))
    return [code for language, code in found if language in languages]


def name(path):
    return str(path.relative_to(ROOT))

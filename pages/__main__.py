"""Writes the parts of docs/ that are made from the code. `make docs` runs it before the build."""

from pages import api, flow, models, which
from pages.places import DOCS


def made() -> dict[str, str]:
    """What each file of docs/ is to hold, by its path there."""
    files = {path: (DOCS / path).read_text("utf-8") for path in (models.PAGE, which.PAGE)}
    return {
        models.PAGE: models.in_page(files[models.PAGE]),
        which.PAGE: which.in_page(files[which.PAGE]),
        flow.PICTURE: flow.svg(),
    } | api.pages()


if __name__ == "__main__":
    for path, text in made().items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")

"""The table of "Which GAN for my data": the recipes that `keras-gan train` follows."""

import keras_gan_cli
from pages.places import put

PAGE = "guides/which.md"
PICTURES = {
    "digits": "quickstart.png",
    "grey-classes": "mnist-cgan.png",
    "grey": "mnist-dcgan.png",
    "colour": "models/vaegan.png",
    "colour-fast": "models/hinge.png",
    "colour-classes": "models/acgan.png",
    "pairs": "pix2pix.png",
    "clips": "videogan.gif",
    "points": "mixtures.png",
}
"""What the recipes' models drew, where a picture exists; docs/measured.md has the commands."""

_HEAD = ["data", "model, and how it is trained", "how long", "measured"]


def in_page(text: str) -> str:
    """The page with the rules and the table as `runs/recipes.py` has them."""
    table = keras_gan_cli._table
    rows = [_HEAD, ["---"] * len(_HEAD)]
    rows += [_row(name, recipe) for name, recipe in table.recipes().items()]
    few, least, small = (table.number("runs/recipes.py", n) for n in ("FEW", "PER_CLASS", "SMALL"))
    rules = (
        f"Fewer than {few:,} pictures are few. Classes count where each has {least} samples on the "
        f"average. Pictures are small up to {small}x{small}."
    )
    return put(text, rules + "\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows))


def _row(name: str, recipe: dict) -> list[str]:
    model = recipe["settings"]["model"]
    cls = keras_gan_cli._table.names()[model]
    how = keras_gan_cli._table.settings_said(recipe)
    if recipe["few"]:
        how += f"; few pictures: {keras_gan_cli._table.said(recipe['few'])}"
    length = f"{recipe['images']:,} images" if recipe["images"] else "as asked for"
    shown = f"<br>![Samples](../{PICTURES[name]})" if name in PICTURES else ""
    return [
        f"`{name}`: {recipe['for']}{shown}",
        f"[`{cls}`](../models.md#{cls.lower()}); {how}",
        length,
        recipe["measured"],
    ]

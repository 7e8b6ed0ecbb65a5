"""The page of models: an entry for each, of what its file states, in groups."""

import re
from typing import NamedTuple

import keras_gan_cli
from pages.places import DOCS, put, source

PAGE = "models.md"
GROUPS = {
    "The game and its losses": "vanilla dcgan lsgan hinge wgan wgangp dragan sngan r3gan vgan "
    "feature_matching",
    "Several networks": "gman mgan adagan cogan gmmn",
    "Classes and labels": "cgan acgan infogan semi_supervised",
    "With an encoder": "vaegan bigan aae",
    "Large and few pictures": "progan stylegan2 biggan fastgan projectedgan",
    "Pictures from pictures": "pix2pix cyclegan srgan context_encoder",
    "Clips, sound, tables": "videogan wavegan gain",
}
"""The models by what they are for; one that is named nowhere stands under "Others"."""

_MEASURED = re.compile(r"^### (\w+)\n(?:(?!^### ).*\n)*?^Measured: (.*)$", re.M)


def in_page(text: str) -> str:
    """The page with the entries as the files state them; what stands there as measured stays."""
    measured = dict(_MEASURED.findall(text))
    found = keras_gan_cli._table.models()
    parts = []
    for title, names in grouped(list(found)).items():
        parts.append(f"## {title}")
        parts += [_entry(found[name], measured.get(found[name].cls)) for name in names]
    return put(text, "\n\n".join(parts))


def grouped(names: list[str]) -> dict[str, list[str]]:
    """These names by groups."""
    groups = {title: [n for n in row.split() if n in names] for title, row in GROUPS.items()}
    named = {name for row in groups.values() for name in row}
    rest = [name for name in names if name not in named]
    return groups | ({"Others": rest} if rest else {})


def picture(name: str) -> str | None:
    """The picture of a model in docs/, if there is one: named after its file."""
    tries = (f"models/{name}.png", f"{name}.gif", f"{name}.png")
    return next((path for path in tries if (DOCS / path).is_file()), None)


def address(name: str) -> str:
    """Where the class is documented."""
    cls = keras_gan_cli._table.names()[name]
    return f"api/models.md#keras_gan.models.{name}.{cls}"


def _entry(model: NamedTuple, measured: str | None) -> str:
    shown = picture(model.name)
    image = [f"![Samples of {model.cls}]({shown})"] if shown else []
    links = [
        f"{model.authors} {model.year}, [{model.title}]({model.url})",
        f"[reference]({address(model.name)})",
        f"[{model.name}.py]({source(f'keras_gan/models/{model.name}.py')})",
        f"`--model {model.name}`",
    ]
    said = model.idea[0].upper() + model.idea[1:]
    return "\n\n".join(
        [
            f"### {model.cls}",
            *image,
            " · ".join(links),
            said,
            f"Differs from the paper: {model.differs}",
            f"Measured: {measured or 'not yet.'}",
        ]
    )

"""Pictures in a folder, whatever made them, against real ones."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan.core import saved_model
from keras_gan.core.kinds import Picture
from keras_gan.metrics import Extractor, Sample
from keras_gan.reporting import measure, result, show
from keras_gan.reporting.pictures import Pictures
from keras_gan.runs import reference
from keras_gan.runs.run import Run

_OF_BOTH = ("image_size", "length", "limit", "errors")  # how either of the sources is read


def is_folder(path: str | Path) -> bool:
    """Whether there is a directory that is neither a run nor a SavedModel."""
    path = Path(path)
    known = Run(path).config_path.exists() or saved_model.find(path) is not None
    return path.is_dir() and not known


def report_folder(
    folder: str | Path,
    data: Any,
    *,
    held_out: Any,
    out: Path | None,
    samples: int,
    extractor: str | Extractor,
    progress: bool,
    **options: Any,
) -> dict[str, Any]:
    """`report` of a folder of pictures; its arguments."""
    if data is None:
        raise ValueError(
            f"{folder} is no run: it has no config.json. If it holds pictures, name the real ones "
            "that they are to be compared with: data="
        )
    own = {name: value for name, value in options.items() if name in _OF_BOTH}
    made = reference.load(Path(folder), held_out=False, labels=False, **own).train
    kind = made.images.of
    kind_of_real = None if isinstance(kind, Picture) else kind
    held_out = False if held_out is None else held_out
    found = reference.load(data, held_out, kind_of_real, **options)
    made, found = _in_colour(made, found)
    result.check_enough(samples, found.train, found.held_out)
    _check_made(folder, made, found)
    stages = result.Stages(progress)

    stages("the extractor")
    extractor, judge = reference.extractors(found, extractor)
    compared = _compared(made, found, samples)
    with warnings.catch_warnings():  # the findings say so
        warnings.filterwarnings("ignore", message="A Fréchet distance from fewer samples")
        rows = measure.figure_rows(compared, extractor, judge, stages)
    facts = {
        "class": "Pictures",
        "path": str(folder),
        "sha256": compared.fake.sha256,
        "image_shape": [int(side) for side in made.images.images.shape[1:]],
        "num_classes": None,
    }
    measured = result.assemble(str(folder), facts, found, compared, extractor, judge, rows)
    if out is not None:
        stages("the page")
        result.write(Path(out), measured)
        result.write_page(Path(out), measured, kind, _drawn(compared, extractor))
    stages.close()
    return measured


def _in_colour(
    made: reference.Part, found: reference.RealData
) -> tuple[reference.Part, reference.RealData]:
    """Gray pictures as RGB where others are: files say nothing of what a set as a whole is."""

    def channels(part: reference.Part | None) -> int:
        return 0 if part is None else part.images.images.shape[-1]

    def rgb(part: reference.Part | None) -> reference.Part | None:
        if channels(part) != 1:
            return part
        gray = part.images
        images = np.repeat(gray.images, 3, axis=-1)
        return part._replace(images=Sample(images, gray.labels, gray.kind, cached=True))

    parts = (made, found.train, found.held_out)
    if not isinstance(made.images.of, Picture) or 3 not in map(channels, parts):
        return made, found
    return rgb(made), found._replace(train=rgb(found.train), held_out=rgb(found.held_out))


def _check_made(folder: str | Path, made: reference.Part, found: reference.RealData) -> None:
    if len(made.images) < result.LEAST:
        raise ValueError(
            f"A report takes at least {result.LEAST} pictures. Received: {len(made.images)} in "
            f"{folder}."
        )
    shape = made.images.images.shape[1:]
    size = "length" if "length" in made.images.of.axes else "image_size"
    for part in (found.train, found.held_out):
        if part is not None and part.images.images.shape[1:] != shape:
            raise ValueError(
                f"The pictures in {folder} are of shape {shape}, the data ({part.split}) of shape "
                f"{part.images.images.shape[1:]}. Pass {size}=, which brings both to one."
            )


def _compared(made: reference.Part, found: reference.RealData, samples: int) -> measure.Compared:
    train, held_out = found.train.images, found.held_out and found.held_out.images
    real, floor = train, None
    if held_out is not None:
        samples = min(samples, len(train), len(held_out))
        real, floor = held_out, result.first(train, samples)
    fake = result.first(made.images, samples)
    real = result.first(real, samples)
    return measure.Compared(real, floor, fake, train, held_out is not None, None)


def _drawn(compared: measure.Compared, extractor: Extractor) -> Pictures:
    fake, real = compared.fake, compared.real
    n, near = show.shown(fake), None
    if isinstance(fake.of, Picture):
        near = show.neighbours(fake, compared.train, extractor)
    return Pictures(fake.images[:n], real.images[:n], neighbours=near, kind=fake.of)

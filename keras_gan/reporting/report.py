"""`report`: how good is a model, as figures in report.json and as a page to look at."""

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan import callbacks, enlarging
from keras_gan.core import files, noise
from keras_gan.core.kinds import Picture
from keras_gan.data import source_type
from keras_gan.engine.model import GenerativeModel
from keras_gan.metrics import Extractor, Sample
from keras_gan.reporting import folders, measure, result, show
from keras_gan.runs import reference, run
from keras_gan.runs.settings import IN_FILES

_PATH_LENGTH_SAMPLES = 500


def report(
    model: GenerativeModel | str | Path,
    data: Any = None,
    *,
    held_out: Any = None,
    out: str | Path | None = None,
    samples: int = 10_000,
    seed: int = 0,
    extractor: str | Extractor = "auto",
    progress: bool = True,
    **options: Any,
) -> dict[str, Any]:
    """Measures a model, or a folder of pictures that something made, and writes a report.

    It is report.json, report.html and samples.png (.wav, .txt, .gif).

    Generated images are compared with held-out ones (the split `test` or `validation`), as many of
    either as there are, and beside every figure stands what as many training images get: nothing
    better can be expected. Without a held-out split, the two are halves of the training images, and
    memorisation cannot be tested. The pictures of a folder are compared with `held_out` where that
    is given, else with all of the data, as by torch-fidelity and clean-fid.

    Args:
        model: A model, the directory of a run, a `.keras` file, or a folder of pictures.
        data: What it was trained on, as in `keras_gan.data.load`; a run knows by itself.
        held_out: Real images that it was not trained on, if `data` has no such split.
        out: Directory to write to. `report` in the run's directory, `<name>-report` beside a
            `.keras` file or a folder; nothing is written for a model in memory if not given.
        samples: At most so many images of each kind are compared.
        seed: Of the samples.
        extractor: Gives the features: a `keras_gan.metrics.Extractor`, or "classifier" (fitted on
            the labelled training data in about a minute, once), "inception" (that of Keras) and
            "inception-2015" (that of published FIDs), which are downloaded, "pixels", "random" (for
            comparison only). "auto" takes the classifier where there are labels, then Inception of
            Keras, then random features.
        progress: Whether to show how far it is.
        options: `image_size`, `length`, `data_dir`, `labels`, `limit`, `errors` of
            `keras_gan.data.load`, and `condition` of `keras_gan.data.paired`, for a model that
            makes images from pictures.

    Returns:
        What stands in report.json.

    Raises:
        ValueError: for a run or data that cannot be read, or images that do not fit each other.

    Example:

    >>> keras_gan.report("runs/mnist", samples=5000)["findings"]
    """
    noise.check_seed(seed)
    if out is None and not isinstance(model, GenerativeModel):
        out = directory_of(model)
    if out is not None:
        files.check_writable(out)
    if not isinstance(model, GenerativeModel) and folders.is_folder(model):
        shared = {"samples": samples, "extractor": extractor, "progress": progress}
        return folders.report_folder(model, data, held_out=held_out, out=out, **shared, **options)
    gan, title, history = _subject(model)
    gain = _gain(model)
    source, options = _source(model, data, options)
    if gan.kind.axes[:1] in (("length",), ("frames",)) and not options.get("length"):
        in_files = source_type(source, options.get("data_dir")) in IN_FILES
        options |= {"length": gan.image_shape[0]} if in_files else {}
    found = _arranged(gan, reference.load(source, held_out, kind=gan.kind, **options))
    _check_alike(gan, found, samples)
    stages = result.Stages(progress)

    stages("the extractor")
    extractor, judge = reference.extractors(found, extractor)
    stages("samples")
    compared = _compared(gan, found, samples, seed)
    with warnings.catch_warnings():  # the findings say so
        warnings.filterwarnings("ignore", message="A Fréchet distance from fewer samples")
        rows = measure.figure_rows(compared, extractor, judge, stages)
    rows += measure.paired_rows(gan, compared, extractor)
    rows += measure.discriminator_rows(gan, compared)
    if gan.condition.shape is None and isinstance(gan.kind, Picture):
        stages("path length")
        samples = min(_PATH_LENGTH_SAMPLES, len(compared.fake))
        rows.append(measure.path_length_row(gan, extractor, samples, seed))

    facts = _model_facts(gan, model)
    measured = result.assemble(title, facts, found, compared, extractor, judge, rows, history)
    measured["gain"] = gain
    if out is not None:
        stages("the page")
        result.write(Path(out), measured)
        pictures = show.draw(
            gan, compared.fake, compared.real, compared.train, extractor, compared.seed
        )
        result.write_page(Path(out), measured, gan.kind, pictures)
    stages.close()
    return measured


# -- what it is about --------------------------------------------------------------------------


def directory_of(model: str | Path) -> Path:
    """Where the report of a run, a `.keras` file or a folder of pictures goes."""
    path = Path(model)
    if folders.is_folder(path):  # beside it: what lies inside are its pictures
        path = path if path.name.strip(".") else path.resolve()
        return path.with_name(f"{path.name}-report")
    return path / "report" if path.is_dir() else path.with_name(f"{path.stem}-report")


def _subject(model: GenerativeModel | str | Path) -> tuple[GenerativeModel, str, dict | None]:
    """The model, what to call it, and the history of its training."""
    if isinstance(model, GenerativeModel):
        return model, model.name, None
    gan = run.load(model)
    history = callbacks.read_history(run.Run(model).history) if Path(model).is_dir() else None
    return gan, str(model), history or None


def _source(
    model: GenerativeModel | str | Path, data: Any, options: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """What to read, and how: what is not given is as in the run's settings."""
    if not isinstance(model, GenerativeModel) and Path(model).is_dir():
        source, known = run.Run(model).settings().source, run.Run(model).data_options()
        given = {name: value for name, value in options.items() if value is not None}
        of_files = known["source_type"] in IN_FILES
        if data is None and of_files and not Path(source).exists():
            raise ValueError(
                f"The run's pictures are not where they were. Received: {source}. If they have "
                "moved, name the folder: data= (--data on the command line)."
            )
        if data is None:
            return source, known | given
        moved = of_files and source_type(data, known["data_dir"]) == known["source_type"]
        return data, (known if moved else {}) | given
    if data is None:
        raise ValueError(
            "A report compares with real images. Received: no data. Pass data=, such as "
            "'mnist' or a folder."
        )
    return data, options


def _arranged(gan: GenerativeModel, found: reference.RealData) -> reference.RealData:
    """The real images in the form of the model's samples."""

    def part(given: reference.Part | None) -> reference.Part | None:
        if given is None:
            return None
        images, condition = gan.arranged(given.images.images, given.condition)
        sample = Sample(images, given.images.labels, given.images.kind, cached=True, of=gan.kind)
        return given._replace(images=sample, condition=condition)

    return found._replace(train=part(found.train), held_out=part(found.held_out))


def _check_alike(gan: GenerativeModel, found: reference.RealData, samples: int) -> None:
    size = "length" if "length" in gan.kind.axes else "image_size"
    for part in (found.train, found.held_out):
        if part is not None and part.images.images.shape[1:] != tuple(gan.image_shape):
            raise ValueError(
                f"The model makes images of shape {tuple(gan.image_shape)}, the data "
                f"({part.split}) are of shape {part.images.images.shape[1:]}. Pass {size}=."
            )
    result.check_enough(samples, found.train, found.held_out)
    given = gan.condition_from == "samples" or found.first.condition is not None
    if gan.condition.shape is not None and not given:
        raise ValueError(
            f"{type(gan).__name__} is conditioned on {gan.condition.what.split()[0]}: without them "
            "it has no samples. Received: condition=None. Expected what they are, as in "
            "keras_gan.data.paired."
        )
    classes = found.class_names and len(found.class_names)
    known = gan.condition.num_classes
    if known and classes != known:
        raise ValueError(
            f"The model knows {known} classes. Received: data with {classes or 'no'} classes."
        )


def _compared(
    gan: GenerativeModel, found: reference.RealData, samples: int, seed: int
) -> measure.Compared:
    train = found.train.images
    if found.held_out is not None:
        n = min(samples, len(train), len(found.held_out.images))
        pair = result.first(found.held_out.images, n), result.first(train, n)
    else:
        n = min(samples, len(train) // 2)
        pair = result.first(train, n), result.first(train, n, start=len(train) - n)
    labels = pair[0].labels if gan.condition.num_classes else None
    if gan.condition.shape is None:
        condition = labels
    else:
        own = found.first.condition
        condition = gan.conditions_of(pair[0].images, None if own is None else own[:n])
    fake = Sample(gan.samples_for(n, condition, seed), labels, of=gan.kind)
    return measure.Compared(*pair, fake, train, found.held_out is not None, seed)


def _gain(model: GenerativeModel | str | Path) -> dict[str, Any] | None:
    """What a classifier gained by such a model's pictures, where that stands in the run."""
    if isinstance(model, GenerativeModel) or not (Path(model) / enlarging.result.NAME).is_file():
        return None
    found = enlarging.load(model)
    accuracy = {arm: (100 * found.figures(arm)).round(2).tolist() for arm in found.arms}
    lines = {"heads": found.heads, "lines": found.lines()}
    return lines | {"accuracy": accuracy, "seeds": found.seeds, "facts": found.facts}


# -- what is said of it ------------------------------------------------------------------------


def _model_facts(gan: GenerativeModel, model: Any) -> dict[str, Any]:
    digest = hashlib.sha256()
    for weight in gan.network(gan.sampler, training=False).get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return {
        "class": type(gan).__name__,
        "path": None if isinstance(model, GenerativeModel) else str(model),
        "sha256": digest.hexdigest(),
        "image_shape": [int(side) for side in gan.image_shape],
        "latent_dim": int(gan.latent_dim),
        "num_classes": gan.num_classes,
        "parameters": int(getattr(gan, gan.sampler).count_params()),
        "step": int(gan.step.numpy()),
    }

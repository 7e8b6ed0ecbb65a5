"""The figures of a report, each beside what real images get."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from keras_gan import metrics
from keras_gan.core import noise
from keras_gan.core.kinds import Picture
from keras_gan.engine.model import GenerativeModel
from keras_gan.metrics import MEANINGS, Extractor, Metric, Sample, protocol_name

_BATCH = 256


class Compared(NamedTuple):
    """What is compared.

    Attributes:
        real: Real images that the generated ones are compared with, held-out ones if there are.
        floor: Other real images: what a perfect generator would make; None where there are no
            others, and the halves of `real` stand for both.
        fake: As many generated ones.
        train: All training images.
        held_out: Whether `real` was not trained on.
        seed: Of the generated images; None where they were not drawn here.
    """

    real: Sample
    floor: Sample | None
    fake: Sample
    train: Sample
    held_out: bool
    seed: int | None


def figure_rows(
    compared: Compared,
    extractor: Extractor,
    judge: Extractor | None,
    say: Callable[[str], None] = lambda name: None,
) -> list[dict]:
    """The rows of report.json that need the images alone.

    Args:
        compared: What is compared.
        extractor: Gives the features.
        judge: A classifier of the data's classes, where there are labels.
        say: Is told which metric is next.
    """
    rows = []
    for metric, *halves in _chosen(compared, extractor, judge):
        say(metric.name)
        rows += _rows(metric, compared, halves)
    return rows


def _chosen(
    compared: Compared, extractor: Extractor, judge: Extractor | None
) -> list[tuple[Metric, Sample, Sample]]:
    """The metrics that make sense, each with two samples of real images: its floor."""
    real, fake = compared.real, compared.fake
    distances = [metrics.FID(extractor), metrics.KID(extractor)]
    if real.of.medium == "text":
        distances = [metrics.NGrams()]
    found = [*distances, metrics.PRDC(extractor)]
    if judge is not None:
        found += [metrics.Modes(judge), metrics.InceptionScore(judge)]
        if fake.labels is not None:
            found += [metrics.RightLabel(judge), metrics.ClassificationAccuracy()]
    pair = (real, compared.floor) if compared.floor is not None else _halves(real)
    chosen = [(metric, *pair) for metric in found]
    if compared.held_out:
        chosen.append((metrics.Memorisation(compared.train, extractor), *_halves(real)))
    return chosen


def _halves(real: Sample) -> tuple[Sample, Sample]:
    half = len(real) // 2
    labels = (None, None) if real.labels is None else (real.labels[:half], real.labels[half:])
    return tuple(
        Sample(images, own, cached=True, of=real.of)
        for images, own in zip((real.images[:half], real.images[half:]), labels, strict=True)
    )


def _rows(metric: Metric, compared: Compared, halves: Sequence[Sample]) -> list[dict]:
    figures = metric.measure(compared.real, compared.fake)
    floors = metric.measure(*halves)
    return [
        row(
            key,
            value,
            real=floors.get(key),
            spread=figures.get(f"{key}_std") or None,  # a single subset has none
            name=protocol_name(
                key, metric.extractor, len(compared.fake), len(compared.real), compared.seed
            ),
            note=_note(metric.extractor),
        )
        for key, value in figures.items()
        if key in MEANINGS
    ]


def _note(extractor: Extractor | None) -> str | None:
    random = extractor is not None and extractor.comparison_only
    return "random features: for comparison only" if random else None


def discriminator_rows(gan: GenerativeModel, compared: Compared) -> list[dict]:
    """How many images of each kind the discriminator takes for what they are.

    Nothing for a model without one, with several, or with one that is shown more than images and
    their classes, or packs of them.
    """
    inputs = [len(getattr(gan, critic).inputs) for critic in gan.critics]
    one_sample = gan.judges_samples and gan.pack == 1
    if not one_sample or len(inputs) != 1 or inputs[0] > 1 + (gan.num_classes is not None):
        return []

    def logits(sample: Sample) -> np.ndarray:
        images = sample.images
        labels = sample.labels if gan.takes_condition else None
        parts = []
        for k in range(0, len(images), _BATCH):
            part = None if labels is None else labels[k : k + _BATCH].astype(np.int32)
            batch = sample.of.scale(images[k : k + _BATCH])
            said = gan.criticize(gan.critics[0], batch, part, training=False)
            parts.append(said["scores"].numpy())
        return np.concatenate(parts)

    n = len(compared.fake)
    trained_on = Sample(
        compared.train.images[:n],
        None if compared.train.labels is None else compared.train.labels[:n],
        of=compared.train.of,
    )
    found = metrics.score_accuracy(
        logits(trained_on),
        logits(compared.fake),
        logits(compared.real) if compared.held_out else None,
    )
    values = {
        "accuracy_real": found.real,
        "accuracy_held_out": found.held_out,
        "accuracy_fake": found.fake,
    }
    return [
        row(key, value, name=protocol_name(key, None, n, seed=compared.seed))
        for key, value in values.items()
        if value is not None
    ]


def paired_rows(gan: GenerativeModel, compared: Compared, extractor: Extractor) -> list[dict]:
    """How near pictures come to those that they stand for; nothing where there are no such ones."""
    remade = None
    if isinstance(compared.fake.of, Picture):
        remade = gan.remade(compared.real, compared.fake)
    if remade is None:
        return []
    found = metrics.Paired(extractor).measure(compared.real, remade)
    used = {"feature_distance": extractor}
    return [
        row(
            key,
            value,
            name=protocol_name(key, used.get(key), len(remade), seed=compared.seed),
            note=_note(used.get(key)),
        )
        for key, value in found.items()
    ]


def path_length_row(gan: GenerativeModel, extractor: Extractor, samples: int, seed: int) -> dict:
    """Latent smoothness."""

    def generate(latents: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        return gan.generate(latents, labels, training=False).numpy()

    classes = gan.condition.num_classes
    labels = np.arange(samples, dtype=np.int32) % classes if classes else None
    ends = gan.latents(noise.seed_rows(2 * samples, seed, None)).numpy().reshape(2, samples, -1)
    value = metrics.perceptual_path_length(
        generate,
        extractor,
        gan.latent_dim,
        samples=samples,
        labels=labels,
        seed=seed,
        ends=ends,
        between=gan.prior.between,
    )
    name = protocol_name("path_length", extractor, samples, seed=seed)
    return row("path_length", value, name=name, note=_note(extractor))


def row(
    key: str,
    value: float,
    *,
    name: str,
    real: float | None = None,
    spread: float | None = None,
    note: str | None = None,
) -> dict:
    """A row of report.json. What is not finite, which JSON cannot say, becomes None with a note."""
    numbers = {"value": value, "real": real, "spread": spread}
    if not np.isfinite(value):
        note = f"{value}"
    meaning = MEANINGS[key]
    return {
        "key": key,
        "name": name,
        "title": meaning.title,
        "group": meaning.group,
        **{n: float(v) if v is not None and np.isfinite(v) else None for n, v in numbers.items()},
        "better": meaning.better,
        "about": meaning.about,
        "note": note,
    }


def class_rows(
    compared: Compared, extractor: Extractor, judge: Extractor, names: list[str], k: int = 5
) -> list[dict]:
    """How good each class is, as the classifier sees it."""
    seen = {
        kind: np.argmax(sample.seen_by(judge).probabilities, axis=1)
        for kind, sample in (("real", compared.real), ("fake", compared.fake))
    }
    features = {
        "real": compared.real.seen_by(extractor).features,
        "fake": compared.fake.seen_by(extractor).features,
    }
    rows = []
    for c, name in enumerate(names):
        of_class = {kind: features[kind][seen[kind] == c] for kind in features}
        entry = {
            "name": name,
            "real_share": float(np.mean(seen["real"] == c)),
            "fake_share": float(np.mean(seen["fake"] == c)),
            "right": None,
        }
        asked = compared.fake.labels
        if asked is not None and np.any(asked == c):
            entry["right"] = float(np.mean(seen["fake"][asked == c] == c))
        enough = min(len(rows_of_class) for rows_of_class in of_class.values()) > k
        figures = metrics.prdc(of_class["real"], of_class["fake"], k) if enough else {}
        for key in ("precision", "recall", "coverage"):
            entry[key] = figures.get(key)
        rows.append(entry)
    return rows

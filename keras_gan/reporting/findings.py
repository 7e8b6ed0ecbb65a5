"""What is wrong with a model, in plain words, read off the figures of its report."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from keras_gan.metrics import MEANINGS
from keras_gan.reporting.advice import ADVICE, link

ENOUGH = 2000  # images below which most figures are rough
FAR = 3.0  # Fréchet distances as large as so many of real images
MISSING, RARE = 0.1, 0.5  # share of a class, of its share among real images
CHANCE = 1e-3  # probability below which a share of near images is none of chance

AGAINST = {
    "mode_collapse": ("modes", "coverage", "recall"),
    "far_from_real": ("precision", "recall", "coverage"),
    "low_variety": ("modes", "coverage", "recall"),
    "low_quality": ("right_label", "fid"),
    "wrong_labels": ("cas", "fid"),
    "critic_won": ("fid", "coverage"),
    "saturated": ("fid", "precision"),
    "flat": ("fid", "precision"),
    "repeats": ("coverage", "recall"),
    "covers": ("recall", "modes"),
    "faithful": ("fid", "right_label"),
}
"""Kind of a finding -> figures that would not be as good as those of real images, if it held."""


class Finding(NamedTuple):
    """One thing that a person should know.

    Attributes:
        kind: Short name, for programs.
        level: "problem", "warning" or "good".
        title: A few words.
        text: What it means.
    """

    kind: str
    level: str
    title: str
    text: str

    @property
    def action(self) -> str:
        """What a reader should do about it."""
        return ADVICE[self.kind]

    @property
    def link(self) -> str:
        """Address of the page that explains it."""
        return link(self.kind)


def find(report: dict, fake: np.ndarray, real: np.ndarray) -> list[Finding]:
    """All findings, the worst first.

    Args:
        report: As in report.json, with its figures, classes, protocol and history.
        fake, real: Generated and real images, uint8 `(n, height, width, channels)`, or points.
    """
    figures = {row["key"]: row for row in report["metrics"]}
    found = [
        *_missing_classes(report["classes"]),
        *_distance(figures),
        *_variety(figures),
        *_copies(figures, report["protocol"]["samples"]),
        *_labels(figures, report["model"]["num_classes"]),
        *_discriminator(figures),
        *_pixels(fake, real),
        *_sameness(fake, real),
        *_history(report["history"]),
        *_protocol(report["protocol"]),
    ]
    if not any(finding.level == "problem" for finding in found):
        found += _close_to_real(figures)
        if not any(finding.kind == "memorisation" for finding in found):
            found += _no_copies(figures)
    order = ("problem", "warning", "good")
    found = sorted(found, key=lambda finding: order.index(finding.level))
    return [_with_both_sides(finding, figures) for finding in found]


def _with_both_sides(finding: Finding, figures: dict) -> Finding:
    """The finding, and the figures that speak against it."""
    good = finding.level == "good"
    said = [
        f"{MEANINGS[key].title} {figures[key]['value']:.3g} (real {figures[key]['real']:.3g})"
        for key in AGAINST.get(finding.kind, ())
        if _is_like_real(figures, key) is not None and _is_like_real(figures, key) != good
    ]
    if not said:
        return finding
    return finding._replace(text=f"{finding.text} Against it: {', '.join(said)}.")


def _is_like_real(figures: dict, key: str) -> bool | None:
    """Whether a figure is about as good as that of real images; None where that is not known."""
    value, floor = _pair(figures, key)
    if value is None or floor is None:
        return None
    if key == "fid":
        return value < FAR * floor
    return value > 0.9 * floor


def _missing_classes(classes: list[dict] | None) -> Iterator[Finding]:
    shares = {
        row["name"]: row["fake_share"] / row["real_share"]
        for row in classes or ()
        if row["real_share"] > 0
    }
    missing = [name for name, share in shares.items() if share < MISSING]
    rare = [name for name, share in shares.items() if MISSING <= share < RARE]
    for level, names, word in (("problem", missing, "missing"), ("warning", rare, "rare")):
        if names:
            yield Finding(
                "mode_collapse",
                level,
                f"{_join(names)}: {word} among the generated images",
                f"A classifier sees {'it' if len(names) == 1 else 'them'} less than "
                f"{'a tenth' if word == 'missing' else 'half'} as often as among real images.",
            )


def _distance(figures: dict) -> Iterator[Finding]:
    value, floor = _pair(figures, "fid")
    if value is not None and value > FAR * floor > 0:
        yield Finding(
            "far_from_real",
            "warning",
            f"The Fréchet distance is {value / floor:.0f} times that of real images",
            f"It is {value:.3g}, where as many other real images get {floor:.3g}: taken together, "
            "the images can still be told from real ones.",
        )


def _variety(figures: dict) -> Iterator[Finding]:
    for key, words in (
        ("coverage", "Large parts of the real data have no generated image near them"),
        ("recall", "Most real images look like nothing that the generator makes"),
    ):
        value, floor = _pair(figures, key)
        if value is not None and value < 0.5 * floor:
            yield Finding(
                "low_variety",
                "problem" if value < 0.2 * floor else "warning",
                f"Low {key}: {value:.2f}, where real images get {floor:.2f}",
                f"{words}: the generator makes too few kinds of images, or images that are too "
                "far from real ones.",
            )
    value, floor = _pair(figures, "precision")
    if value is not None and value < 0.5 * floor:
        yield Finding(
            "low_quality",
            "problem" if value < 0.2 * floor else "warning",
            f"Low precision: {value:.2f}, where real images get {floor:.2f}",
            "Most generated images look like no real image.",
        )


def _copies(figures: dict, samples: int) -> Iterator[Finding]:
    """Copies show in one of two ways; z alone cannot tell them from images that are but usual."""
    if "memorisation_z" not in figures:
        return
    z, share, chance, nearest = _memory(figures)
    many = (
        f"{share:.1%} of the generated images lie nearer to a training image than 99% of the "
        f"held-out images do (1% would be chance; p = {chance:.2g})."
    )
    nearer = (
        f"{nearest:.0%} of them have a training image as the nearest real one, among equally many "
        f"that were and were not trained on (50% would be chance), at distances of z = {z:.1f}."
    )
    has_many = share > 0.03 and chance < CHANCE
    is_nearer = nearest > 0.6 and nearest - 0.5 > 2 / math.sqrt(samples)  # 4 deviations
    if not has_many and not is_nearer:
        return
    if has_many and is_nearer:
        evidence = f"{many} {nearer}"
    else:
        evidence = f"{many} Against it: {nearer}" if has_many else f"{nearer} Against it: {many}"
    if (has_many and share > 0.05) or (is_nearer and nearest > 0.75):
        level, title = "problem", "Training images are copied"
    else:
        level, title = "warning", "Some images may be copies of training images"
    yield Finding("memorisation", level, title, evidence)


def _memory(figures: dict) -> tuple[float, float, float, float]:
    """The figures of the memorisation tests: z, share of near images, its chance, nearest ones."""
    keys = ("memorisation_z", "copied", "copied_p", "in_training")
    return tuple(figures[key]["value"] for key in keys)


def _labels(figures: dict, classes: int | None) -> Iterator[Finding]:
    value, floor = _pair(figures, "right_label")
    if value is None or not classes:
        return
    if value < 2.0 / classes:
        yield Finding(
            "labels_ignored",
            "problem",
            "The labels do nothing",
            f"A classifier sees the class that was asked for in {value:.1%} of the images; by "
            f"chance it would be {1 / classes:.1%}.",
        )
    elif value < 0.9 * floor:
        yield Finding(
            "wrong_labels",
            "warning",
            f"Only {value:.1%} of the images show the class asked for",
            f"Of real images the classifier gets {floor:.1%} right.",
        )


def _discriminator(figures: dict) -> Iterator[Finding]:
    real, _ = _pair(figures, "accuracy_real")
    fake, _ = _pair(figures, "accuracy_fake")
    held_out, _ = _pair(figures, "accuracy_held_out")
    if real is None:
        return
    if min(real, fake) > 0.95:
        yield Finding(
            "critic_won",
            "warning",
            "The discriminator has won",
            f"It tells {real:.1%} of the training images and {fake:.1%} of the generated ones "
            "rightly, so the generator learns little from it.",
        )
    if held_out is not None and real - held_out > 0.2:
        yield Finding(
            "critic_overfits",
            "warning",
            "The discriminator has learnt the training images by heart",
            f"It takes {real:.1%} of the training images for real, and {held_out:.1%} of held-out "
            "ones.",
        )


def _pixels(fake: np.ndarray, real: np.ndarray) -> Iterator[Finding]:
    if fake.dtype != np.uint8:
        return

    def extreme(images: np.ndarray) -> float:
        return float(np.mean((images <= 2) | (images >= 253)))

    if extreme(fake) > 0.2 + extreme(real):
        yield Finding(
            "saturated",
            "warning",
            f"{extreme(fake):.0%} of the pixels are black or white",
            f"Among real images it is {extreme(real):.0%}: the generator's output is saturated.",
        )
    if np.std(fake) < 0.3 * np.std(real):
        yield Finding(
            "flat",
            "problem",
            "The images have hardly any contrast",
            f"Pixels vary by {np.std(fake):.0f} steps of gray around their mean, in real images by "
            f"{np.std(real):.0f}.",
        )


def _sameness(fake: np.ndarray, real: np.ndarray) -> Iterator[Finding]:
    """The same image again and again, which no share of classes would show."""

    def repeated(images: np.ndarray) -> float:
        rows = images[:1000].reshape(min(len(images), 1000), -1).astype(np.float32)
        squares = np.sum(rows**2, axis=1)
        distances = squares[:, None] + squares - 2 * rows @ rows.T
        np.fill_diagonal(distances, np.inf)
        spread = 2 * np.sum(np.var(rows, axis=0))  # mean squared distance of two images
        return float(np.mean(distances.min(axis=1) < 1e-3 * max(spread, 1e-12)))

    if repeated(fake) > 0.1 + repeated(real):
        yield Finding(
            "repeats",
            "problem",
            f"{repeated(fake):.0%} of the images are the same as another one",
            "The generator has collapsed to a few images.",
        )


def _history(history: dict | None) -> Iterator[Finding]:
    broken = [
        name
        for name, values in (history or {}).items()
        if any(value is not None and not np.isfinite(value) for value in values)
    ]
    if broken:
        yield Finding(
            "diverged",
            "problem",
            "The training diverged",
            f"{_join(broken)} became infinite or NaN.",
        )


def _protocol(protocol: dict) -> Iterator[Finding]:
    if protocol["comparison_only"]:
        yield Finding(
            "random_features",
            "warning",
            "Random features: for comparison only",
            "The distances come from a network with random weights. They can rank models of the "
            "same data, and say nothing in themselves.",
        )
    if protocol["samples"] < protocol["features"]:
        yield Finding(
            "fewer_samples_than_features",
            "warning",
            f"Only {protocol['samples']:,} images, and {protocol['features']:,} features",
            "The Fréchet distance is mostly bias then.",
        )
    elif protocol["samples"] < ENOUGH:
        yield Finding(
            "few_samples",
            "warning",
            f"Only {protocol['samples']:,} images were compared",
            "Distances are larger with few images, and all figures rougher.",
        )


def _close_to_real(figures: dict) -> Iterator[Finding]:
    coverage, floor = _pair(figures, "coverage")
    if coverage is not None and coverage > 0.9 * floor:
        yield Finding(
            "covers",
            "good",
            "All kinds of real images are there",
            f"Coverage is {coverage:.2f}; real images get {floor:.2f}.",
        )
    in_few_balls = coverage is not None and coverage < 0.5 * floor
    value, floor = _pair(figures, "precision")
    if value is not None and value > 0.9 * floor and not in_few_balls:
        yield Finding(
            "faithful",
            "good",
            "Images look like real ones",
            f"Precision is {value:.2f}; real images get {floor:.2f}.",
        )


def _no_copies(figures: dict) -> Iterator[Finding]:
    if "memorisation_z" not in figures:
        return
    z, share, _, nearest = _memory(figures)
    usual = (
        " They lie nearer to training images than held-out ones do, and as near to held-out images:"
        " they are more usual than real ones."
    )
    yield Finding(
        "no_copies",
        "good",
        "No sign of copied training images",
        f"{share:.1%} of the images lie nearer to a training image than 99% of held-out ones do (1%"
        f" would be chance), and {nearest:.0%} have a training image as the nearest real one, among"
        " equally many that were and were not trained on (50% would be chance)."
        f"{usual if z < -3 else ''}",
    )


def _pair(figures: dict, key: str) -> tuple[float | None, float | None]:
    row = figures.get(key)
    return (None, None) if row is None or row["value"] is None else (row["value"], row["real"])


def _join(names: list[str]) -> str:
    names = [str(name) for name in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

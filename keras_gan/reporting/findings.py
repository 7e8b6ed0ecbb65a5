"""What is wrong with a model, in plain words, read off the figures of its report."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

ENOUGH = 2000  # images below which most figures are rough
FAR = 3.0  # Fréchet distances as large as so many of real images
MISSING, RARE = 0.1, 0.5  # share of a class, of its share among real images


class Finding(NamedTuple):
    """One thing that a person should know.

    Attributes:
        kind: Short name, for programs.
        level: "problem", "warning" or "good".
        title: A few words.
        text: What it means, and what may help.
    """

    kind: str
    level: str
    title: str
    text: str


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
        *_copies(figures),
        *_labels(figures, report["model"]["num_classes"]),
        *_discriminator(figures),
        *_pixels(fake, real),
        *_sameness(fake, real),
        *_history(report["history"]),
        *_protocol(report["protocol"]),
    ]
    if not any(finding.level == "problem" for finding in found):
        found += _close_to_real(figures)
    order = ("problem", "warning", "good")
    return sorted(found, key=lambda finding: order.index(finding.level))


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
                f"{'a tenth' if word == 'missing' else 'half'} as often as among real images. "
                "Against mode collapse help penalties on the discriminator (R1), a "
                "class-conditional model, and more training.",
            )


def _distance(figures: dict) -> Iterator[Finding]:
    value, floor = _pair(figures, "fid")
    if value is not None and value > FAR * floor > 0:
        yield Finding(
            "far_from_real",
            "warning",
            f"The Fréchet distance is {value / floor:.0f} times that of real images",
            f"It is {value:.3g}, where as many other real images get {floor:.3g}: taken together, "
            "the images can still be told from real ones. More training, or a better suited model, "
            "helps.",
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
            "Most generated images look like no real image. Train longer, or sample with a "
            "truncation below 1.",
        )


def _copies(figures: dict) -> Iterator[Finding]:
    z, _ = _pair(figures, "memorisation_z")
    copied, _ = _pair(figures, "copied")
    if z is None:
        return
    if z < -5 or copied > 0.05:
        yield Finding(
            "memorisation",
            "problem",
            "Training images are copied",
            f"{copied:.1%} of the generated images lie nearer to a training image than 99% of the "
            f"held-out images do (1% would be chance; z = {z:.1f}). Look at the nearest "
            "neighbours. More data or augmentation, or a smaller model, help.",
        )
    elif z < -3 or copied > 0.03:
        yield Finding(
            "memorisation",
            "warning",
            "Some images may be copies of training images",
            f"{copied:.1%} of the generated images lie nearer to a training image than 99% of the "
            f"held-out images do (1% would be chance; z = {z:.1f}).",
        )


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
            f"chance it would be {1 / classes:.1%}. Are the labels of the training data in order?",
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
            "rightly, so the generator learns little from it. A gradient penalty, or a lower "
            "learning rate of the discriminator, keeps the game open.",
        )
    if held_out is not None and real - held_out > 0.2:
        yield Finding(
            "critic_overfits",
            "warning",
            "The discriminator has learnt the training images by heart",
            f"It takes {real:.1%} of the training images for real, and {held_out:.1%} of held-out "
            "ones. More data or augmentation of what it sees help.",
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
            f"Among real images it is {extreme(real):.0%}: the generator's output is saturated. A "
            "lower learning rate helps.",
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
            "The generator has collapsed to a few images. A gradient penalty (R1) on the "
            "discriminator, or a lower learning rate, and a new training are needed.",
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
            f"{_join(broken)} became infinite or NaN. Go back to a checkpoint before that.",
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
            "The Fréchet distance is mostly bias then. Take more images, or look at the kernel "
            "distance, which has none.",
        )
    elif protocol["samples"] < ENOUGH:
        yield Finding(
            "few_samples",
            "warning",
            f"Only {protocol['samples']:,} images were compared",
            "Distances are larger with few images, and all figures rougher. Compare them with the "
            "column of real images, not with figures of other numbers.",
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
    z, _ = _pair(figures, "memorisation_z")
    if z is not None and z > -3:
        yield Finding(
            "no_copies",
            "good",
            "No sign of copied training images",
            "Generated images lie no nearer to the training images than held-out ones.",
        )


def _pair(figures: dict, key: str) -> tuple[float | None, float | None]:
    row = figures.get(key)
    return (None, None) if row is None or row["value"] is None else (row["value"], row["real"])


def _join(names: list[str]) -> str:
    names = [str(name) for name in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

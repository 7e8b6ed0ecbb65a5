"""`contents`: what a source holds, as a network will see it, and what of it is left out."""

import dataclasses
import hashlib
import warnings
from collections import Counter, defaultdict
from typing import Any

import numpy as np

from keras_gan.core.kinds import Kind
from keras_gan.data.listing import few
from keras_gan.data.load import load

SHOWN = 64
BATCH = 256


@dataclasses.dataclass
class Contents:
    """What a source holds.

    Attributes:
        kind: What its samples are.
        image_shape: Their shape, as a network sees them.
        size: Number of samples.
        shown: Samples `(n, ...)`, evenly spread over the source.
        sizes: How many files have each (height, width), before cropping; None where no file is one.
        classes: Samples of each class, by its name; None without classes.
        left_out: Sentences on what is not taken, and why.
        duplicates: Groups of samples that are the same to the last bit as a network sees them:
            names of files, or numbers from 0.
    """

    kind: Kind
    image_shape: tuple[int, ...]
    size: int
    shown: np.ndarray
    sizes: Counter[tuple[int, int]] | None
    classes: dict[str, int] | None
    left_out: list[str]
    duplicates: list[list[str]]

    def __str__(self) -> str:
        shape = "x".join(map(str, self.image_shape))
        lines = [f"{self.size:,} {self.kind.plural} of {shape}, as a network sees them."]
        if self.sizes:
            found = [f"{h}x{w} ({n:,})" for (h, w), n in self.sizes.most_common()]
            lines.append(f"Sizes of the files: {few(found, most=8)}.")
        if self.classes:
            found = [f"{name} ({n:,})" for name, n in self.classes.items()]
            lines.append(f"{len(found)} classes: {few(found, most=20)}.")
        lines += self.left_out or ["Nothing is left out."]
        if self.duplicates:
            more = sum(map(len, self.duplicates)) - len(self.duplicates)
            groups = [" = ".join(group) for group in self.duplicates]
            lines.append(f"Duplicates: {more:,} repeat another one ({few(groups)}).")
        else:
            lines.append("No two are the same.")
        return "\n".join(lines)


def contents(
    source: Any,
    image_size: int | tuple[int, int] | None = None,
    labels: str | bool | None = None,
    errors: str = "skip",
    kind: Kind | None = None,
    shown: int | None = None,
    **options: Any,
) -> Contents:
    """Looks through all samples of a source, batch by batch.

    Args:
        source, image_size, labels, errors, kind: As in `keras_gan.data.load`.
        shown: How many are kept to be looked at; 64, or as many as a picture shows well.
        options: `data_dir`, `limit`, `length`, `split`, `source_type` of `load`.

    Raises:
        ValueError: as `load`.

    Example:
        >>> contents("digits").classes["0"]
        107
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        dataset = load(
            source,
            image_size,
            BATCH,
            labels=labels,
            errors=errors,
            kind=kind,
            shuffle=False,
            cache=False,
            **options,
        )
    n = min(shown or dataset.kind.shown or SHOWN, dataset.size)
    chosen = set(np.linspace(0, dataset.size - 1, n).round().astype(int).tolist())
    names = dataset.source.names or range(dataset.size)
    kept, counts, same = [], Counter(), defaultdict(list)
    rows = iter(range(dataset.size))
    for batch in dataset.as_numpy_iterator():
        samples, numbers = batch if isinstance(batch, tuple) else (batch, ())
        counts.update(numbers.tolist() if len(numbers) else ())
        for sample, row in zip(samples, rows, strict=False):
            same[hashlib.blake2b(sample.tobytes(), digest_size=16).digest()].append(row)
            if row in chosen:
                kept.append(sample)
    classes = None
    if dataset.num_classes:
        titles = dataset.class_names or map(str, range(dataset.num_classes))
        classes = {str(title): counts[number] for number, title in enumerate(titles)}
    groups = [[str(names[row]) for row in group] for group in same.values() if len(group) > 1]
    return Contents(
        dataset.kind,
        tuple(dataset.image_shape),
        dataset.size,
        np.stack(kept),
        dataset.source.sizes,
        classes,
        [str(warning.message) for warning in said if warning.category is UserWarning],
        groups,
    )

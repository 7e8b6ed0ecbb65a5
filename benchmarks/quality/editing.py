"""Edits of held-out pictures by VAEGAN: does the asked change show, and what else changes.

    python -m benchmarks.quality.editing --data-dir ../shared/data/tfds --dtype float32
    python -m benchmarks.quality.editing --datasets fairface64 --epochs 40 --seeds 0

Directions are learnt from training pictures. Held-out ones are inverted and moved along each
direction by one strength after the other, those below the attribute's middle upwards, those above
it downwards. `changed` is the share that ends on the other side, by a formula, or by a classifier
for what has none. `others` is how far the other attributes move, `identity` how far features of
the package's classifier do, both as shares of the distance between two pictures at random. The
runs go to benchmarks/results/editing.jsonl, and those that are there are not run again; that of the
first seed draws docs/editing-<dataset>.png: pictures before and after, and the three curves.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from matplotlib.figure import Figure

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import BATCH, HeldOut
from keras_gan import editing
from keras_gan.core.kinds import Picture

STRENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
ENOUGH = 0.8  # of the pictures that change; the strength that does so is the one in the table
LEARNT, EDITED = 4000, 200  # training pictures for directions, held-out ones for each figure
SEARCH = {"method": "hybrid", "restarts": 1, "steps": 100, "verbose": False}
SHOWN, WAY = 6, (-4.0, -2.0, 0.0, 2.0, 4.0)
CURVES = ("changed", "others", "identity")


# -- attributes ------------------------------------------------------------------------------------


class Attribute(NamedTuple):
    """What a picture has much of or little.

    Args:
        value: Function of float32 pictures `(n, ...)` in [-1, 1] to `(n,)`.
        known: Its values of the training pictures, where they are labels.
    """

    value: Callable[[np.ndarray], np.ndarray]
    known: np.ndarray | None = None


def _ink(images: np.ndarray) -> np.ndarray:
    return (images.mean(axis=-1) + 1.0) / 2.0


def brightness(images: np.ndarray) -> np.ndarray:
    """The mean of what is not black."""
    ink = _ink(images)
    lit = ink > 0.1
    return (ink * lit).sum(axis=(1, 2)) / np.maximum(lit.sum(axis=(1, 2)), 1)


def thickness(images: np.ndarray) -> np.ndarray:
    """Of strokes: their area by half the length of their edge."""
    ink = _ink(images)
    edges = np.hypot(*np.gradient(ink, axis=(1, 2)))
    return 2.0 * ink.sum(axis=(1, 2)) / np.maximum(edges.sum(axis=(1, 2)), 1e-6)


def _moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The second moments of the ink: horizontal, vertical, mixed."""
    ink = _ink(images) + 1e-6
    ink /= ink.sum(axis=(1, 2), keepdims=True)
    y, x = np.mgrid[: ink.shape[1], : ink.shape[2]]
    y = y - (ink * y).sum(axis=(1, 2))[:, None, None]
    x = x - (ink * x).sum(axis=(1, 2))[:, None, None]
    return tuple((ink * product).sum(axis=(1, 2)) for product in (x * x, y * y, x * y))


def slant(images: np.ndarray) -> np.ndarray:
    """Pixels to the right for one upwards."""
    _, vertical, mixed = _moments(images)
    return -mixed / vertical


def width(images: np.ndarray) -> np.ndarray:
    """Of what is drawn, by its height."""
    horizontal, vertical, _ = _moments(images)
    return np.sqrt(horizontal / vertical)


FORMULAS = {
    "mnist": (thickness, slant, width),
    "fashion_mnist": (brightness, width),
    "fairface64": (brightness,),
}
LABELS = {"fairface64": "gender"}  # what else an attribute is


def attributes(name: str, data: HeldOut) -> dict[str, Attribute]:
    """Those of a dataset: formulas, and of faces the gender, which the classifier tells."""
    found = {formula.__name__: Attribute(formula) for formula in FORMULAS[name]}
    if name in LABELS:
        told = lambda images: data.judge.extract(images).probabilities[:, 1]  # noqa: E731
        found[data.class_names[1].lower()] = Attribute(told, data.train_labels == 1)
    return found


# -- a run -----------------------------------------------------------------------------------------


def train(data: HeldOut, seed: int, epochs: int, width: int) -> keras_gan.VAEGAN:
    """The class by the recipe `colour`."""
    keras.utils.set_random_seed(seed)
    gan = keras_gan.VAEGAN(image_shape=data.train.shape[1:], width=width, latent_dim=32, seed=seed)
    optimizers = {
        f"{name}_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99)
        for name in gan.networks
    }
    gan.compile(**optimizers)
    gan.fit(data.train, batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


class Edits:
    """Directions of a model, and held-out pictures to be moved along them."""

    def __init__(self, gan: keras_gan.VAEGAN, data: HeldOut, known: dict[str, Attribute]):
        self.gan, self.data, self.known = gan, data, known
        learnt, self.photos = data.train[:LEARNT], data.images[:EDITED]
        values = {
            name: one.value(learnt) if one.known is None else one.known[:LEARNT]
            for name, one in known.items()
        }
        self.directions = editing.directions(gan, learnt, values)
        self.found = editing.invert(gan, self.photos, **SEARCH)
        self.real = {name: one.value(self.photos) for name, one in known.items()}
        self.before = {name: one.value(self.found.images) for name, one in known.items()}
        self.features, self.seen = self._seen(self.photos), self._seen(self.found.images)

    def _seen(self, images: np.ndarray) -> np.ndarray:
        return self.data.judge.extract(images).features

    def moved(self, name: str, strength: np.ndarray) -> np.ndarray:
        """The pictures, each by a strength of its own."""
        moved = self.found.latents + strength[:, None] * self.directions[name].vector
        return self.gan.samples_of(moved)

    def figures(self, name: str, strength: float) -> dict[str, float]:
        """What a strength changes."""
        before = self.before
        middle = 0.5 if self.known[name].known is not None else np.median(self.real[name])
        low = before[name] < middle
        images = self.moved(name, np.where(low, strength, -strength).astype("float32"))
        after = {k: one.value(images) for k, one in self.known.items()}
        others = [
            np.abs(after[k] - before[k]).mean() / _apart(self.real[k][:, None])
            for k in self.known
            if k != name
        ]
        moved = np.linalg.norm(self._seen(images) - self.seen, axis=1).mean()
        figures = {
            "changed": np.mean((after[name] < middle) != low),
            "others": np.mean(others),
            "identity": moved / _apart(self.features),
        }
        return {key: round(float(value), 3) for key, value in figures.items()}

    def draw(self, curves: dict[str, list[dict]], path: Path) -> None:
        """For each attribute its pictures, the real ones first, and its curves."""
        sheet = Figure(figsize=(9, 3.2 * len(curves)), layout="constrained")
        grid = sheet.subplots(len(curves), 2, width_ratios=(1, 1), squeeze=False)
        for (name, rows), (left, right) in zip(curves.items(), grid, strict=True):
            strengths = [np.full(len(self.photos), s, np.float32) for s in WAY]
            columns = [self.photos, *(self.moved(name, strength) for strength in strengths)]
            columns = [column[:SHOWN] for column in columns]
            images = np.stack(columns, axis=1).reshape(-1, *self.photos.shape[1:])
            left.imshow(Picture().picture(images, len(columns)), cmap="gray")
            left.set(xticks=[], yticks=[])
            left.set_title(f"real, then {name} by {', '.join(f'{s:+g}' for s in WAY)}", fontsize=9)
            for curve in CURVES:
                right.plot(STRENGTHS[: len(rows)], [row[curve] for row in rows], label=curve)
            right.axhline(ENOUGH, color="gray", linewidth=0.5)
            right.set(xlabel="strength", ylim=(0, 1.05))
            right.legend(fontsize=8)
        sheet.savefig(path, dpi=120)


def _apart(values: np.ndarray) -> float:
    """The mean distance of rows from others at random."""
    return float(np.linalg.norm(values - np.roll(values, 1, axis=0), axis=1).mean())


def enough(rows: list[dict]) -> int:
    """The place of the first strength that changes enough, or of the last."""
    return next((k for k, row in enumerate(rows) if row["changed"] >= ENOUGH), len(rows) - 1)


def table(rows: list[dict]) -> str:
    """The runs of a dataset as a Markdown table."""
    heads = ["attribute", "strength", "changed, %", "others move", "identity moves"]
    lines = []
    for name in rows[0]["curves"]:
        curves = [row["curves"][name] for row in rows]
        places = [enough(curve) for curve in curves]
        cells = [spread([STRENGTHS[k] for k in places], 1)]
        for figure, factor, digits in (("changed", 100, 0), ("others", 1, 2), ("identity", 1, 2)):
            found = [factor * curve[k][figure] for curve, k in zip(curves, places, strict=True)]
            cells.append(spread(found, digits))
        lines.append([name, *cells])
    first = rows[0]
    apart = {
        key: spread([row["apart"][key] for row in rows], 3)
        for key in ("hybrid", "encoder", "nearest sample")
    }
    said = ", ".join(f"{value} {key}" for key, value in apart.items())
    return (
        f"{markdown(heads, lines)}\n\n{medians(rows)}: {first['dataset']}, width {first['width']}, "
        f"{first['epochs']} epochs of {first['train']:,} pictures, {first['dtype']}, "
        f"{spread([row['cpu_minutes'] for row in rows], 1)} minutes of one core; "
        f"{first['held_out']:,} held-out pictures, by the first strength that changes "
        f"{ENOUGH:.0%} of them, or the largest. The classifier gets {first['classifier']}% right. "
        f"Mean squares apart: {said}."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir", "--seeds", "--results")
    parser.add_argument("--datasets", nargs="+", choices=FORMULAS, default=tuple(FORMULAS))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--dtype", default="mixed_bfloat16", help="policy of the networks")
    parser.add_argument("--limit", type=int, help="at most so many pictures of each split")
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    parser.add_argument("--keep", type=Path, help="folder for the models that are trained")
    options = parser.parse_args(arguments)
    record = Record("editing", options.results)
    for name in options.datasets:
        case = {"dataset": name} | {k: getattr(options, k) for k in ("epochs", "width", "dtype")}
        seeds = record.due(options.seeds, **case)
        told = LABELS.get(name)
        data = HeldOut(name, options.data_dir, options.limit, told) if seeds else None
        keras.config.set_dtype_policy(options.dtype)
        for seed in seeds:
            start = time.process_time()
            gan = train(data, seed, options.epochs, options.width)
            minutes = round((time.process_time() - start) / 60, 1)
            if options.keep is not None:
                options.keep.mkdir(parents=True, exist_ok=True)
                gan.save(options.keep / f"{name}-{seed}.keras")
            edits = Edits(gan, data, attributes(name, data))
            curves = {k: [edits.figures(k, s) for s in STRENGTHS] for k in edits.known}
            far = {"hybrid": edits.found.distances, **edits.found.beside}
            row = {"seed": seed, **case, **data.counts(), "held_out": len(edits.photos)}
            row |= {"apart": {k: round(float(x.mean()), 4) for k, x in far.items()}}
            record.add(row | {"curves": curves, "cpu_minutes": minutes}, show=True)
            if seed == options.seeds[0]:
                options.pictures.mkdir(parents=True, exist_ok=True)
                edits.draw(curves, options.pictures / f"editing-{name}.png")
        keras.config.set_dtype_policy("float32")
        print(table(record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

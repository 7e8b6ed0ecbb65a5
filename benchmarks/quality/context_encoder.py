"""ContextEncoder on faces whose central half of each side is missing.

    python -m benchmarks.quality.context_encoder --data-dir ../shared/data/tfds

Trains on the 4,000 training faces of fairface64, then fills 500 others. Beside it stand the mean
colour of what is left of each picture, the mean training face, and the same networks with the
reconstruction alone. What judges is a classifier of these faces. The runs go to
benchmarks/results/context_encoder.jsonl, and those that are there are not run again; those of the
first seed draw docs/context_encoder.png: held-out faces with their holes, what each makes of them,
and the faces.
"""

import time

import keras
import numpy as np

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.faces import Faces, parse
from keras_gan import plotting

BATCH = 64
COLUMNS = 12
FIGURES = {"l1_hole": 3, "distance": 3, "fid": 2}
WEIGHTS = {"reconstruction alone": 1.0, "ContextEncoder": 0.999}
MODELS = ("mean colour", "mean face", *WEIGHTS)


def fills(faces: Faces, missing: np.ndarray) -> dict[str, np.ndarray]:
    """What needs no training: the mean of each picture's own rest, and that of all training faces.

    Args:
        faces: The faces.
        missing: Booleans `(height, width)`.
    """
    rest = faces.images[:, ~missing].mean(axis=1)[:, None, None]
    hole = missing[..., None]
    return {
        "mean colour": np.where(hole, rest, faces.images),
        "mean face": np.where(hole, faces.train.mean(axis=0), faces.images),
    }


def table(rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    lines = []
    for model in MODELS:
        found = [row for row in rows if row["model"] == model]
        lines.append([model, *(spread([row[k] for row in found], n) for k, n in FIGURES.items())])
    own = [row for row in rows if row["model"] == "ContextEncoder"]
    first, minutes = own[0], spread([row["cpu_minutes"] for row in own], 1)
    return (
        f"{markdown(['held-out faces', 'L1 in the hole', 'distance of features', 'FID'], lines)}"
        f"\n\n{medians(own)}: width {first['width']}, {first['epochs']} epochs of "
        f"{first['train']:,} faces, batch {BATCH}, {minutes} minutes of one core; "
        f"{first['held_out']:,} held-out faces."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=8, width=16)
    record = Record("context_encoder", options.results)
    case = {"epochs": options.epochs, "width": options.width}
    seeds = record.due(options.seeds, **case)
    if seeds:
        faces = Faces(options.data_dir, options.limit, options.passes)
    for seed in seeds:
        made, minutes = {}, {}
        for model, weight in WEIGHTS.items():
            keras.utils.set_random_seed(seed)
            gan = keras_gan.ContextEncoder(
                image_shape=faces.train.shape[1:],
                width=options.width,
                reconstruction_weight=weight,
                seed=seed,
            )
            gan.compile()
            start = time.process_time()
            gan.fit(faces.train, batch_size=BATCH, epochs=options.epochs, verbose=2)
            minutes[model] = round((time.process_time() - start) / 60, 1)
            made[model] = gan.translate(faces.images)
        condition = gan.conditions_of(faces.images)
        missing = condition[0, ..., -1] > 0
        made = fills(faces, missing) | made
        counts = {"train": len(faces.train), "held_out": len(faces.images)}
        for model, images in made.items():
            l1 = float(np.abs(images - faces.images)[:, missing].mean())
            row = {"model": model, "seed": seed, **case, **counts, **faces.figures(images)}
            row |= {"l1_hole": round(l1, 4), "cpu_minutes": minutes.get(model, 0.0)}
            record.add(row, show=True)
        if seed == options.seeds[0]:
            rows = [x[:COLUMNS] for x in (condition[..., :-1], *made.values(), faces.images)]
            path = options.pictures / "context_encoder.png"
            plotting.save_grid(np.concatenate(rows), path, columns=COLUMNS)
    print(table(record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

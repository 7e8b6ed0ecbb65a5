"""SRGAN on faces: from 16x16 pixels to 64x64, after its first stage and after its second.

    python -m benchmarks.quality.srgan --data-dir ../shared/data/tfds

Trains on the 4,000 training faces of fairface64; then 500 others, made smaller by means of 4x4
pixels, are enlarged. What the loss sees is the maps of one classifier of these faces, what judges
is those of another one, of another seed and architecture. The runs go to
benchmarks/results/srgan.jsonl, and those that are there are not run again; those of the first seed
draw docs/srgan.png: held-out faces enlarged by bicubic interpolation, by the stage of pixels, by
SRGAN, and the faces.
"""

import time

import keras
import numpy as np
import tensorflow as tf

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.faces import BATCH, Faces, parse
from keras_gan import builders, plotting

COLUMNS = 12
FIGURES = {"psnr": 2, "ssim": 3, "distance": 3, "fid": 2}
MODELS = ("bicubic", "pixels alone", "SRGAN")


def bicubic(small: np.ndarray, side: int) -> np.ndarray:
    """Pictures enlarged without learning anything."""
    return np.clip(tf.image.resize(small, (side, side), "bicubic").numpy(), -1.0, 1.0)


def build(
    faces: Faces, seed: int, width: int, blocks: int, pixel_epochs: int, perceptual: keras.Model
) -> keras_gan.SRGAN:
    """The class as it comes but for its size and its rates, which are for short trainings."""
    keras.utils.set_random_seed(seed)
    shape = faces.train.shape[1:]
    gan = keras_gan.SRGAN(
        builders.srgan_generator(shape, width=width, blocks=blocks, kernel_size=3),
        builders.srgan_discriminator(shape, width=width // 4),
        pixel_steps=pixel_epochs * -(-len(faces.train) // BATCH),
        perceptual=perceptual,
        perceptual_layers=["map_0", "map_1", "map_2"],
        seed=seed,
    )
    rates = {f"{name}_optimizer": keras.optimizers.Adam(RATES[name]) for name in gan.networks}
    gan.compile(**rates)
    return gan


RATES = {"generator": 1e-3, "discriminator": 2e-4}


def table(rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    lines = []
    for model in MODELS:
        found = [row for row in rows if row["model"] == model]
        lines.append([model, *(spread([row[k] for row in found], n) for k, n in FIGURES.items())])
    own = [row for row in rows if row["model"] == "SRGAN"]
    first, minutes = own[0], spread([row["cpu_minutes"] for row in own], 1)
    heads = ["held-out faces", "PSNR, dB", "SSIM", "distance of features", "FID"]
    return (
        f"{markdown(heads, lines)}\n\n"
        f"{medians(own)}: width {first['width']}, {first['blocks']} blocks, {first['pixel_epochs']}"
        f" and then {first['epochs']} epochs of {first['train']:,} faces, batch {BATCH}, {minutes} "
        f"minutes of one core; {first['held_out']:,} held-out faces."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, pixel_epochs=3, epochs=1, width=16, blocks=4)
    record = Record("srgan", options.results)
    case = {name: getattr(options, name) for name in ("pixel_epochs", "epochs", "width", "blocks")}
    seeds = record.due(options.seeds, **case)
    if seeds:
        faces = Faces(options.data_dir, options.limit, options.passes)
        perceptual = faces.classifier(seed=0, strided=False)
    for seed in seeds:
        gan = build(faces, seed, options.width, options.blocks, options.pixel_epochs, perceptual)
        small = gan.conditions_of(faces.images)
        made, minutes = {"bicubic": bicubic(small, faces.images.shape[1])}, {"bicubic": 0.0}
        start, epochs = time.process_time(), 0
        for model, more in (("pixels alone", options.pixel_epochs), ("SRGAN", options.epochs)):
            fit = {"initial_epoch": epochs, "epochs": epochs + more, "verbose": 2}
            gan.fit(faces.train, batch_size=BATCH, **fit)
            epochs += more
            made[model] = gan.translate(small)
            minutes[model] = round((time.process_time() - start) / 60, 1)
        counts = {"train": len(faces.train), "held_out": len(faces.images)}
        for model, images in made.items():
            row = {"model": model, "seed": seed, **case, **counts, **faces.figures(images)}
            record.add(row | {"cpu_minutes": minutes[model]}, show=True)
        if seed == options.seeds[0]:
            rows = [images[:COLUMNS] for images in (*made.values(), faces.images)]
            path = options.pictures / "srgan.png"
            plotting.save_grid(np.concatenate(rows), path, columns=COLUMNS)
    print(table(record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

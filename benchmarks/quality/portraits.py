"""A picture of each model that no other benchmark draws, on MNIST and Fashion-MNIST.

    python -m benchmarks.quality.portraits --data-dir ../shared/data/tfds --limit 20000 --seeds 0

Each class is shown MNIST for three epochs, by Adam at 1e-3 with beta_1 = 0, and R1 on every critic,
or as its paper has it; sides that are to be powers of two get a margin. CycleGAN learns articles of
Fashion-MNIST from the edges of other ones. The strips go to docs/models/<name>.png; beside each run
in benchmarks/results/portraits.jsonl stands the Fréchet distance to held-out pictures, by the
features of the package's classifier. Runs that are there are not run again.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

import keras_gan
from benchmarks.harness.record import Record
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import BATCH, HeldOut, parse
from keras_gan import plotting
from keras_gan.data.pairs import edges
from keras_gan.engine.model import GenerativeModel

SHOWN = 12
MARGIN = 2  # pixels on each side, 28 to 32


def recipe(gan: GenerativeModel) -> dict[str, Any]:
    """Quick settings; unlike the family's, with R1 beside a critic's BatchNorm too."""
    adam = {
        f"{name}_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99)
        for name in gan.networks
    }
    return adam | ({"penalties": ["r1:2:4"]} if gan.critics else {})


class Portrait(NamedTuple):
    """How a class is shown.

    Args:
        settings: What `compile` is given.
        margin: Added on each side of the digits.
        options: Of the class.
    """

    settings: Callable[[GenerativeModel], dict[str, Any]] = recipe
    margin: int = 0
    options: dict[str, Any] = {}  # noqa: RUF012


AS_IT_IS = Portrait(lambda gan: {}, MARGIN)
PORTRAITS = {
    "GMAN": Portrait(),
    "GMMN": Portrait(),
    "BiGAN": Portrait(),
    "BigGAN": Portrait(options={"num_classes": 10}),
    "StyleGAN2": AS_IT_IS,
}
TRANSLATED = "CycleGAN"


def drawn(name: str, digits: HeldOut, seed: int, epochs: int, width: int) -> np.ndarray:
    """Samples of the class, as many as there are held-out digits, after its training."""
    portrait, margin = PORTRAITS[name], PORTRAITS[name].margin
    around = ((0, 0), (margin, margin), (margin, margin), (0, 0))
    train = np.pad(digits.train, around, constant_values=-1.0)
    shape = {"image_shape": train.shape[1:], "width": width, "seed": seed}
    gan = getattr(keras_gan, name)(**shape, **portrait.options)
    gan.compile(**portrait.settings(gan))
    labels = (digits.train_labels,) if gan.conditional else ()
    gan.fit(train, *labels, batch_size=BATCH, epochs=epochs, verbose=2)
    asked = {"labels": np.arange(len(digits.images)) % 10} if gan.conditional else {}
    made = gan.sample(len(digits.images), seed=seed, **asked)
    return made[:, margin:-margin, margin:-margin] if margin else made


def translated(articles: HeldOut, seed: int, epochs: int, width: int) -> np.ndarray:
    """Articles made of the edges of held-out ones; what it learns from are no pairs."""
    half = len(articles.train) // 2
    outlines = edges(articles.train[:half]).numpy()
    shape = articles.train.shape[1:]
    gan = keras_gan.CycleGAN(image_shape=shape, width=width, seed=seed)
    gan.compile()
    both = keras_gan.data.unpaired(outlines, articles.train[half:], batch_size=BATCH, seed=seed)
    gan.fit(both, epochs=epochs, verbose=2)
    return gan.translate(edges(articles.images).numpy(), "ab")


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=3, width=16)
    record = Record("portraits", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "dtype")}
    held_out: dict[str, HeldOut] = {}
    for name in (*PORTRAITS, TRANSLATED):
        source = "fashion_mnist" if name == TRANSLATED else "mnist"
        for seed in record.due(options.seeds, model=name, **case):
            keras.config.set_dtype_policy("float32")
            if source not in held_out:
                held_out[source] = HeldOut(source, options.data_dir, options.limit)
            real = held_out[source]
            keras.config.set_dtype_policy(options.dtype)
            keras.utils.set_random_seed(seed)
            start = time.process_time()
            if name == TRANSLATED:
                made = translated(real, seed, options.epochs, options.width)
                strip = [edges(real.images[:SHOWN]).numpy(), made[:SHOWN]]
            else:
                made = drawn(name, real, seed, options.epochs, options.width)
                strip = [made[:SHOWN]]
            minutes = round((time.process_time() - start) / 60, 1)
            fid = real.figures(made)["fid"]
            row = {"model": name, "seed": seed, **case, **real.counts(), "fid": fid}
            record.add(row | {"cpu_minutes": minutes}, show=True)
            if seed == options.seeds[0]:
                folder = options.pictures / "models"
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{name.lower()}.png"
                plotting.save_grid(np.concatenate(strip), path, columns=SHOWN)
    keras.config.set_dtype_policy("float32")
    lines = [
        [name, spread([row["fid"] for row in rows], 1)]
        for name in (*PORTRAITS, TRANSLATED)
        if (rows := record.of(options.seeds, model=name, **case))
    ]
    print(markdown(["class", "FID"], lines))


if __name__ == "__main__":
    main()

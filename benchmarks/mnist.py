"""How good MNIST samples are, in the eyes of a classifier that had no part in the training.

    python benchmarks/mnist.py runs/dcgan runs/cgan --data-dir ../shared/data/tfds
    python benchmarks/mnist.py a.keras b.keras      # any models; downloads MNIST where it is not
    python benchmarks/mnist.py --tutorial 600       # and the TensorFlow tutorial's loop for 600 s

Compares 5,000 samples of the averaged generator with 5,000 test images, by the 128 features before
the last layer of a small convolutional network that is trained once, on the training images, and
kept in runs/. Real training images are compared in the same way: nothing can be expected to be
better. Fréchet distances depend on the features: compare those of one classifier file only.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import peers
from keras import layers

from keras_gan import data, files, run
from keras_gan.metrics import frechet_distance, prdc

SHAPE = (28, 28, 1)
COLUMNS = ("Fréchet distance", "precision", "recall", "density", "coverage", "right label")


def images_of(
    split: str, data_dir: Path | None, limit: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Images in [-1, 1] and labels, the first ones; MNIST is stored in a shuffled order."""
    dataset = data.load("mnist", None, 1000, split, data_dir, shuffle=False, limit=limit)
    batches = list(dataset.as_numpy_iterator())
    return tuple(np.concatenate(part) for part in zip(*batches, strict=True))


def classifier(path: Path, data_dir: Path | None, epochs: int = 4) -> keras.Model:
    """The judge: from its file, or trained and kept there."""
    if path.exists():
        return keras.saving.load_model(path)
    say(f"Training the classifier: {path}")
    images, labels = images_of("train", data_dir)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu", name="features"),
            layers.Dropout(0.5),
            layers.Dense(10, name="logits"),
        ],
        name="mnist_classifier",
    )
    steps = epochs * -(-len(images) // 128)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=128, epochs=epochs, verbose=2)
    with files.replacing(path) as part:
        model.save(part)
    return model


def judge(
    model: keras.Model, real: np.ndarray, images: np.ndarray, labels: np.ndarray | None
) -> list[float | None]:
    """The figures of `COLUMNS`: of images `(n, 28, 28, 1)` against real ones, k=5.

    Args:
        model: The classifier.
        real, images: Images in [-1, 1].
        labels: Classes `(n,)` that the images are to show, if any were asked for.
    """
    outputs = [model.get_layer(name).output for name in ("features", "logits")]
    network = keras.Model(model.inputs, outputs)
    (real, _), (fake, logits) = (network.predict(x, 500, verbose=0) for x in (real, images))
    right = None if labels is None else float(np.mean(np.argmax(logits, axis=1) == labels))
    return [frechet_distance(real, fake), *prdc(real, fake, k=5).values(), right]


def samples_of(path: Path, n: int, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Samples of a run's model, or of a `.keras` file, and the labels asked for."""
    gan = run.load(path)
    if tuple(gan.image_shape) != SHAPE:
        raise ValueError(f"{path} makes images of {gan.image_shape}. Expected: {SHAPE}.")
    labels = np.arange(n) % gan.num_classes if gan.num_classes else None
    return gan.sample(n, labels=labels, seed=seed), labels


def tutorial(seconds: float, data_dir: Path | None) -> Callable[[int], np.ndarray]:
    """The generator of the TensorFlow tutorial's loop, as published, after so long."""
    generator, discriminator = peers.networks(28)
    dataset = data.load("mnist", None, 256, data_dir=data_dir, labels=False)
    dataset = dataset.repeat().rebatch(256, drop_remainder=True)
    step = peers.tutorial(generator, discriminator, dataset, peers.LATENT_DIM)
    step(1)  # traces
    start, steps = time.perf_counter(), 1
    while time.perf_counter() - start < seconds:
        step(10)
        steps += 10
    say(f"The tutorial's loop took {steps} steps of 256 images in {seconds:.0f} s.")

    def sample(n: int, seed: int) -> np.ndarray:
        latents = np.random.default_rng(seed).normal(size=(n, peers.LATENT_DIM))
        return generator.predict(latents.astype("float32"), 500, verbose=0)

    return sample


def line(name: str, figures: list[float | None]) -> str:
    cells = [f"{figures[0]:.2f}"] + ["" if f is None else f"{f:.3f}" for f in figures[1:]]
    return f"| {' | '.join([name, *cells])} |"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("models", nargs="*", type=Path, help="runs or .keras files")
    parser.add_argument("--data-dir", type=Path, help="of tensorflow-datasets")
    parser.add_argument("--samples", type=int, default=5000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the samples")
    parser.add_argument("--tutorial", type=float, metavar="SECONDS", help="train it for so long")
    parser.add_argument(
        "--classifier", type=Path, default=Path("runs/mnist_classifier.keras"), help="kept there"
    )
    options = parser.parse_args(arguments)
    model = classifier(options.classifier, options.data_dir)
    everything, labels = images_of("test", options.data_dir)
    accuracy = np.mean(np.argmax(model.predict(everything, 500, verbose=0), axis=1) == labels)
    real = everything[: options.samples]
    train = images_of("train", options.data_dir, options.samples)

    print(f"| {' | '.join(['MNIST', *COLUMNS])} |\n{'| --- ' * (len(COLUMNS) + 1)}|")
    print(line("real training images", judge(model, real, *train)), flush=True)
    for path in options.models:
        samples = samples_of(path, options.samples, options.seed)
        print(line(str(path), judge(model, real, *samples)), flush=True)
    if options.tutorial:
        samples = tutorial(options.tutorial, options.data_dir)(options.samples, options.seed)
        name = f"TensorFlow tutorial's loop, {options.tutorial:.0f} s"
        print(line(name, judge(model, real, samples, None)))
    print(
        f"\n{options.samples:,} samples (seed {options.seed}) against {len(real):,} test images, "
        f"k=5, by the features of a classifier that gets {accuracy:.2%} of the test images right."
    )


if __name__ == "__main__":
    main()

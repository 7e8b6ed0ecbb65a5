"""The loop of TensorFlow's DCGAN tutorial on MNIST, under the judge that judges our runs.

    python -m benchmarks.quality.mnist --seconds 600 --data-dir ../shared/data/tfds
    keras-gan compare runs/mnist-tutorial runs/mnist-dcgan

Trains the tutorial's networks by its loop, as published, for so long, and writes the same report as
`keras-gan evaluate` does, into runs/mnist-tutorial/report.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

import keras_gan
from benchmarks.harness import command
from benchmarks.speed import peers

BATCH = 256


def train(seconds: float, data_dir: Path | None, seed: int) -> tuple[keras_gan.GAN, int]:
    """The tutorial's generator after so long, and the number of its steps."""
    keras.utils.set_random_seed(seed)
    generator, discriminator = peers.networks(28)
    dataset = keras_gan.data.load("mnist", None, BATCH, data_dir=data_dir, labels=False, seed=seed)
    dataset = dataset.repeat().rebatch(BATCH, drop_remainder=True)
    step = peers.tutorial(generator, discriminator, dataset, peers.LATENT_DIM)
    step(1)  # traces
    start, steps = time.perf_counter(), 1
    while time.perf_counter() - start < seconds:
        step(10)
        steps += 10
    gan = keras_gan.GAN(generator, discriminator, seed=seed, name="mnist-tutorial")
    gan.step.assign(steps)
    return gan, steps


def main(arguments: list[str] | None = None) -> dict:
    parser = command.parser(__doc__, "--data-dir")
    parser.add_argument("--seconds", type=float, default=600, help="of training")
    parser.add_argument("--samples", type=int, default=5000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/mnist-tutorial"))
    options = parser.parse_args(arguments)
    gan, steps = train(options.seconds, options.data_dir, options.seed)
    print(f"{steps} steps of {BATCH} images in {options.seconds:.0f} s", file=sys.stderr)
    return keras_gan.report(
        gan,
        "mnist",
        out=options.out / "report",
        samples=options.samples,
        seed=options.seed,
        data_dir=options.data_dir,
    )


if __name__ == "__main__":
    main()

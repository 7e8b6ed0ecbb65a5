"""Pictures of trainings that fail, each beside one that does not: docs/ill-<name>.png.

    python -m benchmarks.quality.illnesses

scikit-learn's 8x8 digits, seed 0, steps of 64 digits. Both halves of a picture show samples and
losses; what the trainings differ in stands above them. docs/troubleshooting.md shows the pictures.
A training that breaks off is shown with its samples from before the first step. The picture of
memory is drawn of the table in docs/speed.md. All of it takes about five minutes of one core.
"""

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from keras.optimizers import SGD, Adam
from matplotlib.figure import Figure, SubFigure
from PIL import Image
from sklearn.datasets import load_digits

import keras_gan
from benchmarks.harness import command
from keras_gan import builders, plotting

SEED = 0
EPOCH = 20  # steps of one point of the curves
LATENT_DIM = 32
WIDTH = 16
SHOWN = {8: (5, 8), 16: (3, 5)}  # rows and columns of samples, by the side of digits


class Training(NamedTuple):
    """One half of a picture."""

    said: str
    build: Callable[[np.ndarray], keras_gan.GAN]
    settings: Callable[[], dict[str, Any]]
    steps: int


def rates(generator: float, discriminator: float, **options: float) -> dict[str, Any]:
    """Adam for both networks."""
    return {
        "generator_optimizer": Adam(generator, **options),
        "discriminator_optimizer": Adam(discriminator, **options),
    }


def calm() -> dict[str, Any]:
    """Settings that these digits are learnt by."""
    return rates(1e-3, 1e-3, beta_1=0.0, beta_2=0.99) | {"penalties": ["r1"]}


def of(cls: type[keras_gan.GAN]) -> Callable[[np.ndarray], keras_gan.GAN]:
    """Builds the class for such digits."""
    return lambda digits: cls(
        image_shape=digits.shape[1:], latent_dim=LATENT_DIM, width=WIDTH, seed=SEED
    )


def own(transposed: bool) -> Callable[[np.ndarray], keras_gan.GAN]:
    """Builds a GAN whose generator enlarges three times, by either way."""

    def build(digits: np.ndarray) -> keras_gan.GAN:
        latents = keras.Input((LATENT_DIM,))
        x = layers.ReLU()(layers.Dense(2 * 2 * 32)(latents))
        x = layers.Reshape((2, 2, 32))(x)
        for filters, activation in ((32, "relu"), (16, "relu"), (1, "tanh")):
            if transposed:
                x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same")(x)
            else:
                x = layers.UpSampling2D(interpolation="bilinear")(x)
                x = layers.Conv2D(filters, 3, padding="same")(x)
            x = layers.Activation(activation)(x)
        critic = builders.dcgan_discriminator(digits.shape[1:], width=WIDTH)
        return keras_gan.GAN(keras.Model(latents, x), critic, seed=SEED)

    return build


def diverging() -> dict[str, Any]:
    optimizers = {"generator_optimizer": SGD(0.1), "discriminator_optimizer": SGD(0.1)}
    return optimizers | {"loss": "wasserstein"}


def bounded() -> dict[str, Any]:
    return calm() | {"loss": "wasserstein", "penalties": ["gradient_penalty"]}


VANILLA, DCGAN = of(keras_gan.VanillaGAN), of(keras_gan.DCGAN)
ILLNESSES = {
    "collapse": (
        Training("generator four times as fast", VANILLA, lambda: rates(2e-3, 5e-4), 1200),
        Training("equal rates and R1", VANILLA, calm, 2400),
    ),
    "critic": (
        Training(
            "minimax, critic 20 times as fast",
            DCGAN,
            lambda: rates(1e-4, 2e-3, beta_1=0.5) | {"loss": "minimax"},
            1200,
        ),
        Training("non-saturating, equal rates, R1", DCGAN, calm, 1200),
    ),
    "grey": (
        Training("after 20 steps", DCGAN, calm, 20),
        Training("after 1,200 steps", DCGAN, calm, 1200),
    ),
    "checkerboard": (
        Training("Conv2DTranspose, kernel 3, stride 2", own(True), calm, 300),
        Training("UpSampling2D, then Conv2D", own(False), calm, 300),
    ),
    "nan": (
        Training("Wasserstein loss alone, SGD", DCGAN, diverging, 1200),
        Training("with the gradient penalty, Adam", DCGAN, bounded, 1200),
    ),
}


def train(training: Training, digits: np.ndarray, steps: int) -> tuple[np.ndarray, dict]:
    """Samples, and the losses by epochs up to where the training ends or breaks off."""
    keras.utils.set_random_seed(SEED)
    gan = training.build(digits)
    gan.compile(**training.settings())
    count = math.prod(SHOWN[digits.shape[1]])
    first = gan.sample(count, seed=SEED)
    losses = Losses()
    steps = max(1, min(training.steps, steps))
    epoch = min(EPOCH, steps)
    try:
        gan.fit(
            digits,
            batch_size=64,
            epochs=steps // epoch,
            steps_per_epoch=epoch,
            verbose=0,
            callbacks=[losses],
        )
    except keras_gan.DivergenceError:
        return first, losses.found | {"diverged": True}
    return gan.sample(count, seed=SEED), losses.found


class Losses(keras.callbacks.Callback):
    """The losses of each step."""

    def __init__(self):
        super().__init__()
        self.found = {"d_loss": [], "g_loss": []}

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        for name, values in self.found.items():
            values.append(float(logs[name]))


def half(figure: SubFigure, training: Training, samples: np.ndarray, losses: dict) -> None:
    """Draws the samples and the losses of one training."""
    figure.suptitle(training.said, fontsize=10)
    shown, curve = figure.subplots(1, 2, width_ratios=[1.5, 1])
    shown.imshow(
        plotting.grid(samples, columns=SHOWN[samples.shape[1]][1]), cmap="gray", vmin=0, vmax=255
    )
    shown.set_axis_off()
    for name, values in losses.items():
        if name != "diverged":
            curve.plot(np.arange(1, len(values) + 1), values, label=name, linewidth=1)
    curve.set_xlabel("step", fontsize=8)
    curve.tick_params(labelsize=7)
    curve.legend(fontsize=7, frameon=False)
    if losses.get("diverged"):
        curve.set_yscale("symlog")
        curve.set_title("stopped: not finite", fontsize=8, color="tab:red")


def memory(path: Path, speed: str) -> None:
    """Peak memory of a step by the size of pictures and batches, of the table in docs/speed.md."""
    table = speed.split("| image | batch 32 |")[1]
    found = re.findall(r"^\| (\d+x\d+)x3 \| (.*) \|$", table, re.M)
    figure = Figure(figsize=(6, 2.4), layout="constrained")
    axes = figure.subplots()
    for number, (size, cells) in enumerate(found):
        peaks = [float(gb) for gb in re.findall(r"([\d.]+) GB", cells)]
        bars = axes.bar(np.arange(3) + 0.27 * (number - 1), peaks, 0.25, label=size)
        axes.bar_label(bars, fmt="%.2f", fontsize=7)
    axes.margins(y=0.12)
    axes.set_xticks(range(3), ["batch 32", "batch 128", "batch 512"])
    axes.set_ylabel("GB")
    axes.legend(frameon=False)
    figure.savefig(path, format="png", dpi=120)


def digits_of(side: int) -> np.ndarray:
    """The digits, float32 `(n, side, side, 1)` in [-1, 1], enlarged where they are to be larger."""
    digits = load_digits().images.astype("float32") / 8 - 1
    sized = [Image.fromarray(digit).resize((side, side), Image.BILINEAR) for digit in digits]
    return np.stack([np.asarray(digit) for digit in sized])[..., None]


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--only", nargs="+", choices=[*ILLNESSES, "memory"], metavar="NAME")
    parser.add_argument("--steps", type=int, default=10_000, help="of a training, at most")
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of them")
    options = parser.parse_args(arguments)
    for name in options.only or [*ILLNESSES, "memory"]:
        path = options.pictures / f"ill-{name}.png"
        if name == "memory":
            memory(path, (command.DOCS / "speed.md").read_text(encoding="utf-8"))
            continue
        figure = Figure(figsize=(11, 2.6), layout="constrained")
        digits = digits_of(16 if name == "checkerboard" else 8)
        for part, training in zip(figure.subfigures(1, 2), ILLNESSES[name], strict=True):
            half(part, training, *train(training, digits, options.steps))
        figure.savefig(path, format="png", dpi=100)


if __name__ == "__main__":
    main()

"""`keras-gan quickstart`: from nothing to an exported model of digits in about a minute."""

import time
from pathlib import Path

import numpy as np

from keras_gan import data, export, plotting
from keras_gan.core import files, saved_model
from keras_gan.engine.gan import GAN
from keras_gan.metrics import prdc
from keras_gan.runs import recipes, run
from keras_gan.runs.settings import Settings

RECIPE = {  # 2,750 steps; found on seeds 1 to 3, docs/measured.md has others
    "source": "digits",
    "batch_size": 64,
    "epochs": 11,
    "steps_per_epoch": 250,
    **recipes.RECIPES["digits"]["settings"],
}
SAMPLES = 1000  # that the summary judges


def quickstart(
    out: str | Path = "runs/quickstart",
    export_to: str | Path = "saved_models/digits",
    epochs: int | None = None,
    seed: int = 0,
    verbose: str | int = "auto",
) -> GAN:
    """Trains a class-conditional GAN on 8x8 digits, judges it, exports it and uses the export.

    Args:
        out: Run directory; an older run there is replaced.
        export_to: Directory of the exported versions: the next one is added.
        epochs: Instead of the recipe's.
        seed: Of everything random.
        verbose: As in `fit`.

    Returns:
        The trained model.

    Example:

    >>> gan = quickstart(epochs=1)
    """
    start = time.perf_counter()
    changes = {"seed": seed} if epochs is None else {"seed": seed, "epochs": epochs}
    gan = run.train(Settings(**RECIPE | changes), out, overwrite=True, verbose=verbose)
    trained = time.perf_counter() - start
    print(summary(gan), flush=True)

    facts = export.facts_of_run(out)
    exported = export.publish(gan, export_to, verbose=False, metadata=facts)
    picture = Path(out) / "from_saved_model.png"
    digits = np.repeat(np.arange(10), 10)  # one row for each digit
    with files.replacing(picture) as part:
        plotting.save_grid(saved_model.sample(exported, 100, labels=digits), part, columns=10)

    paths = run.Run(out)
    print(
        f"\nSample grids   {paths.samples}/epoch-*.png, progress.gif\n"
        f"Loss curves    {paths.losses}\n"
        f"Keras model    {paths.model}\n"
        f"SavedModel     {exported}\n"
        f"Drawn from it  {picture}\n"
        f"Training took {trained:.0f} s, all of it {time.perf_counter() - start:.0f} s."
    )
    return gan


def summary(gan: GAN, seed: int = 1) -> str:
    """How good 1,000 samples are, beside real digits: a table.

    An SVC that has learnt the training digits says whether the samples show what was asked for.
    Precision, recall, density and coverage compare their pixels with the held-out digits.

    Args:
        gan: A class-conditional model of the 8x8 digits.
        seed: Of the samples.
    """
    (train, train_labels), (held_out, held_out_labels) = _digits("train"), _digits("test")
    labels = np.arange(SAMPLES) % 10
    fake = _sixteenths(gan.sample(SAMPLES, labels=labels, seed=seed))
    judge = _judge(train, train_labels)
    rows = {
        f"{SAMPLES:,} samples": (judge.score(fake, labels), prdc(held_out, fake, k=5)),
        "real digits": (judge.score(held_out, held_out_labels), prdc(held_out, train, k=5)),
    }
    names = ("precision", "recall", "density", "coverage")
    lines = [" " * 15 + "".join(f"{name:>12}" for name in ("right label", *names))]
    for title, (agreement, figures) in rows.items():
        values = (agreement, *(figures[name] for name in names))
        lines.append(f"{title:<15}" + "".join(f"{value:12.3f}" for value in values))
    lines.append("(by an SVC on the training digits; the others against the held-out digits, k=5)")
    return "\n".join(lines)


def _digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    dataset = data.load(
        "digits", batch_size=10_000, split=split, shuffle=False, source_type="digits"
    )
    images, labels = next(dataset.as_numpy_iterator())
    return _sixteenths(images), labels


def _sixteenths(images: np.ndarray) -> np.ndarray:
    """Rows of 64 pixels from 0 to 16, as scikit-learn has them."""
    return (images.reshape(len(images), -1) + 1.0) * 8.0


def _judge(images: np.ndarray, labels: np.ndarray):
    from sklearn.svm import SVC

    return SVC(gamma=0.001, C=10).fit(images, labels)

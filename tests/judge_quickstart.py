"""Judges what `make quickstart` left behind, by means of its own; exits non-zero if it falls short.

python tests/judge_quickstart.py runs/quickstart saved_models/digits/1

1,000 samples, 100 a class, of the exported generator; a support vector machine fitted on the
training digits reads the labels, and the package `prdc` compares the pixels with the held-out
digits.
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from prdc import compute_prdc
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

FLOORS = {"agreement": 0.99, "coverage": 0.92, "recall": 0.65}


def main(run: Path, saved_model: Path) -> None:
    images, labels = load_digits(return_X_y=True)
    train, test, train_labels, test_labels = train_test_split(
        images, labels, test_size=0.4, stratify=labels, random_state=7
    )
    reader = SVC(gamma=0.001, C=10).fit(train, train_labels)
    assert reader.score(test, test_labels) > 0.98

    serve = tf.saved_model.load(str(saved_model)).signatures["serving_default"]
    wanted = (np.arange(1000) % 10).astype("int32")
    size = serve.structured_input_signature[1]["latents"].shape[1]
    latents = np.random.default_rng(0).normal(size=(1000, size)).astype("float32")
    made = serve(latents=tf.constant(latents), labels=tf.constant(wanted))["images"].numpy()
    assert made.shape == (1000, 8, 8, 1)
    assert made.min() >= 0
    assert made.max() <= 1
    made = made.reshape(1000, 64) * 16

    found = compute_prdc(test, made, nearest_k=5)
    found["agreement"] = float((reader.predict(made) == wanted).mean())
    print({name: round(float(value), 3) for name, value in found.items()})
    pictures = sorted((run / "samples").glob("epoch-*.png"))
    assert len(pictures) > 1, f"no sample grids in {run / 'samples'}"
    short = {name: floor for name, floor in FLOORS.items() if found[name] < floor}
    if short:
        sys.exit(f"the quickstart falls short of {short}")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))

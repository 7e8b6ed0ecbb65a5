"""What the benchmarks of restored faces share: fairface64, two classifiers of it, the figures."""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.harness import command
from keras_gan import features, metrics
from keras_gan.core.ranges import scaled
from keras_gan.runs import reference

BATCH = 16
_AGES = 3  # the youngest two of six, and all others
_PASSES = 4
_WIDTHS = (12, 24, 48)


class Faces:
    """Training faces and held-out ones, in [-1, 1], and the judge of the latter.

    The classes that classifiers learn are of gender and age together, six of about one size.

    Args:
        data_dir: Of tensorflow-datasets.
        limit: At most so many pictures of each split.
        passes: Of the classifiers over the training faces.
    """

    def __init__(
        self, data_dir: Path | None = None, limit: int | None = None, passes: int = _PASSES
    ):
        women, ages = (
            reference.load("fairface64", data_dir=data_dir, limit=limit, labels=name)
            for name in ("gender", "age")
        )
        self.train, self.images = (
            scaled(part.images.images) for part in (women.train, women.held_out)
        )
        self._labels, self._truth = (
            gender.images.labels * _AGES + np.minimum(age.images.labels, _AGES - 1)
            for gender, age in ((women.train, ages.train), (women.held_out, ages.held_out))
        )
        self._passes = passes
        judge = self.classifier(seed=1, strided=True)
        self._seen = features.with_features(judge, _maps(judge))
        self._extractor = metrics.ModelFeatures(judge, "features")
        self._features = self._extractor.extract(self.images).features

    def classifier(self, seed: int, strided: bool) -> keras.Model:
        """A classifier of faces, of one of two architectures; its maps are `map_0`, `map_1`, ...

        Args:
            seed: Of its weights and the order of its training.
            strided: Strides, BatchNorm and ELU, else pooling and ReLU.
        """
        keras.utils.set_random_seed(seed)
        x = images = keras.Input(self.train.shape[1:])
        for depth, width in enumerate(_WIDTHS):
            if strided:
                x = keras.layers.Conv2D(2 * width, 4, 2, "same", use_bias=False)(x)
                x = keras.layers.BatchNormalization(momentum=0.9)(x)
                x = keras.layers.Activation("elu", name=f"map_{depth}")(x)
            else:
                x = keras.layers.Conv2D(width, 3, padding="same")(x)
                x = keras.layers.ReLU(name=f"map_{depth}")(x)
                x = keras.layers.MaxPooling2D()(x)
        x = keras.layers.GlobalAveragePooling2D()(x) if strided else keras.layers.Flatten()(x)
        x = keras.layers.Dense(64, activation="relu", name="features")(x)
        x = keras.layers.Dropout(0.5)(x)
        model = keras.Model(images, keras.layers.Dense(2 * _AGES)(x))
        model.compile(
            keras.optimizers.Adam(1e-3),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        model.fit(self.train, self._labels, batch_size=64, epochs=self._passes, verbose=2)
        return model

    def figures(self, made: np.ndarray) -> dict[str, float]:
        """How near one picture for each held-out face comes to it.

        Returns:
            `psnr` in dB and `ssim`; `l1`, the mean absolute difference in [0, 2]; `distance`, the
            `features.perceptual_distance` of the judge's three maps; `fid`, the Fréchet distance of
            the judge's features.
        """
        seen = (self._seen(tf.constant(x), training=False)[1] for x in (self.images, made))
        fid = metrics.frechet_distance(self._features, self._extractor.extract(made).features)
        return {
            "psnr": round(metrics.psnr(self.images, made), 2),
            "ssim": round(metrics.ssim(self.images, made), 4),
            "l1": round(float(np.abs(made - self.images).mean()), 4),
            "distance": round(float(features.perceptual_distance(*seen)), 4),
            "fid": round(fid, 3),
        }


def _maps(model: keras.Model) -> list[str]:
    return [layer.name for layer in model.layers if layer.name.startswith("map_")]


def parse(description: str, arguments: list[str] | None, **numbers: int) -> argparse.Namespace:
    """The options of such a benchmark; `numbers` are those of its own."""
    parser = command.parser(description, "--data-dir", "--seeds", "--results")
    for name, value in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    parser.add_argument("--limit", type=int, help="at most so many pictures of each split")
    parser.add_argument("--passes", type=int, default=_PASSES, help="of the classifiers")
    parser.add_argument("--pictures", type=Path, default=command.DOCS, help="folder of the picture")
    return parser.parse_args(arguments)

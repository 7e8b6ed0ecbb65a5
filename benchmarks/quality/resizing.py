"""Pictures as two programs show them to the Inception network of published FIDs: how far apart?

    python -m benchmarks.quality.resizing --data-dir ../shared/data/tfds

torch-fidelity resizes as the frozen graph itself does, by the corners of pixels; pytorch-fid by
their middles. Neither smooths before it makes pictures smaller.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from benchmarks.harness import command
from benchmarks.harness.turns import markdown
from keras_gan.runs import reference

SOURCES = ("cifar10_10k", "fairface64")
PICTURES = 200
SIDE = 299


def resized(images: np.ndarray, middles: bool) -> np.ndarray:
    """Pictures of 299x299, by the middles or the corners of pixels, in 0..255."""
    return tf.raw_ops.ResizeBilinear(
        images=tf.constant(images, tf.float32), size=[SIDE, SIDE], half_pixel_centers=middles
    ).numpy()


def differences(images: np.ndarray) -> list[str]:
    """Mean and 99th percentile of the differences, and the former relative to the contrast."""
    apart = np.abs(resized(images, middles=True) - resized(images, middles=False))
    relative = apart.mean() / images.std()
    return [f"{apart.mean():.2f}", f"{np.percentile(apart, 99):.1f}", f"{relative:.1%}"]


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--data-dir")
    parser.add_argument("--sources", nargs="+", default=list(SOURCES))
    options = parser.parse_args(arguments)
    lines = []
    for source in options.sources:
        found = reference.load(source, data_dir=options.data_dir, labels=False, limit=PICTURES)
        images = found.first.images.images
        size = "x".join(map(str, images.shape[1:3]))
        lines.append([f"{source}, {len(images)} of {size}", *differences(images)])
    heads = ["pictures", "mean difference of 255", "99% are below", "mean, of the contrast"]
    print(markdown(heads, lines))


if __name__ == "__main__":
    main()

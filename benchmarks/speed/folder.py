"""Seconds and memory of a folder of large photographs, by where its decoded pictures are kept.

    python -m benchmarks.speed.folder                      # 4,000 files of 1024x1024
    python -m benchmarks.speed.folder --files 200 --side 256

JPEG files are made of smooth noise, then read at 64x64 (--image-size), each way in a process of its
own: seconds to the first batch, those of an epoch after it, and the largest memory of the process.
"disk" stands twice: the first time the file is made, the second time it is there. A table goes to
the standard output.
"""

import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

from benchmarks.harness import command
from benchmarks.harness.turns import markdown

WAYS = {"memory": True, "disk, made": "disk", "disk, there": "disk", "none": False}


def make(folder: Path, files: int, side: int) -> None:
    """Photographs of a kind: noise of 32 by 32, enlarged."""
    rng = np.random.default_rng(0)
    for k in range(files):
        small = Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8))
        small.resize((side, side), Image.Resampling.BICUBIC).save(folder / f"{k:06}.jpg")


def measure(folder: Path, cache: bool | str, image_size: int) -> dict[str, float]:
    """What one way costs."""
    from keras_gan.data import load

    start = time.perf_counter()
    dataset = load(folder, image_size=image_size, cache=cache)
    next(iter(dataset))
    first = time.perf_counter()
    for _ in dataset:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {"first": first - start, "epoch": time.perf_counter() - first, "peak": peak}


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__)
    for name, value in {"files": 4000, "side": 1024, "image-size": 64}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args(arguments)
    lines = []
    with tempfile.TemporaryDirectory() as place:
        os.environ["KERAS_GAN_CACHE"] = str(Path(place) / "cache")
        folder = Path(place) / "photos"
        folder.mkdir()
        make(folder, options.files, options.side)
        for name, cache in WAYS.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                found = process.submit(measure, folder, cache, options.image_size).result()
            lines.append([name, *(f"{found[key]:.1f}" for key in ("first", "epoch"))])
            lines[-1].append(f"{found['peak']:.0f}")
    print(markdown(["kept in", "first batch after, s", "an epoch, s", "peak, MB"], lines))
    side, size = options.side, options.image_size
    print(f"\n{options.files:,} JPEG files of {side}x{side}, read at {size}x{size}.")


if __name__ == "__main__":
    main()

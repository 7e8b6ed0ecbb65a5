"""VideoGAN on moving digits: how near its frames are to real ones, and how near their motion.

    python -m benchmarks.quality.videogan --data-dir ../shared/data/tfds --dtype float32

Clips of 8 frames of 16x16 are made of MNIST, halved: a digit that goes a pixel a frame, or rests,
along either axis, and turns round at the edge. Frames, and differences between a frame and the
next, are compared with those of held-out digits by the features of the package's classifier of
MNIST, for which they are doubled; beside them other real clips, and real clips whose frames are
shuffled: right frames, wrong motion. The runs go to benchmarks/results/videogan.jsonl, and those
that are there are not run again; that of the first seed draws docs/videogan.png, docs/videogan.gif
and what its clips are put together from.
"""

import time
from pathlib import Path

import keras
import numpy as np

import keras_gan
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from benchmarks.quality.held_out import BATCH, REAL, HeldOut, parse
from keras_gan import metrics
from keras_gan.core import noise
from keras_gan.core.kinds import Clip

FRAMES, SIDE, DIGIT = 8, 16, 14
CLIPS = 1000  # of either kind that are compared
EXECUTION = 10  # steps that TensorFlow runs at a time
SHUFFLED = "real clips, frames shuffled"
SHOWN = 4  # clips of each kind
FIGURES = {"fid_frames": "FID of frames", "fid_motion": "FID of differences"}


def moving(images: np.ndarray, seed: int) -> np.ndarray:
    """Clips of digits that move, one of each of MNIST's images, floats in [-1, 1]."""
    rng = np.random.default_rng(seed)
    n, room = len(images), SIDE - DIGIT
    digits = images.reshape(n, DIGIT, 2, DIGIT, 2, 1).mean(axis=(2, 4))
    places = rng.integers(0, 2 * room, (n, 2))
    speeds = rng.integers(-1, 2, (n, 2))
    clips = np.full((n, FRAMES, SIDE, SIDE, 1), digits.min(), digits.dtype)
    for k in range(FRAMES):
        round_trip = (places + k * speeds) % (2 * room)
        tops, lefts = np.minimum(round_trip, 2 * room - round_trip).T
        for clip, digit, top, left in zip(clips[:, k], digits, tops, lefts, strict=True):
            clip[top : top + DIGIT, left : left + DIGIT] = digit
    return clips


def shuffled(clips: np.ndarray, seed: int) -> np.ndarray:
    """The same frames, those of each clip in an order of its own."""
    rng = np.random.default_rng(seed)
    return np.stack([clip[rng.permutation(FRAMES)] for clip in clips])


class Motion:
    """Held-out clips, and who looks at frames and at differences.

    Args:
        digits: MNIST, and the classifier of it.
    """

    def __init__(self, digits: HeldOut):
        self.judge = digits.judge
        self.clips = moving(digits.images[:CLIPS], seed=1)
        self._real = self._seen(self.clips)

    def figures(self, clips: np.ndarray) -> dict[str, float]:
        """The Fréchet distances of frames and of differences from those of the held-out clips."""
        pairs = zip(FIGURES, self._real, self._seen(clips), strict=True)
        return {name: round(metrics.frechet_distance(real, made), 2) for name, real, made in pairs}

    def _seen(self, clips: np.ndarray) -> list[np.ndarray]:
        rim = (SIDE - DIGIT) // 2
        inner = clips[:, :, rim:-rim, rim:-rim]
        differences = (inner[:, 1:] - inner[:, :-1]) / 2.0
        frames = (x.reshape(-1, DIGIT, DIGIT, 1) for x in (inner, differences))
        return [self.judge.extract(x.repeat(2, 1).repeat(2, 2)).features for x in frames]


def train(clips: np.ndarray, seed: int, steps: int, width: int) -> keras_gan.VideoGAN:
    """The class as it comes, in this width."""
    keras.utils.set_random_seed(seed)
    gan = keras_gan.VideoGAN(image_shape=clips.shape[1:], width=width, seed=seed)
    gan.compile(steps_per_execution=EXECUTION)
    epochs = -(-steps // (len(clips) // BATCH))
    per_epoch = {"steps_per_epoch": -(-steps // epochs), "epochs": epochs}
    gan.fit(clips, batch_size=BATCH, **per_epoch, verbose=2)
    return gan


def draw(gan: keras_gan.VideoGAN, real: np.ndarray, folder: Path) -> None:
    """Strips of real clips, samples, and what the first of these are made of; samples that move."""
    made = gan.sample(16, seed=0)
    network = gan.ema_generator
    parts = [network.get_layer(name).output for name in ("foreground", "mask", "background")]
    latents = gan.latents(noise.seed_rows(1, 0, None))
    foreground, mask, still = keras.Model(network.input, parts)(latents)
    still = np.broadcast_to(still[:, None], made[:1].shape)
    rows = [real[:SHOWN], made[:SHOWN], foreground, 2.0 * mask - 1.0, still]
    folder.mkdir(parents=True, exist_ok=True)
    Clip().draw(np.concatenate(rows), folder / "videogan.png")
    Clip().draw(made, folder / "videogan.gif", columns=8)


def table(record: Record, rows: list[dict]) -> str:
    """The runs as a Markdown table."""
    lines = [
        [name, *(spread([row[key] for row in found], 1) for key in FIGURES)]
        for name, found in (
            ("VideoGAN", rows),
            *((name, record.rows(model=name)) for name in (SHUFFLED, REAL)),
        )
    ]
    first, minutes = rows[0], spread([row["cpu_minutes"] for row in rows], 1)
    return (
        f"{markdown([f'{CLIPS:,} clips of {FRAMES} frames', *FIGURES.values()], lines)}\n\n"
        f"{medians(rows)}: width {first['width']}, {first['steps']:,} steps of {BATCH} clips, "
        f"{first['dtype']}, {minutes} minutes of one core."
    )


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, steps=3000, width=16)
    record = Record("videogan", options.results)
    case = {name: getattr(options, name) for name in ("steps", "width", "dtype")}
    seeds = record.due(options.seeds, **case)
    if seeds or not record.rows(model=REAL):
        digits = HeldOut("mnist", options.data_dir, options.limit)
        motion = Motion(digits)
        clips = moving(digits.train, seed=0)
        keras.config.set_dtype_policy(options.dtype)
    if not record.rows(model=REAL):
        record.add({"model": REAL, **motion.figures(clips[:CLIPS])})
        record.add({"model": SHUFFLED, **motion.figures(shuffled(clips[:CLIPS], seed=0))})
    for seed in seeds:
        start = time.process_time()
        gan = train(clips, seed, options.steps, options.width)
        minutes = round((time.process_time() - start) / 60, 1)
        row = {"seed": seed, **case, **motion.figures(gan.sample(CLIPS, seed=seed))}
        record.add(row | {"cpu_minutes": minutes}, show=True)
        if seed == options.seeds[0]:
            draw(gan, motion.clips, options.pictures)
    print(table(record, record.of(options.seeds, **case)))


if __name__ == "__main__":
    main()

"""WGANGP on lines of text: how far its n-grams are from those of held-out text.

    python -m benchmarks.quality.text
    python -m benchmarks.quality.text --width 32 --steps 300 --n-critic 5

The corpus are the licence texts and the docs of the packages that are installed beside this one:
their lines of printable ASCII, each once, cut to 32 characters or filled up to it. A tenth of the
files is held out. As many lines as are held out, 10,000 at most, are sampled from WGANGP with
`builders.text_generator`, and from models that know runs of n - 1 characters alone, which are the
mark: below them is what knows more. The runs go to benchmarks/results/text.jsonl, and those that
are there are not run again; `samples` in a row are the first lines of it.
"""

import importlib.metadata
import os
import re
import time
import zlib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_gan
from benchmarks.harness import command
from benchmarks.harness.record import Record, medians
from benchmarks.harness.turns import markdown, spread
from keras_gan import builders, data
from keras_gan.metrics import ngram_divergence

LENGTH = 32
NGRAMS = (1, 2, 3, 4)
MARKED = (2, 3)  # for which the model is to be below the mark
MOST = 10_000  # lines that are compared
SHOWN = 8
BATCH = 64
NAMES = re.compile(r"(LICEN[SC]E|COPYING|NOTICE).*|METADATA|.*\.(rst|md)")


def corpus() -> tuple[list[str], list[str]]:
    """Lines to train on, and those of other files."""
    files = {
        f"{package.name}/{file}": Path(package.locate_file(file))
        for package in importlib.metadata.distributions()
        if package.name != "keras-gan"
        for file in package.files or ()
        if NAMES.fullmatch(file.name)
    }
    lines: dict[str, bool] = {}
    for name, file in sorted(files.items()):
        held_out = zlib.crc32(name.encode()) % 10 == 0
        found = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        for line in found.splitlines():
            text = line.strip()[:LENGTH]
            if text and text.isascii() and text.isprintable():
                lines.setdefault(text, held_out)
    return tuple([line for line, kept in lines.items() if kept is k] for k in (False, True))


def chain(numbers: np.ndarray, order: int, words: int, n: int, seed: int = 0) -> np.ndarray:
    """Texts of a model that draws each character by the `order` ones before it.

    Args:
        numbers: The texts that it counts in, `(texts, length)`.
        order: 0 draws all characters from one distribution.
        words: Size of the vocabulary.
        n: Number of texts to draw.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    made = np.empty((n, numbers.shape[1]), np.int64)
    made[:, :order] = numbers[rng.integers(len(numbers), size=n), :order]
    powers = words ** np.arange(order)[::-1]
    windows = np.lib.stride_tricks.sliding_window_view(numbers, order + 1, axis=1)
    windows = windows.reshape(-1, order + 1)
    states = windows[:, :order] @ powers if order else np.zeros(len(windows), np.int64)
    by_state = np.argsort(states, kind="stable")
    following, states = windows[by_state, order], states[by_state]
    for place in range(order, numbers.shape[1]):
        now = made[:, place - order : place] @ powers if order else np.zeros(n, np.int64)
        first, last = (np.searchsorted(states, now, side) for side in ("left", "right"))
        # what ends a text alone, and is followed by nothing, is followed by anything
        first, last = np.where(first == last, 0, first), np.where(first == last, len(states), last)
        made[:, place] = following[rng.integers(first, last)]
    return made


def divergences(real: np.ndarray, made: np.ndarray) -> dict[str, float]:
    return {f"js{n}": round(ngram_divergence(real, made, n), 4) for n in NGRAMS}


def train(texts: np.ndarray, kind: keras_gan.kinds.Tokens, seed: int, case: dict) -> keras_gan.GAN:
    """The paper's settings, but for those of the case."""
    keras.utils.set_random_seed(seed)
    build = builders.text_generator, builders.text_discriminator
    networks = [make(texts.shape[1:], width=case["width"], blocks=case["blocks"]) for make in build]
    gan = keras_gan.WGANGP(*networks, kind=kind, seed=seed)
    adam = {
        f"{name}_optimizer": keras.optimizers.Adam(case["rate"], beta_1=0.5, beta_2=0.9)
        for name in gan.networks
    }
    gan.compile(n_critic=case["n_critic"], **adam)
    dataset = data.from_arrays(texts, batch_size=BATCH, seed=seed).repeat()
    steps = case["steps"]
    gan.fit(dataset, steps_per_epoch=min(steps, 100), epochs=-(-steps // 100), verbose=2)
    return gan


def table(marks: dict, held_out: dict, rows: list[dict]) -> str:
    """The runs as a Markdown table."""

    def line(name: str, found: list[dict]) -> list[str]:
        return [name, *(spread([row[f"js{n}"] for row in found], 3) for n in NGRAMS)]

    lines = [line("WGANGP", rows), line("a model of runs of n - 1", [marks])]
    lines.append(line("as much text of the training files", [held_out]))
    first, minutes = rows[0], spread([row["cpu_minutes"] for row in rows], 1)
    below = [n for n in MARKED if all(row[f"js{n}"] < marks[f"js{n}"] for row in rows)]
    said = f"below the mark for n = {' and '.join(map(str, below))}" if below else "not below it"
    return (
        f"{markdown(['', *(f'n = {n}' for n in NGRAMS)], lines)}\n\n"
        f"{medians(rows)}: Jensen-Shannon divergence, base 2, of n-grams to {first['compared']:,} "
        f"held-out lines, {said}. Width {first['width']}, {first['blocks']} blocks, "
        f"{first['steps']:,} steps of {first['n_critic']} updates of {BATCH} of "
        f"{first['train']:,} lines, Adam({first['rate']:g}, 0.5, 0.9), {minutes} minutes of one "
        "core."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__, "--seeds", "--results")
    settings = {"width": 128, "blocks": 5, "steps": 10_000, "n_critic": 10, "rate": 1e-4}
    for name, value in settings.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    parser.add_argument("--limit", type=int, help="train on so many lines")
    options = parser.parse_args(arguments)
    record = Record("text", options.results)
    case = {name: getattr(options, name) for name in settings}
    lines, others = corpus()
    lines, others = lines[: options.limit], others[:MOST]
    vocabulary = sorted({data.texts.PADDING, *"".join(lines), *"".join(others)})
    texts, kind = data.tokens(lines, LENGTH, vocabulary)
    numbers, real = kind.numbers(texts), kind.numbers(data.tokens(others, LENGTH, vocabulary)[0])
    for seed in record.due(options.seeds, **case):
        start = time.process_time()
        gan = train(texts, kind, seed, case)
        minutes = round((time.process_time() - start) / 60, 1)
        made = gan.sample(len(real), seed=seed)
        row = {"seed": seed, **case, "train": len(lines), "compared": len(real)}
        row |= divergences(real, kind.numbers(made)) | {"cpu_minutes": minutes}
        record.add(row | {"samples": kind.lines(made[:SHOWN])}, show=True)
    drawn = {n: chain(numbers, n - 2, len(vocabulary), len(real)) for n in NGRAMS if n > 1}
    drawn[1] = np.random.default_rng(0).integers(len(vocabulary), size=real.shape)
    marks = {f"js{n}": ngram_divergence(real, drawn[n], n) for n in NGRAMS}
    rng = np.random.default_rng(0)
    print(
        table(
            marks,
            divergences(real, numbers[rng.permutation(len(numbers))[: len(real)]]),
            record.of(options.seeds, **case),
        )
    )


if __name__ == "__main__":
    main()

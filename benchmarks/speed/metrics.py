"""Seconds of our metrics beside those of the packages that everyone uses, and that figures agree.

    python -m benchmarks.speed.metrics          # 10 minutes on 2 cores, 4 GB
    python -m benchmarks.speed.metrics --scale  # coverage of 50,000 x 50,000, and its memory

Every call runs in a process of its own, and they take turns, round by round: what else the machine
does hits all of them alike. Ratios are of the same round. Features look like those of a network:
2,048 of them, not negative, of few dimensions and some noise. Tables go to the standard output, all
figures to a JSON file.
"""

import argparse
import contextlib
import io
import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.harness import command
from benchmarks.harness.turns import begin, markdown, say, spread, write

WIDTH = 2048
LATENT = 64


def features(count: int, width: int, seed: int, shift: float = 0.0) -> np.ndarray:
    """Features `(count, width)` in float32, made in parts: nothing beside them takes memory."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(LATENT, width)).astype("float32")
    made = np.empty((count, width), "float32")
    for part in np.array_split(made, max(1, count // 1000)):
        rng.standard_normal(out=part, dtype="float32")
        part += rng.standard_normal((len(part), LATENT), dtype="float32") @ mixing + 1 + shift
        np.maximum(part, 0, out=part)
    return made


# -- what is compared ------------------------------------------------------------------------------


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> list[float]:
    from keras_gan import metrics

    return [metrics.frechet_distance(real, fake)]


def by_sqrtm(real: np.ndarray, fake: np.ndarray) -> list[float]:
    import scipy.linalg

    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    root = scipy.linalg.sqrtm(a @ b).real
    return [float(shift @ shift + np.trace(a) + np.trace(b) - 2 * np.trace(root))]


def prdc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    from keras_gan import metrics

    return list(metrics.prdc(real, fake).values())


def by_prdc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):
        return [float(value) for value in compute_prdc(real, fake, 5).values()]


def kernel_distance(real: np.ndarray, fake: np.ndarray) -> list[float]:
    from keras_gan import metrics

    return [metrics.kernel_distance(real, fake).mean]


def by_polynomial_kernel(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """100 subsets of up to 1,000, drawn as ours are, through scikit-learn's kernel."""
    from sklearn.metrics.pairwise import polynomial_kernel

    rng = np.random.default_rng(0)
    size = min(1000, len(real), len(fake))
    found = []
    for _ in range(100):
        x, y = (each[rng.choice(len(each), size, replace=False)] for each in (real, fake))
        xx, yy, xy = (polynomial_kernel(*pair, degree=3) for pair in ((x, x), (y, y), (x, y)))
        among = sum(k.sum(dtype="float64") - k.trace(dtype="float64") for k in (xx, yy))
        found.append(among / (size * (size - 1)) - 2 * xy.mean(dtype="float64"))
    return [float(np.mean(found))]


METRICS = {
    "Fréchet distance": (3000, frechet_distance, by_sqrtm, "scipy.linalg.sqrtm"),
    "precision, recall, density, coverage": (10_000, prdc, by_prdc, "prdc"),
    "kernel distance": (10_000, kernel_distance, by_polynomial_kernel, "scikit-learn's kernel"),
}


# -- one call, in a process of its own -------------------------------------------------------------


def measure(call: Callable, count: int, width: int) -> dict:
    """Seconds, memory beyond the features, and the figures of one call."""
    real, fake = features(count, width, 1), features(count, width, 2, 0.1)
    call(real[:20, :8], fake[:20, :8])  # imports
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    figures = call(real, fake)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    beyond = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    return {"wall": wall, "cpu": cpu, "bytes_beyond": beyond, "figures": figures}


def apart(*case: object) -> dict:
    """`measure`, in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *case).result()


def compare(name: str, options: argparse.Namespace) -> dict:
    count, ours, peer, _ = METRICS[name]
    count = options.samples or count
    rounds = []
    for number in range(options.rounds):
        say(f"{name}: round {number + 1} of {options.rounds}")
        turns = {"ours": ours, "peer": peer}
        order = list(turns) if number % 2 == 0 else list(turns)[::-1]
        rounds.append({turn: apart(turns[turn], count, options.width) for turn in order})
    return {"name": name, "samples": count, "width": options.width, "rounds": rounds}


# -- tables ----------------------------------------------------------------------------------------


def compare_table(results: list[dict]) -> str:
    columns = ["metric", "samples", "keras_gan, s", "peer", "peer, s", "ratio", "CPU time, ratio"]
    columns += ["memory, MB", "peer's, MB", "figures differ by"]
    rows = []
    for result in results:
        ours, peer = ([turn[who] for turn in result["rounds"]] for who in ("ours", "peer"))
        rows.append(
            [
                result["name"],
                f"{result['samples']:,} x {result['width']:,}",
                spread([turn["wall"] for turn in ours], 2),
                METRICS[result["name"]][3],
                spread([turn["wall"] for turn in peer], 2),
                spread([b["wall"] / a["wall"] for a, b in zip(ours, peer, strict=True)], 1),
                spread([b["cpu"] / a["cpu"] for a, b in zip(ours, peer, strict=True)], 1),
                *(f"{max(t['bytes_beyond'] for t in side) / 1e6:,.0f}" for side in (ours, peer)),
                f"{difference(ours[0]['figures'], peer[0]['figures']):.0e}",
            ]
        )
    count = len(results[0]["rounds"])
    note = (
        f"Median (min to max) of {count} interleaved rounds; ratios within a round. Memory is the "
        "peak beyond the features. Figures differ relatively, at most by this."
    )
    return f"{markdown(columns, rows)}\n\n{note}"


def difference(ours: list[float], peer: list[float]) -> float:
    return max(abs(a - b) / abs(b) if b else abs(a) for a, b in zip(ours, peer, strict=True))


def scale_table(result: dict) -> str:
    columns = ["metric", "samples", "seconds", "CPU seconds", "memory beyond the features, GB"]
    samples = f"{result['samples']:,} x {result['samples']:,} x {result['width']:,}"
    times = [f"{result[key]:,.0f}" for key in ("wall", "cpu")]
    row = ["prdc", samples, *times, f"{result['bytes_beyond'] / 1e9:.2f}"]
    return markdown(columns, [row])


# -- the command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--only", nargs="+", choices=METRICS, default=list(METRICS))
    parser.add_argument("--samples", type=int, help="instead of each metric's own number")
    parser.add_argument("--width", type=int, default=WIDTH, help="number of features")
    parser.add_argument("--scale", action="store_true", help="coverage of 50,000 x 50,000 samples")
    parser.add_argument("--json", type=Path, default=Path("runs/metrics.json"), help="figures")
    options = parser.parse_args(arguments)
    report = begin(options)
    if options.scale:
        count = options.samples or 50_000
        sizes = {"samples": count, "width": options.width}
        report["scale"] = sizes | apart(prdc, count, options.width)
        print(scale_table(report["scale"]))
    else:
        report["compare"] = [compare(name, options) for name in options.only]
        print(compare_table(report["compare"]))
    write(report, options.json)


if __name__ == "__main__":
    main()

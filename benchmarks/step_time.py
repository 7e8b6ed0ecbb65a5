"""Images per second of our training step, beside those of the loops that everyone copies.

    python benchmarks/step_time.py            # against the peers: 8 minutes on 2 cores, 10 GB
    python benchmarks/step_time.py --scale    # step time and memory by image size and batch

Every step runs in a process of its own, and they take turns, round by round: what else the machine
does hits all of them alike. Ratios are of the same round. The rate of a matrix product is measured
in the same rounds. Tables go to the standard output, all figures to a JSON file.
"""

import argparse
import contextlib
import json
import math
import multiprocessing
import os
import platform
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DTYPES = ("float32", "mixed_bfloat16")
TITLES = {
    "tutorial": "TensorFlow tutorial's loop",
    "guide": "Keras guide, as published",
    "guide-training": "Keras guide, training=True",
    "ours": "keras_gan",
    "ours-fit": "keras_gan, all of `fit`",
    "ours-alternating": 'keras_gan, updates="alternating"',
}
PEERS = ("tutorial", "guide", "guide-training")
ONLY_FLOAT32 = ("guide", "guide-training", "ours-fit")
BATCH = {28: 128, 64: 64}
MATRIX = 3000


# -- one step, in a process of its own -------------------------------------------------------------


def serve(pipe: Any, case: dict) -> None:
    """Builds the step of a case, then runs it as often as it is told, until told None."""
    try:
        run, flops = build(case)
        run(1)  # traces
        pipe.send({"flops": flops, "images": case["batch"]})
        while (steps := pipe.recv()) is not None:
            cpu, wall = time.process_time(), time.perf_counter()
            timed = run(steps) or (time.perf_counter() - wall, time.process_time() - cpu)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            pipe.send({"steps": steps, "wall": timed[0], "cpu": timed[1], "peak_bytes": peak})
    except KeyboardInterrupt:
        pass


def build(case: dict) -> tuple[Callable[[int], Any], float]:
    """A function that runs n steps, and the FLOP of a step for each of its images."""
    import keras
    import tensorflow as tf

    if case["step"] == "product":
        return product(case["dtype"]), 2.0 * MATRIX**3
    keras.config.set_dtype_policy(case["dtype"])
    keras.utils.set_random_seed(0)
    if case["step"] == "scale":
        return scale_step(case)
    import flops
    import peers

    import keras_gan

    layers = keras.layers if case["step"] in PEERS else keras_gan.layers
    generator, discriminator = peers.networks(case["size"], layers.BatchNormalization)
    images = tf.random.uniform((case["batch"], *generator.output_shape[1:]), -1, 1)
    dataset = tf.data.Dataset.from_tensors(images).repeat()
    count = flops.per_image(generator, discriminator, case["step"])
    return peers.STEPS[case["step"]](generator, discriminator, dataset, peers.LATENT_DIM), count


def product(dtype: str) -> Callable[[int], None]:
    """The product of two 3000x3000 matrices."""
    import tensorflow as tf

    a = tf.cast(tf.random.normal((MATRIX, MATRIX)), dtype.removeprefix("mixed_"))
    multiply = tf.function(lambda: tf.reduce_sum(a @ a))

    def run(steps: int) -> None:
        for _ in range(steps):
            multiply().numpy()

    return run


def scale_step(case: dict) -> tuple[Callable[[int], None], float]:
    """The step of `keras_gan.DCGAN` as it comes, on pictures of three channels."""
    import flops
    import peers
    import tensorflow as tf

    import keras_gan

    gan = keras_gan.DCGAN(image_shape=(case["size"], case["size"], 3), seed=0)
    gan.compile()
    images = tf.random.uniform((case["batch"], *gan.image_shape), -1, 1)
    dataset = tf.data.Dataset.from_tensors(images).repeat()
    count = flops.per_image(gan.generator, gan.discriminator, "ours")
    return peers.by_train_function(gan, dataset), count


# -- taking turns ----------------------------------------------------------------------------------


class Worker:
    """A process that serves one case."""

    def __init__(self, case: dict):
        self.case = case
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, case), daemon=True)
        self._process.start()
        theirs.close()

    def ready(self) -> None:
        """Waits until the step is traced, and finds out how long one takes."""
        self.built = self._receive()
        self._seconds = self.run(1)["wall"]

    def run(self, steps: int) -> dict:
        self._pipe.send(steps)
        return self._receive()

    def turn(self, seconds: float) -> dict:
        """As many steps as take about so long, by the turn before; at least one."""
        figures = self.run(max(1, round(seconds / self._seconds)))
        self._seconds = figures["wall"] / figures["steps"]
        images = self.built["images"] * figures["steps"]
        return figures | {
            "images_per_second": images / figures["wall"],
            "cpu_ms_per_image": 1e3 * figures["cpu"] / images,
            "flop_per_second": self.built["flops"] * images / figures["wall"],
        }

    def stop(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._pipe.send(None)
        self._process.join(5)
        self._process.kill()

    def _receive(self) -> dict:
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(
                f"The process of {self.case} ended with code {self._process.exitcode}."
            ) from None


@contextlib.contextmanager
def workers(cases: list[dict]) -> Iterator[list[Worker]]:
    """Processes for the cases, ready."""
    started = []
    try:
        started += [Worker(case) for case in cases]
        for worker in started:
            worker.ready()
        yield started
    finally:
        for worker in started:
            worker.stop()


def compare(size: int, options: argparse.Namespace) -> dict:
    """All steps at one size, in rounds: for each case its figures, round by round."""
    batch = options.batch or BATCH[size]
    cases = [
        {"step": name, "dtype": dtype, "size": size, "batch": batch}
        for dtype in options.dtype
        for name in options.only
        if dtype == "float32" or name not in ONLY_FLOAT32
    ]
    cases += [{"step": "product", "dtype": dtype, "batch": 1} for dtype in options.dtype]
    rounds = {(case["step"], case["dtype"]): [] for case in cases}
    with workers(cases) as running:
        for number in range(options.rounds):
            say(f"{size}x{size}: round {number + 1} of {options.rounds}")
            order = random.Random(number).sample(running, len(running))
            for worker in order:
                key = worker.case["step"], worker.case["dtype"]
                rounds[key].append(worker.turn(options.turn))
    return {"size": size, "batch": batch, "rounds": rounds}


def scale(size: int, batch: int, dtype: str, options: argparse.Namespace) -> dict:
    """The step of DCGAN at one size and batch: the figures of its turns."""
    case = {"step": "scale", "dtype": dtype, "size": size, "batch": batch}
    with workers([case]) as (worker,):
        turns = [worker.turn(options.turn)]
        while len(turns) < min(options.rounds, 3) and turns[0]["wall"] < 10:
            turns.append(worker.turn(options.turn))
    return case | {"turns": turns, "peak_bytes": max(turn["peak_bytes"] for turn in turns)}


# -- tables ----------------------------------------------------------------------------------------


def spread(values: list[float], digits: int = 0) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def ratios(ours: list[dict], peer: list[dict]) -> list[float]:
    return [
        a["images_per_second"] / b["images_per_second"] for a, b in zip(ours, peer, strict=True)
    ]


def compare_table(result: dict) -> str:
    """One size, as a Markdown table: a row for each step, ratios to the float32 peers."""
    rounds = result["rounds"]
    size, batch = result["size"], result["batch"]
    base = "float32" if ("product", "float32") in rounds else next(iter(rounds))[1]
    compared = [name for name in PEERS if (name, base) in rounds]
    heads = [f"/ {name} ({base})" for name in compared]
    columns = ["step", "precision", "images/s", *heads]
    columns += ["CPU ms/image", "peak memory, MB", "of the matrix product rate"]
    rows = []
    for (name, dtype), turns in rounds.items():
        if name == "product":
            continue
        product = rounds["product", dtype]
        fraction = [
            turn["flop_per_second"] / other["flop_per_second"]
            for turn, other in zip(turns, product, strict=True)
        ]
        rows.append(
            [
                TITLES[name],
                dtype,
                spread([turn["images_per_second"] for turn in turns]),
                *(spread(ratios(turns, rounds[peer, base]), 2) for peer in compared),
                f"{statistics.median(turn['cpu_ms_per_image'] for turn in turns):.2f}",
                f"{max(turn['peak_bytes'] for turn in turns) / 1e6:,.0f}",
                f"{statistics.median(fraction):.0%}",
            ]
        )
    rates = ", ".join(
        f"{dtype.removeprefix('mixed_')} {spread([t['flop_per_second'] / 1e9 for t in turns])}"
        for (name, dtype), turns in rounds.items()
        if name == "product"
    )
    count = len(rounds["product", base])
    return "\n".join(
        [
            f"### DCGAN-{size}, batch {batch}",
            "",
            markdown(columns, rows),
            "",
            f"Median (min to max) of {count} interleaved rounds; ratios within a round. "
            f"A {MATRIX}x{MATRIX} matrix product in the same rounds, GFLOP/s: {rates}. "
            "keras_gan's networks have its own BatchNormalization: the same numbers, fused.",
        ]
    )


def scale_table(results: list[dict]) -> str:
    """Step time and peak memory, as a Markdown table."""
    columns = ["image", "batch", "precision", "ms/step", "images/s", "peak memory, MB"]
    rows = []
    for result in results:
        if "turns" in result:
            rate = statistics.median(turn["images_per_second"] for turn in result["turns"])
            times = [f"{1e3 * result['batch'] / rate:,.0f}", f"{rate:,.1f}"]
            memory = f"{result['peak_bytes'] / 1e6:,.0f}"
        else:
            times, memory = ["not run", "not run"], f"about {result['expected'] / 1e6:,.0f}"
        size = f"{result['size']}x{result['size']}x3"
        rows.append([size, str(result["batch"]), result["dtype"], *times, memory])
    title = "### keras_gan.DCGAN as image size and batch grow"
    lines = [title, "", markdown(columns, rows)]
    if any("expected" in result for result in results):
        lines += ["", "Not run: what would not fit in memory, by what the smaller batches took."]
    return "\n".join(lines)


def markdown(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# -- the command -----------------------------------------------------------------------------------


def scales(options: argparse.Namespace) -> list[dict]:
    """All sizes and batches, but those that memory would not hold, by the two batches before."""
    results = []
    for dtype in options.dtype:
        for size in options.sizes:
            measured = []
            for batch in sorted(options.batches):
                expected = extrapolate(measured, batch)
                if expected > 0.8 * available_memory():
                    case = {"size": size, "batch": batch, "dtype": dtype, "expected": expected}
                    results.append(case)
                    continue
                say(f"{size}x{size}, batch {batch}, {dtype}")
                results.append(scale(size, batch, dtype, options))
                measured.append((batch, results[-1]["peak_bytes"]))
    return results


def extrapolate(measured: list[tuple[int, int]], batch: int) -> float:
    """Peak memory of a batch on the line through the last two; 0 where nothing is known."""
    if len(measured) < 2:
        return 0.0
    (a, low), (b, high) = measured[-2:]
    return high + (high - low) * (batch - b) / (b - a)


def available_memory() -> float:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable"):
            return 1024.0 * int(line.split()[1])
    return math.inf


def machine() -> dict:
    """What the figures were measured on."""
    from importlib.metadata import version

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), "")
    packages = {name: version(name) for name in ("tensorflow", "keras", "keras-gan", "numpy")}
    return {
        "cpu": model or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        **packages,
    }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", help="image sizes (28 64; --scale: 128 too)"
    )
    parser.add_argument("--dtype", nargs="+", choices=DTYPES, help="both; --scale: float32")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each step")
    parser.add_argument("--turn", type=float, default=1.5, help="seconds of a turn")
    parser.add_argument(
        "--only", nargs="+", choices=TITLES, default=list(TITLES), help="steps to run"
    )
    parser.add_argument("--batch", type=int, help="instead of 128 at size 28 and 64 at size 64")
    parser.add_argument("--scale", action="store_true", help="the table of sizes and batches")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128, 512], help="of --scale")
    parser.add_argument("--json", type=Path, default=Path("runs/step_time.json"), help="figures")
    options = parser.parse_args(arguments)
    options.sizes = options.sizes or ([28, 64, 128] if options.scale else [28, 64])
    options.dtype = options.dtype or (DTYPES[:1] if options.scale else DTYPES)
    if not options.scale and not {28, 64}.issuperset(options.sizes):
        parser.error("the networks of the comparison are made for sizes 28 and 64")
    return options


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    report = {"machine": machine(), "settings": {k: str(v) for k, v in vars(options).items()}}
    print(f"{report['machine']['cpu']}, {report['machine']['cores']} cores\n")
    if options.scale:
        report["scale"] = scales(options)
        print(scale_table(report["scale"]))
    else:
        report["compare"] = []
        for size in options.sizes:
            result = compare(size, options)
            print(compare_table(result) + "\n", flush=True)
            named = {f"{name} {dtype}": t for (name, dtype), t in result["rounds"].items()}
            report["compare"].append(result | {"rounds": named})
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1))
    say(f"All figures: {options.json}")


if __name__ == "__main__":
    main()

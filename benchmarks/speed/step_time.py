"""Images per second of our training step, beside those of the loops that everyone copies.

    python -m benchmarks.speed.step_time            # against the peers: 8 minutes on 2 cores, 10 GB
    python -m benchmarks.speed.step_time --critics  # WGAN-GP and SNGAN: 8 minutes, 6 GB
    python -m benchmarks.speed.step_time --family   # what each class and each part costs: 8 minutes
    python -m benchmarks.speed.step_time --scale    # step time and memory by image size and batch

Every step runs in a process of its own, and they take turns, round by round: what else the machine
does hits all of them alike. Ratios are of the same round. The rate of a matrix product is measured
in the same rounds. Tables go to the standard output, all figures to a JSON file.
"""

import argparse
import importlib.util
import math
import os
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.harness import command
from benchmarks.harness.turns import (
    Step,
    begin,
    markdown,
    peak_mb,
    ratios,
    say,
    spread,
    take_turns,
    workers,
    write,
)

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
CRITICS = {
    "wgan-gp": (
        "WGAN-GP, 28x28x1, the Keras example's networks",
        ("example", "ours-plain", "ours"),
        128,
    ),
    "sngan-32": ("SNGAN, 32x32x3, the paper's networks", ("mimicry", "ours"), 64),
}
CRITIC_TITLES = {
    "example": "Keras example's step",
    "mimicry": "mimicry's step, in PyTorch",
    "ours-plain": "keras_gan, networks of Keras' own layers",
    "ours": "keras_gan",
}
FAMILY = {"class": "What each class costs", "part": "What each part costs"}


# -- the steps -------------------------------------------------------------------------------------


def build(case: dict) -> Step:
    """The step of a case."""
    if case["step"] == "mimicry":  # PyTorch and TensorFlow do not live in one process
        from benchmarks.speed import mimicry

        return Step(mimicry.sngan(case["batch"]), case["batch"] * mimicry.CRITIC_UPDATES)
    import keras
    import tensorflow as tf

    if case["step"] == "product":
        return Step(product(case["dtype"]), 1, 2.0 * MATRIX**3)
    keras.config.set_dtype_policy(case["dtype"])
    keras.utils.set_random_seed(0)
    if case["step"] == "scale":
        return scale_step(case)
    if "kind" in case:
        from benchmarks.speed import parts

        return parts.step(case["kind"], case["step"], case["batch"], case["width"])
    if "game" in case:
        from benchmarks.speed import critics

        return critics.step(case["game"], case["step"], case["batch"])
    import keras_gan
    from benchmarks.speed import flops, peers

    layers = keras.layers if case["step"] in PEERS else keras_gan.layers
    generator, discriminator = peers.networks(case["size"], layers.BatchNormalization)
    images = tf.random.uniform((case["batch"], *generator.output_shape[1:]), -1, 1)
    dataset = tf.data.Dataset.from_tensors(images).repeat()
    count = flops.per_image(generator, discriminator, case["step"])
    run = peers.STEPS[case["step"]](generator, discriminator, dataset, peers.LATENT_DIM)
    return Step(run, case["batch"], count)


def product(dtype: str) -> Callable[[int], None]:
    """The product of two 3000x3000 matrices."""
    import tensorflow as tf

    a = tf.cast(tf.random.normal((MATRIX, MATRIX)), dtype.removeprefix("mixed_"))
    multiply = tf.function(lambda: tf.reduce_sum(a @ a))

    def run(steps: int) -> None:
        for _ in range(steps):
            multiply().numpy()

    return run


def scale_step(case: dict) -> Step:
    """The step of `keras_gan.DCGAN` as it comes, on pictures of three channels."""
    import tensorflow as tf

    import keras_gan
    from benchmarks.speed import flops, peers

    gan = keras_gan.DCGAN(image_shape=(case["size"], case["size"], 3), seed=0)
    gan.compile()
    images = tf.random.uniform((case["batch"], *gan.image_shape), -1, 1)
    dataset = tf.data.Dataset.from_tensors(images).repeat()
    count = flops.per_image(gan.generator, gan.discriminator, "ours")
    return Step(peers.by_train_function(gan, dataset), case["batch"], count)


# -- taking turns ----------------------------------------------------------------------------------


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
    turns = take_turns(build, cases, f"{size}x{size}", options.rounds, options.turn)
    return {"size": size, "batch": batch, "rounds": named(cases, turns)}


def compare_critics(game: str, options: argparse.Namespace) -> dict:
    """WGAN-GP or SNGAN: for each step its figures, round by round."""
    title, steps, batch = CRITICS[game]
    case = {"game": game, "batch": options.batch or batch}
    cases = [
        case | {"step": name, "dtype": dtype}
        for dtype in options.dtype
        for name in steps
        if name != "mimicry" or (dtype == "float32" and importlib.util.find_spec("torch"))
    ]
    turns = take_turns(build, cases, title, options.rounds, options.turn)
    return case | {"title": title, "peer": steps[0], "rounds": named(cases, turns)}


def family(kind: str, options: argparse.Namespace) -> dict:
    """All classes, or all parts, on the same networks: for each its figures, round by round."""
    from benchmarks.speed import parts

    names = parts.CLASSES if kind == "class" else parts.PARTS
    names = [name for name in names if name == "DCGAN" or name in (options.names or names)]
    case = {"kind": kind, "dtype": "float32", "batch": options.batch or 64, "width": options.width}
    cases = [case | {"step": name} for name in names]
    turns = take_turns(build, cases, FAMILY[kind], options.rounds, options.turn)
    return case | {"rounds": named(cases, turns)}


def named(cases: list[dict], turns: list[list[dict]]) -> dict[tuple[str, str], list[dict]]:
    return dict(zip([(case["step"], case["dtype"]) for case in cases], turns, strict=True))


def scale(size: int, batch: int, dtype: str, options: argparse.Namespace) -> dict:
    """The step of DCGAN at one size and batch: the figures of its turns."""
    case = {"step": "scale", "dtype": dtype, "size": size, "batch": batch}
    with workers(build, [case]) as (worker,):
        turns = [worker.turn(options.turn)]
        while len(turns) < min(options.rounds, 3) and turns[0]["wall"] < 10:
            turns.append(worker.turn(options.turn))
    return case | {"turns": turns, "peak_bytes": max(turn["peak_bytes"] for turn in turns)}


# -- tables ----------------------------------------------------------------------------------------


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
                peak_mb(turns),
                f"{statistics.median(fraction):.0%}",
            ]
        )
    rates = ", ".join(
        f"{dtype.removeprefix('mixed_')} {spread([t['flop_per_second'] / 1e9 for t in turns])}"
        for (name, dtype), turns in rounds.items()
        if name == "product"
    )
    work = ", ".join(
        f"{TITLES[name]} {turns[0]['flop_per_second'] / turns[0]['images_per_second'] / 1e6:,.0f}"
        for (name, dtype), turns in rounds.items()
        if name != "product" and dtype == base
    )
    count = len(rounds["product", base])
    return "\n".join(
        [
            f"### DCGAN-{size}, batch {batch}",
            "",
            markdown(columns, rows),
            "",
            f"Median (min to max) of {count} interleaved rounds; ratios within a round. "
            f"A {MATRIX}x{MATRIX} matrix product in the same rounds, GFLOP/s: {rates}; the last "
            f"column is a step's work at that rate over its time. MFLOP an image: {work}. "
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


def critics_table(result: dict) -> str:
    """WGAN-GP or SNGAN, as a Markdown table: a row for each step, ratios to the float32 peer."""
    rounds, peer = result["rounds"], (result["peer"], "float32")
    columns = ["step", "precision", "seconds a step", "critic's real images/s"]
    columns += [f"/ {CRITIC_TITLES[peer[0]]} (float32)"] * (peer in rounds)
    columns += ["CPU ms/image", "peak memory, MB"]
    rows = []
    for (name, dtype), turns in rounds.items():
        row = [CRITIC_TITLES[name], dtype]
        row.append(spread([turn["seconds_per_step"] for turn in turns], 2))
        row.append(spread([turn["images_per_second"] for turn in turns], 1))
        row += [spread(ratios(turns, rounds[peer]), 2)] if peer in rounds else []
        row.append(f"{statistics.median(turn['cpu_ms_per_image'] for turn in turns):.1f}")
        rows.append([*row, peak_mb(turns)])
    count = len(next(iter(rounds.values())))
    notes = f"Median (min to max) of {count} interleaved rounds; ratios within a round. A step is "
    notes += "all updates of the critic and one of the generator: each is counted once, on both "
    notes += f"sides, on batches of {result['batch']}."
    if peer not in rounds:
        notes += " PyTorch is not installed: no peer."
    title = f"### {result['title']}, batch {result['batch']}"
    return "\n".join([title, "", markdown(columns, rows), "", notes])


def family_table(result: dict) -> str:
    """Classes or parts, as a Markdown table: a row for each, ratios to DCGAN's step."""
    rounds, kind = result["rounds"], result["kind"]
    base = rounds["DCGAN", "float32"]
    columns = [kind, "ms/step", "images/s", "step / DCGAN's"]
    columns += ["image / DCGAN's"] * (kind == "class") + ["peak memory, MB"]
    rows = []
    for (name, _), turns in rounds.items():
        row = [name, spread([1e3 * turn["seconds_per_step"] for turn in turns])]
        row.append(spread([turn["images_per_second"] for turn in turns]))
        row.append(spread(ratios(turns, base, "seconds_per_step"), 2))
        if kind == "class":
            row.append(spread(ratios(base, turns), 2))
        rows.append([*row, peak_mb(turns)])
    notes = f"28x28x1, width {result['width']}, {result['batch']} images for each update of the "
    notes += f"discriminator, float32. Median (min to max) of {len(base)} interleaved rounds; "
    notes += "ratios, of time, within a round."
    return "\n".join([f"### {FAMILY[kind]}", "", markdown(columns, rows), "", notes])


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


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = command.parser(__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", help="image sizes (28 64; --scale: 128 too)"
    )
    parser.add_argument("--dtype", nargs="+", choices=DTYPES, help="both; --scale: float32")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each step")
    parser.add_argument("--turn", type=float, default=1.5, help="seconds of a turn")
    parser.add_argument(
        "--only", nargs="+", choices=TITLES, default=list(TITLES), help="steps to run"
    )
    parser.add_argument("--batch", type=int, help="images of an update, instead of each table's")
    parser.add_argument("--json", type=Path, default=Path("runs/step_time.json"), help="figures")
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument("--scale", action="store_true", help="the table of sizes and batches")
    tables.add_argument("--critics", nargs="*", choices=CRITICS, help="WGAN-GP and SNGAN")
    tables.add_argument("--family", nargs="*", choices=FAMILY, help="classes and parts")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128, 512], help="of --scale")
    parser.add_argument("--names", nargs="+", help="of --family: those alone, beside DCGAN")
    parser.add_argument("--width", type=int, default=64, help="of --family's networks")
    options = parser.parse_args(arguments)
    options.sizes = options.sizes or ([28, 64, 128] if options.scale else [28, 64])
    options.dtype = options.dtype or (DTYPES[:1] if options.scale else DTYPES)
    if not options.scale and not {28, 64}.issuperset(options.sizes):
        parser.error("the networks of the comparison are made for sizes 28 and 64")
    return options


def report(options: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """For each table what it is, the table itself, and its figures."""
    if options.scale:
        results = scales(options)
        yield "scale", scale_table(results), results
    elif options.critics is not None:
        for game in options.critics or CRITICS:
            result = compare_critics(game, options)
            yield game, critics_table(result), result
    elif options.family is not None:
        for kind in options.family or FAMILY:
            result = family(kind, options)
            yield kind, family_table(result), result
    else:
        for size in options.sizes:
            result = compare(size, options)
            yield f"dcgan-{size}", compare_table(result), result


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    figures = begin(options)
    for name, table, result in report(options):
        print(table + "\n", flush=True)
        if "rounds" in result:
            turns = {f"{step} {dtype}": t for (step, dtype), t in result["rounds"].items()}
            result |= {"rounds": turns}
        figures[name] = result
    write(figures, options.json)


if __name__ == "__main__":
    main()

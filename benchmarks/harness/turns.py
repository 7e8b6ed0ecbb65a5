"""Steps that take turns, each in a process of its own, and the tables of their figures.

What else the machine does hits all of them alike: ratios are of the same round.
"""

import argparse
import contextlib
import json
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
from typing import Any, NamedTuple


class Step(NamedTuple):
    """What is measured.

    Args:
        run: Runs so many steps; may return the wall and the CPU seconds that count.
        images: Real images in a step.
        flops: Of a step, for each of these images.
        cycle: Number of steps after which the work is the same again.
    """

    run: Callable[[int], tuple[float, float] | None]
    images: int
    flops: float = 0.0
    cycle: int = 1


def serve(pipe: Any, build: Callable[[dict], Step], case: dict) -> None:
    """Builds the step of a case, then runs it as often as it is told, until told None."""
    try:
        step = build(case)
        step.run(1)  # traces
        pipe.send(step._replace(run=None))
        while (steps := pipe.recv()) is not None:
            cpu, wall = time.process_time(), time.perf_counter()
            timed = step.run(steps) or (time.perf_counter() - wall, time.process_time() - cpu)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            pipe.send({"steps": steps, "wall": timed[0], "cpu": timed[1], "peak_bytes": peak})
    except KeyboardInterrupt:
        pass


class Worker:
    """A process that serves one case."""

    def __init__(self, build: Callable[[dict], Step], case: dict):
        self.case = case
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, build, case), daemon=True)
        self._process.start()
        theirs.close()

    def ready(self) -> None:
        """Waits until the step is traced, and finds out how long one takes."""
        self.step = self._receive()
        self._seconds = self.run(1)["wall"]

    def run(self, steps: int) -> dict:
        self._pipe.send(steps)
        return self._receive()

    def turn(self, seconds: float) -> dict:
        """As many whole cycles as take about so long, by the turn before; at least one."""
        cycle = self.step.cycle
        figures = self.run(cycle * max(1, round(seconds / self._seconds / cycle)))
        self._seconds = figures["wall"] / figures["steps"]
        images = self.step.images * figures["steps"]
        return figures | {
            "images_per_second": images / figures["wall"],
            "seconds_per_step": self._seconds,
            "cpu_ms_per_image": 1e3 * figures["cpu"] / images,
            "flop_per_second": self.step.flops * images / figures["wall"],
        }

    def stop(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._pipe.send(None)
        self._process.join(5)
        self._process.kill()

    def _receive(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(
                f"The process of {self.case} ended with code {self._process.exitcode}."
            ) from None


@contextlib.contextmanager
def workers(build: Callable[[dict], Step], cases: list[dict]) -> Iterator[list[Worker]]:
    """Processes for the cases, ready."""
    started = []
    try:
        started += [Worker(build, case) for case in cases]
        for worker in started:
            worker.ready()
        yield started
    finally:
        for worker in started:
            worker.stop()


def take_turns(
    build: Callable[[dict], Step], cases: list[dict], title: str, rounds: int, seconds: float
) -> list[list[dict]]:
    """For each case its figures, round by round."""
    turns = [[] for _ in cases]
    with workers(build, cases) as running:
        for number in range(rounds):
            say(f"{title}: round {number + 1} of {rounds}")
            for k in random.Random(number).sample(range(len(cases)), len(cases)):
                turns[k].append(running[k].turn(seconds))
    return turns


# -- tables ----------------------------------------------------------------------------------------


def spread(values: list[float], digits: int = 0) -> str:
    """The median and, where they differ, the smallest and the largest."""
    low, middle, high = (f"{pick(values):,.{digits}f}" for pick in (min, statistics.median, max))
    return middle if low == high else f"{middle} ({low} to {high})"


def ratios(turns: list[dict], others: list[dict], figure: str = "images_per_second") -> list[float]:
    """Of one figure, round by round."""
    return [a[figure] / b[figure] for a, b in zip(turns, others, strict=True)]


def peak_mb(turns: list[dict]) -> str:
    return f"{max(turn['peak_bytes'] for turn in turns) / 1e6:,.0f}"


def markdown(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def begin(options: argparse.Namespace) -> dict:
    """What stands before the figures: the machine, which is printed, and the options."""
    measured_on = machine()
    print(f"{measured_on['cpu']}, {measured_on['cores']} cores\n")
    return {"machine": measured_on, "settings": {k: str(v) for k, v in vars(options).items()}}


def write(figures: dict | list, path: Path) -> None:
    """Writes what the tables are made of, and says where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1))
    say(f"All figures: {path}")


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

"""Latency and pictures per second of the exported generator, runtime by runtime.

    python -m benchmarks.speed.serving              # 4 minutes on 2 quiet cores, 4 GB

DCGAN-28 and DCGAN-64 with the networks of benchmarks/speed/peers.py, batches of 1, 8 and 64. Every
runtime sits in a process of its own, and they take turns, round by round: what else the machine
does hits all of them alike. Ratios to the plain `tf.function` are of the same round. Start is from
load to the first answer, imports not counted; size is that of the files. Runtimes whose packages
are not installed are left out. A table goes to the standard output, all figures to a JSON file.
"""

import argparse
import importlib.util
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import command
from benchmarks.harness.turns import markdown, write

Call = Callable[[np.ndarray], np.ndarray]
PLAIN = "tf.function"


# -- the runtimes: each loads its file and returns a function from latents to pictures ----------


def load_saved_model(folder: Path) -> Call:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder / "saved_model"))
    signature = loaded.signatures["serving_default"]

    def call(latents: np.ndarray) -> np.ndarray:
        return signature(latents=tf.constant(latents))["images"].numpy()

    call.keep = loaded
    return call


def load_function(folder: Path) -> Call:
    import keras
    import tensorflow as tf

    generator = keras.saving.load_model(folder / "generator.keras")
    spec = tf.TensorSpec((None, generator.input_shape[1]))
    traced = tf.function(lambda x: generator(x, training=False), input_signature=[spec])
    return lambda latents: traced(tf.constant(latents)).numpy()


def load_predict(folder: Path) -> Call:
    import keras

    generator = keras.saving.load_model(folder / "generator.keras")
    return lambda latents: generator.predict(latents, batch_size=len(latents), verbose=0)


def load_onnx(folder: Path) -> Call:
    import onnxruntime

    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=providers)
    return lambda latents: session.run(None, {"latents": latents})[0]


def load_litert(folder: Path) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(folder / "model.tflite"), num_threads=os.cpu_count())
    given = interpreter.get_input_details()[0]["index"]
    made = interpreter.get_output_details()[0]["index"]
    shape = None

    def call(latents: np.ndarray) -> np.ndarray:
        nonlocal shape
        if latents.shape != shape:
            shape = latents.shape
            interpreter.resize_tensor_input(given, shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(given, latents)
        interpreter.invoke()
        return interpreter.get_tensor(made)

    return call


def load_openvino(folder: Path) -> Call:
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    model = openvino.Core().compile_model(str(folder / "model.xml"), "CPU", settings)
    return lambda latents: model({"latents": latents})[0]


# title -> (loader, what must be installed, format of gan.export, files)
RUNTIMES = {
    PLAIN: (load_function, (), None, "generator.keras"),
    "model.predict": (load_predict, (), None, "generator.keras"),
    "SavedModel": (load_saved_model, (), "tf_saved_model", "saved_model/**/*"),
    "ONNX Runtime": (load_onnx, ("tf2onnx", "onnxruntime"), "onnx", "model.onnx"),
    "LiteRT": (load_litert, ("ai_edge_litert",), "litert", "model.tflite"),
    "OpenVINO": (load_openvino, ("openvino",), "openvino", "model.[xb]*"),
}
FILES = {
    "tf_saved_model": "saved_model",
    "onnx": "model.onnx",
    "litert": "model.tflite",
    "openvino": "model.xml",
}


def installed(title: str) -> bool:
    return all(importlib.util.find_spec(package) for package in RUNTIMES[title][1])


# -- one runtime, in a process of its own -------------------------------------------------------


def sit(pipe: Any, title: str, folder: Path) -> None:
    """Loads, says how long that took, then answers as long as it is asked."""
    if title in (PLAIN, "model.predict", "SavedModel"):
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    for package in RUNTIMES[title][1]:
        if package != "tf2onnx":
            importlib.import_module(package)
    latents = np.load(folder / "latents.npy")
    start = time.perf_counter()
    call = RUNTIMES[title][0](folder)
    first = call(latents[:1])
    pipe.send({"start": time.perf_counter() - start, "first": first})
    while (work := pipe.recv()) is not None:
        batch, seconds = work
        call(latents[:batch])  # a new shape may cost more once
        taken = []
        while sum(taken) < seconds or len(taken) < 3:
            before = time.perf_counter()
            call(latents[:batch])
            taken.append(time.perf_counter() - before)
        pipe.send(taken)


class Seat:
    """The process of a runtime."""

    def __init__(self, title: str, folder: Path):
        context = multiprocessing.get_context("spawn")
        self._pipe, end = context.Pipe()
        self._process = context.Process(target=sit, args=(end, title, folder), daemon=True)
        self._process.start()
        end.close()
        self.first = self._pipe.recv()

    def turn(self, batch: int, seconds: float) -> list[float]:
        self._pipe.send((batch, seconds))
        return self._pipe.recv()

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join()


# -- all of them --------------------------------------------------------------------------------


def export_all(size: int, folder: Path, titles: list[str]) -> dict[str, int]:
    """Writes the generator in every format; bytes by title."""
    import keras

    import keras_gan
    from benchmarks.speed import peers

    keras.utils.set_random_seed(0)
    gan = keras_gan.GAN(*peers.networks(size))
    gan.ema_generator.save(folder / "generator.keras")
    latents = np.random.default_rng(0).normal(size=(64, gan.latent_dim)).astype("float32")
    np.save(folder / "latents.npy", latents)
    sizes = {}
    for title in titles:
        _, _, format, files = RUNTIMES[title]
        if format:
            gan.export(folder / FILES[format], format=format, verbose=False)
        sizes[title] = sum(path.stat().st_size for path in folder.glob(files) if path.is_file())
    return sizes


def measure(size: int, options: argparse.Namespace) -> list[dict]:
    """A row for each runtime and batch."""
    wanted = {PLAIN, *options.only}
    titles = [title for title in RUNTIMES if installed(title) and title in wanted]
    with tempfile.TemporaryDirectory() as folder:
        bytes_of = export_all(size, Path(folder), titles)
        seats = {title: Seat(title, Path(folder)) for title in titles}
        check_alike({title: seat.first["first"] for title, seat in seats.items()})
        rows = []
        for batch in options.batches:
            turns = {title: [] for title in titles}
            for _ in range(options.rounds):
                for title, seat in seats.items():
                    turns[title].append(seat.turn(batch, options.turn))
            for title, seat in seats.items():
                rows.append(
                    {"size": size, "runtime": title, "batch": batch, "bytes": bytes_of[title]}
                    | {"start": seat.first["start"]}
                    | figures(turns[title], turns[PLAIN], batch)
                )
        for seat in seats.values():
            seat.close()
    return rows


def figures(turns: list[list[float]], plain: list[list[float]], batch: int) -> dict[str, float]:
    """Percentiles over all calls, rates, and the median over the rounds of the ratio to `plain`."""
    calls = [taken for turn in turns for taken in turn]
    pairs = zip(turns, plain, strict=True)
    ratios = [statistics.median(a) / statistics.median(b) for a, b in pairs]
    return {
        "p50": float(np.percentile(calls, 50)),
        "p99": float(np.percentile(calls, 99)),
        "images_per_second": batch * len(calls) / sum(calls),
        "ratio": statistics.median(ratios),
        "calls": len(calls),
    }


def check_alike(first: dict[str, np.ndarray]) -> None:
    """All of them must have drawn the same picture; the bare networks' is in [-1, 1]."""
    unit = {
        title: (image + 1) / 2 if title in (PLAIN, "model.predict") else image
        for title, image in first.items()
    }
    for title, image in unit.items():
        error = float(np.abs(image - unit[PLAIN]).max())
        if error > 1e-4:
            raise SystemExit(f"{title} draws another picture: {error:.2g} off")


def table(rows: list[dict]) -> str:
    """The figures in markdown."""
    columns = ["runtime", "batch", "p50, ms", "p99, ms", "images/s", f"/ {PLAIN}"]
    columns += ["start, s", "size, MB"]
    lines = []
    for row in rows:
        times = [f"{1e3 * row[name]:.2f}" for name in ("p50", "p99")]
        rates = [f"{row['images_per_second']:,.0f}", f"{row['ratio']:.2f}"]
        costs = [f"{row['start']:.2f}", f"{row['bytes'] / 1e6:.1f}"]
        lines.append([row["runtime"], str(row["batch"]), *times, *rates, *costs])
    return markdown(columns, lines)


def main(argv: list[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[28, 64], choices=(28, 64))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--only", nargs="+", default=[*RUNTIMES], help="beside tf.function")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turn", type=float, default=1.0, help="seconds of a runtime's turn")
    parser.add_argument("--json", type=Path, default=Path("runs/serving.json"))
    options = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    found = []
    for size in options.sizes:
        rows = measure(size, options)
        print(f"\n### DCGAN-{size}\n\n{table(rows)}", flush=True)
        found += rows
    write(found, options.json)


if __name__ == "__main__":
    main()

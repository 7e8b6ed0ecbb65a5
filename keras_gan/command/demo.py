"""`keras-gan demo`: a page to play with an exported model. Needs the extra `demo` (Gradio).

It works from a SavedModel alone, whichever its signatures are.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core import noise, ranges, saved_model
from keras_gan.core.kinds import Picture

_SIDE = 320  # pixels that a single picture is enlarged to, about
_GRID = 64
_SEEDS = 9999


def demo(model: str | Path, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Shows the page of a model until it is stopped.

    Args:
        model: A SavedModel or the directory of its versions; a run or a `.keras` file is exported
            to a temporary place first.
        host: Address to listen on: only this machine if not given.
        port: Port to listen on.

    Raises:
        ImportError: if Gradio is not installed.
        ValueError: if there is no such model, or it cannot draw from seeds.

    Example:

    >>> demo("saved_models/digits-pretrained")
    """
    with _exported(model) as path:
        shown = page(path)
        quiet = {"quiet": True, "prevent_thread_lock": True}
        _, address, _ = shown.launch(server_name=host, server_port=port, footer_links=[], **quiet)
        print(f"The demo is at {address}", flush=True)
        shown.block_thread()


def page(path: str | Path) -> Any:
    """The page, a `gradio.Blocks` that is not launched yet.

    Args:
        path: A SavedModel or the directory of its versions.
    """
    try:
        import gradio as gr
    except ImportError as error:
        raise ImportError("The demo needs Gradio: pip install 'keras-gan[demo]'.") from error
    model = Served(path)

    def slider(name: str, most: float, value: float, step: float) -> gr.Slider:
        return gr.Slider(0, most, value, step=step, label=name)

    def view(name: str) -> Any:
        place = {"label": name, "elem_id": name.replace(" ", "-")}
        if model.medium == "sound":
            return gr.Audio(type="numpy", **place)
        if model.medium == "text":
            return gr.Textbox(lines=4, max_lines=_GRID, **place)
        return gr.Image(format="png", type="numpy", buttons=["download"], **place)

    def show(draw: Any, inputs: list, output: Any) -> None:
        """Draws at once, and again whenever an input changes; only the last change counts."""
        events = [blocks.load, *(entry.change for entry in inputs)]
        gr.on(events, draw, inputs, output, trigger_mode="always_last", show_progress="hidden")

    with gr.Blocks(analytics_enabled=False, title=model.title) as blocks:
        gr.Markdown(f"# {model.title}\n{model.facts}")
        label = [gr.Dropdown(model.classes, value=0, label="class")] if model.classes else []
        with gr.Tab("Sample"):
            chosen = [slider("seed", _SEEDS, 1, 1), slider("truncation", 2, 1, 0.05)]
            show(model.sample, [*chosen, *label], view("sample"))
        with gr.Tab("Walk"):
            ends = [slider("from seed", _SEEDS, 1, 1), slider("to seed", _SEEDS, 2, 1)]
            position = slider("position", 1, 0.5, 0.02)
            show(model.between, [*ends, position, *label], view("on the way"))
        with gr.Tab("Grid"):
            first = [slider("first seed", _SEEDS, 1, 1), slider("truncation of all", 2, 1, 0.05)]
            show(model.grid, [*first, *label], view(f"{model.many} {model.plural}"))
        if model.edits:
            with gr.Tab("Your picture"):
                given = gr.Image(label="yours", type="pil", sources=["upload", "clipboard"])
                towards = [slider("towards seed", _SEEDS, 1, 1), slider("how far", 1, 0, 0.02)]
                show(model.edit, [given, *towards, *label], view("edited"))
    return blocks


class Served:
    """What the page asks of a SavedModel.

    Pictures of its samples go out enlarged, uint8; sound as its rate and an array; text as it is.

    Args:
        path: A SavedModel or the directory of its versions.

    Raises:
        ValueError: if there is none, or it draws nothing from seeds.
    """

    def __init__(self, path: str | Path):
        found = saved_model.find(path)
        if found is None:
            raise ValueError(f"There is no SavedModel in {path}.")
        self._loaded = saved_model.load(found)
        self._signatures = self._loaded.signatures
        if not {"from_seed", "interpolate"} <= self._signatures.keys():
            raise ValueError(f"{found} draws nothing from seeds: export it again.")
        shape = self._signatures["from_seed"].structured_outputs["images"].shape[1:]
        self._kind = saved_model.kind(found, shape)
        self._kind.check_drawable(shape)
        self.medium, self.plural = self._kind.medium, self._kind.plural
        self.many = min(_GRID, self._kind.usual)
        about = saved_model.metadata(found)
        names = about.get("class_names") or range(about.get("num_classes") or 0)
        told = "labels" in self._signatures["from_seed"].structured_input_signature[1]
        self.classes = [(str(name), k) for k, name in enumerate(names) if told]
        self.title = " of ".join(str(about[key]) for key in ("model", "data") if key in about)
        self.title = self.title or found.name
        self.facts = f"{found}, {about.get('training_steps', 'unknown')} training steps"
        editing = {"encode", "reconstruct"} <= self._signatures.keys()
        self.edits = editing and isinstance(self._kind, Picture)

    def sample(self, seed: float, truncation: float, label: int | None = None) -> Any:
        """One sample."""
        return self._drawn(self._from_seeds([seed], truncation, label)[0])

    def grid(self, seed: float, truncation: float, label: int | None = None) -> Any:
        """Samples of as many seeds in a row."""
        images = self._from_seeds(np.arange(self.many) + int(seed), truncation, label)
        return self._shown(self._kind.from_unit(images))

    def between(self, start: float, end: float, position: float, label: int | None = None) -> Any:
        """A sample on the way between two seeds."""
        inputs = {
            "seed_from": np.int64([start]),
            "seed_to": np.int64([end]),
            "position": np.float32([position]),
        }
        return self._drawn(self._call("interpolate", inputs, label)["images"][0])

    def edit(
        self, given: Any, seed: float, how_far: float, label: int | None = None
    ) -> np.ndarray | None:
        """The model's idea of a picture, on its way to a seed."""
        if given is None:
            return None
        spec = self._signatures["encode"].structured_input_signature[1]["images"]
        height, width, channels = spec.shape[1:]
        small = given.convert("L" if channels == 1 else "RGB").resize((width, height))
        image = ranges.uint8_to_unit(np.asarray(small).reshape(1, height, width, channels))
        if how_far == 0:
            return self._drawn(self._call("reconstruct", {"images": image}, None)["images"][0])
        found = self._call("encode", {"images": image}, None)["latents"]
        rows = noise.seed_rows(None, None, [int(seed)])
        target = saved_model.latents(self._loaded, rows, found.shape[1])
        latents = saved_model.between(self._loaded, tf.constant(found), target, how_far).numpy()
        return self._drawn(self._call("serving_default", {"latents": latents}, label)["images"][0])

    def _shown(self, samples: np.ndarray) -> Any:
        if self.medium == "sound":
            return self._kind.rate, self._kind.joined(samples)
        if self.medium == "text":
            return "\n".join(self._kind.lines(samples))
        return _rgb(self._kind.picture(samples))

    def _drawn(self, sample: np.ndarray) -> Any:
        """One sample; a picture in whole pixels, as large as a page can use them."""
        sample = self._kind.from_unit(sample)
        if not isinstance(self._kind, Picture):
            return self._shown(sample[None])
        factor = max(1, round(_SIDE / max(sample.shape[:2])))
        return _rgb(self._kind.to_uint8(sample).repeat(factor, 0).repeat(factor, 1))

    def _from_seeds(self, seeds: Any, truncation: float, label: int | None) -> np.ndarray:
        seeds = np.asarray(seeds, np.int64)
        inputs = {"seed": seeds, "truncation": np.full(len(seeds), truncation, np.float32)}
        return self._call("from_seed", inputs, label)["images"]

    def _call(
        self, name: str, inputs: dict[str, np.ndarray], label: int | None
    ) -> dict[str, np.ndarray]:
        if label is not None:
            n = len(next(iter(inputs.values())))
            inputs = inputs | {"labels": np.full(n, label, np.int32)}
        made = self._signatures[name](**{key: tf.constant(x) for key, x in inputs.items()})
        return {key: value.numpy() for key, value in made.items()}


def _rgb(image: np.ndarray) -> np.ndarray:
    return image.repeat(3, axis=-1) if image.shape[-1] == 1 else image[..., :3]


@contextlib.contextmanager
def _exported(model: str | Path) -> Iterator[Path]:
    if saved_model.find(model) is not None:
        yield Path(model)
        return
    from keras_gan import export
    from keras_gan.runs import run

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        gan = run.load(model)
        export.export(gan, path, verbose=False, metadata=export.facts_of_run(model))
        yield path

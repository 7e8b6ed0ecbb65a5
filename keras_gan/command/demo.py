"""`keras-gan demo`: a page to play with an exported model. Needs the extra `demo` (Gradio).

It works from a SavedModel alone, whichever its signatures are.
"""

import contextlib
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan import editing
from keras_gan.core import noise, ranges, saved_model
from keras_gan.core.kinds import Picture
from keras_gan.engine.model import GenerativeModel

_SIDE = 320  # pixels that a single picture is enlarged to, about
_GRID = 64
_SEEDS = 9999
_STRENGTH = 3.0  # standard deviations of the prior, either way
_SEARCH = {"method": "search", "steps": 100, "restarts": 2, "verbose": False}


def demo(model: str | Path, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Shows the page of a model until it is stopped.

    Args:
        model: A SavedModel or the directory of its versions; a run or a `.keras` file is exported
            to a temporary place first, with the directions that `keras-gan edit` knows, and finds
            pictures among its latents even if it has no encoder.
        host: Address to listen on: only this machine if not given.
        port: Port to listen on.

    Raises:
        ImportError: if Gradio is not installed.
        ValueError: if there is no such model, or it cannot draw from seeds.

    Example:

    >>> demo("saved_models/digits-pretrained")
    """
    with _exported(model) as (path, photos):
        shown = page(path, photos)
        quiet = {"quiet": True, "prevent_thread_lock": True}
        _, address, _ = shown.launch(server_name=host, server_port=port, footer_links=[], **quiet)
        print(f"The demo is at {address}", flush=True)
        shown.block_thread()


def page(path: str | Path, photos: "Photos | None" = None) -> Any:
    """The page, a `gradio.Blocks` that is not launched yet.

    Args:
        path: A SavedModel or the directory of its versions.
        photos: What finds pictures among the latents of a model without an encoder.
    """
    try:
        import gradio as gr
    except ImportError as error:
        raise ImportError("The demo needs Gradio: pip install 'keras-gan[demo]'.") from error
    model = Served(path)

    def slider(name: str, most: float, value: float, step: float, least: float = 0) -> gr.Slider:
        return gr.Slider(least, most, value, step=step, label=name)

    def strengths() -> list[gr.Slider]:
        return [slider(name, _STRENGTH, 0, 0.1, -_STRENGTH) for name in model.directions]

    def view(name: str) -> Any:
        place = {"label": name, "elem_id": name.replace(" ", "-")}
        if model.medium == "sound":
            return gr.Audio(type="numpy", **place)
        if model.medium == "text":
            return gr.Textbox(lines=4, max_lines=_GRID, **place)
        return gr.Image(format="png", type="numpy", buttons=["download"], **place)

    def show(draw: Any, inputs: list, output: Any, show_progress: str = "hidden") -> None:
        """Draws at once, and again whenever an input changes; only the last change counts."""
        events = [blocks.load, *(entry.change for entry in inputs)]
        options = {"trigger_mode": "always_last", "show_progress": show_progress}
        gr.on(events, draw, inputs, output, **options)

    def yours() -> gr.Image:
        return gr.Image(label="yours", type="pil", sources=["upload", "clipboard"])

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
        if model.directions:
            with gr.Tab("Edit"):
                chosen = [slider("seed to edit", _SEEDS, 1, 1), *strengths()]
                show(model.moved, [*chosen, *label], view("moved"))
        if model.edits:
            with gr.Tab("Your picture"):
                towards = [slider("towards seed", _SEEDS, 1, 1), slider("how far", 1, 0, 0.02)]
                show(model.edit, [yours(), *towards, *strengths(), *label], view("edited"))
        elif photos is not None:
            with gr.Tab("Your picture"):
                show(photos.edit, [yours(), *strengths()], view("edited"), "full")
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
        self.directions = about.get("directions", [])
        encodes = {"encode", "reconstruct"} <= self._signatures.keys()
        self.edits = encodes and isinstance(self._kind, Picture)

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

    def moved(self, seed: float, *strengths: Any) -> Any:
        """A sample moved along all directions; the class comes last, if there are classes."""
        spec = self._signatures["serving_default"].structured_input_signature[1]["latents"]
        return self._moved(self._latents(seed, spec.shape[1]), strengths)

    def edit(self, given: Any, seed: float, how_far: float, *strengths: Any) -> np.ndarray | None:
        """The model's idea of a picture, on its way to a seed, moved along all directions."""
        if given is None:
            return None
        spec = self._signatures["encode"].structured_input_signature[1]["images"]
        image = ranges.uint8_to_unit(_resized(given, spec.shape[1:])[None])
        if how_far == 0 and not any(strengths[: len(self.directions)]):
            return self._drawn(self._call("reconstruct", {"images": image}, None)["images"][0])
        found = self._call("encode", {"images": image}, None)["latents"]
        target = self._latents(seed, found.shape[1])
        return self._moved(
            saved_model.between(self._loaded, tf.constant(found), target, how_far), strengths
        )

    def _latents(self, seed: float, length: int) -> tf.Tensor:
        rows = noise.seed_rows(None, None, [int(seed)])
        return saved_model.latents(self._loaded, rows, length)

    def _moved(self, latents: tf.Tensor, strengths: tuple) -> Any:
        """The sample of latents moved by strengths, behind which the class may stand."""
        count = len(self.directions)
        if not count:
            given = {"latents": latents.numpy()}
            return self._drawn(self._call("serving_default", given, *strengths)["images"][0])
        by, labels = np.float32([strengths[:count]]), [np.int32([k]) for k in strengths[count:]]
        return self._drawn(saved_model.edited(self._loaded, latents, by, *labels)[0].numpy())

    def _shown(self, samples: np.ndarray) -> Any:
        if self.medium == "sound":
            return self._kind.rate, self._kind.joined(samples)
        if self.medium == "text":
            return "\n".join(self._kind.lines(samples))
        return _rgb(self._kind.picture(samples))

    def _drawn(self, sample: np.ndarray) -> Any:
        sample = self._kind.from_unit(sample)
        return _large(sample) if isinstance(self._kind, Picture) else self._shown(sample[None])

    def _from_seeds(self, seeds: Any, truncation: float, label: int | None) -> np.ndarray:
        seeds = np.asarray(seeds, np.int64)
        inputs = {"seed": seeds, "truncation": np.full(len(seeds), truncation, np.float32)}
        return self._call("from_seed", inputs, label)["images"]

    def _call(
        self, name: str, inputs: dict[str, np.ndarray], label: int | None = None
    ) -> dict[str, np.ndarray]:
        if label is not None:
            n = len(next(iter(inputs.values())))
            inputs = inputs | {"labels": np.full(n, label, np.int32)}
        made = self._signatures[name](**{key: tf.constant(x) for key, x in inputs.items()})
        return {key: value.numpy() for key, value in made.items()}


class Photos:
    """Pictures found among a model's latents by a search; the last one is kept.

    Args:
        gan: A model of pictures.
        directions: In which they are moved.
    """

    def __init__(self, gan: GenerativeModel, directions: Mapping[str, editing.Direction]):
        self._gan, self._directions = gan, list(directions.values())
        self._photo = self._found = None

    def edit(self, given: Any, *strengths: float) -> np.ndarray | None:
        """A picture as the model draws it, moved along all directions."""
        if given is None:
            return None
        photo = _resized(given, self._gan.image_shape)[None]
        if not np.array_equal(photo, self._photo):
            self._photo, self._found = photo, editing.invert(self._gan, photo, **_SEARCH)
        with warnings.catch_warnings(action="ignore"):  # that sliders go far
            return _large(editing.edit(self._gan, self._found, self._directions, strengths)[0])


def _resized(image: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A PIL picture as uint8 of a shape."""
    height, width, channels = shape
    small = image.convert("L" if channels == 1 else "RGB").resize((width, height))
    return np.asarray(small).reshape(height, width, channels)


def _large(picture: np.ndarray) -> np.ndarray:
    """A picture in [-1, 1] in whole pixels, as large as a page can use them."""
    factor = max(1, round(_SIDE / max(picture.shape[:2])))
    return _rgb(Picture().to_uint8(picture).repeat(factor, 0).repeat(factor, 1))


def _rgb(image: np.ndarray) -> np.ndarray:
    return image.repeat(3, axis=-1) if image.shape[-1] == 1 else image[..., :3]


@contextlib.contextmanager
def _exported(model: str | Path) -> Iterator[tuple[Path, Photos | None]]:
    if saved_model.find(model) is not None:
        yield Path(model), None
        return
    from keras_gan import export
    from keras_gan.command.edit import directions_of
    from keras_gan.runs import run

    gan = run.load(model)
    options = {"metadata": export.facts_of_run(model), "verbose": False}
    draws = gan.latent_dim and gan.condition.shape is None
    directions = directions_of(gan, model) if draws else {}
    photos = Photos(gan, directions) if draws and isinstance(gan.kind, Picture) else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        export.export(gan, path, directions=directions, **options)
        yield path, photos

"""Pictures of samples: grids, points in a plane, lines, histograms, text, animations.

Everything is written with Pillow and matplotlib's Figure, never through pyplot: no window, no
global state. Both are imported when a picture is made, not with the package.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_gan.core.ranges import to_uint8

TILE = 48  # pixels that the longer side of a small image is enlarged to, about
_DPI = 100
_HISTOGRAMS = 16  # columns of a table that are shown
_LINES, _LETTERS = 64, 96  # of a text that are shown


def grid(images: np.ndarray, columns: int | None = None, padding: int = 2) -> np.ndarray:
    """Lays images out in rows on white, small ones enlarged by a whole number.

    Args:
        images: `(n, height, width, channels)`, float in [-1, 1] or uint8. One channel is gray,
            three are RGB; of two the first is shown, of four or more the first three.
        columns: Images in a row. If not given, the grid is about as high as it is wide.
        padding: White pixels around each image.

    Returns:
        uint8 array `(height, width, 1)` or `(height, width, 3)`.

    Raises:
        ValueError: if there are no images, or they have another rank.

    Example:

    >>> grid(np.zeros((10, 8, 8, 1)), columns=5).shape
    (102, 252, 1)
    """
    images = np.asarray(images)
    if images.ndim != 4 or 0 in images.shape:
        raise ValueError(
            "A grid shows images (n, height, width, channels). "
            f"Received: an array of shape {images.shape}."
        )
    if columns is not None and columns < 1:
        raise ValueError(f"Expected at least one column. Received: columns={columns}.")
    n, height, width, channels = images.shape
    channels = 1 if channels < 3 else 3
    factor = max(1, round(TILE / max(height, width)))
    tiles = to_uint8(images[..., :channels]).repeat(factor, axis=1).repeat(factor, axis=2)
    height, width = height * factor + padding, width * factor + padding
    columns = min(n, columns or int(np.ceil(np.sqrt(n * height / width))))
    rows = -(-n // columns)
    canvas = np.full((rows * height + padding, columns * width + padding, channels), 255, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // columns * height + padding, i % columns * width + padding
        canvas[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return canvas


def picture_format(path: str | Path, known: Collection[str]) -> str:
    """The format that a picture's file name asks for: PNG without a suffix.

    Args:
        path: The file's name.
        known: Suffixes that can be written, such as "png".

    Raises:
        ValueError: for a suffix that is none of them.
    """
    suffix = Path(path).suffix[1:].lower() or "png"
    if suffix not in known:
        raise ValueError(
            f"A picture cannot be written in that format. Received: {Path(path).name}. Expected a "
            "name that ends in .png, .jpg, .webp or another kind of picture."
        )
    return suffix


def save(drawn: Any, path: str | Path) -> None:
    """Writes pixels, or a figure, in the format that the file's name asks for.

    Args:
        drawn: uint8 array `(height, width, 1)` or `(height, width, 3)`, or a matplotlib figure.
        path: Where to write; the directory must exist.

    Raises:
        ValueError: for a format that cannot be written.
    """
    if not isinstance(drawn, np.ndarray):
        name = picture_format(path, drawn.canvas.get_supported_filetypes())
        drawn.savefig(path, format=name, dpi=_DPI)
        return
    from PIL import Image

    formats = Image.registered_extensions()
    writable = [suffix[1:] for suffix, name in formats.items() if name in Image.SAVE]
    name = formats[f".{picture_format(path, writable)}"]
    _image(drawn).save(path, format=name)


def pixels_of(drawn: Any) -> np.ndarray:
    """What `save` would write, as a uint8 array `(height, width, 1)` or `(height, width, 3)`."""
    if isinstance(drawn, np.ndarray):
        return drawn
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn.set_dpi(_DPI)
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]


def save_grid(images: np.ndarray, path: str | Path, columns: int | None = None) -> None:
    """Writes `grid(images, columns)` in the format that the file's name asks for.

    Args:
        images: As for `grid`.
        path: Where to write; the directory must exist.
        columns: Images in a row.

    Example:

    >>> save_grid(gan.sample(64, seed=0), "grid.png")
    """
    save(grid(images, columns), path)


def scatter(points: np.ndarray, limit: float | None = None) -> Any:
    """The figure that `save_scatter` writes."""
    points = np.asarray(points, np.float32)
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(f"Expected points (n, d). Received: an array of shape {points.shape}.")
    x, y = points[:, 0], points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))
    if limit is None:
        extent = np.abs(points[np.isfinite(points).all(axis=1), :2])
        limit = max(1.0, float(np.quantile(extent, 0.99)) if extent.size else 1.0) * 1.1
    drawn = figure(4.8, 4.8)
    axes = drawn.add_subplot()
    axes.scatter(x, y, s=9, alpha=0.5, linewidths=0)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axes.grid(alpha=0.3)
    return drawn


def save_scatter(points: np.ndarray, path: str | Path, limit: float | None = None) -> None:
    """Draws points in a plane, the first two coordinates with equal axes, in the name's format.

    Args:
        points: `(n, d)`, d at least 1; of a single coordinate the second one is 0.
        path: Where to write; the directory must exist.
        limit: Both axes go from -limit to limit. If not given, they hold 99% of the points, so
            that a few strays do not squeeze the others, but no less than [-1, 1].

    Raises:
        ValueError: if there are no points, or they have another rank.

    Example:

    >>> save_scatter(gan.sample(1000, seed=0), "points.png", limit=3)
    """
    save(scatter(points, limit), path)


def lines(waves: np.ndarray, columns: int | None = None) -> Any:
    """A figure of waves `(n, length, channels)` in rows, all on one scale that holds 99.9% of them.

    Args:
        waves: A colour stands for each channel.
        columns: Waves in a row. If not given, there are about twice as many rows as columns.
    """
    from matplotlib.collections import LineCollection

    waves = np.asarray(waves, np.float32)
    n, length, channels = waves.shape
    columns = min(n, columns or int(np.ceil(np.sqrt(n / 2))))
    rows = -(-n // columns)
    extent = np.abs(waves[np.isfinite(waves)])
    limit = float(np.quantile(extent, 0.999)) if extent.size else 0.0
    heights = np.clip(waves / (limit or 1.0), -1, 1) * 0.42
    place = np.linspace(0.05, 0.95, length)
    left, top = np.arange(n) % columns, np.arange(n) // columns
    drawn = figure(max(4.8, 1.6 * columns), max(1.6, 0.8 * rows))
    axes = drawn.add_subplot()
    axes.hlines(-top, left + 0.05, left + 0.95, color="0.85", linewidth=0.8)
    for k in range(channels):
        x = np.broadcast_to(left[:, None] + place, (n, length))
        y = heights[:, :, k] - top[:, None]
        axes.add_collection(LineCollection(np.stack([x, y], -1), colors=f"C{k}", linewidths=0.9))
    axes.set(xlim=(0, columns), ylim=(0.5 - rows, 0.5))
    axes.set_title(f"up and down to {limit:.3g}, {length} steps", fontsize=8, loc="left")
    axes.set_axis_off()
    return drawn


def histograms(rows: np.ndarray, names: Sequence, real: np.ndarray | None = None) -> Any:
    """A figure of the histogram of each column of a table; of many columns, the first ones.

    Args:
        rows: Table `(n, columns)`.
        names: Of the columns.
        real: Another table, whose histograms are drawn as outlines, as shares like the first's.
    """
    count = min(rows.shape[1], _HISTOGRAMS)
    across = min(4, count)
    down = -(-count // across)
    drawn = figure(2.4 * across, 1.8 * down + 0.3)
    all_axes = drawn.subplots(down, across, squeeze=False).ravel()
    for axes in all_axes[count:]:
        axes.set_axis_off()
    for k in range(count):
        tables = {"generated": rows} if real is None else {"generated": rows, "real": real}
        found = {name: table[np.isfinite(table[:, k]), k] for name, table in tables.items()}
        edges = np.histogram_bin_edges(np.concatenate(list(found.values())), 24)
        for name, values in found.items():
            share = np.histogram(values, edges)[0] / max(1, len(values))
            is_real = name == "real"
            colour = "black" if is_real else "C0"
            all_axes[k].stairs(share, edges, fill=not is_real, color=colour, label=name)
        all_axes[k].set_title(str(names[k]), fontsize=8)
        all_axes[k].tick_params(labelsize=7)
    if real is not None:
        shown = all_axes[0].get_legend_handles_labels()
        drawn.legend(*shown, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    if count < rows.shape[1]:
        drawn.suptitle(f"the first {count} of {rows.shape[1]} columns", fontsize=8)
    return drawn


def matrix(numbers: np.ndarray, words: int) -> Any:
    """A figure of numbers of words `(n, length)`: a row a text, a colour a word."""
    drawn = figure(6.4, 4.8)
    axes = drawn.add_subplot()
    shown = axes.imshow(numbers, vmin=0, vmax=max(1, words - 1), aspect="auto")
    axes.set(xlabel="place", ylabel="text")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)
    drawn.colorbar(shown, label="number of the word")
    return drawn


def text(texts: Sequence[str]) -> Any:
    """A figure of texts, a line each; long ones and those after the first 64 are cut off."""
    cut = [t if len(t) <= _LETTERS else t[: _LETTERS - 1] + "…" for t in texts[:_LINES]]
    drawn = figure(0.4 + 0.07 * max(24, *map(len, cut)), 0.4 + 0.16 * len(cut))
    drawn.set_layout_engine("none")
    inches = drawn.get_figheight()
    for k, line in enumerate(cut):
        y = 1 - (0.3 + 0.16 * k) / inches
        place = {"family": "monospace", "fontsize": 8, "parse_math": False}
        drawn.text(0.2 / drawn.get_figwidth(), y, line, **place)
    return drawn


def save_gif(
    png_paths: Sequence[str | Path], path: str | Path, seconds: float = 8.0, max_frames: int = 120
) -> None:
    """Joins pictures to an animation that runs for ever and rests on the last one.

    Args:
        png_paths: The pictures in their order. Those of another size than the last are left out.
        path: Where to write; the directory must exist.
        seconds: How long one round takes, about; a picture stands for 0.06 to 0.5 seconds.
        max_frames: Of more pictures, so many are taken, evenly spread, the last one among them.

    Raises:
        ValueError: if there are no pictures.

    Example:

    >>> save_gif(sorted(Path("samples").glob("epoch-*.png")), "samples/progress.gif")
    """
    from PIL import Image

    if not png_paths:
        raise ValueError("An animation needs at least one picture. Received: none.")
    chosen = np.linspace(0, len(png_paths) - 1, min(len(png_paths), max_frames)).round().astype(int)
    with Image.open(png_paths[-1]) as last:
        size = last.size
    frames = [_frame(png_paths[i]) for i in chosen]
    frames = [frame for frame in frames if frame.size == size]
    pace = int(np.clip(1000 * seconds / len(frames), 60, 500))
    _save_frames(frames, path, pace)


def save_moving(frames: Sequence[np.ndarray], path: str | Path) -> None:
    """Writes pictures, arrays as `grid` gives, as a GIF that runs for ever, ten in a second."""
    _save_frames([_in_256_colours(_image(frame)) for frame in frames], path, 100, rest=100)


def figure(width: float, height: float) -> Any:
    """An empty figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _image(pixels: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _save_frames(frames: Sequence, path: str | Path, pace: int, rest: int = 2000) -> None:
    """Each frame stands for `pace` milliseconds, the last one for `rest`."""
    frames[0].save(
        path,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[*[pace] * (len(frames) - 1), rest],
        loop=0,
    )


def _in_256_colours(image: Any) -> Any:
    """What GIF can hold, undithered: dither would flicker from frame to frame."""
    from PIL import Image

    if image.mode == "L":
        return image.copy()
    return image.convert("RGB").quantize(256, dither=Image.Dither.NONE)


def _frame(path: str | Path) -> Any:
    from PIL import Image

    with Image.open(path) as image:
        return _in_256_colours(image)

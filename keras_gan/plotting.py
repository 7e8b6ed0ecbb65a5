"""Pictures of a training: grids of images, points in a plane, an animation, loss curves.

Everything is written with Pillow and matplotlib's Figure, never through pyplot: no window, no
global state. Both are imported when a picture is made, not with the package.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

TILE = 48  # pixels that the longer side of a small image is enlarged to, about
SCORES = ("d_real", "d_fake")
NO_LOSSES = ("epoch", "loss")  # `loss` is g_loss + d_loss


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Brings images from [-1, 1] to 0..255; what lies outside is clipped, NaN becomes mid-gray.

    Args:
        images: Float array of any shape in [-1, 1]; uint8 passes as it is.

    Returns:
        uint8 array of the same shape.

    Example:

    >>> to_uint8(np.array([-1.0, 0.0, 1.0]))
    array([  0, 128, 255], dtype=uint8)
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    images = np.nan_to_num(images.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.round(np.clip(images + 1.0, 0.0, 2.0) * 127.5).astype(np.uint8)


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


def save_grid(images: np.ndarray, path: str | Path, columns: int | None = None) -> None:
    """Writes `grid(images, columns)` in the format that the file's name asks for.

    Args:
        images: As for `grid`.
        path: Where to write; the directory must exist.
        columns: Images in a row.

    Example:

    >>> save_grid(gan.sample(64, seed=0), "grid.png")
    """
    from PIL import Image

    formats = Image.registered_extensions()
    writable = [suffix[1:] for suffix, name in formats.items() if name in Image.SAVE]
    name = formats[f".{picture_format(path, writable)}"]
    pixels = grid(images, columns)
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(path, format=name)


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
    points = np.asarray(points, np.float32)
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(f"Expected points (n, d). Received: an array of shape {points.shape}.")
    x, y = points[:, 0], points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))
    if limit is None:
        extent = np.abs(points[np.isfinite(points).all(axis=1), :2])
        limit = max(1.0, float(np.quantile(extent, 0.99)) if extent.size else 1.0) * 1.1
    figure = _figure(4.8, 4.8)
    name = picture_format(path, figure.canvas.get_supported_filetypes())
    axes = figure.add_subplot()
    axes.scatter(x, y, s=9, alpha=0.5, linewidths=0)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axes.grid(alpha=0.3)
    figure.savefig(path, format=name, dpi=100)


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
    frames[0].save(
        path,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[*[pace] * (len(frames) - 1), 2000],
        loop=0,
    )


def training_curves(history: dict[str, Sequence], path: str | Path) -> None:
    """Draws what a training logged, epoch by epoch, as a PNG: losses above, mean scores below.

    Args:
        history: The `history` of what `fit` returns. `loss` is left out (it is g_loss + d_loss) and
            so are learning rates; what begins with `val_` is dashed; None and NaN leave a gap.
        path: Where to write; the directory must exist.

    Raises:
        ValueError: if there is nothing to draw.

    Example:

    >>> training_curves(gan.fit(images, epochs=20).history, "losses.png")
    """
    names = [name for name, values in history.items() if len(values)]
    scores = [name for name in names if _plain(name) in SCORES]
    losses = [
        name
        for name in names
        if name not in scores
        and _plain(name) not in NO_LOSSES
        and not name.endswith("learning_rate")
    ]
    panels = [("loss", losses), ("mean score of the discriminator", scores)]
    panels = [(title, found) for title, found in panels if found]
    if not panels:
        raise ValueError(f"There is no loss to draw. Received: {', '.join(history) or 'nothing'}.")
    figure = _figure(8.0, 3.2 * len(panels))
    all_axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, (title, found) in zip(all_axes, panels, strict=True):
        colours: dict[str, str] = {}
        for name in sorted(found, key=lambda name: (name.startswith("val_"), name)):
            colour = colours.setdefault(_plain(name), f"C{len(colours)}")
            _line(axes, history[name], name, colour)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    all_axes[-1].set_xlabel("epoch")
    all_axes[-1].xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, format="png", dpi=100)


def _figure(width: float, height: float):
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _plain(name: str) -> str:
    return name.removeprefix("val_")


def _line(axes: object, values: Iterable, name: str, colour: str) -> None:
    y = np.array([np.nan if value is None else float(value) for value in values])
    style = "--" if name.startswith("val_") else "-"
    mark = "o" if len(y) < 3 else None  # a line through one point is nothing
    axes.plot(np.arange(1, len(y) + 1), y, style, color=colour, label=name, marker=mark)


def _frame(path: str | Path) -> object:
    """A picture in GIF's 256 colours, undithered: dither would flicker from frame to frame."""
    from PIL import Image

    with Image.open(path) as image:
        if image.mode == "L":
            return image.copy()
        return image.convert("RGB").quantize(256, dither=Image.Dither.NONE)

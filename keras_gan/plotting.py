"""Pictures of a training: grids of images, points in a plane, an animation, loss curves."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from keras_gan.core.drawing import figure as _figure
from keras_gan.core.drawing import grid as grid
from keras_gan.core.drawing import save_gif as save_gif
from keras_gan.core.drawing import save_grid as save_grid
from keras_gan.core.drawing import save_scatter as save_scatter
from keras_gan.core.ranges import to_uint8 as to_uint8

NO_LOSSES = ("epoch", "loss")  # `loss` is g_loss + d_loss


SMOOTHED = 10  # points from which on a line is smoothed
MEMORY = 0.7  # of what was before, in a smoothed line


def training_curves(
    history: dict[str, Sequence], path: str | Path, balance: dict[str, float] | None = None
) -> None:
    """Draws what a training logged, epoch by epoch, as a PNG: losses above, mean scores below.

    Args:
        history: The `history` of what `fit` returns. `loss` is left out (it is g_loss + d_loss) and
            so are learning rates; what begins with `val_` is dashed; None and NaN leave a gap. From
            ten epochs on lines are smoothed, and the values stand behind them, pale.
        balance: Of losses, by name, the level of a balanced game, drawn in dotted:
            `loss.balanced()`. What penalties add comes on top of it.
        path: Where to write; the directory must exist.

    Raises:
        ValueError: if there is nothing to draw.

    Example:

    >>> training_curves(gan.fit(images, epochs=20).history, "losses.png")
    """
    names = [name for name, values in history.items() if len(values)]
    scores = [name for name in names if is_score(name)]
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
            if name in (balance or {}):
                level = {"color": colour, "linestyle": ":", "label": f"{name}, balanced"}
                axes.axhline(balance[name], **level)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    all_axes[-1].set_xlabel("epoch")
    all_axes[-1].xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, format="png", dpi=100)


def is_score(name: str) -> bool:
    """Whether it is a mean score in the logs, such as d_real, or d_fake_2 of several critics."""
    return _plain(name).startswith(("d_real", "d_fake"))


def _plain(name: str) -> str:
    return name.removeprefix("val_")


def _line(axes: object, values: Iterable, name: str, colour: str) -> None:
    y = np.array([np.nan if value is None else float(value) for value in values])
    style = "--" if name.startswith("val_") else "-"
    mark = "o" if len(y) < 3 else None  # a line through one point is nothing
    epochs = np.arange(1, len(y) + 1)
    if len(y) >= SMOOTHED:
        axes.plot(epochs, y, style, color=colour, alpha=0.25)
        y = smoothed(y)
    axes.plot(epochs, y, style, color=colour, label=name, marker=mark)


def smoothed(values: np.ndarray) -> np.ndarray:
    """The exponential moving average of what is finite, without a bias to where it begins."""
    total, weight, found = 0.0, 0.0, np.full(len(values), np.nan)
    for i, value in enumerate(values):
        if np.isfinite(value):
            total = MEMORY * total + (1 - MEMORY) * value
            weight = MEMORY * weight + (1 - MEMORY)
            found[i] = total / weight
    return found

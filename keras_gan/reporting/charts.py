"""Small SVG charts that stand in a page: they grow with it and take its colours from its CSS."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape

from keras_gan.plotting import NO_LOSSES, is_score
from keras_gan.reporting.numbers import is_finite

COLOURS = 6  # --line-0 to --line-5 in style.css
_WIDTH, _HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 8, 24
_POINTS = 2000  # of a scatter, at most, of each kind


class Line(NamedTuple):
    name: str
    style: str  # CSS classes: its colour, and whether it is dashed


class Chart(NamedTuple):
    title: str
    svg: Markup
    lines: list[Line]


class Gap(NamedTuple):
    """How far a figure is from real data: places on a track in percent, and the same in words."""

    value: float
    real: float
    words: str


def gap(
    value: float | None, real: float | None, better: str | None, spread: float | None = None
) -> Gap | None:
    """Compares a figure with what real data reach; None where there is nothing to compare.

    An unbiased estimate of a distance may be below 0: it is 0 then, but for chance, and what real
    data get says how much chance does.
    """
    if not (is_finite(value) and is_finite(real)):
        return None
    low = min(0.0, value, real)
    high = max(0.0, value, real)
    if better == "higher" and high <= 1:
        high = 1.0
    span = (high - low) or 1.0
    chance = max(2 * (spread or 0.0), -real if better == "lower" else 0.0)
    words = _gap_in_words(value, real, better, chance)
    return Gap(100 * (value - low) / span, 100 * (real - low) / span, words)


def _gap_in_words(value: float, real: float, better: str | None, chance: float) -> str:
    if value == real:
        return "as real"
    if chance and value - max(real, 0.0) <= chance and (better == "lower" or value > real):
        return "as real, but for chance"
    if better == "lower" and value < real:
        return "better than real"
    if better == "lower" and real > 0:
        ratio = value / real
        return f"{ratio:.1f} × real" if ratio < 100 else "far above real"
    if better == "higher" and value > real:
        return "better than real"
    if better == "higher" and real > 0:
        return f"{max(0, math.floor(100 * value / real))}% of real"
    return f"{abs(value - real):.2g} {'above' if value > real else 'below'} real"


def curves(history: Mapping[str, Sequence], metrics: Iterable[str] = ()) -> list[Chart]:
    """Charts of one run: losses together, scores together, every metric on a scale of its own.

    Args:
        history: What `fit` logged: name -> a value an epoch, None where there was none.
        metrics: Names that are metrics. So is what was logged for validation data only.
    """
    panels: dict[str, dict] = {"Losses": {}, "Mean score of the discriminator": {}}
    for name in _logged(history):
        plain = name.removeprefix("val_")
        if is_score(name):
            panels["Mean score of the discriminator"][name] = history[name]
        elif plain in metrics or plain not in history:
            panels[name] = {name: history[name]}
        else:
            panels["Losses"][name] = history[name]
    return [chart for title, found in panels.items() if (chart := line_chart(title, found))]


def overlaid_curves(histories: Mapping[str, Mapping[str, Sequence]]) -> list[Chart]:
    """Charts of several runs (name -> history): one for each log, one line a run."""
    names = dict.fromkeys(name for history in histories.values() for name in _logged(history))
    charts = []
    for name in names:
        chart = line_chart(name, {run: history.get(name, []) for run, history in histories.items()})
        charts += [chart] if chart else []
    return charts


def _logged(history: Mapping[str, Sequence]) -> list[str]:
    return [n for n in history if n not in NO_LOSSES and not n.endswith("learning_rate")]


def line_chart(title: str, series: Mapping[str, Sequence]) -> Chart | None:
    """Lines over the epochs; None if there is not a single finite value.

    `val_x` beside `x` is dashed and has its colour.
    """
    points = {name: _points(values) for name, values in series.items()}
    flat = [y for found in points.values() for _, y in found]
    if not flat:
        return None
    epochs = max(len(values) for values in series.values())
    y_ticks = _ticks(min(flat), max(flat), 4)
    x_ticks = [x for x in _ticks(1, max(epochs, 2), 5, integer=True) if 1 <= x <= epochs]
    x_of = _scale(1, max(epochs, 2), _LEFT, _WIDTH - _RIGHT)
    y_of = _scale(y_ticks[0], y_ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    body = [
        f'<path class="rule" d="M{_LEFT} {y_of(y):.1f}H{_WIDTH - _RIGHT}"/>'
        f'<text x="{_LEFT - 6}" y="{y_of(y) + 4:.1f}" class="end">{_number(y)}</text>'
        for y in y_ticks
    ]
    body += [
        f'<text x="{x_of(x):.1f}" y="{_HEIGHT - 6}" class="{_anchor(x, epochs)}">{x:,.0f}</text>'
        for x in x_ticks
    ]
    lines, colours = [], {}
    for name, found in points.items():
        plain = name.removeprefix("val_")
        colour = colours.setdefault(plain, len(colours) % COLOURS)
        style = f"line-{colour}" + (" dashed" if plain != name and plain in series else "")
        if found:
            lines.append(Line(name, style))
            gaps = len(found) < len(series[name]) or len(found) < 3
            body.append(_line([(x_of(x), y_of(y)) for x, y in found], style, dots=gaps))
    told = "; ".join(f"{n} from {p[0][1]:.3g} to {p[-1][1]:.3g}" for n, p in points.items() if p)
    return Chart(title, _svg(f"{title} over {epochs} epochs: {told}", _HEIGHT, body), lines)


def _line(places: list[tuple[float, float]], style: str, dots: bool) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    marks = [f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places]
    return f'<path class="line {style}" d="M{path}"/>' + "".join(marks if dots else [])


def dots(title: str, groups: Mapping[str, Sequence[float]]) -> Markup:
    """A row for each group: its values as dots, and a stroke at their mean."""
    flat = [value for values in groups.values() for value in values]
    ticks = _ticks(min(flat), max(flat), 5)
    left, height = 120, _TOP + 30 * len(groups) + _BOTTOM
    x_of = _scale(ticks[0], ticks[-1], left, _WIDTH - 2 * _RIGHT)
    body = [
        f'<path class="rule" d="M{x_of(x):.1f} {_TOP}V{height - _BOTTOM}"/>'
        f'<text x="{x_of(x):.1f}" y="{height - 6}" class="middle">{_number(x)}</text>'
        for x in ticks
    ]
    for k, (name, values) in enumerate(groups.items()):
        y, style = _TOP + 30 * k + 15, f"line-{k % COLOURS}"
        mean = x_of(float(np.mean(values)))
        body.append(f'<text x="{left - 10}" y="{y + 4}" class="end">{escape(name)}</text>')
        body += [f'<circle class="{style}" cx="{x_of(v):.1f}" cy="{y}" r="2.5"/>' for v in values]
        body.append(f'<path class="line {style}" d="M{mean:.1f} {y - 10}v20"/>')
    told = "; ".join(f"{name} {np.mean(values):.3g}" for name, values in groups.items())
    return _svg(f"{title}: {told}", height, body)


def scatter(real: np.ndarray | None, fake: np.ndarray) -> Markup:
    """Points in a plane, real ones below generated ones, with equal axes that hold 99% of them.

    Args:
        real, fake: `(n, d)`: the first two coordinates are shown; of a single one the second is 0.
    """
    kinds = {"real": real, "generated": fake}
    points = {kind: _plane(found) for kind, found in kinds.items() if found is not None}
    extent = np.abs(np.concatenate(list(points.values())))
    limit = _ticks(0, float(np.quantile(extent, 0.99)) if extent.size else 1.0, 2)[-1]
    side = _WIDTH - _LEFT - _RIGHT
    x_of = _scale(-limit, limit, _LEFT, _LEFT + side)
    y_of = _scale(-limit, limit, _TOP + side, _TOP)
    body = [
        f'<path class="rule" d="M{_LEFT} {y_of(t):.1f}h{side}M{x_of(t):.1f} {_TOP}v{side}"/>'
        f'<text x="{_LEFT - 6}" y="{y_of(t) + 4:.1f}" class="end">{_number(t)}</text>'
        f'<text x="{x_of(t):.1f}" y="{_TOP + side + 16}" class="middle">{_number(t)}</text>'
        for t in (-limit, -limit / 2, 0.0, limit / 2, limit)
    ]
    for kind, found in points.items():
        inside = found[(np.abs(found) <= limit).all(axis=1)]
        dots = "".join(f"M{x_of(x):.1f} {y_of(y):.1f}h0" for x, y in inside)
        body.append(f'<path class="dots {kind}" d="{dots}"/>')
    label = f"Points in the plane: {' and '.join(points)}"
    return _svg(label, _TOP + side + _BOTTOM, body)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _plane(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float64)[:_POINTS, :2]
    points = points[np.isfinite(points).all(axis=1)]
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))


def _points(values: Sequence) -> list[tuple[int, float]]:
    return [(i, float(y)) for i, y in enumerate(values, 1) if is_finite(y)]


def _ticks(low: float, high: float, count: int, integer: bool = False) -> list[float]:
    """Round numbers from at most `low` to at least `high`."""
    from matplotlib.ticker import MaxNLocator

    if low == high:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    locator = MaxNLocator(count, integer=integer, steps=[1, 2, 2.5, 5, 10])
    return [float(f"{tick:.9g}") for tick in locator.tick_values(low, high)]


def _number(tick: float) -> str:
    return f"{tick:,g}".replace("-", "−")


def _anchor(x: float, last: float) -> str:
    return "end" if x == last and last > 1 else "middle"


def _svg(label: str, height: float, body: Iterable[str]) -> Markup:
    opening = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return opening.format(_WIDTH, height, label) + Markup("".join(body)) + Markup("</svg>")

"""Numbers as a person reads them."""

import math
from collections.abc import Mapping, Sequence

NONE = "–"


def is_finite(value: float | None) -> bool:
    """True for a number, False for None, NaN and infinity."""
    return value is not None and math.isfinite(value)


def number(value: float | None) -> str:
    """A measured figure with about three digits that count; an en dash for None and NaN.

    Example:

    >>> [number(x) for x in (12345.6, 1.97, 0.9404, 0.0213, -0.00002, 8, None)]
    ['12,346', '1.97', '0.940', '0.0213', '−0.00002', '8', '–']
    """
    if not is_finite(value):
        return NONE
    size = abs(value)
    if size == 0 or (size >= 2 and float(size).is_integer()):
        digits = 0
    elif size < 0.1:  # not more than 5: what is smaller is noise
        digits = min(5, 2 - math.floor(math.log10(size)))
    else:
        digits = 3 if size < 1 else max(0, 2 - math.floor(math.log10(size)))
    return f"{value:,.{digits}f}".replace("-", "−")


def share(value: float | None) -> str:
    """A figure from 0 to 1, with as many digits as its neighbours above and below."""
    return f"{value:.3f}" if is_finite(value) else NONE


def percent(value: float | None) -> str:
    return f"{100 * value:.1f}%" if is_finite(value) else NONE


def plain(value: object) -> str:
    """A setting as a person writes it: `10,000`, `28 × 28 × 1`, an en dash for None."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return " × ".join(plain(item) for item in value)
    return str(value)


def figures_table(metrics: Sequence[Mapping]) -> str:
    """The figures of a report as lines for a terminal, each beside that of real images."""
    lines = [("", "generated", "real")]
    for row in metrics:
        figures = (f"{row[key]:.4g}" if is_finite(row[key]) else "" for key in ("value", "real"))
        lines.append((row["name"], *figures))
    widths = [max(map(len, column)) + 2 for column in zip(*lines, strict=True)]
    return "\n".join(
        f"{name:<{widths[0]}}{value:>{widths[1]}}{real:>{widths[2]}}".rstrip()
        for name, value, real in lines
    )

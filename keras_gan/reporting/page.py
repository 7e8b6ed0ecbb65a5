"""The report and the comparison of runs as pages that stand alone: no script, no network."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keras_gan.core.kinds import Points
from keras_gan.reporting import charts, pictures
from keras_gan.reporting.findings import MISSING, RARE
from keras_gan.reporting.numbers import is_finite, number, percent, plain, share
from keras_gan.reporting.pictures import Picture, Pictures

if TYPE_CHECKING:
    import jinja2
    import markupsafe

PAIRED = 36  # images on each side of "real beside generated", at most
HASH = 12  # characters of a SHA-256 that tell two of them apart
LEVELS = ("problem", "warning", "good")
GROUPS = {
    "distance": "How far from the real data",
    "pairs": "Picture by picture",
    "variety": "Quality and variety",
    "labels": "Labels",
    "memory": "Memory",
    "discriminator": "The discriminator",
    "latent": "The latent space",
}
SCORES = {
    "right": "right label",
    "precision": "precision",
    "recall": "recall",
    "coverage": "coverage",
}
BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "real": "near to real is best",
    None: "",
}
LABELS = {  # what settings are called on a page; the others by their key
    "sha256": "SHA-256",
    "reference": "Real images",
    "real": "Compared with",
    "k": "Neighbours k",
    "extractor": "Features",
    "extractor_sha256": "Features, SHA-256",
    "extractor_note": "About the features",
    "resize": "Resized to",
    "latent_dim": "Latent dimensions",
    "num_classes": "Classes",
    "tensorflow": "TensorFlow",
    "numpy": "NumPy",
    "keras_gan": "keras_gan",
}
REMARKS = ("extractor_note", "comparison_only", "real")  # say nothing that others do not


def render(report: Mapping, shown: Pictures) -> str:
    """The report as one HTML page.

    Args:
        report: What `report.json` holds.
        shown: The pictures; what is None is left out, or its reason is given.

    Raises:
        ValueError: if there are pictures of other classes than the report has.

    Example:

    >>> Path("report.html").write_text(render(report, Pictures(gan.sample(64, seed=0))))
    """
    curves = charts.curves(report["history"] or {}, [metric["key"] for metric in report["metrics"]])
    template = _templates().get_template("report.html")
    return template.render(
        report=report,
        verdict=verdict(report["findings"]),
        findings=_worst_first(report["findings"]),
        groups=_groups(report["metrics"]),
        rows=_class_rows(report, shown),
        shown=_drawn(shown),
        reasons=shown.reasons,
        curves=curves,
        gain_chart=_gain_chart(report.get("gain")),
    )


def verdict(findings: Sequence[Mapping]) -> str:
    """The findings in one line: the worst by name, the others by number.

    Example:

    >>> verdict([{"level": "problem", "title": "Two classes are missing"}])
    'Problem: Two classes are missing.'
    """
    bad = [found for found in _worst_first(findings) if found["level"] != "good"]
    if not bad:
        return "No problem was found."
    worst, others = bad[0], len(bad) - 1
    more = f", and {others} more to look at" if others else ""
    return f"{worst['level'].capitalize()}: {worst['title'].rstrip('.')}{more}."


def _worst_first(findings: Sequence[Mapping]) -> list[Mapping]:
    return sorted(findings, key=lambda found: LEVELS.index(found["level"]))


def _groups(metrics: Sequence[Mapping]) -> list[tuple[str, list]]:
    """Metrics with their gaps, under the title of their group, groups in the order of `GROUPS`."""
    order = list(GROUPS)
    ordered = sorted(metrics, key=lambda metric: order.index(metric["group"]))
    return [
        (
            GROUPS[group],
            [(m, charts.gap(m["value"], m["real"], m["better"], m["spread"])) for m in found],
        )
        for group, found in groupby(ordered, key=lambda metric: metric["group"])
    ]


def _gain_chart(gain: Mapping | None) -> "markupsafe.Markup | None":
    """Of what a classifier gained, the accuracies of each arm; None if nobody has measured it."""
    return gain and charts.dots("Balanced accuracy on test pictures, %", gain["accuracy"])


class _ClassRow(NamedTuple):
    name: str
    strip: Picture | None
    fake_share: float | None
    real_share: float | None
    bars: tuple[float, float]  # the shares in percent of the largest one in the table
    scores: dict[str, float | None]

    @property
    def mark(self) -> str | None:
        """The word for a class that comes less often than it should."""
        if self.fake_share is None or not self.real_share:
            return None
        ratio = self.fake_share / self.real_share
        return "missing" if ratio < MISSING else "rare" if ratio < RARE else None


def _class_rows(report: Mapping, shown: Pictures) -> list[_ClassRow]:
    """A row a class, of figures, of pictures, or of both."""
    classes, images = report["classes"], shown.by_class
    if images is None and not classes:
        return []
    if not classes:
        names = report["data"]["class_names"] or range(len(images))
        classes = [{"name": str(name)} for name in names]
    strips = [] if images is None else pictures.strip_pictures(images)
    if len(strips) > len(classes):
        raise ValueError(
            f"Expected pictures of the {len(classes)} classes of the report, or of the first of "
            f"them. Received: of {len(strips)}."
        )
    scores = [key for key in SCORES if any(row.get(key) is not None for row in classes)]
    shares = [(row.get("fake_share"), row.get("real_share")) for row in classes]
    most = max(value or 0 for pair in shares for value in pair) or 1
    return [
        _ClassRow(
            row["name"],
            strip,
            *pair,
            tuple(100 * (value or 0) / most for value in pair),
            {key: row.get(key) for key in scores},
        )
        for row, strip, pair in zip_longest(classes, strips, shares)
    ]


def _drawn(shown: Pictures) -> dict:
    """Every picture of a report, ready for the page; None where there is none."""
    names = ("samples", "scatter", "pair", "neighbours", "interpolations", "truncations")
    drawn = dict.fromkeys(names)
    if shown.samples is not None:
        kind = shown.kind or pictures.kind_of(shown.samples)
        if isinstance(kind, Points):
            return drawn | {"scatter": charts.scatter(shown.real, shown.samples)}
        drawn["samples"] = pictures.sample_view(kind, shown.samples, shown.real)
        if shown.real is not None:
            few = min(len(shown.real), len(shown.samples), PAIRED)
            drawn["pair"] = [
                pictures.sample_view(kind, x[:few]) for x in (shown.real, shown.samples)
            ]
    if shown.neighbours is not None:
        images, nearest, distances = shown.neighbours
        drawn["neighbours"] = [
            (one, list(zip(near, apart, strict=True)))
            for one, near, apart in zip(
                pictures.single_pictures(images),
                map(pictures.single_pictures, nearest),
                distances,
                strict=True,
            )
        ]
    if shown.interpolations is not None:
        walks = np.asarray(shown.interpolations)
        drawn["interpolations"] = pictures.grid_picture(
            walks.reshape(-1, *walks.shape[2:]), columns=walks.shape[1]
        )
    if shown.truncations is not None:
        values, images = shown.truncations
        drawn["truncations"] = list(zip(values, pictures.strip_pictures(images), strict=True))
    return drawn


class _Compared(NamedTuple):
    """One row of the table of several runs."""

    metric: Mapping  # of the first run that has it
    values: list[float | None]
    reals: list[float | None]
    best: list[bool]

    @property
    def real(self) -> float | None:
        """What real images get, if all runs that have the metric agree on it."""
        known = {r for v, r in zip(self.values, self.reals, strict=True) if v is not None}
        return known.pop() if len(known) == 1 else None


def differences(reports: Sequence[Mapping]) -> dict[str, list]:
    """What keeps reports from being compared: name of a setting -> its value in each of them."""
    settings = [_settings(report) for report in reports]
    names = dict.fromkeys(name for found in settings for name in found)
    told = {name: [found.get(name) for found in settings] for name in names}
    return {name: values for name, values in told.items() if values.count(values[0]) < len(values)}


def _settings(report: Mapping) -> dict:
    data = report["data"]
    settings = {"Data": data["source"]}
    for name, part in (("Training images", data["train"]), ("Held-out images", data["held_out"])):
        settings[name] = part and f"{plain(part['size'])}, {part['sha256'][:HASH]}"
    for key, value in report["protocol"].items():
        if key not in REMARKS:
            settings[label(key)] = value[:HASH] if value and "sha256" in key else value
    return settings


def label(key: str) -> str:
    """What a setting of the protocol is called on a page."""
    return LABELS.get(key, key.replace("_", " ").capitalize())


def _compared(reports: Sequence[Mapping]) -> list[_Compared]:
    if len(reports) < 2:
        raise ValueError(f"A comparison needs at least two reports. Received: {len(reports)}.")
    comparable = not differences(reports)
    found = [{metric["key"]: metric for metric in report["metrics"]} for report in reports]
    rows = []
    for key in dict.fromkeys(key for metrics in found for key in metrics):
        metrics = [of_run.get(key) for of_run in found]
        known = [metric for metric in metrics if metric is not None]
        values = [metric and metric["value"] for metric in metrics]
        reals = [metric and metric["real"] for metric in metrics]
        same = comparable and len({metric["name"] for metric in known}) == 1
        best = _best(values, reals, known[0]["better"]) if same else None
        rows.append(
            _Compared(known[0], values, reals, [best is not None and v == best for v in values])
        )
    return rows


def _best(values: Sequence, reals: Sequence, better: str | None) -> float | None:
    """The best of several values, if there are several."""
    found = [(v, r) for v, r in zip(values, reals, strict=True) if is_finite(v)]
    if (
        better is None
        or len(found) < 2
        or (better == "real" and not all(is_finite(r) for _, r in found))
    ):
        return None
    away = {
        "lower": lambda pair: pair[0],
        "higher": lambda pair: -pair[0],
        "real": lambda pair: abs(pair[0] - pair[1]),
    }
    return min(found, key=away[better])[0]


def render_comparison(
    reports: Sequence[Mapping], samples: Sequence[np.ndarray | bytes | None]
) -> str:
    """Several reports side by side as one HTML page.

    Args:
        reports: What the `report.json` files hold, two or more.
        samples: For each report its generated images `(n, h, w, c)`, points `(n, d)`, a PNG file
            as bytes, or None.

    Raises:
        ValueError: for fewer than two reports, or samples of another number.

    Example:

    >>> html = render_comparison([first, second], [first_png, second_png])
    """
    rows = _compared(reports)
    if len(samples) != len(reports):
        raise ValueError(
            f"Expected samples of each of the {len(reports)} reports. Received: {len(samples)}."
        )
    names = run_names(reports)
    histories = {
        name: report["history"]
        for name, report in zip(names, reports, strict=True)
        if report["history"]
    }
    template = _templates().get_template("comparison.html")
    return template.render(
        names=names,
        reports=reports,
        rows=rows,
        differences=differences(reports),
        verdicts=[verdict(report["findings"]) for report in reports],
        samples=[_sample_picture(sample) for sample in samples],
        curves=charts.overlaid_curves(histories),
    )


def run_names(reports: Sequence[Mapping]) -> list[str]:
    """Titles of the reports, numbered where two are the same."""
    titles = [report["title"] for report in reports]
    return [
        title if titles.count(title) == 1 else f"{title} ({titles[:i].count(title) + 1})"
        for i, title in enumerate(titles)
    ]


def _sample_picture(sample: np.ndarray | bytes | None) -> Picture | str | None:
    if sample is None:
        return None
    if isinstance(sample, bytes):
        return pictures.file_picture(sample)
    kind = pictures.kind_of(sample)
    if isinstance(kind, Points):
        return charts.scatter(None, sample)
    return pictures.sample_view(kind, sample)


def comparison_table(reports: Sequence[Mapping]) -> str:
    """Several reports as a table in Markdown: a row a metric, a column a run, the best in bold.

    Raises:
        ValueError: for fewer than two reports.

    Example:

    >>> print(comparison_table([first, second]))
    """
    lines = []
    for row in _compared(reports):
        words = filter(None, (row.metric["title"], BETTER[row.metric["better"]]))
        name = f"{'; '.join(words)} `{row.metric['name']}`"
        cells = [
            f"**{number(value)}**" if best else number(value)
            for value, best in zip(row.values, row.best, strict=True)
        ]
        lines.append([name, number(row.real), *cells])
    heads = ["", "real against real", *run_names(reports)]
    rules = ["---", *["---:"] * (len(heads) - 1)]
    table = "\n".join(
        f"| {' | '.join(_one_cell(cell) for cell in line)} |" for line in [heads, rules, *lines]
    )
    differing = differences(reports)
    notes = [f"{name} ({' / '.join(map(plain, values))})" for name, values in differing.items()]
    if notes:
        table += f"\n\nThese figures cannot be compared. What differs: {'; '.join(notes)}."
    return table + "\n"


def _one_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


@cache
def _templates() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("keras_gan", "reporting/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (number, share, percent, plain, label):
        environment.filters[name.__name__] = name
    environment.globals |= {"score_names": SCORES, "better": BETTER}
    return environment

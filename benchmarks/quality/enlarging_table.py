"""The tables and the picture of `benchmarks.quality.enlarging`, made of its record."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.harness.turns import markdown, spread
from keras_gan import enlarging
from keras_gan.enlarging.result import AGAINST, BOTH, CLASSICAL, GAN, LEVEL, REAL, Gain

SETS = {  # pictures of each class, and of an imbalanced set those of the classes that have many
    "mnist": (("10", "50", "100", "500"), 500),
    "fashion_mnist": (("10", "50", "100", "500"), 500),
    "cifar10_10k": (("10", "50", "100", "500"), 500),
    "ucmerced64": (("10", "30", "60"), 60),
}
IMBALANCED, SEMI = "imbalanced", "semi-supervised"
FRESH = 100  # the first seed of those that confirm what others have found


def parted(rows: list[dict]) -> dict[str, list[dict]]:
    """The rows of the seeds that tried, and of those that confirm, where there are some."""
    parts = {
        "Tried": [row for row in rows if row["seed"] < FRESH],
        "Confirmed on fresh seeds": [row for row in rows if row["seed"] >= FRESH],
    }
    return {heading: own for heading, own in parts.items() if gains(own)}


def gains(rows: list[dict]) -> dict[tuple[str, str], Gain]:
    """What was found of each cell of two seeds or more, of the arms that all of these have."""
    found = {}
    for name, (settings, _) in SETS.items():
        for setting in (*settings, IMBALANCED):
            own = [row for row in rows if (row["dataset"], row["setting"]) == (name, setting)]
            runs = [run for row in own for run in row["runs"]]
            arms = {run["seed"]: set() for run in runs if run["arm"] != SEMI}
            for run in runs:
                arms.get(run["seed"], set()).add(run["arm"])
            if len(arms) >= 2:
                whole = set.intersection(*arms.values())
                known = [run for run in runs if run["seed"] in arms and run["arm"] in whole]
                found[name, setting] = Gain(known)
    return found


def tests_of(found: dict[tuple[str, str], Gain]) -> dict[tuple, tuple[float, float, float]]:
    """(cell, arm) -> difference, p and p after Holm's correction over all of them."""
    keys, differences, p_values = [], [], []
    for cell, gain in found.items():
        for arm, against in (*AGAINST.items(), (SEMI, CLASSICAL)):
            if arm in gain.arms:
                pair = gain.figures(arm), gain.figures(against)
                keys.append((cell, arm))
                differences.append(float(np.mean(pair[0] - pair[1])))
                p_values.append(enlarging.paired_p(*pair))
    corrected = enlarging.holm(p_values).tolist()
    values = zip(differences, p_values, corrected, strict=True)
    return dict(zip(keys, values, strict=True))


def tables(rows: list[dict]) -> str:
    """Accuracies, calibration and tests, cell by cell."""
    found = gains(rows)
    tests = tests_of(found)
    arms = (REAL, CLASSICAL, GAN, BOTH, SEMI)
    main, other = [], []
    for cell, gain in found.items():
        line, more = [*cell, str(len(gain.seeds))], [*cell]
        for arm in arms:
            there = arm in gain.arms
            line.append(shown(gain.figures(arm)) if there else "")
            more += [
                shown(gain.figures(arm, name)) if there else "" for name in ("accuracy", "ece")
            ]
        line += [f"{gain.ratio(GAN):g}, {gain.ratio(BOTH):g}"]
        main.append([*line, *(said(tests.get((cell, arm))) for arm in (GAN, BOTH, SEMI))])
        other.append(more)
    heads = ["data", "a class", "seeds", *arms, "ratios", "GAN - real", "both - classical"]
    heads.append("semi-supervised - classical")
    more = ["data", "a class", *(f"{arm}, {what}" for arm in arms for what in ("accuracy", "ECE"))]
    of_gans = [row for row in rows if "gan_minutes" in row]
    minutes = spread([row["gan_minutes"] for row in of_gans], 1)
    seen = {row["dataset"]: f"{row['images']:,} ({row['dataset']})" for row in of_gans}
    better = sum(p < LEVEL and d > 0 for (_, arm), (d, _, p) in tests.items() if arm == BOTH)
    return (
        f"{markdown(heads, main)}\n\nBalanced accuracy in percent, mean ± standard deviation over "
        f"the seeds; the ratios that the validation pictures chose; differences with the p-value "
        f"of a paired t-test, in brackets after Holm's correction over all {len(tests)}. GAN and "
        f"classical together are better than classical alone in {better} of {len(found)} cells. A "
        f"GAN has seen {', '.join(seen.values())} pictures in {minutes} minutes of a processor.\n\n"
        f"{markdown(more, other)}"
    )


def shown(values: np.ndarray) -> str:
    return f"{100 * values.mean():.1f} ± {100 * values.std(ddof=1):.1f}"


def said(test: tuple[float, float, float] | None) -> str:
    return "" if test is None else f"{100 * test[0]:+.1f}, p {test[1]:.2g} ({test[2]:.2g})"


def picture(rows: list[dict], path: Path) -> None:
    """For each data set, each arm's difference to classical augmentation; of seeds that tried."""
    found = gains([row for row in rows if row["seed"] < FRESH])
    if not found:
        return
    names = [name for name in SETS if any(cell[0] == name for cell in found)]
    figure = Figure(figsize=(3.2 * len(names) + 0.8, 3.4), layout="constrained")
    for name, axes in zip(names, figure.subplots(1, len(names), squeeze=False)[0], strict=True):
        cells = [cell for cell in found if cell[0] == name]
        for k, arm in enumerate((REAL, GAN, BOTH, SEMI)):
            for place, cell in enumerate(cells):
                gain = found[cell]
                if arm not in gain.arms:
                    continue
                apart = 100 * (gain.figures(arm) - gain.figures(CLASSICAL))
                x = place + 0.16 * (k - 1.5)
                axes.plot([x] * len(apart), apart, "o", color=f"C{k}", alpha=0.35, markersize=3)
                axes.plot(x, apart.mean(), "_", color=f"C{k}", markersize=9, markeredgewidth=2)
            axes.plot([], [], "_", color=f"C{k}", markersize=9, markeredgewidth=2, label=arm)
        axes.axhline(0.0, color="gray", linewidth=0.8)
        axes.set_xticks(range(len(cells)), [setting for _, setting in cells])
        axes.set(title=name, xlabel="pictures of a class")
        axes.grid(alpha=0.3, axis="y")
    figure.axes[0].set_ylabel("points above classical")
    marks = figure.axes[0].get_legend_handles_labels()
    figure.legend(*marks, loc="outside lower center", ncols=4, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)

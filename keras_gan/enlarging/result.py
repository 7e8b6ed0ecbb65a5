"""`Gain`: what was found of four ways to teach a classifier, as a table, a picture and a file."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_gan.core import files
from keras_gan.enlarging.figures import holm, paired_p

REAL, CLASSICAL, GAN, BOTH = "real", "classical", "GAN", "GAN and classical"
ARMS = (REAL, CLASSICAL, GAN, BOTH)
AGAINST = {GAN: REAL, BOTH: CLASSICAL}  # what made pictures are to be better than
FIGURES = {
    "accuracy": "accuracy",
    "balanced": "balanced accuracy",
    "ece": "calibration error",
}
NAME = "gain.json"  # of the file in a run's directory
LEVEL = 0.05  # of the corrected p-value


class Comparison(NamedTuple):
    """Whether one arm is better than another: balanced accuracy, paired by seed."""

    arm: str
    against: str
    difference: float
    p: float
    corrected: float

    @property
    def verdict(self) -> str:
        """In a word; nothing can be told where chance may have done it."""
        if self.corrected >= LEVEL:
            return "cannot be told"
        return "better" if self.difference > 0 else "worse"


@dataclasses.dataclass
class Gain:
    """What `gain` found.

    Attributes:
        rows: For each seed, arm and ratio `validation`, the balanced accuracy on the validation
            set, and on the test set `accuracy`, `balanced` and `ece`.
        facts: Numbers of pictures, and settings.

    Example:

    >>> print(result)
    >>> [test.verdict for test in result.tests]
    """

    rows: list[dict[str, Any]]
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def seeds(self) -> list[int]:
        return list(dict.fromkeys(row["seed"] for row in self.rows))

    @property
    def arms(self) -> list[str]:
        return list(dict.fromkeys(row["arm"] for row in self.rows))

    def ratio(self, arm: str) -> float:
        """That with the highest mean on the validation set, the smallest of several."""
        ratios = sorted({row["ratio"] for row in self.rows if row["arm"] == arm})
        return max(ratios, key=lambda ratio: np.mean(self._values(arm, "validation", ratio)))

    def figures(self, arm: str, name: str = "balanced") -> np.ndarray:
        """A figure on the test set, seed by seed, at the ratio that the validation set chose."""
        return self._values(arm, name, self.ratio(arm))

    @property
    def tests(self) -> list[Comparison]:
        """GAN against real, both against classical; p-values corrected for that there are two."""
        pairs = [pair for pair in AGAINST.items() if set(pair) <= set(self.arms)]
        found = [(self.figures(arm), self.figures(other)) for arm, other in pairs]
        p_values = [paired_p(*pair) for pair in found]
        return [
            Comparison(*pair, float(np.mean(a - b)), p, corrected)
            for pair, (a, b), p, corrected in zip(
                pairs, found, p_values, holm(p_values).tolist(), strict=True
            )
        ]

    def lines(self) -> list[list[str]]:
        """The table's: for each arm its ratio, its figures in percent, and its test."""
        tests = {test.arm: test for test in self.tests}
        lines = []
        for arm in self.arms:
            ratio, test = self.ratio(arm), tests.get(arm)
            line = [arm, f"{ratio:g}" if ratio else ""]
            line += [shown(self.figures(arm, name)) for name in FIGURES]
            line += [said(test) if test else ""]
            lines.append(line)
        return lines

    @property
    def heads(self) -> list[str]:
        """Of the columns of `lines`."""
        return ["learnt from", "made for one real", *(f"{x}, %" for x in FIGURES.values()), "test"]

    def __str__(self) -> str:
        lines = [self.heads, ["---"] * len(self.heads), *self.lines()]
        seeds = ", ".join(map(str, self.seeds))
        facts = "; ".join(f"{name} {value}" for name, value in self.facts.items())
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"{table}\n\nMean ± standard deviation of seeds {seeds}. {facts}"

    def draw(self, path: str | Path) -> None:
        """Writes a picture: the balanced accuracy of each arm, a point a seed, and their mean."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.5, 3.0), layout="constrained")
        self.draw_on(figure.subplots())
        with files.replacing(path) as part:
            figure.savefig(part, format="png", dpi=120)

    def draw_on(self, axes: Any) -> None:
        """Draws on matplotlib's axes."""
        for k, arm in enumerate(self.arms):
            values = 100 * self.figures(arm)
            axes.plot(np.full(len(values), k), values, "o", color=f"C{k}", alpha=0.4, markersize=4)
            axes.plot([k - 0.25, k + 0.25], [values.mean()] * 2, color=f"C{k}", linewidth=2)
        axes.set_xticks(
            range(len(self.arms)), [arm.replace(" and ", "\nand ") for arm in self.arms]
        )
        axes.set_ylabel("balanced accuracy, %")
        axes.grid(alpha=0.3, axis="y")

    def save(self, path: str | Path) -> Path:
        """Writes a JSON file; in a run's directory `gain.json`, which the run's report shows.

        Args:
            path: Of the file, or the directory of a run.

        Returns:
            The path of the file.
        """
        path = Path(path) / NAME if Path(path).is_dir() else Path(path)
        with files.replacing(path) as part:
            text = json.dumps(dataclasses.asdict(self), indent=1, allow_nan=False)
            part.write_text(text + "\n", encoding="utf-8")
        return path

    def _values(self, arm: str, name: str, ratio: float) -> np.ndarray:
        found = {
            row["seed"]: row[name]
            for row in self.rows
            if row["arm"] == arm and row["ratio"] == ratio
        }
        return np.array([found[seed] for seed in self.seeds])


def load(path: str | Path) -> Gain:
    """What `Gain.save` wrote, or what stands in a run's directory.

    Raises:
        ValueError: for a file that is none.
    """
    path = Path(path) / NAME if Path(path).is_dir() else Path(path)
    try:
        found = Gain(**json.loads(path.read_text(encoding="utf-8")))
        found.lines()
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path} is no gain that was saved: {error}.") from None
    return found


def shown(values: Sequence[float]) -> str:
    """Mean and standard deviation in percent."""
    values = 100 * np.asarray(values)
    return f"{values.mean():.1f} ± {values.std(ddof=1):.1f}"


def said(test: Comparison) -> str:
    """A test in a few words."""
    return (
        f"{100 * test.difference:+.1f} to {test.against}: {test.verdict} (p {test.p:.3g}, "
        f"corrected {test.corrected:.3g})"
    )

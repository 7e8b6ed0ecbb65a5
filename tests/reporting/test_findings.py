"""What is wrong is said, and only that."""

import re
from pathlib import Path

import numpy as np
import pytest

from keras_gan.reporting import advice, findings

DIAGNOSE = Path(__file__).resolve().parents[2] / "docs" / "diagnose.md"

GOOD = {
    "fid": (2.4, 0.9),
    "coverage": (0.93, 0.95),
    "recall": (0.9, 0.94),
    "precision": (0.9, 0.94),
    "memorisation_z": (0.4, 0.1),
    "copied": (0.012, 0.01),
    "copied_p": (0.2, 0.5),
    "in_training": (0.51, 0.5),
    "right_label": (0.98, 0.99),
    "accuracy_real": (0.6, None),
    "accuracy_held_out": (0.59, None),
    "accuracy_fake": (0.6, None),
}
rng = np.random.default_rng(0)
REAL = rng.integers(0, 256, (100, 8, 8, 1)).astype(np.uint8)
FAKE = rng.integers(0, 256, (100, 8, 8, 1)).astype(np.uint8)


def report(classes=None, history=None, samples=5000, comparison_only=False, **figures):
    rows = [
        {"key": key, "value": value, "real": real}
        for key, (value, real) in (GOOD | figures).items()
    ]
    return {
        "metrics": rows,
        "classes": classes,
        "history": history,
        "model": {"num_classes": 10},
        "protocol": {
            "samples": samples,
            "features": 128,
            "comparison_only": comparison_only,
        },
    }


def kinds(found):
    return {(finding.kind, finding.level) for finding in found}


def test_a_good_model_gets_good_news_only():
    found = findings.find(report(), FAKE, REAL)
    assert kinds(found) == {("covers", "good"), ("faithful", "good"), ("no_copies", "good")}


@pytest.mark.parametrize(
    ("figures", "kind", "level"),
    [
        ({"fid": (8.7, 0.9)}, "far_from_real", "warning"),
        ({"coverage": (0.4, 0.95)}, "low_variety", "warning"),
        ({"coverage": (0.1, 0.95)}, "low_variety", "problem"),
        ({"recall": (0.0, 0.95)}, "low_variety", "problem"),
        ({"precision": (0.3, 0.95)}, "low_quality", "warning"),
        ({"precision": (0.1, 0.95)}, "low_quality", "problem"),
        ({"in_training": (0.9, 0.5)}, "memorisation", "problem"),
        ({"in_training": (0.65, 0.5)}, "memorisation", "warning"),
        ({"copied": (0.2, 0.01), "copied_p": (1e-9, 0.5)}, "memorisation", "problem"),
        ({"copied": (0.04, 0.01), "copied_p": (1e-5, 0.5)}, "memorisation", "warning"),
        ({"right_label": (0.11, 0.99)}, "labels_ignored", "problem"),
        ({"right_label": (0.7, 0.99)}, "wrong_labels", "warning"),
        ({"accuracy_real": (0.99, None), "accuracy_fake": (1.0, None)}, "critic_won", "warning"),
        ({"accuracy_real": (0.9, None)}, "critic_overfits", "warning"),
        ({"samples": 300}, "few_samples", "warning"),
        ({"samples": 100}, "fewer_samples_than_features", "warning"),
        ({"comparison_only": True}, "random_features", "warning"),
        ({"history": {"g_loss": [1.0, float("nan")]}}, "diverged", "problem"),
    ],
)
def test_each_fault_is_named(figures, kind, level):
    found = findings.find(report(**figures), FAKE, REAL)
    assert kinds(found) - {("covers", "good"), ("faithful", "good"), ("no_copies", "good")} == {
        (kind, level)
    } | ({("critic_overfits", "warning")} if kind == "critic_won" else set())
    levels = [finding.level for finding in found]
    assert levels == sorted(levels, key=("problem", "warning", "good").index)


@pytest.mark.parametrize(
    "figures",
    [
        {"memorisation_z": (-4.5, -0.4), "copied": (0.007, 0.014), "in_training": (0.55, 0.52)},
        {"memorisation_z": (-9.0, 0.0)},
        {"copied": (0.1, 0.0), "copied_p": (0.1, 0.5), "samples": 10},
    ],
    ids=["the quickstart's page", "z alone", "one of ten"],
)
def test_what_chance_may_do_is_no_copying(figures):
    found = findings.find(report(**figures), FAKE, REAL)
    assert "memorisation" not in {finding.kind for finding in found}
    assert ("no_copies", "good") in kinds(found)


def test_findings_name_what_speaks_against_them():
    def texts(**figures):
        return {f.kind: f.text for f in findings.find(report(**figures), FAKE, REAL)}

    assert texts(recall=(0.2, 0.95))["low_variety"].endswith(
        "Against it: Coverage 0.93 (real 0.95)."
    )
    assert "Against" not in texts(recall=(0.2, 0.95), coverage=(0.1, 0.95))["low_variety"]
    assert texts(fid=(8.7, 0.9))["faithful"].endswith(
        "Against it: Fréchet distance (FID) 8.7 (real 0.9)."
    )
    copied = texts(copied=(0.2, 0.01), copied_p=(1e-9, 0.5))["memorisation"]
    for_it, against = copied.split("Against it:")
    assert "20.0%" in for_it
    assert "p = 1e-09" in for_it
    assert "51% of them" in against


def test_precision_is_no_good_news_where_next_to_nothing_is_covered():
    noise = report(precision=(1.0, 0.94), coverage=(0.01, 0.95))
    assert ("faithful", "good") not in kinds(findings.find(noise, FAKE, REAL))


def test_missing_and_rare_classes_are_named():
    shares = {"shirt": (0.1, 0.0), "bag": (0.1, 0.005), "coat": (0.1, 0.03), "boot": (0.1, 0.1)}
    classes = [{"name": n, "real_share": r, "fake_share": f} for n, (r, f) in shares.items()]
    missing, rare = (
        f for f in findings.find(report(classes), FAKE, REAL) if f.kind == "mode_collapse"
    )
    assert (missing.level, missing.title) == (
        "problem",
        "shirt and bag: missing among the generated images",
    )
    assert (rare.level, rare.title) == ("warning", "coat: rare among the generated images")


def test_pixels_that_are_stuck():
    black = np.where(FAKE > 128, 255, 0).astype(np.uint8)
    assert ("saturated", "warning") in kinds(findings.find(report(), black, REAL))
    assert ("saturated", "warning") not in kinds(findings.find(report(), black, black[::-1]))
    gray = (FAKE // 16 + 120).astype(np.uint8)
    assert ("flat", "problem") in kinds(findings.find(report(), gray, REAL))


def test_one_image_again_and_again():
    same = np.repeat(FAKE[:5], 20, axis=0)
    found = findings.find(report(), same, REAL)
    assert ("repeats", "problem") in kinds(found)
    assert ("covers", "good") not in kinds(found)  # no good news beside a problem


def test_each_kind_says_what_to_do_and_where_more_is_said():
    source = Path(findings.__file__).read_text(encoding="utf-8")
    kinds_there = set(re.findall(r"Finding\(\s*\"(\w+)\"", source))
    assert kinds_there == advice.ADVICE.keys()
    headings = re.findall(r"^#+ (.+)$", DIAGNOSE.read_text(encoding="utf-8"), re.M)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert advice.PAGE.endswith("/docs/diagnose.md")
    for kind in kinds_there:
        found = findings.Finding(kind, "warning", "", "")
        assert re.fullmatch(r"[A-Z].{20,}\.", found.action)
        address, anchor = found.link.split("#")
        assert address == advice.PAGE
        assert anchor in anchors

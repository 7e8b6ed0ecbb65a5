"""The report as a page: complete, escaped, alone in the world, and good to look at in a browser."""

import importlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from browser import look
from example import make_pictures, make_report

from keras_gan import enlarging, plotting
from keras_gan.reporting import charts, numbers, page
from keras_gan.reporting.pictures import Pictures

VOID = {"meta", "link", "img", "br", "path", "circle"}


class Reader(HTMLParser):
    """Checks that all elements are closed in order, and keeps what is in them."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> in line {self.getpos()[0]}"

    def handle_data(self, text):
        if text.strip():
            self.texts.append((self.open[-1] if self.open else None, " ".join(text.split())))

    @property
    def text(self):
        return " ".join(text for tag, text in self.texts if tag != "style")

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def headings(self, level):
        return [text for tag, text in self.texts if tag == f"h{level}"]


@pytest.fixture(scope="module")
def everything(digits):
    return page.render(make_report(), make_pictures(*digits))


@pytest.fixture(scope="module")
def comparison(digits):
    pictures = make_pictures(*digits)
    reports = [make_report(), better_report()]
    return page.render_comparison(reports, [pictures.samples, pictures.real])


def better_report(**changes):
    report = make_report(title="runs/another", findings=[], **changes)
    for metric in report["metrics"]:
        if metric["value"] is not None:
            metric["value"] += {"lower": -0.01, "higher": 0.01, "real": -0.2}[metric["better"]]
    return report


# -- the page stands alone ---------------------------------------------------------------------


def test_a_page_needs_nothing_but_itself(everything, comparison):
    for html in (everything, comparison):
        read = Reader(html)
        addresses = [e[key] for _, e in read.elements for key in ("src", "href") if key in e]
        assert len(addresses) > 2
        assert all(address.startswith("data:") for address in addresses)
        assert "http" not in html.replace("http-equiv", "")
        assert not read.all("script")
        assert not re.search(r"@import|url\(", html)
        policy = next(e for e in read.all("meta") if "http-equiv" in e)
        assert policy["content"].startswith("default-src 'none'; img-src data:")


def test_what_to_do_stands_with_a_finding_and_links_to_more():
    report = make_report()
    address = "https://example.org/diagnose.md#mode-collapse"
    report["findings"][1] |= {"action": "Train on with a penalty.", "link": address}
    read = Reader(page.render(report, Pictures()))
    assert "What to do: Train on with a penalty. More on it" in read.text
    assert [e["href"] for e in read.all("a")] == [address]


def test_a_page_tells_its_outline(everything):
    read = Reader(everything)
    assert read.headings(1) == ["runs/digits-cgan"]
    assert read.headings(2) == [
        "What was found",
        "Samples",
        "Metrics",
        "Class by class",
        "Real beside generated",
        "Nearest training images",
        "From one sample to another",
        "Truncation",
        "The run, epoch by epoch",
        "How it was measured",
    ]
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert max(b - a for a, b in pairwise(levels)) == 1
    labelled = [e["aria-labelledby"] for e in read.all("section")]
    assert labelled == [e["id"] for e in read.all("h2")]
    assert all(e["alt"] for e in read.all("img"))
    assert len(read.all("img")) == 1 + 10 + 2 + 8 * 6 + 1 + 4


def test_findings_come_worst_first_with_their_level_as_a_word(everything):
    read = Reader(everything)
    levels = [text for tag, text in read.texts if text in ("Problem", "Warning", "Good")]
    assert levels == ["Problem", "Warning", "Good"]
    assert ("p", "Problem: Two classes are missing, and 1 more to look at.") in read.texts


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], "No problem was found."),
        (["good", "good"], "No problem was found."),
        (["good", "warning"], "Warning: Title 1."),
        (["warning", "problem", "problem"], "Problem: Title 1, and 2 more to look at."),
    ],
)
def test_verdict(levels, expected):
    findings = [{"level": level, "title": f"Title {i}."} for i, level in enumerate(levels)]
    assert page.verdict(findings) == expected


def test_all_that_was_measured_and_how_is_there(everything):
    report = make_report()
    text = Reader(everything).text
    for metric in report["metrics"]:
        assert metric["title"] in text
        assert metric["name"] in text
        assert metric["about"] in text
        assert numbers.number(metric["value"]) in text
        assert numbers.number(metric["real"]) in text
    facts = [report["protocol"], report["versions"], report["model"], *report["data"].values()]
    for value in (value for fact in facts if isinstance(fact, dict) for value in fact.values()):
        assert numbers.plain(value) in text
    assert "± 0.00310" in text
    assert "7.2 × real" in text


def test_what_a_stranger_named_is_only_text(digits):
    evil = '<script>alert("1")</script>'
    report = make_report(title=evil, history={evil: [1.0, 2.0], "g_loss": [1.0]})
    report["classes"][3]["name"] = evil
    report["findings"][0]["text"] = evil
    report["protocol"]["extractor"] = evil
    report["metrics"][0]["note"] = evil
    pictures = make_pictures(*digits, neighbours=None, reasons={"neighbours": evil})
    for html in (
        page.render(report, pictures),
        page.render_comparison([report, make_report()], [None, None]),
    ):
        read = Reader(html)
        assert not read.all("script")
        assert "<script" not in html
        assert read.text.count(evil) >= 5


# -- what is not there -------------------------------------------------------------------------


def test_a_page_of_figures_alone():
    report = make_report(classes=None, history=None, findings=[])
    report["data"] |= {"held_out": None, "class_names": None}
    report["model"] |= {"num_classes": None, "path": None}
    for metric in report["metrics"]:
        metric |= {"value": None, "real": None, "spread": None}
    read = Reader(page.render(report, Pictures()))
    assert read.headings(2) == ["What was found", "Metrics", "How it was measured"]
    assert read.texts.count(("b", "–")) == len(report["metrics"])
    assert "Nothing stands out" in read.text
    assert "None" not in read.text
    assert not read.all("img")


def test_reasons_stand_where_pictures_are_missing():
    names = ("samples", "by_class", "real", "neighbours", "interpolations", "truncations")
    reasons = {name: f"There is no {name}." for name in names}
    read = Reader(page.render(make_report(classes=None), Pictures(reasons=reasons)))
    for reason in reasons.values():
        assert read.text.count(reason) == 1
    with_figures = Reader(page.render(make_report(), Pictures(reasons=reasons)))
    assert with_figures.text.count("There is no by_class.") == 1


def test_points_are_drawn_as_points():
    points = np.random.default_rng(0).normal(size=(50, 2))
    read = Reader(page.render(make_report(classes=None), Pictures(points, points[:30])))
    assert not read.all("img")
    dots = [e for e in read.all("path") if e.get("class", "").startswith("dots")]
    assert [e["class"] for e in dots] == ["dots real", "dots generated"]
    assert "Real beside generated" not in read.headings(2)


def test_random_features_are_marked():
    report = make_report()
    assert "For comparison only." not in Reader(page.render(report, Pictures())).text
    report["protocol"]["comparison_only"] = True
    report["metrics"][0]["note"] = "random features: for comparison only"
    read = Reader(page.render(report, Pictures()))
    assert ("strong", "For comparison only.") in read.texts
    assert ("span", "random features: for comparison only") in read.texts


# -- classes -----------------------------------------------------------------------------------


def test_classes_that_do_not_come_are_marked(digits):
    report = make_report()
    report["classes"][5] |= {"real_share": 0.1, "fake_share": 0.049}
    report["classes"][6] |= {"real_share": 0.1, "fake_share": 0.009}
    report["classes"][7] |= {"real_share": 0.0, "fake_share": 0.0}
    read = Reader(page.render(report, Pictures()))
    marks = [text for tag, text in read.texts if tag == "span" and text in ("missing", "rare")]
    assert marks == ["missing", "rare", "missing", "missing"]  # 3, 5, 6, 8


def test_pictures_of_classes_without_figures_and_of_some(digits):
    pictures = make_pictures(*digits)
    read = Reader(page.render(make_report(classes=None), pictures))
    alts = [e["alt"] for e in read.all("img")]
    assert [f"Generated images of class {i}" for i in range(10)] == [
        a for a in alts if "class" in a
    ]
    assert "Precision" not in [text for tag, text in read.texts if tag == "th"]

    some = make_pictures(*digits, by_class=pictures.by_class[:4])
    alts = [e["alt"] for e in Reader(page.render(make_report(), some)).all("img")]
    assert sum("class" in alt for alt in alts) == 4

    report = make_report()
    report["classes"] = report["classes"][:3]
    with pytest.raises(ValueError, match=r"of the 3 classes of the report.*Received: of 10\."):
        page.render(report, pictures)


# -- numbers and charts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("-inf"), "–"),
        (0.0, "0"),
        (8.0, "8"),
        (1.0, "1.00"),
        (12345.6, "12,346"),
        (123.4, "123"),
        (45.678, "45.7"),
        (-1.234, "−1.23"),
        (0.9404, "0.940"),
        (0.0213, "0.0213"),
        (-0.00002, "−0.00002"),
    ],
)
def test_number(value, expected):
    assert numbers.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (10000, "10,000"),
        (0.5, "0.5"),
        (1.0, "1"),
        (True, "yes"),
        ([28, 28, 1], "28 × 28 × 1"),
        ("8 bits", "8 bits"),
    ],
)
def test_plain(value, expected):
    assert numbers.plain(value) == expected


@pytest.mark.parametrize(
    ("value", "real", "better", "expected"),
    [
        (4.0, 1.0, "lower", (100, 25, "4.0 × real")),
        (1.0, 4.0, "lower", (25, 100, "better than real")),
        (3.0, -1.0, "lower", (100, 0, "4 above real")),
        (-0.016, -0.021, "lower", (500 / 21, 0, "as real, but for chance")),
        (0.02, -0.021, "lower", (100, 0, "as real, but for chance")),
        (0.03, 0.0, "lower", (100, 0, "0.03 above real")),
        (0.03, 1e-5, "lower", (100, 1 / 30, "far above real")),
        (0.5, 0.8, "higher", (50, 80, "62% of real")),
        (0.9999, 1.0, "higher", (99.99, 100, "99% of real")),
        (2.0, 1.0, "higher", (100, 50, "better than real")),
        (-1.0, 1.0, "real", (0, 100, "2 below real")),
        (0.0, 0.0, "lower", (0, 0, "as real")),
    ],
)
def test_gap(value, real, better, expected):
    gap = charts.gap(value, real, better)
    assert (gap.value, gap.real, gap.words) == (*map(pytest.approx, expected[:2]), expected[2])


@pytest.mark.parametrize(
    ("value", "real", "better", "words"),
    [
        (0.01, 0.004, "lower", "as real, but for chance"),
        (0.002, 0.004, "lower", "as real, but for chance"),
        (0.02, 0.004, "lower", "5.0 × real"),
        (0.5, 0.8, "higher", "62% of real"),
    ],
)
def test_a_gap_below_twice_its_spread_is_chance(value, real, better, words):
    assert charts.gap(value, real, better, spread=0.004).words == words


def test_figures_as_lines_for_a_terminal():
    long = {"name": "precision10k_k5_classifier-a-source-with-a-long-name", "value": 0.9}
    rows = [{"name": "fid", "value": 1.22581, "real": 0.96}, long | {"real": None}]
    heads, fid, precision = numbers.figures_table(rows).splitlines()
    assert heads.split() == ["generated", "real"]
    ends = heads.index("generated") + len("generated"), len(heads)
    assert fid[: ends[0]].endswith(" 1.226")
    assert fid[: ends[1]].endswith(" 0.96")
    assert precision.split() == [long["name"], "0.9"]
    assert len(precision) == ends[0]


def test_no_gap_without_both_figures():
    assert charts.gap(None, 1.0, "lower") is None
    assert charts.gap(1.0, None, "lower") is None
    assert charts.gap(float("nan"), 1.0, "lower") is None


def test_curves_are_grouped_and_told_in_words():
    history = make_report()["history"] | {"generator_learning_rate": [1e-3] * 10, "fid": [3.0] * 10}
    found = {chart.title: chart for chart in charts.curves(history, ["fid"])}
    assert list(found) == ["Losses", "Mean score of the discriminator", "val_fid", "fid"]
    lines = {line.name: line.style for line in found["Losses"].lines}
    assert lines == {
        "g_loss": "line-0",
        "d_loss": "line-1",
        "r1": "line-2",
        "val_g_loss": "line-0 dashed",
    }
    assert [line.style for line in found["val_fid"].lines] == ["line-0"]
    assert 'aria-label="val_fid over 10 epochs: val_fid from 41 to 6.9"' in found["val_fid"].svg


def test_a_line_goes_where_it_should():
    svg = charts.line_chart("a", {"a": [0.0, 5.0, 10.0]}).svg
    assert 'd="M44.0 166.0L198.0 87.0L352.0 8.0"' in svg
    assert "<circle" not in svg
    svg = charts.line_chart("a", {"a": [0.0, None, float("nan"), 10.0]}).svg
    assert 'd="M44.0 166.0L352.0 8.0"' in svg
    assert svg.count("<circle") == 2


def test_lines_of_nothing_of_one_epoch_and_of_one_value():
    assert charts.line_chart("a", {"a": [None, float("nan")], "b": []}) is None
    assert charts.line_chart("a", {"a": [3.0]}).svg.count("<circle") == 1
    assert charts.line_chart("a", {"a": [0.0] * 5}).svg.count('class="line ') == 1


def test_points_go_where_they_should():
    svg = charts.scatter(None, np.array([[0.0, 0.0], [1.0, -1.0], [np.nan, 0.0]]))
    assert 'd="M198.0 162.0h0M352.0 316.0h0"' in svg
    svg = charts.scatter(np.array([[1.0], [0.5]]), np.zeros((1, 5)))
    assert 'class="dots real" d="M352.0 162.0h0M275.0 162.0h0"' in svg
    assert charts.scatter(None, np.full((3, 2), np.nan)).count("h0") == 0


# -- several runs ------------------------------------------------------------------------------


def test_the_best_of_each_metric_is_marked_in_words(comparison):
    read = Reader(comparison)
    better = sum(m["real"] is not None for m in make_report()["metrics"])
    assert read.texts.count(("span", "best")) == better
    assert read.headings(2) == ["Metrics", "Samples", "Epoch by epoch"]
    assert len(read.all("img")) == 2
    table = page.comparison_table([make_report(), better_report()])
    lines = table.splitlines()
    assert lines[0] == "|  | real against real | runs/digits-cgan | runs/another |"
    assert lines[1] == "| --- | ---: | ---: | ---: |"
    assert lines[2] == (
        "| Fréchet distance; lower is better `fid10k_classifier-digits` | 0.960 | 6.92 | **6.91** |"
    )
    assert lines[4].endswith("| 0.940 | 0.892 | **0.902** |")
    assert lines[10].endswith("| −0.210 | 1.04 | **0.840** |")  # nearer to real
    assert lines[11].endswith("| – | 0.970 | 0.770 |")  # nothing to be near to
    assert lines[12].endswith("| – | – | – |")
    assert len(lines) == 13


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("protocol", {"samples": 5000}, "Samples (10,000 / 5,000)"),
        ("protocol", {"seed": 1}, "Seed (0 / 1)"),
        ("protocol", {"extractor": "pixels"}, "Features (classifier-digits / pixels)"),
        ("protocol", {"extractor_sha256": "ab" * 32}, "Features, SHA-256 (– / abababababab)"),
        ("data", {"held_out": None}, "Held-out images (719, fd61a03af4f7 / –)"),
        ("data", {"source": "mnist"}, "Data (digits / mnist)"),
    ],
)
def test_nothing_is_best_where_protocols_differ(part, change, words):
    other = better_report()
    other[part] |= change
    table = page.comparison_table([make_report(), other])
    assert "**" not in table
    assert f"These figures cannot be compared. What differs: {words}." in table
    read = Reader(page.render_comparison([make_report(), other], [None, None]))
    assert read.headings(2)[0] == "These figures cannot be compared"
    assert ("th", words.split(" (")[0]) in read.texts
    assert ("span", "best") not in read.texts


def test_remarks_make_no_difference():
    other = make_report()
    other["protocol"] |= {"extractor_note": "gets 99.12% right"}
    assert page.differences([make_report(), other]) == {}


def test_a_metric_that_one_run_lacks_and_one_of_another_name():
    other = better_report()
    del other["metrics"][0]
    other["metrics"][1]["name"] = "precision5k_pixels"
    lines = page.comparison_table([make_report(), other]).splitlines()
    assert lines[2].endswith("| 0.960 | 6.92 | – |")
    assert lines[4].endswith("| 0.940 | 0.892 | 0.902 |")


def test_floors_that_differ_stand_with_their_runs():
    other = better_report()
    other["metrics"][0]["real"] = 0.5
    assert (
        page.comparison_table([make_report(), other])
        .splitlines()[2]
        .endswith("| – | 6.92 | **6.91** |")
    )
    text = Reader(page.render_comparison([make_report(), other], [None, None])).text
    assert "real 0.960" in text
    assert "real 0.500" in text


def test_runs_of_the_same_name_and_with_a_bar():
    names = page.run_names([make_report(title=title) for title in ("a|b", "c", "a|b")])
    assert names == ["a|b (1)", "c", "a|b (2)"]
    reports = [make_report(title=title) for title in ("a|b", "c")]
    assert page.comparison_table(reports).startswith("|  | real against real | a\\|b | c |")


def test_samples_of_any_kind_side_by_side(tmp_path, digits):
    plotting.save_grid(digits[0][:4], tmp_path / "a.png")
    samples = [(tmp_path / "a.png").read_bytes(), digits[0][:4], digits[0][:4, 0, :2, 0], None]
    reports = [make_report(title=name, history=None) for name in "abcd"]
    read = Reader(page.render_comparison(reports, samples))
    assert [e["alt"] for e in read.all("img")] == ["Samples of a", "Samples of b"]
    assert len([e for e in read.all("path") if e.get("class") == "dots generated"]) == 1
    assert "There is no picture." in read.text
    assert "Epoch by epoch" not in read.headings(2)


def test_a_comparison_needs_two_reports_and_samples_of_each():
    with pytest.raises(ValueError, match=r"at least two reports. Received: 1\."):
        page.comparison_table([make_report()])
    with pytest.raises(ValueError, match=r"samples of each of the 2 reports. Received: 1\."):
        page.render_comparison([make_report(), make_report()], [None])


# -- in a browser ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "width", "height", "dark"),
    [
        ("everything", 360, 780, True),
        ("everything", 390, 844, False),
        ("everything", 1200, 900, True),
        ("comparison", 360, 780, False),
    ],
)
def test_it_looks_right(which, width, height, dark, request, tmp_path):
    seen = look(request.getfixturevalue(which), tmp_path, width, height, dark)
    facts = seen.facts
    assert facts["width"] == facts["scroll_width"] == width
    assert facts["wide"] == []
    assert facts["fetched"] == []
    assert facts["dark"] == dark
    assert facts["faint"] == [], "text of too little contrast"
    assert len(facts["images"]) >= 2
    assert all(natural > 0 and shown > 20 for _, natural, shown in facts["images"])

    assert seen.pixels.shape == (height, width, 3)
    corner = seen.pixels[:8, :8].mean()
    assert corner < 40 if dark else corner > 230
    assert len(np.unique(seen.pixels.reshape(-1, 3), axis=0)) > 50
    assert np.mean(np.abs(seen.pixels - corner) > 60) > 0.02  # there is writing on it


def test_what_it_adds_to_a_training_set_is_drawn(everything, digits, tmp_path):
    assert "What it adds" not in everything
    rows = [
        {"seed": seed, "arm": arm, "ratio": ratio, "validation": 0.5, "accuracy": 0.5 + value}
        | {"balanced": 0.5 + value, "ece": 0.1}
        for arm, ratio, value in (("real", 0.0, 0.1), ("GAN", 1.0, 0.2))
        for seed, value in ((0, value), (1, value + 0.05))
    ]
    enlarging.Gain(rows).save(tmp_path / "gain.json")
    report = importlib.import_module("keras_gan.reporting.report")
    gain = report._gain(tmp_path)
    assert gain["accuracy"] == {"real": [60.0, 65.0], "GAN": [70.0, 75.0]}
    html = page.render(make_report() | {"gain": gain}, make_pictures(*digits))
    read = Reader(html)
    assert "What it adds to a training set" in read.headings(2)
    assert "+10.0 to real: better" in read.text
    (chart,) = (a for a in read.all("svg") if "Balanced accuracy" in a.get("aria-label", ""))
    assert "real 62.5; GAN 72.5" in chart["aria-label"]
    facts = look(html, tmp_path, 390, 844, dark=False).facts
    assert facts["scroll_width"] == 390
    assert facts["wide"] == facts["faint"] == []
    assert report._gain(tmp_path / "none") is None

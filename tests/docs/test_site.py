"""The site: what is made from the code is up to date, links lead somewhere, and it builds."""

import ast
import importlib.util
import re
import tomllib
from urllib.parse import unquote

import pytest
from pages_of_docs import DOCS, PAGES, README, README_ZH, ROOT, blocks, name

import keras_gan
import keras_gan_cli
from keras_gan.runs import recipes
from pages import api, flow, models, which
from pages.__main__ import made
from pages.places import put, source

SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
GITHUB = source("")


# -- what is made --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", made())
def test_what_is_made_from_the_code_is_up_to_date(path):
    """If not: python -m pages"""
    assert (DOCS / path).read_text(encoding="utf-8") == made()[path]


def test_what_was_measured_stays():
    page = "### HingeGAN\n\nMeasured: [9 of 9](z)\n"
    page = f"before\n<!-- made by python -m pages -->\n{page}\n<!-- until here -->\nafter\n"
    text = models.in_page(page)
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    entry = text.split("### HingeGAN\n")[1].split("\n### ")[0]
    assert "Measured: [9 of 9](z)" in entry
    assert "Lim and Ye 2017, [Geometric GAN](https://arxiv.org/abs/1705.02894)" in entry
    assert text.count("\n### ") == len(keras_gan_cli._table.names())


def test_a_page_without_a_made_part_is_refused():
    with pytest.raises(ValueError, match="made by python -m pages"):
        put("nothing", "made")


def test_every_model_is_in_one_group():
    names = list(keras_gan_cli._table.names())
    assert sorted(name for row in models.grouped(names).values() for name in row) == sorted(names)
    assert "Others" not in models.grouped(names)
    assert models.grouped(["dcgan", "mine"])["Others"] == ["mine"]


def test_the_table_of_recipes_is_that_of_the_command_line():
    page = (DOCS / which.PAGE).read_text(encoding="utf-8")
    found = re.findall(r"^\| `([\w-]+)`: ", page, re.M)
    assert found == list(recipes.RECIPES)
    assert which.PICTURES.keys() <= recipes.RECIPES.keys()
    assert f"{recipes.FEW:,} pictures" in page
    for recipe in recipes.RECIPES.values():
        assert recipe["measured"] in page


def test_the_picture_of_a_step_has_the_code_s_names():
    calls = {call.name: call for call in flow.calls()}
    assert calls["forward"].uses == ("batch",)
    assert calls["forward"].makes == ("out",)
    assert {"views", "examine", "critic_terms"} <= set(calls["_critics_side"].hooks)
    assert "player_terms" in calls["_loss_of"].hooks
    assert calls["_examine_again"].when == "if self.updates == 'alternating'"
    assert all(f">{name}</text>" in flow.svg() for name in calls)


def test_the_reference_has_every_public_name():
    documented = {line[4:].rpartition(".")[2] for line in _identifiers()}
    apart = {"__version__", "DivergenceError", "report"}
    rooms = {each.rpartition(".")[2] for each in api._ROOMS} | {"recipes"}
    assert set(keras_gan.__all__) - apart - rooms <= documented
    for identifier in _identifiers():
        _resolve(identifier[4:])


def _identifiers():
    texts = api.pages().values()
    return [line for text in texts for line in text.splitlines() if line.startswith("::: ")]


def _resolve(identifier):
    module, _, attribute = identifier.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


# -- navigation and links ------------------------------------------------------------------------


def _navigated(entries):
    for entry in entries:
        (target,) = entry.values()
        yield from _navigated(target) if isinstance(target, list) else [target]


def test_every_page_can_be_reached():
    assert sorted(_navigated(SITE["nav"])) == sorted(
        str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")
    )


def test_the_reference_s_titles_are_the_navigation_s():
    (reference,) = (entry["Reference"] for entry in SITE["nav"] if "Reference" in entry)
    assert {path: title for entry in reference for title, path in entry.items()} == api.titles()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        for address in (GITHUB, GITHUB.replace("/blob/", "/tree/")):
            if link.startswith(address):
                assert (ROOT / link.removeprefix(address)).exists(), link
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = unquote(link).partition("#")
        there = page.parent / file if file else page
        assert there.exists(), link
        assert DOCS not in page.parents or DOCS in there.resolve().parents, link
        if anchor.startswith("keras_gan."):
            assert f"::: {anchor}\n" in there.read_text("utf-8"), link
        elif anchor:
            assert anchor in _anchors(there), link


def _anchors(path):
    """Of the headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


# -- README --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [README, README_ZH], ids=name)
def test_readme_is_short_and_names_every_model(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 160
    rows = re.findall(r"^\| [^`|]+ \| ((?:`\w+` ?)+)\|$", text, re.M)
    named = [cls for row in rows for cls in re.findall(r"`(\w+)`", row)]
    grouped = models.grouped(list(keras_gan_cli._table.names())).values()
    assert named == [keras_gan_cli._table.names()[n] for group in grouped for n in group]
    assert f"{len(named)} " in text.split("\n## ")[0]


def test_the_chinese_readme_has_the_same_code_figures_and_pictures():
    def parts(page):
        text = page.read_text(encoding="utf-8")
        last = text.split("\n## ")[-2]
        figures = re.findall(r"\d[\d.,]*\d%?|\b\d\b%?", last)
        return {
            "code": blocks(page, "", "bash", "python"),
            "pictures": re.findall(r"^!\[.*\]\((.*)\)$", text, re.M),
            "figures": sorted(figure.strip(",.") for figure in figures),
            "links": {link for link in re.findall(r"\]\((docs/[^)]*)\)", text)},
        }

    english, chinese = parts(README), parts(README_ZH)
    assert chinese["code"] == english["code"]
    assert chinese["pictures"] == english["pictures"]
    assert chinese["figures"] == english["figures"]
    assert chinese["links"] - {"docs/articles.md"} == english["links"]


def test_the_articles_page_names_every_class_that_it_links():
    text = (DOCS / "articles.md").read_text(encoding="utf-8")
    for cls, anchor in re.findall(r"\[`(\w+)`\]\(models\.md#(\w+)\)", text):
        assert cls.lower() == anchor
        assert cls in keras_gan.models.__all__


def test_every_class_of_the_blocks_is_registered():
    """What is made in a page's code can be saved and loaded."""
    for page in PAGES:
        for block in blocks(page, "python"):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.ClassDef):
                    assert "register_keras_serializable" in ast.unparse(node.decorator_list[0])


# -- the build -----------------------------------------------------------------------------------


@pytest.mark.skipif(not importlib.util.find_spec("zensical"), reason="needs keras-gan[docs]")
def test_the_site_builds_without_a_warning():
    from pages.build import build

    assert build() == ""
    assert (ROOT / "site" / "api" / "models" / "index.html").is_file()

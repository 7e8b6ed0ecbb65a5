"""What stands around the package agrees with it: workflows, citation, hooks, versions, address."""

import configparser
import contextlib
import itertools
import re
import shlex
from pathlib import Path

import pytest
import yaml

import keras_gan
import keras_gan_cli

ROOT = Path(__file__).resolve().parents[1]
SETUP = configparser.ConfigParser(interpolation=None)
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MARKDOWN = sorted(ROOT.glob("*.md"))  # docs/ and README: tests/docs/test_site.py
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def lines(section, option):
    return SETUP[section][option].strip().splitlines()


def floors(section, option):
    """Name of each requirement -> its oldest release."""
    found = (re.match(r"([\w-]+)[>=]=([\d.]+)", line) for line in lines(section, option))
    return {match[1]: match[2] for match in found if match}


REQUIRED = floors("options", "install_requires")
FOR_TESTS = floors("options.extras_require", "test")


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


JOBS = {
    f"{path.stem}-{name}": job
    for path in WORKFLOWS
    for name, job in workflow(path.stem)["jobs"].items()
}
COMMANDS = [
    shlex.split(line)
    for job in JOBS.values()
    for step in job.get("steps", ())
    for line in step.get("run", "").splitlines()
]


# -- versions ------------------------------------------------------------------------------------


def test_the_tests_run_on_every_python_that_is_declared():
    classifiers = lines("metadata", "classifiers")
    declared = re.findall(r":: Python :: (3\.\d+)$", "\n".join(classifiers), re.M)
    oldest, newest = (int(version.split(".")[1]) for version in (declared[0], declared[-1]))
    assert declared == [f"3.{minor}" for minor in range(oldest, newest + 1)]
    assert SETUP["options"]["python_requires"] == f">=3.{oldest},<3.{newest + 1}"
    matrix = JOBS["checks-tests"]["strategy"]["matrix"]
    assert matrix["python"] == declared
    assert matrix["include"] == [{"python": declared[0], "requirements": "oldest"}]
    assert f'target-version = "py3{oldest}"' in (ROOT / "ruff.toml").read_text()
    assert all(re.search(rf"\bpython{v}\b", (ROOT / "Makefile").read_text()) for v in declared)


def test_the_oldest_requirements_are_those_of_the_package():
    pinned = re.findall(r"^(.+)==(.+)\.\*$", (ROOT / "tests" / "oldest.txt").read_text(), re.M)
    extras = (floors("options.extras_require", name) for name in ("serving", "onnx"))
    allowed = REQUIRED | dict(itertools.chain.from_iterable(each.items() for each in extras))
    assert dict(pinned).items() <= allowed.items()
    assert {"tensorflow", "keras"} <= dict(pinned).keys()
    step = JOBS["checks-tests"]["env"]["PIP_CONSTRAINT"]
    assert "'oldest'" in step
    assert "tests/oldest.txt" in step


def test_readme_says_which_versions():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for title in ("TensorFlow", "Keras"):
        line = next(x for x in lines("options", "install_requires") if x.startswith(title.lower()))
        major, oldest, beyond = re.search(r">=(\d+)\.(\d+),<\d+\.(\d+)", line).groups()
        assert f"{title} {major}.{oldest} to {major}.{int(beyond) - 1}" in readme


def test_the_protocol_of_serving_follows_tensorflow():
    (tensorflow,) = (x for x in lines("options", "install_requires") if x.startswith("tensorflow>"))
    serving = lines("options.extras_require", "serving")
    assert serving == [tensorflow.replace("tensorflow", "tensorflow-serving-api")]


# -- workflows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_job_is_bounded_and_uses_major_versions(job):
    if "uses" in job:
        assert (ROOT / job["uses"]).is_file()
        return
    assert job["timeout-minutes"] <= 60
    for action in (step["uses"] for step in job["steps"] if "uses" in step):
        assert re.fullmatch(r"[\w-]+/[\w-]+@(release/)?v\d+", action)


def test_nothing_is_written_but_by_the_release():
    for path in WORKFLOWS:
        assert workflow(path.stem)["permissions"] == {"contents": "read"}
    assert [name for name, job in JOBS.items() if "permissions" in job] == ["release-publish"]


def test_commands_are_there_to_be_run():
    made = {line[1] for line in COMMANDS if line[0] == "make"}
    assert {"lint", "test"} <= made <= TARGETS
    for line in COMMANDS:
        if "pytest" in line:
            assert all((ROOT / word).is_file() for word in line if word.endswith(".py"))


def test_other_systems_try_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert JOBS["checks-systems"]["strategy"]["matrix"]["system"] == [
        "windows-latest",
        "macos-latest",
    ]
    typed = [line[1:] for line in COMMANDS if line[0] == "keras-gan"]
    assert {line[0] for line in typed} == {"--help", "--version", "train", "sample"}
    (tmp_path / "run").mkdir()
    for line in typed:
        with contextlib.suppress(SystemExit):  # as --help ends
            keras_gan_cli._parser()[0].parse_args(line)
    assert keras_gan.__version__ in capsys.readouterr().out


def test_a_release_comes_from_a_tag_and_without_a_token():
    release = workflow("release")
    assert release[True] == {"push": {"tags": ["v[0-9]*"]}}  # YAML 1.1 reads "on" as a truth
    publish = JOBS["release-publish"]
    assert publish["needs"] == ["checks", "build"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"]["name"] == "pypi"
    assert publish["steps"][-1] == {"uses": "pypa/gh-action-pypi-publish@release/v1"}
    assert "secrets." not in (ROOT / ".github" / "workflows" / "release.yml").read_text()


# -- citation, hooks, address --------------------------------------------------------------------


def test_citation():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert citation["type"] == "software"
    assert citation["version"] == keras_gan.__version__
    assert citation["license"] == SETUP["metadata"]["license"]
    assert citation["repository-code"] == SETUP["metadata"]["url"]


def test_hooks_are_those_of_make_lint():
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    (ruff,) = (repo for repo in repos if repo["repo"].endswith("ruff-pre-commit"))
    assert [hook["id"] for hook in ruff["hooks"]] == ["ruff-check", "ruff-format"]
    assert ruff["rev"].startswith(f"v{FOR_TESTS['ruff']}.")


def test_the_repository_has_one_address():
    """Wherever it is named, as an address to open or as one that Colab opens."""
    address = SETUP["metadata"]["url"]
    owner_and_name = address.removeprefix("https://github.com/")
    assert re.fullmatch(r"[\w-]+/[\w-]+", owner_and_name)
    written = re.compile(r"github(?:\.com)?/([\w-]+/keras[_-]gan[\w-]*)")
    named = {name for path in texts() for name in written.findall(path.read_text("utf-8"))}
    assert named == {owner_and_name}


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def anchors(path):
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def texts():
    rooms = (".github", "benchmarks", "deploy", "docs", "keras_gan", "notebooks", "tests")
    inside = itertools.chain.from_iterable((ROOT / room).rglob("*") for room in rooms)
    suffixes = {".cff", ".cfg", ".html", ".ipynb", ".md", ".py", ".toml", ".yaml", ".yml"}
    return [path for path in (*ROOT.glob("*"), *inside) if path.suffix in suffixes]

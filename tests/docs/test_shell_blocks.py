"""The shell lines of README and docs are ones that the command line takes."""

import re
import shlex
from pathlib import Path

import pytest
from pages_of_docs import PAGES, ROOT, blocks, name

import keras_gan_cli

SHELL = ("", "bash", "sh")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def commands(page):
    """The commands of a page's shell blocks as words, their variables put in."""
    found = []
    for block in blocks(page, *SHELL):
        values = re.findall(r'^(\w+)="(.*)"$', block, re.M)
        values += re.findall(r"^ *for (\w+) in (\S+?)[; ]", block, re.M)
        for variable, value in values:
            block = block.replace(f"${variable}", value)
        for line in re.split(r"\n|; do |; done", block.replace("\\\n", " ")):
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"\w+=.*", words[0]):  # of the environment
                words = words[1:]
            if words and words[0] in ("keras-gan", "make", "python"):
                found.append(words)
    return found


WITH_COMMANDS = [page for page in PAGES if commands(page)]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name)
def test_the_command_line_takes_them(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for program, *words in commands(page):
        if program == "make":
            assert set(words) <= TARGETS
        elif program == "keras-gan":
            _put_there(words)
            parser, options = keras_gan_cli._parser()
            given = vars(parser.parse_args(words))
            keras_gan_cli._check(given, options[given["command"]])


def _put_there(words):
    """Makes the files and folders that a command reads."""
    made = {words[k + 1] for k, word in enumerate(words[:-1]) if word in ("--out", "--walk")}
    for word in words[1:]:
        path = Path(word)
        if "--resume" in words and word in made:
            path.mkdir(parents=True, exist_ok=True)
            (path / "config.json").write_text("{}", encoding="utf-8")
        elif word in made or word.startswith("-"):
            continue
        elif path.suffix in (".png", ".txt"):
            path.touch()
        elif "/" in word:
            path.mkdir(parents=True, exist_ok=True)


def test_every_benchmark_that_is_named_is_there():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for module in re.findall(r"python -m ((?:benchmarks|pages)[\w.]*\w)", text):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_the_commands_are_found():
    assert sum(len(commands(page)) for page in PAGES) > 40

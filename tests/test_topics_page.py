"""docs/topics.md: its commands and programs run as they stand there, from the first to the last."""

import codecs
import re
import shlex
from pathlib import Path

from tests.cli.conftest import cli

__all__ = ["cli"]
PAGE = Path(__file__).parents[1] / "docs/topics.md"
BLOCKS = re.findall(r"```(console|python)\n(.*?)```", PAGE.read_text(), re.DOTALL)
PLACE = "/srv/shop"  # what the page calls the directory
ANYTHING = "..."  # in what is printed: whatever comes


def commands(block):
    """(command, what it prints) of a console block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        yield command, printed


def run(cli, command, place):
    """What a command prints: what it says first, then its lines."""
    words, stdin = shlex.split(command), ""
    if words[0] == "printf":
        stdin = codecs.decode(words[1], "unicode_escape")
        words = words[words.index("|") + 1 :]
    done = cli(*words[1:], stdin=stdin)
    told = [line for line in (done.err + done.out).splitlines() if line]
    return [line.replace(str(place), PLACE).rstrip() for line in told]


def test_it_runs(cli, tmp_path):
    for kind, block in BLOCKS:
        if kind == "python":
            exec(compile(block.replace(PLACE, str(tmp_path)), str(PAGE), "exec"), {})
            continue
        for command, printed in commands(block):
            found = run(cli, command, tmp_path)
            if printed[-1:] == [ANYTHING]:
                found[len(printed) - 1 :] = [ANYTHING]
            assert found == printed, command


def test_there_are_both():
    kinds = [kind for kind, _ in BLOCKS]
    assert kinds.count("console") >= 5
    assert kinds.count("python") >= 2

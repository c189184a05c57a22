"""What may come next in a command line."""

import pytest

from streamz_core.cli.main import COMMANDS
from streamz_core.cli.shells.candidates import candidates
from streamz_core.cli.topics.verbs import VERBS


def test_commands_come_first():
    shown = sorted(one.name for one in COMMANDS if not one.hidden)
    assert candidates([]) == candidates([""]) == shown
    assert candidates(["to"]) == ["topics", "topology"]
    assert candidates(["-"]) == ["--help", "--version", "-h"]


@pytest.mark.parametrize(
    "typed, found",
    [
        (["topics", "al"], ["alter"]),
        (["topics", "alter", "t", "--par"], ["--partitions"]),
        (["topics", "alter", "--partitions", "4", "t", "--del"], ["--delete-config"]),
        (["topics", "create", "t", "--cleanup", ""], ["compact", "delete"]),
        (["topics", "create", "t", "--partitions", ""], []),
        (["log", "level", "p"], ["power", "process"]),
        (["groups", "reset-offsets", "g", "--to-l"], ["--to-latest"]),
        (["nope", ""], []),
        (["run", ""], []),
    ],
)
def test_what_is_next(typed, found):
    assert candidates(typed) == found


def test_every_verb_is_found():
    assert candidates(["topics", ""]) == sorted(verb.name for verb in VERBS)


def test_topics_and_groups_are_those_of_the_log_there(cli, tmp_path):
    assert candidates(["topics", "describe", ""]) == [], "there is none"
    for name in ("clicks", "crowds", "users"):
        cli("topics", "create", name)
    assert candidates(["topics", "describe", "c"]) == ["clicks", "crowds"]
    home = ["--home", f"{tmp_path}/other"]
    assert candidates(["topics", "describe", *home, ""]) == []
    assert not (tmp_path / "other").exists(), "looking makes nothing"
    assert candidates(["log", "compact", "clicks", "u"]) == ["users"], "it takes several"
    assert candidates(["topics", "describe", "clicks", ""]) == []

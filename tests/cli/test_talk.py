"""What is said to people goes to stderr, and the log is as talkative as it was told to be."""

import logging

import pytest

from streamz_core.cli.talk import configure_logging, say


@pytest.fixture
def fresh(monkeypatch):
    """`fresh()`: from now on it is as in a process that has configured nothing."""
    root, ours = logging.getLogger(), logging.getLogger("streamz")
    before = root.level, ours.level
    yield lambda: monkeypatch.setattr(root, "handlers", [])
    root.setLevel(before[0])
    ours.setLevel(before[1])


def test_a_sentence_and_its_notes(capsys):
    say("it is so", "at a[0]@1", "and more")
    assert capsys.readouterr() == ("", "streamz: it is so\n  at a[0]@1\n  and more\n")


@pytest.mark.parametrize("quiet,told", [(False, ["a", "b"]), (True, ["b"])])
def test_quiet_leaves_warnings(capsys, fresh, quiet, told):
    fresh()
    configure_logging(quiet=quiet)
    logging.getLogger("streamz.x").info("a")
    logging.getLogger("streamz.x").warning("b")
    logging.getLogger("other").info("c")
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.rpartition(" ")[2] for line in err.splitlines()] == told


def test_what_the_app_configured_stays(fresh):
    fresh()
    mine = logging.NullHandler()
    logging.getLogger().addHandler(mine)
    configure_logging(quiet=False)
    assert logging.getLogger().handlers == [mine]

"""`streamz reset`: says what goes, lets it go when told to, and the app begins anew."""

import json
import signal

import pytest

from tests.cli.terminal import Running, streamz

LINES = "a b\na\n"


@pytest.fixture
def ran(cli, words):
    """The app of words has counted two lines."""
    done = cli("topics", "produce", "lines", "--app", "app.py", "-p", 0, "-T", 5000, stdin=LINES)
    assert done.code == 0
    assert run(cli).code == 0
    assert counts(cli) == ["a\t1", "a\t2", "b\t1"]
    return words


def run(cli):
    return cli("worker", "app.py", "--quiet", "--until", "end")


def counts(cli):
    place = ("--home", ".streamz", "-e", "-f", r"%k\t%s\n", "--app", "app.py")
    return sorted(cli("topics", "consume", "counts", *place).lines)


def topics(cli):
    return {line.split()[0] for line in cli("topics", "list", "--home", ".streamz").lines[1:]}


def test_without_execute_it_is_only_said(cli, ran):
    before = topics(cli)
    done = cli("reset", "app.py")
    assert done.code == 0
    assert "input      lines[0] stands at 2, and begins anew" in done.lines
    assert "input      lines[1] was never read, and begins anew" in done.lines
    # Two keys, one of which changed twice: in one commit, or in two.
    removed = "topic      words-counts-changelog is removed, with {} records"
    assert {removed.format(2), removed.format(3)} & set(done.lines)
    assert f"state      {ran}/.streamz/state/words is removed" in done.lines
    assert "nothing was changed" in done.err
    assert "--execute" in done.err
    assert topics(cli) == before
    assert run(cli).code == 0
    assert counts(cli) == ["a\t1", "a\t2", "b\t1"]


def test_with_execute_the_app_begins_anew(cli, ran):
    done = cli("reset", "app.py", "--execute")
    assert (done.code, "app words was reset: its next run begins anew" in done.err) == (0, True)
    assert topics(cli) == {"lines", "counts"}
    assert not (ran / ".streamz/state/words").exists()
    assert (
        "never ran with store counts on this log" in cli("query", "app.py", "counts", "--all").err
    )
    assert run(cli).code == 0
    assert counts(cli) == ["a\t1", "a\t1", "a\t2", "a\t2", "b\t1", "b\t1"]
    assert cli("query", "app.py", "counts", "--key", "a").out == "a\t2\n"


@pytest.mark.parametrize(
    "options, more",
    [
        (["--to-latest"], 0),
        (["--to-offset", 1], 1),
        (["--shift-by", -1], 1),
        (["--to-datetime", "1970-01-01T00:00:05Z"], 3),
        (["--to-datetime", 5001], 0),
        (["--by-duration", "P99999D"], 3),
        (["--by-duration", "1h"], 0),
        (["--input-topics", "lines", "--to-earliest"], 3),
    ],
)
def test_it_begins_where_it_is_told_to(cli, ran, options, more):
    assert cli("reset", "app.py", "--execute", *options).code == 0
    assert run(cli).code == 0
    assert len(counts(cli)) == 3 + more


def test_json(cli, ran):
    rows = [json.loads(line) for line in cli("reset", "app.py", "--json").lines]
    first = {"goes": "offset", "topic": "lines", "partition": 0, "from": 2, "to": None}
    assert rows[0] == first
    assert {"goes": "state", "directory": f"{ran}/.streamz/state/words"} == rows[-1]
    gone = [row["topic"] for row in rows if row["goes"] == "topic"]
    assert {f"words-{name}-changelog" for name in ("counts", "seen", "letters", "brief")} < {*gone}


def test_a_running_app_is_not_reset(cli, words, watch):
    watch.broker.backend.create_topic("lines", 2, {})
    with Running("app.py", "--quiet", cwd=words) as running:
        pids = set(watch.until(lambda: watch.owners("words", 1), "owned").values())
        dry = streamz("reset", "app.py", cwd=words)
        assert dry.code == 0
        assert f"app words is running (pid {pids.pop()})" in dry.err
        done = streamz("reset", "app.py", "--execute", cwd=words)
        assert done.code == 2
        assert "end it first. Nothing was changed" in done.err
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    assert streamz("reset", "app.py", "--execute", cwd=words).code == 0


def test_an_app_that_never_ran(cli, words):
    done = cli("reset", "app.py", "--execute")
    assert done.code == 2
    assert "no log" in done.err
    assert cli("topics", "create", "lines", "--app", "app.py").code == 0
    done = cli("reset", "app.py", "--execute")
    assert done.code == 0
    assert "never ran" in done.err
    assert topics(cli) == {"lines"}


@pytest.mark.parametrize(
    "options, says",
    [
        (["--input-topics", "counts"], "counts is no input topic of the app; its inputs are"),
        (["--to-offset", -1], "argument --to-offset: -1; it must be 0 or more"),
        (["--to-datetime", "soon"], "'soon' is no time"),
        (["--to-latest", "--to-earliest"], "not allowed with"),
        (["--to-latest", "--by-duration", "1h"], "not allowed with"),
        (["--by-duration", "P1M"], "'P1M' is no duration: write P7D"),
        (["--shift-by", "x"], "argument --shift-by: 'x' is no whole number"),
    ],
)
def test_what_cannot_be_meant_is_refused(cli, ran, options, says):
    done = cli("reset", "app.py", "--execute", *options)
    assert done.code == 2
    assert says in done.err
    assert counts(cli) == ["a\t1", "a\t2", "b\t1"]


def test_a_directory_that_stays_is_said_and_not_used(cli, ran, monkeypatch):
    def refuse(_, path):
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as stubborn:
        stubborn.setattr("streamz_core.env.real.RealEnv.remove_tree", refuse)
        done = cli("reset", "app.py", "--execute")
    assert done.code == 0
    assert "/state/words: Permission denied stays: it is never used again" in done.err
    assert run(cli).code == 0
    assert cli("query", "app.py", "counts", "--key", "a").out == "a\t2\n"

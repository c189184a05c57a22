"""`streamz query` of a stopped app: from its directory, whole and in order."""

import json
import shutil
import signal
import subprocess
import sys

import pytest

from streamz_core.cli.loading import load_app
from tests.cli.terminal import ROOT, WORDS, Running, Watch, environment


@pytest.fixture
def ran(cli, words):
    """The app of words has counted, and is stopped."""
    lines = "a:to be or not to be\nb:be\nc:zoo\n"
    assert cli(
        "topics", "produce", "lines", "--app", "app.py", "-K", ":", "-T", 90_000, stdin=lines
    )
    done = cli("worker", "app.py", "--until", "end", "--quiet")
    assert done.code == 0, done.err
    return cli


def test_one_key(ran):
    assert ran("query", "app.py", "counts", "--key", "be").out == "be\t3\n"
    told = json.loads(ran("query", "app.py", "counts", "--key", "be", "--json").out)
    assert told == {"key": "be", "value": 3, "timestamp": 90_000}


def test_a_key_that_is_not_there_is_1(ran):
    done = ran("query", "app.py", "counts", "--key", "nope")
    assert (done.code, done.out) == (1, "")
    assert done.err == "streamz: store counts has no key nope\n"


@pytest.mark.parametrize(
    "options, said",
    [
        (("--window", 90_000), "has no window of key be that starts at 90000"),
        (("--window-from", 120_000), "has no window of key be that starts then"),
    ],
)
def test_a_window_that_is_not_there_is_told_as_one(ran, options, said):
    done = ran("query", "app.py", "letters", "--key", "be", *options)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"streamz: store letters {said}\n"


MIXED = """
from decimal import Decimal
from streamz_core import App

app = App("prices", durability="process")
app.table("prices", key=Decimal | str, value=int, materialized=True)
"""


def test_a_key_of_several_types_is_asked_for_by_the_type(cli, tmp_path):
    """Of a worker, too: what it is asked means the same there."""
    (tmp_path / "prices.py").write_text(MIXED)
    lines = "100=1\nstr:100=2\nabc=3\nDecimal:7=7\n"
    done = cli("topics", "produce", "prices", "--app", "prices.py", "-K", "=", stdin=lines)
    assert done.code == 0, done.err
    asked = {"Decimal:100": "1", "str:100": "2", '"100"': "2", "abc": "3", "Decimal:7": "7"}
    with Running("prices.py", cwd=tmp_path) as run:
        watch = Watch(tmp_path / ".streamz")
        watch.until(lambda: watch.consumed("prices", "prices"), "all is in the table")
        watch.close()
        found = {key: cli("query", "prices.py", "prices", "--key", key) for key in asked}
        assert {key: done.out.split()[-1] for key, done in found.items()} == asked
        run.send(signal.SIGTERM)
        assert run.wait() == 0
    for key, value in asked.items():
        assert cli("query", "prices.py", "prices", "--key", key).out.split()[-1] == value
    done = cli("query", "prices.py", "prices", "--key", "100")
    assert done.code == 2
    assert "100 can be read as Decimal or str; say which: Decimal:100 or str:100" in done.err


def test_all_and_ranges_are_merged_over_the_partitions(ran):
    everything = ["be\t3", "not\t1", "or\t1", "to\t2", "zoo\t1"]
    assert ran("query", "app.py", "counts", "--all").lines == everything
    assert ran("query", "app.py", "counts", "--from", "c", "--to", "to").lines == everything[1:4]
    assert ran("query", "app.py", "counts", "--to", "or").lines == everything[:3]
    assert ran("query", "app.py", "counts", "--from", "p").lines == everything[3:]
    assert ran("query", "app.py", "counts", "--from", "x", "--to", "y").code == 0


def test_a_store_that_is_another_one_now_is_refused_as_run_refuses_it(ran, words):
    text = (words / "app.py").read_text()
    (words / "app.py").write_text(text.replace('tumbling("1m")', 'tumbling("2m")'))
    asked = ran("query", "app.py", "letters", "--all")
    started = ran("worker", "app.py", "--until", "end", "--quiet")
    assert (asked.code, asked.out) == (2, "")
    assert asked.err == started.err
    assert "the store 'letters' of words: it holds windows of" in asked.err
    assert "streamz reset APP" in asked.err
    assert ran("query", "app.py", "counts", "--key", "be").out == "be\t3\n"


def test_state_of_another_retention_is_said_to_be_that(ran, words, caplog):
    text = (words / "app.py").read_text()
    changed = text.replace("aggregate(initial=int)", 'aggregate(initial=int, retention="3h")')
    (words / "app.py").write_text(changed)
    asked = ran("query", "app.py", "letters", "--all")
    assert asked.code == 1
    assert "keeps store letters for 60000 ms, and the app now says 10800000 ms" in asked.err
    assert ran("worker", "app.py", "--until", "end", "--quiet").code == 0
    assert "state begun anew in" in caplog.text
    assert "restored from the changelogs" in caplog.text
    assert "the app now says 10800000 ms" in caplog.text
    assert len(ran("query", "app.py", "letters", "--all").lines) == 3


def test_windows(ran):
    line = "a\t1970-01-01T00:01:00Z\t1970-01-01T00:02:00Z\t13"
    assert ran("query", "app.py", "letters", "--key", "a").lines == [line]
    assert ran("query", "app.py", "letters", "--all").lines[0] == line
    assert len(ran("query", "app.py", "letters", "--all").lines) == 3
    told = json.loads(ran("query", "app.py", "letters", "--key", "a", "--json").out)
    assert told["key"] == {"key": "a", "start": 60_000, "end": 120_000}
    at = ("--window-from", "1970-01-01T00:01Z", "--window-to", 60_000)
    assert ran("query", "app.py", "letters", "--key", "a", *at).lines == [line]
    assert ran("query", "app.py", "letters", "--key", "a", "--window-from", 60_001).code == 1
    assert ran("query", "app.py", "letters", "--all", "--window-to", 59_999).out == ""


def test_from_behind_with_a_prefix_and_one_window(ran):
    counts = ("query", "app.py", "counts")
    assert ran(*counts, "--all", "--reverse").lines[0] == "zoo\t1"
    assert ran(*counts, "--prefix", "o").lines == ["or\t1"]
    assert ran(*counts, "--prefix", "", "--to", "not", "--reverse").lines == ["not\t1", "be\t3"]
    letters = ("query", "app.py", "letters", "--key", "a")
    line = "a\t1970-01-01T00:01:00Z\t1970-01-01T00:02:00Z\t13"
    assert ran(*letters, "--window", "1970-01-01T00:01Z").lines == [line]
    assert ran(*letters, "--window", 60_000, "--window-end", 120_000).lines == [line]
    assert ran(*letters, "--window", 60_001).code == 1
    assert ran(*letters, "--reverse").lines == [line]


def test_a_store_that_functions_write_is_asked_everywhere(ran):
    every = dict(line.split("\t") for line in ran("query", "app.py", "seen", "--all").lines)
    assert set(every) == {"t", "b", "o", "n", "z"}
    for key, count in every.items():
        assert ran("query", "app.py", "seen", "--key", key).out == f"{key}\t{count}\n"


def test_a_store_in_memory_is_gone_with_its_worker(ran):
    done = ran("query", "app.py", "brief", "--all")
    assert done.code == 2
    assert "store brief is in memory and app words is not running: start it" in done.err


@pytest.mark.parametrize(
    "words,says",
    [
        (["nope", "--all"], "app words has no store 'nope' (stores: brief, counts, letters, seen)"),
        (["counts"], "say which rows"),
        (["counts", "--key", "a", "--all"], "say which rows"),
        (["counts", "--all", "--window-from", "1"], "has no windows"),
        (["counts", "--key", "a", "--window", "1"], "of a store with windows"),
        (["letters", "--all", "--window", "1"], "are of one key"),
        (["letters", "--key", "a", "--window-end", "1"], "say --window"),
        (["letters", "--all", "--window-from", "noon"], "is no time"),
        (["letters", "--all", "--window-from", "2013-01-31T05:00"], "is no time"),
        (["counts", "--all", "--set", "x"], "--set key=value"),
        (["counts", "--all", "--set", "x=1"], "unknown setting 'x'"),
    ],
)
def test_wrong_questions(cli, tmp_path, words, says):
    (tmp_path / "app.py").write_text(WORDS)
    done = cli("query", "app.py", *words)
    assert done.code == 2
    assert says in done.err


FLIGHT = {
    "carrier": "UA",
    "number": 1545,
    "tail": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "scheduled": "2013-01-01T10:15Z",
    "departed": "517",
    "delay": 2,
}


def test_to_ask_an_app_is_not_to_compile_it(cli, tmp_path, monkeypatch):
    """A question needs the plan; compiling the flights app takes longer than all the rest."""
    app = shutil.copy(ROOT / "examples" / "flights" / "app.py", tmp_path / "flown.py")
    one = ("--key", "EWR", "--value", json.dumps(FLIGHT))
    assert cli("topics", "produce", "flights", "--app", app, *one).code == 0
    done = cli("worker", app, "--until", "end", "--quiet")
    assert done.code == 0, done.err

    def compiled(*_, **__):
        raise AssertionError("it was compiled")

    monkeypatch.setattr("streamz_core.compiler.program.Writer", compiled)
    with pytest.raises(AssertionError, match="it was compiled"):
        load_app(str(app)).test()
    done = cli("query", app, "rolling", "--key", "UA")
    assert (done.code, done.out) == (0, 'UA\t{"flights":1,"minutes":2}\n')
    assert len(cli("query", app, "hourly", "--key", "EWR").lines) == 1


def test_asking_does_not_even_load_the_compiler(ran, words):
    probe = (
        "import sys; from streamz_core.cli.main import main\n"
        "main(['query', 'app.py', 'counts', '--key', 'be'])\n"
        "print([name for name in sys.modules if name.startswith('streamz_core.compiler')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=words,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["be\t3", "[]"]


def test_an_app_that_never_ran(cli, words):
    assert "holds no log" in cli("query", "app.py", "counts", "--all").err
    cli("topics", "create", "other", "--app", "app.py")
    done = cli("query", "app.py", "counts", "--all")
    assert done.code == 1
    assert "app words never ran on this log" in done.err


def test_a_directory_behind_its_changelog_says_so(ran, words):
    """As after a death between a commit and its write."""
    old = words / "old"
    shutil.copytree(words / ".streamz" / "state", old)
    ran("topics", "produce", "lines", "--app", "app.py", "-K", ":", stdin="a:be\n")
    ran("worker", "app.py", "--until", "end", "--quiet")
    shutil.rmtree(words / ".streamz" / "state")
    old.rename(words / ".streamz" / "state")
    done = ran("query", "app.py", "counts", "--key", "be")
    assert done.out == "be\t3\n"
    assert "1 committed changes of counts" in done.err


def test_a_run_to_the_end_restores_what_was_removed(ran, words):
    shutil.rmtree(words / ".streamz" / "state")
    assert ran("query", "app.py", "counts", "--key", "be").code != 0
    assert ran("worker", "app.py", "--until", "end", "--quiet").code == 0
    assert ran("query", "app.py", "counts", "--key", "be").out == "be\t3\n"
    assert ran("query", "app.py", "letters", "--all").code == 0


PRICES = """
from streamz_core import App, versioned

app = App("prices", topic_partitions=2, durability="process")
app.table("prices", key=str, value=int, materialized=versioned("1h"))
app.table("plain", key=str, value=int, materialized=True)
"""


def test_what_a_row_was(cli, tmp_path):
    (tmp_path / "prices.py").write_text(PRICES)
    for value, timestamp in ((1, 60_000), (3, 180_000), (2, 120_000)):
        given = ("--app", "prices.py", "-K", ":", "-T", timestamp)
        assert cli("topics", "produce", "prices", *given, stdin=f"a:{value}\n").code == 0
    assert cli("worker", "prices.py", "--until", "end", "--quiet").code == 0
    query = ("query", "prices.py", "prices", "--key", "a")
    assert cli(*query).out == "a\t3\n"
    lines = [
        "a\t1970-01-01T00:01:00Z\t1970-01-01T00:02:00Z\t1",
        "a\t1970-01-01T00:02:00Z\t1970-01-01T00:03:00Z\t2",
        "a\t1970-01-01T00:03:00Z\t\t3",
    ]
    assert cli(*query, "--versions").lines == lines
    assert cli(*query, "--versions", "--reverse").lines == lines[::-1]
    assert cli(*query, "--as-of", "1970-01-01T00:02:30Z").lines == lines[1:2]
    told = json.loads(cli(*query, "--as-of", 60_000, "--json").out)
    assert told == {"key": "a", "value": 1, "timestamp": 60_000, "valid_to": 120_000}
    assert cli(*query, "--as-of", 59_999).code == 1
    for wrong, says in (
        ((*query[:3], "--all", "--as-of", 5), "go with --key K"),
        ((*query, "--as-of", 5, "--versions"), "go with --key K"),
        (("query", "prices.py", "plain", "--key", "a", "--versions"), "only what its rows are"),
    ):
        done = cli(*wrong)
        assert (done.code, done.out) == (2, "")
        assert says in done.err

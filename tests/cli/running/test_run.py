"""`streamz run` as real processes: a supervisor, its workers, signals, deaths, and questions meanwhile."""

import json
import os
import signal
from collections import Counter

import pytest

from streamz_core.errors import Poisoned
from tests.cli.terminal import Running, streamz

LINES = [f"{'abcd'[n % 4]}:{' '.join('xyz'[: 1 + n % 3])}" for n in range(300)]


def rows(done):
    assert done.code == 0, done.err
    return {key: int(value) for key, value in (line.split("\t") for line in done.lines)}


def counted(lines):
    return dict(Counter(word for line in lines for word in line.partition(":")[2].split()))


def produce(cli, lines):
    done = cli("topics", "produce", "lines", "--app", "app.py", "-K", ":", stdin="\n".join(lines))
    assert done.code == 0, done.err


def test_until_end_says_what_it_runs_and_ends(cli, words):
    produce(cli, LINES)
    done = streamz("run", "app.py", "--workers", 2, "--until", "end", cwd=words)
    assert done.code == 0, done.err
    assert done.out == ""
    told = dict(line.split(maxsplit=1) for line in done.err.splitlines()[:9])
    assert told["app"] == "words"
    assert told["guarantee"].startswith("exactly once; durability process: killed processes lose")
    assert (told["reads"], told["writes"]) == ("lines[2]", "counts[2]")
    assert told["stores"] == "brief, counts, letters, seen"
    assert told["home"] == str(words / ".streamz")
    assert told["workers"] == "2 for 4 tasks"
    assert rows(cli("query", "app.py", "counts", "--all")) == counted(LINES)


def test_a_killed_worker_loses_nothing_and_questions_are_answered_all_the_time(cli, words, watch):
    produce(cli, LINES[:100])
    with Running("app.py", "--workers", 2, cwd=words) as run:
        owners = watch.until(lambda: watch.owners("words", 2), "two workers own all tasks")
        watch.until(lambda: watch.consumed("words", "lines"), "the lines are counted")
        watch.until(lambda: watch.consumed("words", "words-counts-repartition"), "so are the words")
        assert rows(cli("query", "app.py", "counts", "--all")) == counted(LINES[:100])
        assert cli("query", "app.py", "brief", "--key", "a").code == 0

        victim = owners["counts/0"]
        os.kill(victim, signal.SIGKILL)
        produce(cli, LINES[100:])
        asked = rows(cli("query", "app.py", "counts", "--all"))
        assert set(asked) == {"x", "y", "z"}
        watch.until(
            lambda: (watch.owners("words", 2) or {}).get("counts/0") not in {None, victim},
            "a new worker took its place",
        )
        watch.until(lambda: watch.consumed("words", "lines"), "the lines are counted")
        watch.until(lambda: watch.consumed("words", "words-counts-repartition"), "so are the words")
        assert rows(cli("query", "app.py", "counts", "--all")) == counted(LINES)
        one = json.loads(cli("query", "app.py", "counts", "--key", "x", "--json").out)
        assert one["value"] == 300

        run.send(signal.SIGTERM)
        assert run.wait() == 0, run.talk
        assert f"worker {victim} was ended by SIGKILL" in run.talk
    assert rows(cli("query", "app.py", "counts", "--all")) == counted(LINES)
    watch.log.refresh()
    assert [m for m in watch.log.state.members.values() if m.group == "words"] == []


def test_an_interrupt_drains_and_is_130(words, watch):
    with Running("app.py", cwd=words) as run:
        watch.until(lambda: watch.owners("words", 1), "the worker owns all tasks")
        run.send(signal.SIGINT)
        assert run.wait() == 130
        assert "Traceback" not in run.talk
    watch.log.refresh()
    assert [m for m in watch.log.state.members.values() if m.group == "words"] == []
    assert list((words / ".streamz" / "run").iterdir()) == []


OTHER = """
from streamz_core import App

app = App("words", topic_partitions=2)
app.stream("orders", key=str, value=str).group_by_key().count(name="sold")
"""


def test_another_program_of_the_same_name_is_told_so_and_runs_when_the_first_has_ended(
    cli, words, watch
):
    (words / "other.py").write_text(OTHER)
    with Running("app.py", cwd=words) as run:
        pid = watch.until(lambda: watch.owners("words", 1), "one worker")["counts/0"]
        for verb in ("run", "worker"):
            done = cli(verb, "other.py", "--until", "end")
            assert done.code == 2
            assert f"streamz: process {pid} runs another program as app words" in done.err
            assert "only this one reads topic orders, only the other one reads topics" in done.err
        assert "orders" not in cli("topics", "list").out
        run.send(signal.SIGTERM)
        assert run.wait() == 0
    assert cli("worker", "other.py", "--until", "end", "--quiet").code == 0


SLOW = """
import time
from pathlib import Path
from streamz_core import App

app = App("slow", topic_partitions=1, durability="process")

@app.stream("in", key=str, value=str).map_values
def wait(value: str) -> str:
    Path(__file__).with_name("begun").touch()
    time.sleep(3600)
    return value

wait.to("out")
"""


def test_a_second_interrupt_does_not_wait(cli, tmp_path, watch):
    (tmp_path / "app.py").write_text(SLOW)
    cli("topics", "produce", "in", "--app", "app.py", "--value", "x")
    with Running("app.py", cwd=tmp_path) as run:
        pid = watch.until(lambda: watch.owners("slow", 1), "the worker owns its task")["in/0"]
        watch.until((tmp_path / "begun").exists, "it is in the middle of a record")
        run.send(signal.SIGINT)
        watch.until(lambda: "another Ctrl-C ends it at once" in run.talk, "it says that it waits")
        run.send(signal.SIGTERM)
        run.send(signal.SIGINT)
        assert run.wait() == 130
        watch.until(lambda: not watch.alive(pid), "its worker is dead")


def test_workers_do_not_outlive_a_killed_supervisor(words, watch):
    with Running("app.py", cwd=words) as run:
        pid = watch.until(lambda: watch.owners("words", 1), "the worker owns all tasks")["counts/0"]
        run.send(signal.SIGKILL)
        run.wait()
        watch.until(lambda: not watch.owners("words", 1), "the worker left")
        watch.until(lambda: not watch.alive(pid), "and ended")


def test_a_worker_without_a_server_says_so_when_it_is_asked(cli, words, watch):
    with Running("app.py", "--http", "no", cwd=words):
        watch.until(lambda: watch.owners("words", 1), "the worker owns all tasks")
        done = cli("query", "app.py", "counts", "--key", "x")
    assert done.code == 2
    assert "answers no queries; start it by `streamz run` without --http no" in done.err


@pytest.mark.parametrize("count", [0, 1000])
def test_an_impossible_number_of_workers(cli, words, count):
    assert "1 to 256 are possible" in cli("run", "app.py", "--workers", count).err


def test_a_failed_sync_ends_everything_with_70_and_the_next_start_goes_on(cli, words, watch):
    produce(cli, LINES[:50])
    with Running("app.py", "--workers", 2, cwd=words) as run:
        watch.until(lambda: watch.consumed("words", "lines"), "the lines are counted")
        (words / ".streamz" / "log" / "POISON").touch()
        assert run.wait() == 70
        assert "streamz: a sync of the log" in run.talk
        assert "start again; the start verifies the log" in run.talk
        assert "Traceback" not in run.talk
    with pytest.raises(Poisoned):
        watch.close()
    done = streamz("run", "app.py", "--until", "end", cwd=words)
    assert done.code == 0, done.err
    assert not (words / ".streamz" / "log" / "POISON").exists()
    assert rows(cli("query", "app.py", "counts", "--all")) == counted(LINES[:50])

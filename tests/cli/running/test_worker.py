"""`streamz worker`: one process of a run, in this one."""

import pytest

from streamz_core.cli.running.lease import Lease
from streamz_core.cli.running.worker import AGAIN
from streamz_core.env.real import RealEnv
from streamz_core.errors import LeftBehind, NotReady
from streamz_core.runtime.supervisor import FINAL
from streamz_core.runtime.worker import Worker


@pytest.fixture
def produced(cli, words):
    done = cli("topics", "produce", "lines", "--app", "app.py", "-K", ":", stdin="a:to be\n")
    assert done.code == 0, done.err
    return cli


def worker(cli, *options):
    return cli("worker", "app.py", "--quiet", *options)


def test_until_end_it_works_and_ends(produced):
    done = worker(produced, "--until", "end")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert produced("query", "app.py", "counts", "--all").lines == ["be\t1", "to\t1"]


def test_it_ends_with_the_holder_of_its_lease(produced, words):
    lease = Lease(RealEnv(), str(words / ".streamz"))
    lease.end()
    assert worker(produced, "--lease", lease.path).code == 0, "or it would run for ever"


def test_settings_and_home_are_what_it_was_told(produced, words):
    assert worker(produced, "--until", "end", "--home", "other").code == 0
    assert (words / "other" / "log" / "LOG").exists()
    done = worker(produced, "--set", "commit.interval.ms=soon")
    assert done.code == 2
    assert "must be a whole number" in done.err


def test_what_it_may_be_told(produced):
    done = worker(produced, "--until", "noon")
    assert done.code == 2
    done = worker(produced, "--http", "everywhere")
    assert done.code == 2


def test_one_that_stood_still_for_too_long_is_started_again(produced, monkeypatch):
    """And does not end the others, as one does whose app is wrong."""

    def left_behind(*_):
        raise LeftBehind("this process stood still")

    monkeypatch.setattr(Worker, "_round", left_behind)
    done = worker(produced)
    assert (done.code, done.err) == (AGAIN, "streamz: this process stood still\n")
    assert AGAIN not in FINAL


def test_one_that_cannot_begin_is_not_started_again(produced, monkeypatch):
    """As where no more files may be open: the next one could not begin either, for ever."""

    def no_files(*_):
        raise NotReady("allow this process more open files (ulimit -n)")

    monkeypatch.setattr(Worker, "_round", no_files)
    done = worker(produced)
    assert done.code in FINAL
    assert "ulimit -n" in done.err


@pytest.mark.parametrize("code", ["0", "4", "'so long'", ""])
def test_a_step_that_ends_the_program_ends_the_run_with_its_line(cli, tmp_path, code):
    """With 0 it would have passed for the end of the work; with 4 it would have come again for ever."""
    (tmp_path / "app.py").write_text(
        "import sys\n"
        "from streamz_core import App\n"
        "app = App('leaving', topic_partitions=1)\n"
        "@app.stream('in', key=str, value=str).map_values\n"
        "def leave(value: str) -> str:\n"
        f"    sys.exit({code})\n"
        "leave.to('out')\n"
    )
    assert cli("topics", "produce", "in", "--app", "app.py", stdin="x\n").code == 0
    done = worker(cli, "--until", "end")
    assert done.code in FINAL
    assert f"a step of app leaving ends the program: sys.exit({code or None})" in done.err
    assert "in leave" in done.err
    assert "nothing of the record was committed" in done.err

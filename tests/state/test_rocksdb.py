"""What only a database in a directory has: locks, closing with readers alive, kills, forks."""

import gc
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from streamz_state import (
    Position,
    StateClosed,
    StateError,
    StateFull,
    StateLocked,
    WriteBatch,
    open_rocksdb,
)
from streamz_state import rocksdb as house
from tests.state.check_database import FIRST, SECOND, everything, fill, k, numbered

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "db")


def run(program, *arguments, **options):
    """Another Python, with the state house on its path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "state")}
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finished(child, seconds=60):
    out, err = child.communicate(timeout=seconds)
    return child.returncode, out, err


def test_rows_and_position_are_there_when_opened_again(path):
    database = open_rocksdb(path)
    fill(database, numbered(1000), FIRST)
    database.close()
    database = open_rocksdb(path)
    assert (everything(database), database.position) == (numbered(1000), FIRST)
    database.close()


def test_the_directory_is_made_for_its_owner_alone(tmp_path):
    path = tmp_path / "a" / "b"
    open_rocksdb(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o700


# ---- locks


def test_a_directory_in_use_is_refused_by_name_and_can_be_used_after_close(path):
    database = open_rocksdb(path)
    with pytest.raises(StateLocked, match=path):
        open_rocksdb(path)
    fill(database, numbered(1))
    database.close()
    open_rocksdb(path).close()


def test_a_directory_in_use_by_another_process_is_refused_until_that_is_killed(path):
    program = """
        import sys
        from streamz_state import open_rocksdb
        database = open_rocksdb(sys.argv[1])
        print("open", flush=True)
        sys.stdin.read()
    """
    with run(program, path, stdin=subprocess.PIPE) as child:
        assert child.stdout.readline() == "open\n"
        with pytest.raises(StateLocked, match=path):
            open_rocksdb(path)
        child.kill()
        child.wait()
        open_rocksdb(path).close()


@pytest.mark.parametrize("reverse", [False, True])
def test_close_frees_the_directory_at_once_with_scans_half_way_and_snapshots_open(path, reverse):
    database = open_rocksdb(path)
    fill(database, numbered(1000))
    scans = [database.scan(b"", None, reverse=reverse) for _ in range(3)]
    snapshot = database.snapshot()
    scans.append(snapshot.scan(b"", None))
    for scan in scans[1:]:
        next(scan)
    database.close()
    again = open_rocksdb(path)
    assert everything(again) == numbered(1000)
    for scan in scans:
        with pytest.raises(StateClosed, match=path):
            list(scan)
    again.close()


def test_scans_that_are_dropped_or_done_leave_nothing_behind(path):
    database = open_rocksdb(path)
    fill(database, numbered(1000))
    done = database.scan(b"", None)
    assert len(list(done)) == 1000
    dropped = database.scan(b"", None)
    next(dropped)
    del dropped
    database.scan(b"", None)  # never begun
    gc.collect()
    assert len(database._views) == 0
    database.close()


def test_a_read_that_close_overtakes_is_told_so(path):
    database = open_rocksdb(path)
    begun = database._get
    database.close()
    database._get = begun
    with pytest.raises(StateClosed, match=path):
        database.get(k("a"))


# ---- reading only


def test_reading_only_sees_what_a_killed_owner_wrote_and_takes_no_lock(path):
    program = """
        import os, signal, sys
        from streamz_state import Position, WriteBatch, open_rocksdb
        database = open_rocksdb(sys.argv[1])
        database.write(WriteBatch(puts=[(b"\\0\\1key", b"value")]), Position(1, b"h", b"f"))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert finished(run(program, path))[0] == -signal.SIGKILL
    one, other = open_rocksdb(path, read_only=True), open_rocksdb(path, read_only=True)
    for database in (one, other):
        assert everything(database) == [(b"\x00\x01key", b"value")]
        assert database.position == Position(1, b"h", b"f")
        with pytest.raises(StateError, match="cannot be written"):
            fill(database, numbered(1))
        database.close()


def test_reading_only_makes_nothing(path):
    with pytest.raises(StateError, match=f"no database in {path}"):
        open_rocksdb(path, read_only=True)
    assert not Path(path).exists()


def test_a_file_in_the_way_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match=str(tmp_path / "file")):
        open_rocksdb(str(tmp_path / "file"))


# ---- what a kill leaves


def test_after_a_kill_rows_and_position_are_of_one_commit_that_was_not_lost(path):
    program = """
        import sys
        from streamz_state import Position, WriteBatch, open_rocksdb
        database = open_rocksdb(sys.argv[1])
        for commit in range(1, 1_000_000):
            value = b"%d" % commit
            rows = [(b"\\0\\1%05d" % number, value * 100) for number in range(200)]
            database.write(WriteBatch(puts=rows), Position(commit, value, b"f"))
            print(commit, flush=True)
    """
    known = 0
    for stop in (3, 40, 150):
        with run(program, path) as child:
            told = next(int(line) for line in child.stdout if int(line) >= stop)
            child.kill()
        database = open_rocksdb(path)
        commit = database.position.commit
        assert commit >= told
        assert {value for _, value in everything(database)} == {b"%d" % commit * 100}
        database.close()
        known = commit
    assert known >= 150


# ---- what the binding does not do by itself


def test_an_upper_bound_outlives_the_bytes_it_was_made_of(path):
    database = open_rocksdb(path)
    fill(database, numbered(1000))
    bounds = range(100, 1000, 50)
    views = [database._view(k("") + b"%05d" % bound) for bound in bounds]
    junk = [bytes(7) for _ in range(10_000)]  # lies where freed bounds would lie
    counts = [len(view.rows(b"", None, reverse=False, limit=2000)) for view in views]
    assert counts == list(bounds)
    assert len(junk) == 10_000
    database.close()


def test_an_exception_that_is_kept_does_not_keep_the_directory(path):
    database = open_rocksdb(path)
    fill(database, numbered(1000))
    scan = database.scan(b"", None)
    next(scan)
    view = next(iter(database._views))
    with pytest.raises(StateError) as kept:
        view.rows("no bytes", None, reverse=False, limit=1)
    with pytest.raises(StateError) as kept_too:
        view.rows(b"", None, reverse=False, limit="no number")
    database.close()
    open_rocksdb(path).close()
    assert kept.value.__context__ is kept_too.value.__context__ is None


def test_blocks_of_a_reopened_database_come_from_the_shared_cache(path):
    database = open_rocksdb(path)
    fill(database, numbered(20_000, os.urandom(50)))
    database.close()
    blocks, _ = house._memory()
    database = open_rocksdb(path)
    before = blocks.get_usage()
    assert len(everything(database)) == 20_000
    assert blocks.get_usage() > before + 200_000
    database.close()


def test_write_buffers_of_all_databases_are_counted_together(tmp_path):
    _, buffers = house._memory()
    before = buffers.get_usage()
    databases = [open_rocksdb(str(tmp_path / str(number))) for number in range(5)]
    for database in databases:
        fill(database, numbered(1000, bytes(1000)))
    assert buffers.get_usage() > before + 5_000_000
    for database in databases:
        database.close()


def test_a_last_flush_that_fails_is_told_and_the_database_is_closed_all_the_same(path):
    database = open_rocksdb(path)
    fill(database, numbered(10))
    real = database._rocksdict

    class Failing:
        def close(self):
            real.close()
            raise Exception("IO error: No space left on device")

    database._rocksdict = Failing()
    with pytest.raises(StateError, match="No space left"):
        database.close()
    with pytest.raises(StateClosed):
        database.get(k("a"))
    database.close()
    open_rocksdb(path).close()


# ---- forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_forked_child_is_refused_and_ends_and_the_parent_goes_on(path):
    program = """
        import os, sys, warnings
        from streamz_state import Position, StateClosed, WriteBatch, open_rocksdb
        warnings.simplefilter("ignore")
        database = open_rocksdb(sys.argv[1])
        rows = [(b"\\0\\1%05d" % number, b"v" * 100) for number in range(1000)]
        database.write(WriteBatch(puts=rows), Position(1, b"h", b"f"))
        snapshot, scan = database.snapshot(), database.scan(b"", None)
        next(scan)
        child = os.fork()
        if not child:
            refused = 0
            for call in (
                lambda: database.get(b"\\0\\1a"),
                lambda: database.position,
                lambda: database.scan(b"", None),
                lambda: database.snapshot(),
                lambda: database.write(WriteBatch(), None),
                lambda: snapshot.get(b"\\0\\1a"),
                lambda: list(scan),
            ):
                try:
                    call()
                except StateClosed as error:
                    refused += 1
            database.close()
            snapshot.close()
            try:
                database.get(b"a")
            except StateClosed as error:
                print(refused, error, flush=True)
            del database, snapshot, scan
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert len(list(scan)) == 999
        database.write(WriteBatch(puts=[(b"\\0\\1a", b"b")]), Position(2, b"h", b"f"))
        database.close()
        print(open_rocksdb(sys.argv[1]).position.commit)
    """
    code, out, err = finished(run(program, path))
    assert code == 0, err
    child, parent = out.splitlines()
    assert child.startswith("7 ")
    assert "forked" in child
    assert parent == "2"


def test_handles_left_to_the_parent_are_never_destroyed(path):
    program = """
        import sys
        from streamz_state import open_rocksdb
        database = open_rocksdb(sys.argv[1])
        snapshot = database.snapshot()
        handles = [database._rocksdict, next(iter(database._views))._iterator, object()]
        database.leave_to_parent()
        print([sys.getrefcount(handle) for handle in handles])
    """
    code, out, err = finished(run(program, path))
    assert code == 0, err
    *handles, object_of_nobody_else = json.loads(out)
    assert handles == [object_of_nobody_else + 1] * 2


# ---- loading


def test_the_house_does_not_load_rocksdb_until_it_is_needed(path):
    program = """
        import sys
        import streamz_state
        streamz_state.open_memory().close()
        assert "rocksdict" not in sys.modules
        assert "streamz_state.rocksdb" not in sys.modules
        streamz_state.open_rocksdb(sys.argv[1]).close()
        assert "rocksdict" in sys.modules
    """
    code, _, err = finished(run(program, path))
    assert code == 0, err


def test_one_commit_holds_everything_or_nothing(path):
    database = open_rocksdb(path)
    fill(database, numbered(5), FIRST)
    with pytest.raises((KeyError, ValueError, TypeError)):
        database.write(WriteBatch(puts=[(k("new"), b"v"), (k("wrong"), "text")]), SECOND)
    assert (everything(database), database.position) == (numbered(5), FIRST)
    database.close()


# ---- a full disk

FULL = """
    import contextlib, os, sys
    from streamz_state import StateError, StateFull, WriteBatch, open_rocksdb

    def write(number):
        batch = WriteBatch()
        batch.puts.extend((b"%08d" % (100 * number + at), os.urandom(1000)) for at in range(100))
        database.write(batch, None)

    home, number = sys.argv[1], 0
    with open(f"{home}/ballast", "wb") as ballast:
        ballast.write(bytes(20 << 20))
    database = open_rocksdb(f"{home}/db")
    for _ in range(2):
        try:
            while True:
                write(number)
                number += 1
        except StateFull as error:
            assert "No space left on device" in str(error), error
    os.unlink(f"{home}/ballast")
    with contextlib.suppress(StateError):  # what it could not flush is recovered
        database.close()
    database = open_rocksdb(f"{home}/db")
    assert sum(1 for _ in database.scan(b"", None)) == 100 * number
    write(number)
    database.close()
    print(number > 10)
"""


def test_a_full_disk_is_told_as_one_and_what_was_written_stays(tmp_path):
    """On a small file system of its own, where this user may make one."""
    program = textwrap.dedent(FULL)
    command = 'mount -t tmpfs -o size=32m none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command, "sh", tmp_path, sys.executable, program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "state")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("said", house.NO_ROOM)
def test_no_room_is_no_damage(path, monkeypatch, said):
    database = open_rocksdb(path)
    with monkeypatch.context() as patched:
        patched.setattr(database, "_rocksdict", Refusing(f"IO error: {said}: While appending"))
        with pytest.raises(StateFull, match=f"{said}.*; make room on its disk"):
            fill(database, numbered(3), FIRST)
    database.close()


class Refusing:
    """What the binding raises when the disk takes nothing."""

    def __init__(self, text):
        self.text = text

    def write(self, rows):
        raise Exception(self.text)

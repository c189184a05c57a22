"""Damaged files of a database: refused as such, or a moment that the position tells truly.

Never a short scan, never a wrong row, never an opening that does not return.
"""

import itertools
import random
import shutil
from pathlib import Path

import pytest

from streamz_state import Position, StateCorrupt, WriteBatch, open_rocksdb
from tests.state.check_database import everything, k

COMMITS, FLUSHED = 60, (20, 40)


def batch(commit):
    """Overwrites rows and deletes a range, so that a commit more or less shows."""
    value = b"%03d" % commit * 20
    puts = [(k(f"{(commit * 7 + n * 13) % 300:04}"), value) for n in range(20)]
    ranges = [(k("0050"), k("0060"))] if commit % 5 == 0 else []
    return WriteBatch(puts=puts, ranges=ranges)


def rows_after(commit):
    rows = {}
    for each in range(1, commit + 1):
        for start, end in batch(each).ranges:
            rows = {key: value for key, value in rows.items() if not start <= key < end}
        rows.update(batch(each).puts)
    return sorted(rows.items())


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A directory as a killed process leaves it: two SST files and a WAL."""
    folder = tmp_path_factory.mktemp("origin")
    database = open_rocksdb(str(folder / "live"))
    for commit in range(1, COMMITS + 1):
        database.write(batch(commit), Position(commit, b"%d" % commit, b"print"))
        if commit in FLUSHED:
            database._rocksdict.flush()
    shutil.copytree(folder / "live", folder / "left")
    database.close()
    return folder / "left"


@pytest.fixture
def copy(origin, tmp_path):
    """Makes a copy in which one file has other bytes (None: is missing)."""
    numbers = itertools.count()

    def make(pattern, change):
        folder = tmp_path / str(next(numbers))
        shutil.copytree(origin, folder)
        file = min(folder.glob(pattern))
        data = change(file.read_bytes())
        if data is None:
            file.unlink()
        else:
            file.write_bytes(data)
        return str(folder)

    return make


def flip(position, bit):
    """The change that turns one bit over."""

    def change(data):
        return data[:position] + bytes((data[position] ^ 1 << bit,)) + data[position + 1 :]

    return change


def cut(end):
    """The change that leaves the first `end` bytes."""
    return lambda data: data[:end]


def outcome(path, *, read_only=False):
    """What a caller gets: "corrupt", or the commit whose rows these are. Anything else is wrong."""
    try:
        database = open_rocksdb(path, read_only=read_only)
    except StateCorrupt as error:
        return refused(error, path)
    try:
        commit = database.position.commit
        expected = rows_after(commit)
        assert everything(database) == expected
        assert everything(database, reverse=True) == expected[::-1]
        found = dict(expected)
        for number in range(300):
            assert database.get(k(f"{number:04}")) == found.get(k(f"{number:04}"))
    except StateCorrupt as error:
        return refused(error, path)
    else:
        return commit
    finally:
        database.close()


def refused(error, path):
    """The message names the directory and the way out."""
    assert path in str(error)
    assert "restore" in str(error)
    return "corrupt"


def test_the_copy_is_whole(copy):
    assert outcome(copy("CURRENT", lambda data: data)) == COMMITS
    assert outcome(copy("CURRENT", lambda data: data), read_only=True) == COMMITS


@pytest.mark.parametrize("pattern", ["MANIFEST-*", "*.log", "CURRENT", "*.sst"])
def test_a_flipped_bit_is_refused_or_harmless(copy, origin, pattern):
    size = min(origin.glob(pattern)).stat().st_size
    chance = random.Random(pattern)
    seen = []
    for _ in range(40):
        position, bit = chance.randrange(size), chance.randrange(8)
        path = copy(pattern, flip(position, bit))
        seen.append(outcome(path, read_only=chance.random() < 0.2))
        shutil.rmtree(path)
    assert seen.count("corrupt") >= 5, "else this would test nothing"
    if pattern == "MANIFEST-*":
        assert set(seen) == {"corrupt"}


def heads(data):
    """Where the records of a log begin that is shorter than a block."""
    position = 0
    while position < len(data):
        yield position
        position += 7 + int.from_bytes(data[position + 4 : position + 6], "little")


def test_every_bit_of_every_head_in_a_manifest_is_guarded(copy, origin):
    """Lengths are under no checksum: here RocksDB alone hangs, or forgets whole files of rows."""
    data = next(origin.glob("MANIFEST-*")).read_bytes()
    places = [head + byte for head in heads(data) for byte in (4, 5, 6)]
    assert len(places) >= 15
    for position, bit in itertools.product(places, range(8)):
        path = copy("MANIFEST-*", flip(position, bit))
        assert outcome(path) == "corrupt", (position, bit)
        shutil.rmtree(path)


@pytest.mark.parametrize("byte", [4, 5, 6])
def test_every_bit_of_some_heads_in_a_wal_is_refused_or_gives_an_older_commit(copy, origin, byte):
    data = next(origin.glob("*.log")).read_bytes()
    places = list(heads(data))
    for head, bit in itertools.product((places[0], places[len(places) // 2]), range(8)):
        path = copy("*.log", flip(head + byte, bit))
        assert outcome(path) in ("corrupt", *range(max(FLUSHED), COMMITS)), (head + byte, bit)
        shutil.rmtree(path)


def test_a_wal_cut_short_gives_an_older_commit(copy, origin):
    size = next(origin.glob("*.log")).stat().st_size
    chance = random.Random(1)
    for end in [0, size - 1, *(chance.randrange(size) for _ in range(10))]:
        commit = outcome(copy("*.log", cut(end)))
        assert max(FLUSHED) <= commit < COMMITS


def test_a_wal_that_ends_in_space_never_written_gives_every_commit(copy):
    assert outcome(copy("*.log", lambda data: data + bytes(5000))) == COMMITS


@pytest.mark.parametrize("pattern", ["MANIFEST-*", "CURRENT", "*.sst"])
def test_files_that_are_cut_short_or_missing_are_refused(copy, pattern):
    for change in (cut(-1), lambda data: data[: len(data) // 2], lambda _: None):
        assert outcome(copy(pattern, change)) == "corrupt"


@pytest.mark.parametrize("pattern", ["OPTIONS-*", "rocksdict-config.json", "IDENTITY"])
@pytest.mark.parametrize("change", [lambda _: None, lambda _: b"", lambda _: b"\xff" * 100])
def test_files_that_say_nothing_of_the_rows_do_not_matter(copy, pattern, change):
    assert outcome(copy(pattern, change)) == COMMITS


# ---- blocks that are damaged while the database is open


@pytest.fixture
def damaged(tmp_path):
    """A database of 40,000 rows in one SST file, one of whose blocks is damaged in the middle."""
    path = tmp_path / "db"
    database = open_rocksdb(str(path))
    rows = [(k(f"{number:06}"), random.Random(number).randbytes(30)) for number in range(40_000)]
    database.write(WriteBatch(puts=rows), Position(1, b"h", b"f"))
    database._rocksdict.flush()
    database.close()
    (file,) = path.glob("*.sst")
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(byte ^ 0xFF for byte in data[middle : middle + 8])
    file.write_bytes(data)
    opened = open_rocksdb(str(path))
    yield opened, [key for key, _ in rows]
    opened.close()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_into_a_damaged_block_raises(damaged, reverse):
    database, keys = damaged
    with database.snapshot() as snapshot:
        for reader in (database, snapshot):
            read = []
            with pytest.raises(StateCorrupt, match="restore"):
                read.extend(key for key, _ in reader.scan(b"", None, reverse=reverse))
            in_order = keys[::-1] if reverse else keys
            assert read == in_order[: len(read)]
            assert 1000 < len(read) < 39_000


def test_a_scan_does_not_walk_through_rows_deleted_behind_its_end(damaged):
    database, keys = damaged
    database.write(WriteBatch(deletes=keys[1000:]), None)
    assert len(list(database.scan(b"", keys[1000]))) == 1000
    with pytest.raises(StateCorrupt):
        list(database.scan(b"", None))


def test_gets_from_a_damaged_block_raise_and_others_answer(damaged):
    database, keys = damaged
    raised = 0
    with database.snapshot() as snapshot:
        for key in keys[::50]:
            answers = []
            for reader in (database, snapshot):
                try:
                    answers.append(reader.get(key))
                except StateCorrupt:
                    answers.append("corrupt")
            assert answers[0] == answers[1]
            assert answers[0] is not None
            raised += answers[0] == "corrupt"
    assert 1 <= raised <= 20


def test_an_error_that_is_kept_does_not_keep_the_directory(damaged):
    database, _ = damaged
    scan = database.scan(b"", None)
    with pytest.raises(StateCorrupt) as kept:
        list(scan)
    database.close()
    path = database._path
    open_rocksdb(path).close()
    shutil.rmtree(path)
    Path(path).mkdir()
    assert kept.value is not None

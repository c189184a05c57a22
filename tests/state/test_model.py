"""Random use of both databases at once, against a plain dict: every read agrees, at every moment."""

import tempfile
from itertools import islice

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from streamz_state import Position, WriteBatch, open_memory, open_rocksdb
from streamz_state.keys import prefix_end

# Few keys, many of them prefixes of others, around the edges of bytes and of stores.
PARTS = st.sampled_from([b"\x00", b"\x01", b"a", b"b", b"\x7f", b"\x80", b"\xff"])
NAMES = st.lists(PARTS, max_size=3).map(b"".join)
KEYS = st.builds(bytes.__add__, st.sampled_from([b"\x00\x01", b"\x00\x02", b"\xff\xfe"]), NAMES)
VALUES = st.sampled_from([b"", b"1", b"2", b"\x00\xff", b"long" * 50])
BATCHES = st.builds(
    WriteBatch,
    puts=st.lists(st.tuples(KEYS, VALUES), max_size=8),
    deletes=st.lists(KEYS, max_size=3),
    ranges=st.lists(st.tuples(KEYS, KEYS), max_size=2),
)


def applied(rows, batch):
    rows = dict(rows)
    for start, end in batch.ranges:
        rows = {key: value for key, value in rows.items() if not start <= key < end}
    for key in batch.deletes:
        rows.pop(key, None)
    return rows | dict(batch.puts)


def within(rows, start, end, reverse):
    found = [row for row in rows.items() if start <= row[0] and (end is None or row[0] < end)]
    return sorted(found, reverse=reverse)


class Databases(RuleBasedStateMachine):
    snapshots = Bundle("snapshots")
    scans = Bundle("scans")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.pair = [open_memory(), open_rocksdb(self.folder.name)]
        self.rows = {}
        self.position = None

    def teardown(self):
        for database in self.pair:
            database.close()
        open_rocksdb(self.folder.name).close()
        self.folder.cleanup()

    @rule(batch=BATCHES, moves=st.booleans())
    def write(self, batch, moves):
        position = Position(len(self.rows), b"h", b"f", {"s": 1}) if moves else None
        for database in self.pair:
            database.write(batch, position)
        self.rows = applied(self.rows, batch)
        self.position = position or self.position

    @rule()
    def reopen_rocksdb(self):
        self.pair[1].close()
        self.pair[1] = open_rocksdb(self.folder.name)

    @rule(target=snapshots)
    def take_snapshot(self):
        return [each.snapshot() for each in self.pair], self.rows, self.position, self.pair[1]

    @rule(moment=consumes(snapshots))
    def read_snapshot(self, moment):
        readers, rows, position, owner = moment
        if owner is not self.pair[1]:
            readers = readers[:1]
        for reader in readers:
            self.check(reader, rows, position)
            reader.close()

    @rule(target=scans, start=KEYS, end=st.none() | KEYS, reverse=st.booleans())
    def begin_scan(self, start, end, reverse):
        return self.begun(start, end, reverse)

    @rule(target=scans, prefix=KEYS, reverse=st.booleans())
    def begin_scan_of_prefix(self, prefix, reverse):
        return self.begun(prefix, prefix_end(prefix), reverse)

    def begun(self, start, end, reverse):
        expected = within(self.rows, start, end, reverse)
        for database in self.pair:
            assert list(database.scan(start, end, reverse=reverse)) == expected
        taken = min(2, len(expected))
        scans = [database.scan(start, end, reverse=reverse) for database in self.pair]
        for scan in scans:
            assert list(islice(scan, taken)) == expected[:taken]
        return multiple((scans, expected[taken:], self.pair[1]))

    @rule(scan=consumes(scans))
    def finish_scan(self, scan):
        scans, expected, owner = scan
        if owner is not self.pair[1]:
            scans = scans[:1]
        for each in scans:
            assert list(each) == expected

    @rule(keys=st.lists(KEYS, max_size=4))
    def get(self, keys):
        for key in keys:
            for database in self.pair:
                assert database.get(key) == self.rows.get(key)

    @invariant()
    def everything_agrees(self):
        for database in self.pair:
            self.check(database, self.rows, self.position)

    def check(self, reader, rows, position):
        assert list(reader.scan(b"", None)) == sorted(rows.items())
        assert reader.position == position
        for key in list(rows)[:3]:
            assert reader.get(key) == rows[key]


Databases.TestCase.settings = hypothesis.settings(max_examples=25, stateful_step_count=25)
TestDatabases = Databases.TestCase

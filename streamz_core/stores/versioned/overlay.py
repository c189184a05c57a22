"""The overlay of a store of versions (Kafka: RocksDBVersionedStore).

Unlike Kafka's it takes a delete for a version like others, whatever was before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from streamz_core.stores.kind import codecs
from streamz_core.stores.rows import ABSENT, ROWS_MAX, Changes, Reader, Row, last_of_each, loaded
from streamz_core.stores.versioned.layers import Layer, changed
from streamz_core.stores.versioned.layout import (
    DELETED,
    NO_VERSION,
    Latest,
    Layout,
    Version,
    in_span,
    version,
)
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    TIMESTAMP_BYTES,
    newest_start_key,
    pack_version,
    prefix_end,
    split_changelog_version,
    split_version_key,
    stamp,
    unpack_version,
    unstamp,
)

SWEEP_ROWS = 2000
"""So many rows that are over are given up by one commit at most: others wait, and nobody sees them."""


class VersionedStore:
    """The overlay of one store over its database.

    Values are bytes in it; of each key the latest version is kept in memory, older ones are read.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        self.spec = spec
        self.key, self.value = codecs(spec)
        self.layout = Layout(spec, number)
        self.rows_max = rows_max
        self._database = database
        self._nested = False
        self._latest: dict[bytes, Latest] = {}
        saved = database.get(newest_start_key(self.layout.prefix))
        newest = -1 if saved is None else int.from_bytes(saved, "big")
        self._saved = Layer(newest, self.layout.older)  # what the database has; it holds no rows
        self._layers = [self._saved.above()]
        span = self.layout.latest, prefix_end(self.layout.latest)
        self._whole = next(iter(database.scan(*span)), None) is None

    @property
    def newest(self) -> int:
        """The stream time of the store: the largest timestamp of any version that was put."""
        return self._layers[-1].newest

    # ---- for lines and facades

    def row(self, key: bytes) -> Row:
        """The latest version of a key as a row; ABSENT where there is none, or a delete."""
        return self._row(self._find(key))

    def row_at(self, key: bytes, time: int) -> Row:
        """The version that was valid at a time, as a row; ABSENT where there is none, or it is not known
        any more.
        """
        latest = self._find(key)
        if latest[0] <= time:
            return self._row(latest)
        if time < self.layout.floor(self.newest):
            return ABSENT
        found = self._covering(key, time)
        return ABSENT if found is None or found[0] > time else self._row((found[0], found[2]))

    def versions(self, key: bytes, first: int, last: int) -> Iterator[Version | Latest]:
        """The versions that were valid at some time from `first` to `last`, the earliest first; the last one as
        Latest if it is the latest. Deletes are among them.
        """
        first = max(first, self.layout.floor(self.newest), 0)
        if last >= first:
            yield from self.layout.between(
                lambda segment: self._older(key, segment), first, last, self.newest
            )
        latest = self._find(key)
        if 0 <= latest[0] <= last:
            yield latest

    def put(self, key: bytes, timestamp: int, value: bytes | None) -> bool | None:
        """Put a version, a value of None deletes: whether it is the latest of its key; None if it is too old, and
        nothing happened.
        """
        top = self._layers[-1]
        if timestamp < self.layout.floor(top.newest):
            return None
        top.newest = max(top.newest, timestamp)
        top.tell(key, timestamp, pack_version(value))
        latest = self._find(key)
        if timestamp < latest[0]:
            self._insert(key, timestamp, value, latest[0])
            return False
        if 0 <= latest[0] < timestamp:
            self._put_older(key, (latest[0], timestamp, latest[1]))
        top.put_latest(key, timestamp, value)
        if value is None:
            top.put_older(self.layout.head(timestamp, key), timestamp, DELETED)
        return True

    # ---- versions

    def _row(self, latest: Latest) -> Row:
        timestamp, raw = latest
        return ABSENT if raw is None else loaded(self.value, raw, timestamp)

    def _find(self, key: bytes) -> Latest:
        for layer in reversed(self._layers):
            found = layer.latest.get(key)
            if found is not None:
                return found
        found = self._latest.get(key)
        if found is None:
            if self._whole:
                return NO_VERSION
            data = self._database.get(self.layout.latest + key)
            if data is None:
                return NO_VERSION
            timestamp, packed = unstamp(data)
            found = self._latest[key] = (timestamp, unpack_version(packed))
        return found

    def _older(self, key: bytes, segment: int) -> list[Version]:
        """The older versions of a key in a segment, the earliest first."""
        head, end = self.layout.span(segment, key)
        rows: dict[int, bytes | None] = dict(in_span(head, self._database.scan(head, end)))
        rows |= changed(self._layers, head)
        return [version(timestamp, data) for timestamp, data in sorted(rows.items()) if data]

    def _covering(self, key: bytes, time: int) -> Version | None:
        return self.layout.covering(lambda segment: self._older(key, segment), time, self.newest)

    def _insert(self, key: bytes, timestamp: int, value: bytes | None, latest: int) -> None:
        """A version before the latest one: valid until the next one, and so is the one before until then."""
        found = self._covering(key, timestamp)
        if found is None:
            self._put_older(key, (timestamp, latest, value))
            return
        start, valid_to, before = found
        if start < timestamp:
            self._layers[-1].put_older(self.layout.head(valid_to, key), start, None)
            self._put_older(key, (start, timestamp, before))
        ends = start if start > timestamp else valid_to
        self._put_older(key, (timestamp, ends, value))

    def _put_older(self, key: bytes, older: Version) -> None:
        timestamp, valid_to, value = older
        head = self.layout.head(valid_to, key)
        self._layers[-1].put_older(head, timestamp, stamp(valid_to, pack_version(value)))

    def _sweep(self) -> None:
        """Give up rows of segments that are over in the database; what is under way lies behind them."""
        top, end = self._layers[-1], self.layout.over(self._saved.newest)
        if top.swept >= end:
            return
        rows = list(islice(self._database.scan(top.swept, end), SWEEP_ROWS))
        for place, data in rows:
            key, timestamp = split_version_key(place)
            if data != DELETED:
                top.tell(key, timestamp, None)
            elif self._find(key) == (timestamp, None):
                top.latest[key] = NO_VERSION
                top.tell(key, timestamp, None)
            top.put_older(place[:-TIMESTAMP_BYTES], timestamp, None)
        top.swept = end if len(rows) < SWEEP_ROWS else rows[-1][0] + b"\x00"

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit."""
        self._sweep()
        top = self._layers[-1]
        self._layers.append(top.above())
        return top.changes(self.layout, self._saved.newest)

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        done = self._layers.pop(0)
        self._saved = done.above()
        self._latest.update(done.latest)
        excess = len(self._latest) - self.rows_max
        if excess > 0:
            self._whole = False
            for key in list(islice(self._latest, excess + self.rows_max // 4)):
                del self._latest[key]

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        self._nested = False
        self._layers = [self._saved.above()]

    def restored(
        self,
        keys: list[bytes],
        values: list[bytes | None],
        timestamps: list[int],
    ) -> Changes:
        """Versions of the changelog as rows of the database.

        The caller writes them before any lookup and before the rows of the next call. A version that the
        changelog says is over goes when its segment does, unless it is the latest now: what came behind it,
        a delete, is over, too, and may have left nothing else.
        """
        self._whole = False
        self.rollback()
        columns = last_of_each(keys, values, timestamps)
        for place, data in zip(columns[0], columns[1], strict=True):
            key, timestamp = split_changelog_version(place)
            if data is not None:
                self.put(key, timestamp, unpack_version(data))
            elif self._find(key)[0] == timestamp:
                self._layers[-1].latest[key] = NO_VERSION
        top = self._layers[-1]
        changes = top.changes(self.layout, self._saved.newest)
        changes.puts.sort()
        self._saved = top.above()
        self.rollback()
        self._latest.clear()  # what was read for this is not what will be there
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        assert not self._nested, "one nested overlay at a time"
        self._nested = True
        self._layers.append(self._layers[-1].above())

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write."""
        return self._layers[-1].changes(self.layout, self._saved.newest)

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds."""
        nested = self._layers[-1]
        self.undo()
        self._layers[-1].take(nested)

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        assert self._nested, "begin() comes first"
        self._nested = False
        self._layers.pop()

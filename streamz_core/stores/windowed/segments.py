"""Where the rows of a window store lie in the database, what time it is there, and what is over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import concat
from typing import Any

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.stores.kind import codecs
from streamz_core.stores.rows import Changes, Reader, last_of_each
from streamz_core.stores.windowed.layout import Layout
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import (
    HEAD_BYTES,
    changelog_window_time,
    newest_start_key,
    pack_segment,
    pack_timestamp,
    segments_range,
    store_prefix,
    window_range,
)

_SEGMENT_MS_MIN = 60_000


def row_key(spec: StoreSpec) -> WindowedCodec:
    """The codec of the keys of rows."""
    assert spec.window is not None, f"store {spec.name} has no windows"
    return spec.window.codec(codecs(spec)[0])


def segment_ms(retention_ms: int) -> int:
    """How much time one segment spans (Kafka: Stores.persistentWindowStore)."""
    return max(retention_ms // 2, _SEGMENT_MS_MIN)


def newest_start(database: Reader, prefix: bytes) -> int:
    """The stream time of the window store whose keys begin with `prefix`; -1 if nothing was put."""
    data = database.get(newest_start_key(prefix))
    return -1 if data is None else int.from_bytes(data, "big")


class Segments:
    """The segments of one store. A row's time is the first number of its place: see Layout.

    `shown_ms`: how long rows are shown. `newest` is the store's stream time as the database has it: the largest time put, deleted ones
    included (Kafka: observedStreamTime). Rows with time <= floor are hidden from readers; whole segments
    before that are deleted.
    """

    def __init__(self, spec: StoreSpec, number: int, database: Reader, layout: Layout) -> None:
        self.layout = layout
        self.prefix = store_prefix(number)
        # Kafka's store of windows that are told when they close shows 1 ms more, if it is on a disk.
        edge_ms = 1 if spec.closing and not spec.memory else layout.edge_ms
        self.shown_ms = spec.retention_ms + edge_ms
        self.segment_ms = segment_ms(spec.retention_ms)
        self._database = database
        self.newest = newest_start(database, self.prefix)
        self._expired = 0  # segments before this one are gone
        self._collected: deque[tuple[int, int]] = deque()  # newest and expired, when they are saved

    def head(self, time: int) -> bytes:
        """What stands before the key in the rows of windows of that time."""
        return self.prefix + pack_segment(time // self.segment_ms)

    def floor(self, newest: int) -> int:
        """The newest time that is hidden when `newest` is the largest one put."""
        return newest - self.shown_ms

    def saved(self, key: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The rows of a key in the database that are not hidden, in order."""
        tail = self.layout.tail
        first, last = max(self.floor(self.newest) + 1, 0), self.newest
        for segment in range(first // self.segment_ms, last // self.segment_ms + 1):
            span = window_range(self.prefix, segment, key, first, last, tail)
            for row in self._database.scan(*span):
                # The scan also meets longer keys that begin with this one.
                if len(row[0]) == HEAD_BYTES + len(key) + tail.size:
                    yield row

    @property
    def newest_collected(self) -> int:
        """The stream time behind all that was collected."""
        return self._collected[-1][0] if self._collected else self.newest

    # ---- commits

    def collect(self, changes: Changes, newest: int) -> None:
        """Add to a commit that stream time has come to `newest`, and what is over by then."""
        newest = max(newest, self.newest_collected)
        expired = self._collected[-1][1] if self._collected else self._expired
        self._collected.append((newest, self._expire(changes, newest, expired)))

    def committed(self) -> bool:
        """The oldest collected changes are in the database now; whether segments went with them."""
        before = self._expired
        self.newest, self._expired = self._collected.popleft()
        return self._expired > before

    def rollback(self) -> None:
        """Forget what was collected."""
        self._collected.clear()

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key."""
        changes = Changes(*last_of_each(keys, values, timestamps))
        newest, stamped = self.newest, self.layout.stamped
        rows = zip(changes.keys, changes.values, changes.timestamps, strict=True)
        for key, value, timestamp in rows:
            time = changelog_window_time(key, self.layout.tail)
            newest = max(newest, time)
            place = self.head(time) + key
            if value is None:
                changes.deletes.append(place)
            else:
                data = pack_timestamp(timestamp) + value if stamped else value
                changes.puts.append((place, data))
        self._expired = self._expire(changes, newest, self._expired)
        self.newest = newest
        return changes

    def _expire(self, changes: Changes, newest: int, expired: int) -> int:
        """Delete whole segments that retention has passed; the first that is left."""
        if newest > self.newest:
            changes.puts.append((newest_start_key(self.prefix), newest.to_bytes(8, "big")))
        first = max(self.floor(newest), 0) // self.segment_ms
        if first > expired:
            changes.ranges.append(segments_range(self.prefix, 0, first - 1))
        return max(first, expired)

    def heads(self, times: Sequence[int]) -> Iterable[bytes]:
        """The heads of rows of these times; mostly all are of one segment."""
        if not times:
            return ()
        segment_ms = self.segment_ms
        if min(times) // segment_ms == max(times) // segment_ms:
            return repeat(self.head(times[0]))
        numbers = [time // segment_ms for time in times]
        made = {number: self.head(number * segment_ms) for number in set(numbers)}
        return [made[number] for number in numbers]

    def add_rows(
        self,
        changes: Changes,
        heads: Iterable[bytes],
        keys: list[bytes],
        values: list[bytes | None],
        timestamps: list[int],
    ) -> None:
        """Add rows to a commit: their keys with the tails behind them, and what stands before these."""
        places = [head + key for head, key in zip(heads, keys, strict=False)]
        data: Any = values
        try:
            if self.layout.stamped:
                data = map(concat, map(pack_timestamp, timestamps), data)
            elif None in values:
                raise TypeError
            changes.puts.extend(list(zip(places, data, strict=True)))
        except TypeError:  # where one is deleted; then one by one
            self._add_one_by_one(changes, places, values, timestamps)
        changes.keys.extend(keys)
        changes.values.extend(values)
        changes.timestamps.extend(timestamps)

    def add_deletes(
        self, changes: Changes, heads: Iterable[bytes], keys: list[bytes], timestamps: list[int]
    ) -> None:
        """As `add_rows`, of rows that are deleted."""
        changes.deletes.extend(head + key for head, key in zip(heads, keys, strict=False))
        changes.keys.extend(keys)
        changes.values.extend([None] * len(keys))
        changes.timestamps.extend(timestamps)

    def _add_one_by_one(
        self,
        changes: Changes,
        places: list[bytes],
        values: list[bytes | None],
        timestamps: list[int],
    ) -> None:
        if self.layout.stamped:
            values = [
                value if value is None else pack_timestamp(timestamp) + value
                for value, timestamp in zip(values, timestamps, strict=True)
            ]
        puts = [row for row in zip(places, values, strict=True) if row[1] is not None]
        changes.puts.extend(puts)  # type: ignore[arg-type]  # no None is in it
        gone = [place for place, data in zip(places, values, strict=True) if data is None]
        changes.deletes.extend(gone)

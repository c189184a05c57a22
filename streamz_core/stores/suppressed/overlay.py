"""The overlay of changes that are held back: rows as in a store key -> value, that leave in order of time."""

from __future__ import annotations

from collections.abc import Iterator

from streamz_core.record import Headers
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.places import Places
from streamz_core.stores.rows import ROWS_MAX, VALUE, Changes, Reader, Row
from streamz_core.stores.suppressed.rows import HELD, Held, prior_of, size_of, time_of
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import STORE_BYTES, unstamp

NEVER = 2**63
"""Behind every time, and more than any number of rows or bytes."""

Change = tuple[bytes, bytes | None, bytes | None, int, Headers]
"""Key, new and prior value, timestamp and headers of a change that leaves."""


class SuppressedStore(KeyValueStore):
    """Rows by key, each with the time at which it is due.

    Where its rows lie is all in memory; what they hold as far as that of other stores. `first`: the time of the
    row that is due first, NEVER if there is none; `count` and `size`: how many there are, and the bytes of their keys,
    values and headers. All three hold after `put` and `leaving`.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        super().__init__(spec, number, database, stamped=True, rows_max=rows_max)
        self.value = HELD  # made of bytes, and into bytes only for a commit
        self._places: Places | None = None  # found again when asked for
        self._before = (NEVER, 0, 0)  # at the beginning of the nested overlay
        self.first, self.count, self.size = NEVER, 0, 0

    def held(self, key: bytes) -> Held | None:
        """What is held back under a key (see rows.py), or None."""
        row = self.live.get(key)
        if row is None:
            row = self.live.row(key)
        held: Held | None = row[VALUE]
        return held

    def put(self, key: bytes, old: Held | None, new: Held, timestamp: int) -> None:
        """Hold a change back. `old`: what `held` gave; a row that is there keeps the part that stays."""
        if old is None:
            places, time = self._found(), time_of(new[0])
            places.add(time, key)
            self.first = min(self.first, time)
            self.count += 1
            self.size += len(key) + size_of(new)
        else:
            self._found()
            self.size += size_of(new) - size_of(old)
        self.live.put(key, (new, timestamp, None))

    def leaving(self, before: int, count: int = NEVER, size: int = NEVER) -> Iterator[Change]:
        """The rows due before that time, and the first ones as long as there are more than so many rows or bytes:
        in order of time, then key. A row is there until the next one is asked for, as in Kafka.
        """
        places = self._found()
        while self.first < before or self.count > count or self.size > size:
            for key in sorted(places.at[self.first]):
                held, timestamp, _ = self.live.row(key)
                part, value, headers = held
                yield key, value, prior_of(part), timestamp, headers
                places.discard(self.first, key)
                self.live.put(key, (None, timestamp, None))
                self.count -= 1
                self.size -= len(key) + size_of(held)
                if self.first >= before and self.count <= count and self.size <= size:
                    break
            self.first = places.first(NEVER)

    def _found(self) -> Places:
        if self._places is None:
            places = self._places = Places()
            self.first, self.count, self.size = NEVER, 0, 0
            for key, held in self._all():
                time = time_of(held[0])
                places.add(time, key)
                self.first = min(self.first, time)
                self.count += 1
                self.size += len(key) + size_of(held)
        return self._places

    def _all(self) -> list[tuple[bytes, Held]]:
        """What is held back, in order of time."""
        rows: dict[bytes, Row] = self.unsaved()
        for place, data in self.database.scan(self.prefix, self.prefix_end):
            key = place[STORE_BYTES:]
            if key not in rows:
                rows[key] = (HELD.decode(unstamp(data)[1]), 0, None)
        found = [(key, row[VALUE]) for key, row in rows.items() if row[VALUE] is not None]
        return sorted(found, key=lambda each: time_of(each[1][0]))

    # ---- commit

    def rollback(self) -> None:
        super().rollback()
        self._places = None

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        self._places = None
        return super().restored(keys, values, timestamps)

    # ---- one record that may fail

    def begin(self) -> None:
        self._found().begin()
        self._before = (self.first, self.count, self.size)
        super().begin()

    def keep(self) -> None:
        self._found().keep()
        super().keep()

    def undo(self) -> None:
        super().undo()
        if self._places is not None and self._places.undo():
            self.first, self.count, self.size = self._before

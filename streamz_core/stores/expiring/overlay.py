"""The overlay of a store whose rows expire: a row is gone when stream time is a ttl behind its own time.

What is over is taken out before a record is run that would see it, so nobody who reads need know of it. That and
its deletes in the changelog are of the commit of that record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.errors import TooLarge
from streamz_core.stores.expiring.ripening import Ripening
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.rows import RAW, ROWS_MAX, UNREAD, VALUE, Changes, Reader, Row
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import ROWS, due_key, store_prefix

COMMIT_ROWS = 10_000
"""So many rows go with one commit at most, however far stream time jumps."""


class ExpiringStore(KeyValueStore):
    """As KeyValueStore. `ripening.due`: at which stream time `let_go` may have something to do. `expired`: so many rows went
    since the last commit.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        assert spec.ttl_ms is not None, f"the rows of store {spec.name} have no ttl"
        super().__init__(spec, number, database, stamped=True, rows_max=rows_max, part=ROWS)
        self._all = store_prefix(number)
        self.ripening = Ripening(self._all, spec.ttl_ms, database, self._row)
        self.expired = 0

    def _row(self, key: bytes) -> Row:
        return self.live.row(key)

    def write(self, key: bytes, value: Any, timestamp: int) -> None:
        super().write(key, value, timestamp)
        if value is not None:
            self.ripening.note(key, timestamp)

    def let_go(self, now: int, most: int) -> Iterator[tuple[bytes, Any, int]]:
        """Take out the rows that are over at that stream time, in order of time, then key: key, value (an object of a
        codec that is immutable, else bytes), and when it was over.

        `most`: so many rows; 0: all, and TooLarge if these are more than one commit may have.
        """
        ttl_ms, count = self.ripening.ttl_ms, 0
        while (most == 0 or count < most) and (found := self.ripening.first(now)) is not None:
            time, key = found
            count += 1
            self.expired += 1
            if most == 0 and self.expired > COMMIT_ROWS:
                raise TooLarge(f"more than {COMMIT_ROWS} rows of {self.spec.name} are over at once")
            row = self.live.row(key)
            value = self.value.decode(row[RAW] or b"") if row[VALUE] is UNREAD else row[VALUE]
            self.live.put(key, (None, time + ttl_ms, None))
            yield key, value, time + ttl_ms

    # ---- commit

    def collect(self) -> Changes:
        changes = super().collect()
        changes.ranges.extend(self.ripening.collect())
        self.expired = 0
        return changes

    def committed(self) -> None:
        super().committed()
        self.ripening.committed()

    def rollback(self) -> None:
        super().rollback()
        self.ripening.rollback()
        self.expired = 0

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        self.ripening.rollback()
        return super().restored(keys, values, timestamps)

    def _changes(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        changes, span_ms = super()._changes(keys, values, timestamps), self.ripening.span_ms
        for key, value, timestamp in zip(keys, values, timestamps, strict=True):
            if value is not None:
                changes.puts.append((due_key(self._all, timestamp // span_ms, key), b""))
        return changes

    # ---- one record that may fail

    def begin(self) -> None:
        super().begin()
        self.ripening.begin()

    def keep(self) -> None:
        super().keep()
        self.ripening.keep()

    def undo(self) -> None:
        super().undo()
        self.ripening.undo()

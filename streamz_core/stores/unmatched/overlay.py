"""The overlay of unmatched records: rows as in a store key -> value, found in order of time."""

from __future__ import annotations

from streamz_core.stores.rows import VALUE
from streamz_core.stores.timed import TimedStore, pack_time
from streamz_core.stores.unmatched.expiring import expired
from streamz_core.stores.unmatched.rows import tail_of, values_of, with_value

Unmatched = tuple[int, int, bytes, bytes]
"""Time, side, key and value of a record that met no other."""


class UnmatchedStore(TimedStore):
    """Records by time, side and key."""

    @property
    def waiting(self) -> dict[int, set[bytes]]:
        """Rows by time. Where a time is missing, no row has it; the same object for a whole batch."""
        return self._found().at

    def add(self, time: int, side: int, key: bytes, value: bytes) -> None:
        """One more record that met no other yet."""
        place, row = self._held(time, tail_of(side, key))
        self._rows.live.put(place, (with_value(row, side, value), time, None))

    def remove(self, time: int, side: int, key: bytes) -> None:
        """The records of that time, side and key met another; there may be none."""
        tail = tail_of(side, key)
        if tail in self.waiting.get(time, ()):
            self._delete(time, tail)

    def expire(self, right_from: int, left_from: int) -> tuple[list[Unmatched], int]:
        """Take out what is before these times, by side; and say how far it was looked for: see Places."""
        places, last = expired(self._found(), right_from, left_from)
        found = []
        for time, tail in places:
            row = self._rows.live.row(pack_time(time) + tail)[VALUE]
            found += [(time, tail[0], tail[1:], value) for value in values_of(row)]
            self._delete(time, tail)
        return found, last

"""The overlay of records that wait: rows as in a store key -> value, that leave in order of time."""

from __future__ import annotations

from streamz_core.record import Headers
from streamz_core.stores.rows import VALUE
from streamz_core.stores.timed import TimedStore, pack_time
from streamz_core.stores.waiting.rows import records_of, with_record

Left = tuple[int, bytes, bytes, Headers]
"""Time, key, value and headers of a record."""


class WaitingStore(TimedStore):
    """Records by time and key."""

    def add(self, time: int, key: bytes, value: bytes, headers: Headers) -> None:
        """One more record that waits."""
        place, row = self._held(time, key)
        self._rows.live.put(place, (with_record(row, value, headers), time, None))

    def leaving(self, until: int) -> list[Left]:
        """Take out the records up to that time, it included: in order of time, then key, then arrival."""
        places = self._found()
        if places.first(until + 1) > until:
            return []
        found: list[Left] = []
        for time, key in sorted(places.take_before(until + 1)):
            row = self._rows.live.row(pack_time(time) + key)[VALUE]
            found += [(time, key, value, headers) for value, headers in records_of(row)]
            self._delete(time, key)
        return found

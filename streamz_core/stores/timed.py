"""Rows that lie in order of time: their keys are a time (8 bytes, big-endian) and a tail."""

from __future__ import annotations

import struct
from typing import Any

from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.places import Places
from streamz_core.stores.rows import ROWS_MAX, VALUE, Changes, Reader
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import STORE_BYTES

_TIME = struct.Struct(">Q")
TIME_BYTES = _TIME.size
pack_time = _TIME.pack


def time_of(place: bytes) -> int:
    """The time in the key of a row."""
    time: int = _TIME.unpack_from(place)[0]
    return time


class TimedStore:
    """The overlay of one store over its database; what KeyValueStore says holds here too.

    Where its rows lie is all in memory, a set for each ms; their values as far as those of other stores.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        self.spec = spec
        self._rows = KeyValueStore(spec, number, database, stamped=False, rows_max=rows_max)
        self._places: Places | None = None  # found again when asked for
        self._unheard: set[bytes] = set()  # where there was nothing when a commit last heard
        self._nested = False

    def _held(self, time: int, tail: bytes) -> tuple[bytes, Any]:
        """The key of a row that is to be put now, and its value so far: None if there was no such row."""
        places, place = self._places or self._found(), pack_time(time) + tail
        if tail in places.at.get(time, ()):
            return place, self._rows.live.row(place)[VALUE]
        places.add(time, tail)
        if not self._nested and place not in self._rows.live.dirty:
            self._unheard.add(place)
        return place, None

    def _delete(self, time: int, tail: bytes) -> None:
        """Of a row that came since a commit heard nothing is left, not even a delete."""
        self._found().discard(time, tail)
        place, live = pack_time(time) + tail, self._rows.live
        if self._nested or place not in self._unheard:
            live.put(place, (None, time, None))
            return
        self._unheard.remove(place)
        del live[place], live.dirty[place]

    def _found(self) -> Places:
        if self._places is None:
            self._places = Places()
            rows = self._rows
            unsaved = rows.unsaved()
            for place, _ in rows.database.scan(rows.prefix, rows.prefix_end):
                unsaved.setdefault(place[STORE_BYTES:], (b"", 0, None))
            for place in sorted(place for place, row in unsaved.items() if row[VALUE] is not None):
                self._places.add(time_of(place), place[TIME_BYTES:])
        return self._places

    # ---- commit

    def collect(self) -> Changes:
        """What changed since the last call. Later writes belong to the next commit."""
        self._unheard.clear()
        return self._rows.collect()

    def committed(self) -> None:
        """The oldest collected changes are in the database now."""
        self._rows.committed()

    def rollback(self) -> None:
        """Drop everything that is not in the database: collected, dirty, nested."""
        self._rows.rollback()
        self._places = None
        self._unheard.clear()
        self._nested = False

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        """Rows of the changelog as rows of the database, the last one of each key.

        The caller writes them before any lookup and before the rows of the next call.
        """
        self._places = None
        return self._rows.restored(keys, values, timestamps)

    # ---- one record that may fail

    def begin(self) -> None:
        """Open a nested overlay: `undo()` gives back the rows as they are now."""
        self._found().begin()
        self._rows.begin()
        self._nested = True

    def verify(self) -> Changes:
        """What a commit of the nested overlay would write."""
        return self._rows.verify()

    def keep(self) -> None:
        """Close the nested overlay and keep what it holds; ask all stores to `verify()` before."""
        self._rows.keep()
        self._found().keep()
        self._nested = False

    def undo(self) -> None:
        """Close the nested overlay and forget what it holds."""
        self._rows.undo()
        self._found().undo()
        self._nested = False

"""Which rows are over next: by spans of time in the database, one span at a time in memory."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from streamz_core.stores.rows import TIMESTAMP, VALUE, Reader, Row
from streamz_state.keys import due_range, split_due_key

NEVER: Final = 1 << 63
"""Later than all times there are."""

SPANS: Final = 64
"""So many of them are a ttl: a row that is written again and again stands in no more at once."""

Spans = dict[int, set[bytes]]
"""Keys by the span in which they were written."""


class Ripening:
    """The index of one store. `prefix`: of all its keys; `row`: finds one.

    Where a row was written stands in the database from the commit on, until then in a layer: one for
    each commit under way, and one for a record that may fail. A row that was written again or deleted stands where it
    did: it is looked at when that span is over, and passed over.
    """

    def __init__(
        self, prefix: bytes, ttl_ms: int, reader: Reader, row: Callable[[bytes], Row]
    ) -> None:
        self.ttl_ms = ttl_ms
        self.span_ms = max(ttl_ms // SPANS, 1)
        self.due = -1  # at that stream time a row may be over; as long as nobody looked, at once
        self.over = -1  # rows up to that time are gone
        self._prefix = prefix
        self._reader = reader
        self._row = row
        self._layers: list[Spans] = [{}]
        # Spans before it have no rows: in the database, then behind each commit under way.
        self._swept = [0]
        self.forget()

    def forget(self) -> None:
        """What was read is not what is there."""
        self._ripe: list[tuple[int, bytes]] = []  # of the spans before ...
        # ... this one; what was written late is in a layer, and before what was swept.
        self._read = min((self._swept[0], *(span for layer in self._layers for span in layer)))
        self._next = -1  # no span before it has rows; -1: nobody looked
        self.due = self.over = -1

    def note(self, key: bytes, time: int) -> None:
        """A row was written at that time."""
        span = time // self.span_ms
        self._layers[-1].setdefault(span, set()).add(key)
        if time <= self.over:
            self.over = time - 1  # it goes before the next record, which may be of a later commit
        if span < self._read:
            heappush(self._ripe, (time, key))
            self.due = min(self.due, time + self.ttl_ms)
        elif span < self._next:
            self._next = span
            self.due = min(self.due, span * self.span_ms + self.ttl_ms)

    def first(self, now: int) -> tuple[int, bytes] | None:
        """Time and key of the first row that is over at that stream time, which is not given again; None if there is
        none, and then `due` says when there may be.
        """
        while True:
            if self._ripe and self._ripe[0][0] + self.ttl_ms <= now:
                time, key = heappop(self._ripe)
                row = self._row(key)
                if row[VALUE] is not None and row[TIMESTAMP] == time:
                    return time, key
            elif self._starts() * self.span_ms + self.ttl_ms <= now:
                self._read_next()
            else:
                self.over = max(self.over, now - self.ttl_ms)
                ripe = self._ripe[0][0] if self._ripe else NEVER
                self.due = min(ripe, self._next * self.span_ms) + self.ttl_ms
                return None

    def _starts(self) -> int:
        """The first span that was not read and may have rows."""
        if self._next < 0:
            first, end = due_range(self._prefix, self._read, NEVER - 1)
            found = [span for layer in self._layers for span in layer if span >= self._read]
            for place, _ in self._reader.scan(first, end):
                found.append(split_due_key(place)[0])
                break
            self._next = min(found, default=NEVER)
        return self._next

    def _read_next(self) -> None:
        span = self._next
        keys = {split_due_key(place)[1] for place, _ in self._reader.scan(*self._range(span))}
        keys.update(*(layer.get(span, ()) for layer in self._layers))
        rows = ((self._row(key), key) for key in keys)
        self._ripe += [
            (row[TIMESTAMP], key)
            for row, key in rows
            if row[VALUE] is not None and row[TIMESTAMP] // self.span_ms == span
        ]
        heapify(self._ripe)
        self._read, self._next = span + 1, -1

    def _range(self, span: int) -> tuple[bytes, bytes]:
        return due_range(self._prefix, span, span)

    # ---- commit

    def collect(self) -> list[tuple[bytes, bytes]]:
        """What is noted from now on is of the next commit. What this one may delete: spans that are over."""
        known = self._swept[-1]
        end = max(known, self.over // self.span_ms)
        self._swept.append(min((*self._layers[-1], end)))
        self._layers.append({})
        return [due_range(self._prefix, 0, end - 1)] if end > known else []

    def committed(self) -> None:
        """What the oldest layer has is in the database now."""
        self._layers.pop(0)
        self._swept.pop(0)

    def rollback(self) -> None:
        """Only what is in the database counts."""
        self._layers = [{}]
        del self._swept[1:]
        self.forget()

    # ---- one record that may fail

    def begin(self) -> None:
        """What is noted from now on is of a record that may fail."""
        self._layers.append({})

    def keep(self) -> None:
        """What was noted since the last `collect` is of the layer below."""
        nested = self._layers.pop()
        for span, keys in nested.items():
            self._layers[-1].setdefault(span, set()).update(keys)

    def undo(self) -> None:
        """What was noted since the last `collect` was not."""
        self._layers.pop()
        self.forget()

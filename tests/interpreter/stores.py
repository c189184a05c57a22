"""What tasks keep: rows by key, windows, sessions, versions."""

from __future__ import annotations

from typing import Any

from streamz_core.record import Windowed
from tests.interpreter.values import Row, key_bytes

LATEST, REJECTED = -1, None


class Rows:
    """Values by key. `put` says until when the new version counts: LATEST."""

    versioned = False

    def __init__(self) -> None:
        self.rows: dict[Any, tuple[Any, int]] = {}

    def get(self, key: Any, at: int | None = None) -> Row:
        return self.rows.get(key)

    def put(self, key: Any, value: Any, ts: int) -> int | None:
        if value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = (value, ts)
        return LATEST

    def told(self) -> list[tuple[Any, ...]]:
        return [(key, *row) for key, row in self.rows.items()]


class Versions:
    """All versions of a row that are not older than `history`."""

    versioned = True

    def __init__(self, history: int) -> None:
        self.history = history
        self.time = -1
        self.rows: dict[Any, dict[int, Any]] = {}

    def get(self, key: Any, at: int | None = None) -> Row:
        versions = self.rows.get(key, {})
        if not versions:
            return None
        latest = max(versions)
        if at is None or latest <= at:
            return None if versions[latest] is None else (versions[latest], latest)
        if at < self.time - self.history:
            return None
        known = [ts for ts in versions if ts <= at]
        found = max(known) if known else None
        return None if found is None or versions[found] is None else (versions[found], found)

    def put(self, key: Any, value: Any, ts: int) -> int | None:
        self.time = max(self.time, ts)
        if ts < self.time - self.history:
            return REJECTED
        versions = self.rows.setdefault(key, {})
        versions[ts] = value
        return min((later for later in versions if later > ts), default=LATEST)

    def told(self) -> list[tuple[Any, ...]]:
        found = [(key, self.get(key)) for key in self.rows]
        return [(key, *row) for key, row in found if row is not None]


class Windows:
    """Rows by key and start of the window. What is older than the retention, counted from the newest start, is hidden.

    `edge`: how much more is shown.
    """

    versioned = False

    def __init__(self, retention: int, edge: int = 0) -> None:
        self.retention = retention
        self.edge = edge
        self.time = -1
        self.rows: dict[tuple[Any, int], tuple[Any, int]] = {}
        self.ends: dict[int, int] = {}

    def shown(self, start: int) -> bool:
        return start > self.time - self.retention - self.edge

    def at(self, key: Any, start: int) -> Row:
        return self.rows.get((key, start)) if self.shown(start) else None

    def get(self, key: Windowed[Any], at: int | None = None) -> Row:
        return self.at(key.key, key.start)

    def put(self, window: Windowed[Any], value: Any, ts: int) -> None:
        key, start = window.key, window.start
        self.time = max(self.time, start)
        self.ends[start] = window.end
        if value is None:
            self.rows.pop((key, start), None)
        else:
            self.rows[key, start] = (value, ts)

    def starts(self, key: Any, low: int, high: int) -> list[int]:
        """The starts of the shown windows of a key, ascending."""
        return sorted(s for k, s in self.rows if k == key and low <= s <= high and self.shown(s))

    def window(self, key: Any, start: int) -> Windowed[Any]:
        return Windowed(key, start, self.ends[start])

    def told(self) -> list[tuple[Any, ...]]:
        return [
            (self.window(key, start), *row)
            for (key, start), row in self.rows.items()
            if self.shown(start)
        ]


class Sessions:
    """Values by key, start and end. What ended longer ago than the retention, counted from the newest end, is hidden."""

    versioned = False

    def __init__(self, retention: int) -> None:
        self.retention = retention
        self.time = -1
        self.rows: dict[tuple[Any, int, int], Any] = {}

    def shown(self, end: int) -> bool:
        # One more than Kafka shows: a session at the edge is not closed yet.
        return end >= self.time - self.retention

    def get(self, key: Windowed[Any], at: int | None = None) -> Row:
        found = self.rows.get((key.key, key.start, key.end))
        return None if found is None or not self.shown(key.end) else (found, key.end)

    def put(self, window: Windowed[Any], value: Any) -> None:
        self.time = max(self.time, window.end)
        where = (window.key, window.start, window.end)
        if value is None:
            self.rows.pop(where, None)
        else:
            self.rows[where] = value

    def remove(self, key: Any, start: int, end: int) -> None:
        self.rows.pop((key, start, end), None)

    def near(self, key: Any, low: int, high: int) -> list[tuple[int, int]]:
        """(end, start) of the sessions that end at `low` or later and start at `high` or earlier."""
        return sorted(
            (end, start)
            for k, start, end in self.rows
            if k == key and end >= low and start <= high and self.shown(end)
        )

    def told(self) -> list[tuple[Any, ...]]:
        return [
            (Windowed(*where), value) for where, value in self.rows.items() if self.shown(where[2])
        ]


class Duplicates:
    """For joins of streams: every value of a key, by time, in order of arrival."""

    def __init__(self, retention: int) -> None:
        self.retention = retention
        self.time = -1
        self.rows: dict[Any, list[tuple[int, Any]]] = {}

    def put(self, key: Any, ts: int, value: Any) -> None:
        self.time = max(self.time, ts)
        self.rows.setdefault(key, []).append((ts, value))

    def between(self, key: Any, low: int, high: int) -> list[tuple[int, Any]]:
        oldest = self.time - self.retention
        found = [row for row in self.rows.get(key, ()) if low <= row[0] <= high and row[0] > oldest]
        return sorted(found, key=lambda row: row[0])


def by_bytes(keys: Any) -> list[Any]:
    return sorted(keys, key=key_bytes)

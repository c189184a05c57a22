"""Aggregates of streams, by key and by window of fixed size (rules 2.5, 2.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from streamz_core.record import Windowed
from tests.interpreter.stores import LATEST, Windows
from tests.interpreter.tables import Table
from tests.interpreter.values import Change, Op, Rec, key_bytes

Fn = Callable[..., Any]


class Folding:
    """How values are added: `add` (key, total, value), `initial` None: the first one is the total (reduce);
    `merge` (key, older, newer) of sessions."""

    def __init__(self, add: Fn, initial: Fn | None, merge: Fn | None = None) -> None:
        self.add = add
        self.initial = initial
        self.merge = merge

    def start(self) -> Any:
        return None if self.initial is None else self.initial()

    def added(self, key: Any, total: Any, value: Any) -> Any:
        if total is None and self.initial is None:
            return value
        return self.add(key, total, value)

    def merged(self, key: Any, older: Any, newer: Any) -> Any:
        if self.initial is None and older is None:
            return newer
        merge = self.add if self.merge is None else self.merge
        return merge(key, older, newer)


class Aggregate(Op):
    def __init__(self, task: Any, table: Table, folding: Folding) -> None:
        super().__init__(task)
        self.table = table
        self.folding = folding

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if rec.key is None or rec.value is None:
            self.drop("null-key" if rec.key is None else "null-value")
            return
        store = self.table.store(self.task)
        found = store.get(rec.key)
        total = self.folding.start() if found is None else found[0]
        total = self.folding.added(rec.key, total, rec.value)
        ts = rec.ts if found is None else max(rec.ts, found[1])
        until = store.put(rec.key, total, ts)
        if until is None:
            self.drop("expired")
            return
        old = found[0] if found is not None and self.table.tells_old else None
        self.forward(Rec(rec.key, Change(total, old, until == LATEST), ts, rec.headers))


class Pass(Op):
    """Several aggregates of one table."""

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        self.forward(rec)


class Windowing:
    """What the kinds of windows of one row per start have in common. `final`: only what closes is told; `traced`: with
    the headers of the last record in it.
    """

    def __init__(self, spec: dict[str, Any], *, final: bool, traced: bool) -> None:
        self.kind = spec["type"]
        self.traced = traced
        self.spec = spec
        self.grace = spec.get("grace", 0)
        self.final = final

    def closed(self, window: Windowed[Any], time: int) -> bool:
        """Whether nothing is added any more at an observed time."""
        if self.kind == "sliding":
            return window.end < time - self.grace
        return window.end <= time - self.grace

    def of(self, ts: int) -> Iterator[tuple[int, int]]:
        """The windows of a timestamp, (start, end) ascending."""
        if self.kind == "unlimited":
            if ts >= self.spec["start"]:
                yield self.spec["start"], (1 << 63) - 1
            return
        size = self.spec["size"]
        advance = self.spec.get("advance", size)
        start = max(0, ts - size + advance) // advance * advance
        while start <= ts:
            yield start, start + size
            start += advance


class WindowOp(Op):
    """An aggregate over windows: moves its time, gives final results."""

    def __init__(self, task: Any, table: Table, folding: Folding, windowing: Windowing) -> None:
        super().__init__(task)
        self.table = table
        self.folding = folding
        self.windowing = windowing
        self.time = -1
        self.came: list[Rec] = []  # as far as any window took it
        self.trying = self.missed = False

    @property
    def store(self) -> Windows:
        return self.table.store(self.task)  # type: ignore[no-any-return]

    def move(self, rec: Rec) -> None:
        """To the time of a record. What that closes is told before the record is added."""
        before, self.time = self.time, max(self.time, rec.ts)
        if self.windowing.final:
            self._finish(before, rec)

    def update(self, window: Windowed[Any], base: Any, rec: Rec) -> None:
        """Add the record to a window; `base`: (total, timestamp)."""
        late = self.windowing.closed(window, self.time)
        if self.trying:
            self.missed = self.missed or late
            return
        if late:
            self.drop("late")
            return
        total, stamp = base
        new = self.folding.added(window.key, total, rec.value)
        ts = max(rec.ts, stamp)
        was = self.store.at(window.key, window.start)
        self.store.put(window, new, ts)
        self.tell(window, Change(new, None if was is None else was[0]), ts, rec)

    def tell(self, window: Windowed[Any], change: Change, ts: int, rec: Rec) -> None:
        if not self.windowing.final:
            old = change.old if self.table.tells_old else None
            self.forward(Rec(window, Change(change.new, old), ts, rec.headers))

    def _finish(self, before: int, rec: Rec) -> None:
        """By start and key."""
        rows = sorted(self.store.rows.items(), key=lambda row: (row[0][1], key_bytes(row[0][0])))
        for (key, start), (value, ts) in rows:
            window = self.store.window(key, start)
            was = before >= 0 and self.windowing.closed(window, before)
            if self.windowing.closed(window, self.time) and not was:
                headers = self._last(window) if self.windowing.traced else rec.headers
                self.forward(Rec(window, Change(value), ts, headers))

    def _last(self, window: Windowed[Any]) -> Any:
        end = window.end + (self.windowing.kind == "sliding")
        return last_in(self.came, Windowed(window.key, window.start, end))


def last_in(came: list[Rec], window: Windowed[Any]) -> Any:
    """The headers of the last record of its key in a window."""
    inside = (rec for rec in reversed(came) if rec.key == window.key)
    return next(rec.headers for rec in inside if window.start <= rec.ts < window.end)


class TimeWindows(WindowOp):
    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if rec.key is None:
            self.drop("null-key")
            return
        self.move(rec)
        self.came.append(rec)
        spans = list(self.windowing.of(rec.ts))
        if any(self.windowing.closed(Windowed(rec.key, *span), self.time) for span in spans):
            self.tell_late(rec)
        for start, end in spans:
            window = Windowed(rec.key, start, end)
            found = self.store.get(window)
            base = found if found is not None else (self.folding.start(), rec.ts)
            self.update(window, base, rec)

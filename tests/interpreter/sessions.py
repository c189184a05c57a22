"""Session windows (rule 2.10)."""

from __future__ import annotations

from typing import Any

from streamz_core.record import Windowed
from tests.interpreter.aggregating import Folding, last_in
from tests.interpreter.stores import Sessions
from tests.interpreter.tables import Table
from tests.interpreter.values import Change, Op, Rec, key_bytes


class SessionWindows(Op):
    """`final`: only what closes is told; `traced`: with the headers of the last record in it."""

    def __init__(
        self,
        task: Any,
        table: Table,
        folding: Folding,
        spec: dict[str, Any],
        *,
        final: bool,
        traced: bool,
    ) -> None:
        super().__init__(task)
        self.table = table
        self.folding = folding
        self.gap, self.grace = spec["gap"], spec["grace"]
        self.final = final
        self.traced = traced
        self.came: list[Rec] = []  # as far as a session took it
        self.time = -1

    @property
    def store(self) -> Sessions:
        return self.table.store(self.task)  # type: ignore[no-any-return]

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if rec.key is None:
            self.drop("null-key")
            return
        before, self.time = self.time, max(self.time, rec.ts)
        if self.final:
            self._finish(self._close(before) if before >= 0 else 0, rec)
        self._add(rec, self._close(self.time))

    def _close(self, time: int) -> int:
        return time - self.grace - self.gap

    def _add(self, rec: Rec, close: int) -> None:
        key, ts = rec.key, rec.ts
        found = self.store.near(key, ts - self.gap, ts + self.gap)
        start, end = ts, ts
        total = self.folding.start()
        for session_end, session_start in found:
            total = self.folding.merged(
                key, total, self.store.rows[key, session_start, session_end]
            )
            start, end = min(start, session_start), max(end, session_end)
        if end < close:
            self.drop("late")
            self.tell_late(rec)
            return
        self.came.append(rec)
        if (start, end) != (ts, ts):
            for session_end, session_start in found:
                window = Windowed(key, session_start, session_end)
                old = self.store.rows[key, session_start, session_end]
                self.store.remove(key, session_start, session_end)
                self._tell(window, Change(None, old), session_end, rec)
        total = self.folding.added(key, total, rec.value)
        window = Windowed(key, start, end)
        self.store.put(window, total)
        self._tell(window, Change(total, None), end, rec)

    def _tell(self, window: Windowed[Any], change: Change, ts: int, rec: Rec) -> None:
        self.task.cause = ts  # at a commit, too, a delete has the time of its session
        if not self.final:
            old = change.old if self.table.tells_old else None
            self.forward(Rec(window, Change(change.new, old), ts, rec.headers))

    def _finish(self, low: int, rec: Rec) -> None:
        high = self._close(self.time)
        rows = sorted(
            self.store.rows.items(), key=lambda row: (row[0][2], row[0][1], key_bytes(row[0][0]))
        )
        for (key, start, end), value in rows:
            if low <= end < high:
                window = Windowed(key, start, end + 1)
                headers = last_in(self.came, window) if self.traced else rec.headers
                self.forward(Rec(Windowed(key, start, end), Change(value), end, headers))

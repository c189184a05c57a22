"""Sliding windows (rule 2.9)."""

from __future__ import annotations

from typing import Any

from streamz_core.record import Windowed
from tests.interpreter.aggregating import WindowOp
from tests.interpreter.values import Change, Rec, Row


class SlidingWindows(WindowOp):
    @property
    def diff(self) -> int:
        return int(self.windowing.spec["diff"])

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if rec.key is None or rec.value is None:
            self.drop("null-key" if rec.key is None else "null-value")
            return
        self.move(rec)
        if rec.ts + self.diff < self.time - self.windowing.grace:
            self.drop("late")
            self.tell_late(rec)
            return
        if self._misses(rec):
            self.tell_late(rec)
        self.came.append(rec)
        self._take(rec)

    def _take(self, rec: Rec) -> None:
        if rec.ts < self.diff:
            self._early(rec)
        else:
            self._add(rec)

    def _misses(self, rec: Rec) -> bool:
        """Whether a window does not take the record: tried, and nothing done."""
        self.trying, self.missed = True, False
        self._take(rec)
        self.trying = False
        return self.missed

    def _window(self, key: Any, start: int) -> Windowed[Any]:
        return Windowed(key, start, start + self.diff)

    def _update(self, start: int, base: Any, rec: Rec) -> None:
        self.update(self._window(rec.key, start), base, rec)

    def _new(self, start: int, rec: Rec) -> None:
        self._update(start, (self.folding.start(), rec.ts), rec)

    def _copy(self, rec: Rec, right: Row) -> None:
        """The window behind the record has what the one around it had."""
        assert right is not None
        if self.trying:
            return
        window = self._window(rec.key, rec.ts + 1)
        self.store.put(window, *right)
        self.tell(window, Change(right[0], None), right[1], rec)

    def _add(self, rec: Rec) -> None:
        key, ts, diff = rec.key, rec.ts, self.diff
        seen = set()
        left: Row = None
        right: Row = None
        previous = None
        ends_here = False
        for start in reversed(self.store.starts(key, max(0, ts - 2 * diff), ts + 1)):
            row = self.store.at(key, start)
            assert row is not None
            seen.add(start)
            if start == ts + 1:
                continue
            if start + diff > ts:
                right = right or row
                self._update(start, row, rec)
            elif start + diff == ts:
                ends_here = True
                self._update(start, row, rec)
                if row[1] >= ts:
                    return
                previous = row[1]
            else:
                left, previous = row, row[1]
                break
        if previous is not None:
            after = previous + 1
            if after not in seen and after + diff >= ts:
                self._new(after, rec)
        if not ends_here:
            follows = left is not None and previous is not None and ts - diff <= previous
            base = left[0] if follows and left is not None else self.folding.start()
            self._update(ts - diff, (base, ts), rec)
        if ts + 1 not in seen and right is not None and right[1] > ts:
            self._copy(rec, right)

    def _early(self, rec: Rec) -> None:
        """The window around the record would begin before 0: it is [0, difference]."""
        key, ts = rec.key, rec.ts
        seen = set()
        combined: Row = None
        right: Row = None
        previous = None
        for start in self.store.starts(key, 0, ts + 1):
            row = self.store.at(key, start)
            assert row is not None
            seen.add(start)
            if start == 0:
                combined = row
                if row[1] < ts:
                    previous = row[1]
            elif start <= ts:
                right = row
                self._update(start, row, rec)
        if right is None and combined is not None and combined[1] > ts:
            right = combined
        if ts + 1 not in seen and right is not None and right[1] > ts:
            self._copy(rec, right)
        if previous is not None and previous + 1 not in seen:
            self._new(previous + 1, rec)
        if combined is None:
            self._new(0, rec)
        else:
            self._update(0, combined, rec)

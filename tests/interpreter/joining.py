"""Joins of streams with streams and with tables (rules 2.12, 2.13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.interpreter.stores import Duplicates
from tests.interpreter.tables import Table
from tests.interpreter.values import Op, Rec, key_bytes

Fn = Callable[..., Any]
LEFT, RIGHT = 0, 1
FAR = 1 << 63


class StreamJoin(Op):
    """`joiner` (key, left, right). `traced`: what met none comes out with its own headers."""

    def __init__(
        self, task: Any, how: str, joiner: Fn, window: dict[str, int], *, traced: bool
    ) -> None:
        super().__init__(task)
        self.traced = traced
        before, after, self.grace = window["before"], window["after"], window.get("grace", 0)
        self.joiner = joiner
        self.reach = {LEFT: (before, after), RIGHT: (after, before)}
        self.outer = {LEFT: how in ("left", "outer"), RIGHT: how == "outer"}
        self.kept = {side: Duplicates(before + after + self.grace) for side in (LEFT, RIGHT)}
        self.time = -1
        self.least = FAR
        # What met nobody yet: by time, right before left, key.
        self.lonely: dict[tuple[int, int, bytes], tuple[Any, list[Rec]]] = {}

    def process(self, rec: Rec, port: int) -> None:
        side, other = port, 1 - port
        self.time = max(self.time, rec.ts)
        self._meet(rec, side, other)
        if rec.key is not None and rec.value is not None:
            self.kept[side].put(rec.key, rec.ts, rec.value)

    def _meet(self, rec: Rec, side: int, other: int) -> None:
        if rec.key is None and rec.value is not None and self.outer[side]:
            self._alone(rec.key, rec.value, side, rec.ts, rec)
            return
        if rec.key is None or rec.value is None:
            keyless = rec.key is None and not self.outer[side]
            self.drop("null-key" if keyless else "null-value")
            return
        if rec.ts == self.time and any(self.outer.values()):
            self._tell_lonely(rec, side)
        before, after = self.reach[side]
        met = self.kept[other].between(rec.key, max(0, rec.ts - before), max(0, rec.ts + after))
        for ts, value in met:
            self.lonely.pop(self._place(ts, other, rec.key), None)
            pair = (rec.value, value) if side == LEFT else (value, rec.value)
            joined = self.joiner(rec.key, *pair)
            self.forward(rec._replace(value=joined, ts=max(ts, rec.ts)))
        if not met and not self.outer[side] and rec.ts + after + self.grace < self.time:
            self.tell_late(rec)
        if met or not self.outer[side]:
            return
        if max(0, rec.ts + after) < self.time:
            self._alone(rec.key, rec.value, side, rec.ts, rec)
        else:
            place = self._place(rec.ts, side, rec.key)
            self.lonely.setdefault(place, (rec.key, []))[1].append(rec)
            self.least = min(self.least, rec.ts)

    def _place(self, ts: int, side: int, key: Any) -> tuple[int, int, bytes]:
        return ts, 1 if side == LEFT else 0, key_bytes(key)

    def _alone(self, key: Any, value: Any, side: int, ts: int, rec: Rec) -> None:
        pair = (value, None) if side == LEFT else (None, value)
        self.forward(Rec(key, self.joiner(key, *pair), ts, rec.headers))

    def _tell_lonely(self, rec: Rec, side: int) -> None:
        if self.least != FAR and self.least + self.reach[side][1] + self.grace >= self.time:
            return
        self.least = FAR
        still_open = set()
        for place in sorted(self.lonely):
            ts, rank, _ = place
            whose = LEFT if rank else RIGHT
            self.least = ts
            if len(still_open) == 2:
                break
            if ts + self.reach[whose][1] + self.grace >= self.time:
                still_open.add(whose)
                continue
            key, alone = self.lonely[place]
            for one in alone:
                self._alone(key, one.value, whose, ts, one if self.traced else rec)
            del self.lonely[place]


class TableJoin(Op):
    """With a table; `on` gives the key in a global one. With grace: as the row was then, and in order of time."""

    def __init__(
        self, task: Any, how: str, joiner: Fn, table: Table, on: Fn | None, grace: int | None
    ) -> None:
        super().__init__(task)
        self.left = how == "left"
        self.joiner = joiner
        self.table = table
        self.where = task if on is None else task.everywhere
        self.on = on
        self.grace = grace
        self.time = -1
        self.count = 0
        self.waiting: list[tuple[int, bytes, int, Rec]] = []

    def process(self, rec: Rec, port: int) -> None:
        if port == RIGHT:  # rows are looked up
            return
        key = rec.key if self.on is None else self.on(rec.key, rec.value)
        if rec.value is None or (key is None and not self.left):
            keyless = key is None and not self.left and (self.on is None or rec.value is not None)
            self.drop("null-key" if keyless else "null-value")
            return
        if self.grace is None or key is None or self.time - self.grace > rec.ts:
            self._join(rec, key)
        else:
            self.count += 1
            self.waiting.append((rec.ts, key_bytes(key), self.count, rec))
            self.time = max(self.time, rec.ts)
        if self.grace is not None:
            self._evict(self.time - self.grace)

    def _evict(self, until: int) -> None:
        due = sorted(one for one in self.waiting if one[0] <= until)
        self.waiting = [one for one in self.waiting if one[0] > until]
        for *_, rec in due:
            self._join(rec, rec.key)

    def _join(self, rec: Rec, key: Any) -> None:
        found = None
        if key is not None:
            at = rec.ts if self.table.as_of else None
            found = self.table.row(self.where, key, at)
        if found is None and not self.left:
            return
        value = None if found is None else found[0]
        keys = (rec.key, key) if self.on is not None else (rec.key,)
        self.forward(rec._replace(value=self.joiner(*keys, rec.value, value)))

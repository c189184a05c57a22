"""Joins of tables by their keys (rule 2.14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.interpreter.tables import Table
from tests.interpreter.values import Change, Op, Rec, Row

Fn = Callable[..., Any]
LEFT, RIGHT = 0, 1


class JoinedTable(Table):
    """`joiner` (key, left, right); `how` inner, left, outer."""

    def __init__(self, name: str, make: Any, sides: list[Table], how: str, joiner: Fn, **more: Any):
        super().__init__(name, make, **more)
        self.sides = sides
        self.how = how
        self.joiner = joiner
        self.sides_tell = False
        for side in sides:
            side.look_up()
        if how in ("left", "outer"):
            sides[LEFT].tell_old(force=True)
        if how == "outer":
            sides[RIGHT].tell_old(force=True)

    def tell_old(self, *, force: bool) -> bool:
        for side in self.sides:
            side.tell_old(force=True)
        self.tells_old = True
        return True

    def row(self, task: Any, key: Any, at: int | None = None) -> Row:
        if self.make is not None:
            return super().row(task, key, at)
        left, right = (side.row(task, key) for side in self.sides)
        lacking = {"inner": not (left and right), "left": not left, "outer": not (left or right)}
        if lacking[self.how]:
            return None
        value = self.joiner(key, left and left[0], right and right[0])
        return None if value is None else (value, max(row[1] for row in (left, right) if row))


class Join(Op):
    """A change of either side, joined with the row of the other."""

    def __init__(self, task: Any, table: JoinedTable) -> None:
        super().__init__(task)
        self.table = table

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if rec.key is None:
            self.drop("null-key")
            return
        change, table = rec.value, self.table
        if not change.latest:
            self.drop("out-of-order")
            return
        row = table.sides[1 - port].row(self.task, rec.key)
        other = None if row is None else row[0]
        if self._silent(port, other, change):
            return
        new = self._joined(rec.key, port, change.new, other)
        old = self._joined(rec.key, port, change.old, other) if table.tells_old else None
        ts = rec.ts if row is None else max(rec.ts, row[1])
        self.forward(Rec(rec.key, Change(new, old), ts, rec.headers))

    def _silent(self, port: int, other: Any, change: Change) -> bool:
        how = self.table.how
        if how == "inner" or (how == "left" and port == RIGHT):
            return other is None
        return other is None and change.new is None and change.old is None

    def _joined(self, key: Any, port: int, value: Any, other: Any) -> Any:
        left, right = (value, other) if port == LEFT else (other, value)
        how = self.table.how
        if how == "inner" and (left is None or right is None):
            return None
        if how == "left" and left is None:
            return None
        if left is None and right is None:
            return None
        return self.table.joiner(key, left, right)


class Keep(Op):
    """What came out of a join goes into the table's store, if it keeps one."""

    def __init__(self, task: Any, table: Table) -> None:
        super().__init__(task)
        self.table = table

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if self.table.make is None:
            self.forward(rec)
            return
        store, change = self.table.store(self.task), rec.value
        found = store.get(rec.key)
        until = store.put(rec.key, change.new, rec.ts)
        if until is None:
            self.drop("expired")
            return
        old = found[0] if found is not None and self.table.tells_old else None
        self.forward(rec._replace(value=Change(change.new, old, until == -1)))

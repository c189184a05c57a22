"""Tables that hold their changes back (rule 2.11), with the old value that came out last."""

from __future__ import annotations

from typing import Any

from tests.interpreter.tables import Table
from tests.interpreter.values import Change, Op, Rec, Row, key_bytes


class SuppressedTable(Table):
    """`span`: how long; `closes`: until the window of the key is over, and deletes are left out."""

    def __init__(self, name: str, parent: Table, span: int, *, closes: bool, most: int | None):
        super().__init__(name, None)
        self.parent = parent
        self.span = span
        self.closes = closes
        self.most = most
        parent.tell_old(force=True)

    def tell_old(self, *, force: bool) -> bool:
        self.tells_old = True
        return self.parent.tell_old(force=force)

    def look_up(self) -> None:
        self.parent.look_up()

    def row(self, task: Any, key: Any, at: int | None = None) -> Row:
        held = task.stores.setdefault(self.name, {})
        if key in held:
            return held[key].prior  # type: ignore[no-any-return]
        return self.parent.row(task, key)


class Held:
    """One row that is held back."""

    def __init__(self, due: int, prior: Row) -> None:
        self.due = due
        self.prior = prior
        self.rec: Rec | None = None


class Suppress(Op):
    def __init__(self, task: Any, table: SuppressedTable) -> None:
        super().__init__(task)
        self.table = table
        self.time = -1
        self.held: dict[Any, Held] = task.stores.setdefault(table.name, {})

    def process(self, rec: Rec, port: int) -> None:
        table, key = self.table, rec.key
        self.time = max(self.time, rec.ts)
        if key not in self.held:
            due = key.end if table.closes else rec.ts
            old = rec.value.old
            self.held[key] = Held(due, None if old is None else (old, -1))
        self.held[key].rec = rec
        while self.held and self._first()[0] <= self.time - table.span:
            self._emit()
        while table.most is not None and len(self.held) > table.most:
            self._emit()

    def _first(self) -> tuple[int, bytes, Any]:
        return min(
            ((held.due, key_bytes(key), key) for key, held in self.held.items()),
            key=lambda one: one[:2],
        )

    def _emit(self) -> None:
        key = self._first()[2]
        held = self.held[key]
        assert held.rec is not None
        new = held.rec.value.new
        if new is not None or not self.table.closes:
            old = None if held.prior is None else held.prior[0]
            self.forward(held.rec._replace(value=Change(new, old)))
        del self.held[key]  # behind the step the row is held back until it is done

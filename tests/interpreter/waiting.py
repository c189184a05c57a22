"""Tables of which only the last change of a row goes on, at the commit (docs/decisions/0048)."""

from __future__ import annotations

from typing import Any

from tests.interpreter.tables import Table
from tests.interpreter.values import Change, Op, Rec


class Waiting(Op):
    """Behind a table. One that keeps no rows, or versions of them, does not wait."""

    def __init__(self, task: Any, table: Table) -> None:
        super().__init__(task)
        self.table = table
        self.waits = table.make is not None and not table.versioned
        self.changes: dict[Any, Rec] = {}
        self.went: dict[Any, Any] = {}
        task.waiting.append(self)

    def process(self, rec: Rec, port: int) -> None:
        if not self.waits:
            self.forward(rec)
            return
        # In the order in which rows were changed last.
        self.changes.pop(rec.key, None)
        deleted = rec.value.new is None
        self.changes[rec.key] = rec._replace(ts=self.task.cause) if deleted else rec

    def flush(self) -> None:
        """What the commit tells."""
        changes, self.changes = self.changes, {}
        for key, rec in changes.items():
            new, old = rec.value.new, self.went.pop(key, None)
            if new is not None:
                self.went[key] = new
            if new is not None or old is not None:
                self.forward(rec._replace(value=Change(new, old if self.table.tells_old else None)))

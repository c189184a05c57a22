"""What stands behind a table: rows that go by themselves, changes that change nothing (docs/decisions/0053)."""

from __future__ import annotations

import json
from typing import Any

from tests.interpreter.tables import Table
from tests.interpreter.values import Change, Op, Rec, key_bytes


class Expire(Op):
    """Rows that were not written for a ttl go, before the record that moved the time."""

    def __init__(self, task: Any, table: Table, ttl: int) -> None:
        super().__init__(task)
        self.table = table
        self.ttl = ttl
        task.expiring.append(self)

    def process(self, rec: Rec, port: int) -> None:
        self.forward(rec)

    def sweep(self, time: int) -> None:
        store = self.table.store(self.task)
        over = [(ts, key) for key, (_, ts) in store.rows.items() if ts + self.ttl <= time]
        for ts, key in sorted(over, key=lambda one: (one[0], key_bytes(one[1]))):
            old = store.rows.pop(key)[0]
            self.task.cause = ts + self.ttl
            change = Change(None, old if self.table.tells_old else None)
            self.forward(Rec(key, change, ts + self.ttl))


class Changes(Op):
    """Only what makes a row another one goes on, with what the row was: of a session of one moment, too, of which
    others do not tell it."""

    def __init__(self, task: Any, table: Table) -> None:
        super().__init__(task)
        self.table = table
        self.rows: dict[Any, Any] = {}

    def process(self, rec: Rec, port: int) -> None:
        new, old = rec.value.new, self.rows.pop(rec.key, None)
        if new is not None:
            self.rows[rec.key] = new
        if json.dumps(new) != json.dumps(old):
            told = old if self.table.tells_old else None
            self.forward(rec._replace(value=Change(new, told, rec.value.latest)))

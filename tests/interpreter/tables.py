"""Tables: what they keep, what they tell, what is looked up in them (rules 2.6, 2.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.interpreter.running import Topic
from tests.interpreter.stores import LATEST, Rows
from tests.interpreter.values import Change, Op, Rec, Row

Fn = Callable[..., Any]


class Table:
    """A table as it is planned. `make`: its store, None as long as it keeps nothing."""

    def __init__(self, name: str, make: Callable[[], Any] | None, *, versioned: bool = False):
        self.name = name
        self.make = make
        self.tells_old = False
        self.versioned = versioned

    def tell_old(self, *, force: bool) -> bool:
        """Ask it for old values. `force`: though it has to keep its rows for it."""
        raise NotImplementedError

    def look_up(self) -> None:
        """Somebody will ask for rows."""

    def row(self, task: Any, key: Any, at: int | None = None) -> Row:
        return self.store(task).get(key, at)  # type: ignore[no-any-return]

    def store(self, task: Any) -> Any:
        if self.name not in task.stores:
            assert self.make is not None
            task.stores[self.name] = self.make()
        return task.stores[self.name]

    @property
    def as_of(self) -> bool:
        """Whether rows can be looked up as they were."""
        return self.versioned


class SourceTable(Table):
    """Of a topic, of a stream, of a join by foreign key: it keeps its rows if it has to."""

    def tell_old(self, *, force: bool) -> bool:
        if self.make is None:
            if not force:
                return False
            self.make = Rows
        self.tells_old = True
        return True

    def look_up(self) -> None:
        self.make = self.make or Rows


class KeptTable(Table):
    """An aggregate: it always keeps its rows."""

    def tell_old(self, *, force: bool) -> bool:
        self.tells_old = True
        return True


class DerivedTable(Table):
    """Made of another's rows, one by one. `fn` (key, value) -> value; `nulls`: also of none."""

    def __init__(self, name: str, make: Any, parent: Table, fn: Fn, **more: Any):
        self.nulls = more.pop("nulls", False)
        super().__init__(name, make, **more)
        self.parent = parent
        self.fn = fn

    def made(self, key: Any, value: Any) -> Any:
        return None if value is None and not self.nulls else self.fn(key, value)

    def tell_old(self, *, force: bool) -> bool:
        if self.make is not None or self.parent.tell_old(force=force):
            self.tells_old = True
        return self.tells_old

    def look_up(self) -> None:
        if self.make is None:
            self.parent.look_up()

    def row(self, task: Any, key: Any, at: int | None = None) -> Row:
        if self.make is not None:
            return super().row(task, key, at)
        found = self.parent.row(task, key, at)
        value = self.made(key, None if found is None else found[0])
        return None if value is None else (value, -1 if found is None else found[1])


class FilteredTable(DerivedTable):
    """It asks for old values from the beginning, but nobody keeps rows for it."""

    def __init__(self, name: str, make: Any, parent: Table, fn: Fn, **more: Any):
        def kept(key: Any, value: Any) -> Any:
            return value if fn(key, value) else None

        super().__init__(name, make, parent, kept, **more)
        self.tells_old = parent.tell_old(force=False)


class Source(Op):
    """Rows come in: of records, or of changes (`changes`)."""

    def __init__(self, task: Any, table: Table) -> None:
        super().__init__(task)
        self.table = table

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        if rec.key is None:
            self.drop("null-key")
            return
        if self.table.make is None:
            self.forward(rec._replace(value=Change(rec.value)))
            return
        store = self.table.store(self.task)
        old = store.get(rec.key)
        until = store.put(rec.key, rec.value, rec.ts)
        if until is None:
            self.drop("expired")
            return
        before = None if old is None or not self.table.tells_old else old[0]
        self.forward(rec._replace(value=Change(rec.value, before, until == LATEST)))


class Derived(Op):
    """`filtered`: what was nothing and is nothing does not go on."""

    def __init__(self, task: Any, table: DerivedTable) -> None:
        super().__init__(task)
        self.table = table
        self.filtered = isinstance(table, FilteredTable)

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        table, change = self.table, rec.value
        new, old = table.made(rec.key, change.new), None
        if table.tells_old:
            found = table.store(self.task).get(rec.key) if table.make is not None else None
            if table.make is None:
                old = table.made(rec.key, change.old)
            elif found is not None:
                old = found[0]
        # A step behind a versioned table tells all: what is older may come later.
        needless = new is None and old is None and table.tells_old
        if self.filtered and needless and not table.parent.versioned:
            return
        latest = change.latest
        if table.make is not None:
            until = table.store(self.task).put(rec.key, new, rec.ts)
            if until is None:
                self.drop("expired")
                return
            latest = until == LATEST
        self.forward(rec._replace(value=Change(new, old, latest)))


class GroupOut(Op):
    """Changes of rows, into the topic of their groups: what left, then what came; as one if that is one group."""

    def __init__(self, task: Any, topic: Topic, pair: Fn) -> None:
        super().__init__(task)
        self.topic = topic
        self.pair = pair

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        change = rec.value
        if not change.latest:
            self.drop("out-of-order")
            return
        old, new = self._paired(rec.key, change.old), self._paired(rec.key, change.new)
        if old and new and old[0] == new[0]:
            self._write(rec, old[0], Change(new[1], old[1]))
            return
        if old:
            self._write(rec, old[0], Change(None, old[1]))
        if new:
            self._write(rec, new[0], Change(new[1], None))

    def _paired(self, key: Any, value: Any) -> Any:
        pair = None if value is None else self.pair(key, value)
        return None if pair is None or None in pair else pair

    def _write(self, rec: Rec, key: Any, change: Change) -> None:
        self.task.write(self.topic, rec._replace(key=key, value=change))


class TableAggregate(Op):
    """Subtract what left, then add what came. `initial` None: the first value is the result (reduce)."""

    def __init__(self, task: Any, table: Table, add: Fn, subtract: Fn, initial: Fn | None) -> None:
        super().__init__(task)
        self.table = table
        self.add, self.subtract, self.initial = add, subtract, initial

    def process(self, rec: Rec, port: int) -> None:
        self.task.cause = rec.ts
        key, change, store = rec.key, rec.value, self.table.store(self.task)
        stored = store.get(key)
        old = total = None if stored is None else stored[0]
        ts = rec.ts
        if change.old is not None and old is not None:
            total = self.subtract(key, old, change.old)
            ts = max(rec.ts, stored[1])
        if change.new is not None:
            if total is None and self.initial is None:
                total = change.new
            else:
                start = self.initial() if total is None and self.initial else total
                total = self.add(key, start, change.new)
                ts = rec.ts if stored is None else max(rec.ts, stored[1])
        until = store.put(key, total, ts)
        if until is None:
            self.drop("expired")
            return
        before = old if self.table.tells_old else None
        self.forward(Rec(key, Change(total, before, until == LATEST), ts, rec.headers))

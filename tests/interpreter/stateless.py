"""Steps of streams that keep nothing, sinks, and processors with their own store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamz_core.record import Record
from tests.interpreter.running import Topic, push
from tests.interpreter.stores import by_bytes
from tests.interpreter.values import Change, Op, Rec

Fn = Callable[..., Any]


class Each(Op):
    """`fn` gives the records that go on."""

    def __init__(self, task: Any, fn: Callable[[Rec], list[Rec]]) -> None:
        super().__init__(task)
        self.fn = fn

    def process(self, rec: Rec, port: int) -> None:
        for made in self.fn(rec):
            self.forward(made)


def flat_map(key: Fn, items: Fn) -> Callable[[Rec], list[Rec]]:
    def pairs(rec: Rec) -> list[Rec]:
        new = key(rec.key, rec.value)
        return [
            rec._replace(key=None if new is None else f"{new}.{i}", value=item)
            for i, item in enumerate(items(rec.value))
        ]

    return pairs


class Split(Op):
    """To the first branch whose predicate is true; a child hangs on the number of its branch."""

    def __init__(self, task: Any, predicates: list[Fn]) -> None:
        super().__init__(task)
        self.predicates = predicates

    def process(self, rec: Rec, port: int) -> None:
        found = (
            at for at, predicate in enumerate(self.predicates) if predicate(rec.key, rec.value)
        )
        branch = next(found, None)
        if branch is not None and branch < len(self.children):
            child, to = self.children[branch]
            child.process(rec, to)


class ToStream(Op):
    """What a row is now, deletes too."""

    def __init__(self, task: Any, key: Fn | None) -> None:
        super().__init__(task)
        self.key = key

    def process(self, rec: Rec, port: int) -> None:
        new = rec.value.new
        key = rec.key if self.key is None else self.key(rec.key, new)
        self.forward(rec._replace(key=key, value=new))


class Sink(Op):
    """To the topic that `choose` names; the partition is that of the key."""

    def __init__(self, task: Any, choose: Callable[[Rec], Topic]) -> None:
        super().__init__(task)
        self.choose = choose

    def process(self, rec: Rec, port: int) -> None:
        if isinstance(rec.value, Change):
            rec = rec._replace(value=rec.value.new)
        self.task.write(self.choose(rec), rec)


class HopOut(Op):
    """Into a repartition topic. Records without a key end here, unless `keyless` may pass."""

    def __init__(self, task: Any, topic: Topic, keyless: bool) -> None:
        super().__init__(task)
        self.topic = topic
        self.keyless = keyless

    def process(self, rec: Rec, port: int) -> None:
        if rec.key is None and not self.keyless:
            self.drop("null-key-repartition")
        else:
            self.task.write(self.topic, rec)


class Stored(dict[str, Any]):
    """A processor's store, as a processor asks it."""

    def range(self, low: Any = None, high: Any = None, *, reverse: bool = False) -> Any:
        keys = [
            key
            for key in by_bytes(self)
            if (low is None or key >= low) and (high is None or key <= high)
        ]
        return [(key, self[key]) for key in (reversed(keys) if reverse else keys)]

    def told(self) -> list[tuple[Any, ...]]:
        return list(self.items())


class Context:
    """What a processor may ask."""

    wall_time = 0

    def __init__(self, task: Any) -> None:
        self._task = task

    @property
    def stream_time(self) -> int:
        return int(self._task.time)


class Process(Op):
    """A processor, and what it does by stream time."""

    def __init__(self, task: Any, fn: Fn, store: str | None, every: Any) -> None:
        super().__init__(task)
        self.fn = fn
        self.stores = [] if store is None else [task.stores.setdefault(store, Stored())]
        self.due = 0
        self.every = every
        if every is not None:
            push(task.timers, (0, self.tick))

    def process(self, rec: Rec, port: int) -> None:
        record = Record(rec.key, rec.value, rec.ts, rec.headers)
        for made in self.fn(record, Context(self.task), *self.stores):
            self.forward(Rec(made.key, made.value, made.timestamp, made.headers))

    def tick(self, time: int) -> int:
        """Call it; when it is due next."""
        span = self.every.every_ms
        self.due += ((time - self.due) // span + 1) * span
        for made in self.every.fn(time, Context(self.task), *self.stores):
            self.forward(Rec(made.key, made.value, made.timestamp, made.headers))
        return self.due


class Deduplicate(Op):
    """A record goes on unless one of its key (and id) did that is no further from it in time than `within`."""

    def __init__(self, task: Any, within: int, grace: int, by: Fn | None) -> None:
        super().__init__(task)
        self.within, self.grace, self.by = within, grace, by
        self.time = -1
        self.went: dict[tuple[Any, Any], list[int]] = {}

    def process(self, rec: Rec, port: int) -> None:
        if rec.key is None:
            self.drop("null-key")
            return
        self.time = max(self.time, rec.ts)
        if rec.ts < self.time - self.within - self.grace:
            self.drop("late")
            self.tell_late(rec)
            return
        same = None if self.by is None else self.by(rec.key, rec.value)
        if self.by is None or same is not None:
            went = self.went.setdefault((rec.key, same), [])
            if any(abs(rec.ts - ts) <= self.within for ts in went):
                self.drop("duplicate")
                return
            went.append(rec.ts)
        self.forward(rec)

"""Joins of tables by a foreign key (rule 2.14): a subscription goes out, an answer comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.interpreter.running import Topic
from tests.interpreter.tables import Table
from tests.interpreter.values import Op, Rec, key_bytes

Fn = Callable[..., Any]

FORGET, FORGET_AND_TELL, TELL_ALWAYS, TELL_IF_THERE = range(4)


class Subscription(NamedTuple):
    """What a row asks of the row it refers to: `told` is what it was when it asked."""

    do: int
    told: str | None
    primary: Any
    partition: int


class Answer(NamedTuple):
    told: str | None
    right: Any


def told(value: Any) -> str | None:
    """What a value is known again by."""
    return None if value is None else json.dumps(value, sort_keys=True)


class Subscribe(Op):
    """Changes of the left table. `foreign` (key, value) -> key of the right one."""

    def __init__(self, task: Any, topic: Topic, foreign: Fn, *, left: bool) -> None:
        super().__init__(task)
        self.topic = topic
        self.foreign = foreign
        self.left = left

    def process(self, rec: Rec, port: int) -> None:
        change = rec.value
        if rec.key is None:
            self.drop("null-key")
            return
        if not change.latest:
            self.drop("out-of-order")
            return
        old = None if change.old is None else self.foreign(rec.key, change.old)
        new = None if change.new is None else self.foreign(rec.key, change.new)
        if self.left:
            self._left(rec, old, new)
        elif change.old is None:
            self._insert(rec, new)
        elif change.new is None:
            if old is not None:
                self._send(rec, old, FORGET_AND_TELL)
        else:
            self._update(rec, old, new)

    def _left(self, rec: Rec, old: Any, new: Any) -> None:
        if rec.value.old is None and rec.value.new is None:
            return
        if old is not None and old != new:
            self._send(rec, old, FORGET)
        self._send(rec, new, TELL_ALWAYS)

    def _insert(self, rec: Rec, new: Any) -> None:
        if rec.value.new is None:
            return
        if new is None:
            self.drop("null-foreign-key")
        else:
            self._send(rec, new, TELL_IF_THERE)

    def _update(self, rec: Rec, old: Any, new: Any) -> None:
        if new is None:
            self.drop("null-foreign-key")
            if old is not None:
                self._send(rec, old, FORGET_AND_TELL)
        elif old is None or old == new:
            self._send(rec, new, TELL_IF_THERE)
        else:
            self._send(rec, old, FORGET)
            self._send(rec, new, TELL_ALWAYS)

    def _send(self, rec: Rec, to: Any, do: int) -> None:
        asked = Subscription(do, told(rec.value.new), rec.key, self.task.partition)
        self.task.write(self.topic, rec._replace(key=to, value=asked))


class Answering(Op):
    """Beside the right table: port 0 subscriptions, port 1 changes of rows."""

    def __init__(self, task: Any, topic: Topic, table: Table) -> None:
        super().__init__(task)
        self.topic = topic
        self.table = table
        self.known: dict[Any, dict[Any, Subscription]] = {}

    def process(self, rec: Rec, port: int) -> None:
        if port == 0:
            self._asked(rec)
        elif rec.key is None:
            self.drop("null-key")
        elif not rec.value.latest:
            self.drop("out-of-order")
        else:
            known = self.known.get(rec.key, {})
            for primary in sorted(known, key=key_bytes):
                self._answer(rec, known[primary], rec.value.new, rec.ts)

    def _asked(self, rec: Rec) -> None:
        asked: Subscription = rec.value
        row = None
        if rec.key is not None:
            known = self.known.setdefault(rec.key, {})
            if asked.do in (FORGET, FORGET_AND_TELL):
                known.pop(asked.primary, None)
            else:
                known[asked.primary] = asked
            row = self.table.row(self.task, rec.key)
        right = None if row is None else row[0]
        if asked.do == FORGET or (asked.do == TELL_IF_THERE and right is None):
            return
        ts = rec.ts if row is None else max(rec.ts, row[1])
        self._answer(rec, asked, None if asked.do == FORGET_AND_TELL else right, ts)

    def _answer(self, rec: Rec, asked: Subscription, right: Any, ts: int) -> None:
        made = rec._replace(key=asked.primary, value=Answer(asked.told, right), ts=ts)
        self.task.write(self.topic, made, asked.partition)


class Resolve(Op):
    """Beside the left table: an answer counts if the row still is what asked."""

    def __init__(self, task: Any, table: Table, joiner: Fn, *, left: bool) -> None:
        super().__init__(task)
        self.table = table
        self.joiner = joiner
        self.left = left

    def process(self, rec: Rec, port: int) -> None:
        if port == 1:  # rows are looked up
            return
        row = self.table.row(self.task, rec.key)
        value = None if row is None else row[0]
        if told(value) != rec.value.told:
            return
        right = rec.value.right
        lacking = right is None and (not self.left or value is None)
        joined = None if lacking else self.joiner(rec.key, value, right)
        self.forward(rec._replace(value=joined))

"""What flows, how keys are ordered, and what an operator is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from streamz_core.record import Windowed

if TYPE_CHECKING:
    from tests.interpreter.running import Task

Headers = tuple[tuple[str, bytes | None], ...]


class Rec(NamedTuple):
    """A record; between tables its value is a Change."""

    key: Any
    value: Any
    ts: int
    headers: Headers = ()


class Change(NamedTuple):
    """What a row is now, and what it was. `latest`: False where a versioned table took in an older version."""

    new: Any
    old: Any = None
    latest: bool = True


Row = tuple[Any, int] | None
"""What is looked up: (value, timestamp)."""


def plain(key: Any) -> bytes:
    """The bytes by which a record finds its partition: those of the key without its window."""
    return plain(key.key) if isinstance(key, Windowed) else key.encode()


def key_bytes(key: Any) -> bytes:
    """The bytes by which keys are ordered."""
    if isinstance(key, Windowed):
        return key_bytes(key.key) + key.start.to_bytes(8, "big") + key.end.to_bytes(8, "big")
    return key.encode()


class Op:
    """An operator of one task. It hands records to its children in the order in which they were declared."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.children: list[tuple[Op, int]] = []
        self.aside: list[tuple[Op, int]] = []

    def process(self, rec: Rec, port: int) -> None:
        raise NotImplementedError

    def forward(self, rec: Rec) -> None:
        for child, port in self.children:
            child.process(rec, port)

    def tell_late(self, rec: Rec) -> None:
        """The record as it came, to those who want to know of what came too late."""
        for child, port in self.aside:
            child.process(rec, port)

    def drop(self, reason: str) -> None:
        self.task.dropped[reason] += 1

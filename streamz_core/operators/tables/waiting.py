"""Lines of tables whose changes go on at the commit: what waits for it, and what comes of it then.

Of the changes of a row only the last one goes on (Kafka: a store with a record cache, flushed at the commit): from the
value that went on before to the last one, in the order in which rows were changed last. What waits is in
memory, and nothing of it outlives a commit: whoever starts from one has nothing waiting.
"""

from __future__ import annotations

from typing import Any

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.record import Headers
from streamz_core.stores.kind import codecs
from streamz_core.topology.nodes import AnyCodec, Node, StoreSpec

Change = tuple[Any, Any, int, Headers, str, int]
"""Old and new value (objects of codecs that are immutable, else bytes), timestamp and headers; topic and
offset of the record behind it."""

Waiting = dict[bytes, Change]
"""The changes of a table that wait, by the key's bytes."""

NAMES = ("old", "new", "timestamp", "headers", "topic", "offset")


def wait(lines: Lines, node: Node, flow: Flow, topic: str, offset: str) -> None:
    """The change that `flow` is waits for the commit. `topic`, `offset`: of the record behind it."""
    key = flow.key.raw(lines, node.key)
    assert flow.old is not None, f"{node.name} knows the old values of its rows"
    codec = codecs(_store(lines, node))[1]
    old, new = (_held(lines, side, codec) for side in (flow.old, flow.value))
    before = lines.fresh("before")
    waiting = waiting_of(lines, node)
    lines.add(f"{before} = {waiting}.pop({key}, None)")
    first = f"{old} if {before} is None else {before}[0]"
    change = f"({first}, {new}, {flow.timestamp}, {flow.headers}, {topic}, {offset})"
    lines.add(f"{waiting}[{key}] = {change}")


def waiting_of(lines: Lines, node: Node) -> str:
    """The variable with what waits of a table."""
    return lines.bound(f"{node.name}_waiting", f"waiting({node.name!r})")


def passed_on(node: Node, store: StoreSpec, key: str, names: list[str]) -> Flow:
    """A change that goes on: its key's bytes are in one variable, the rest in those named as in NAMES."""
    codec = codecs(store)[1]
    old, new, timestamp, headers, *_ = names
    sides = [
        Side(codec, obj=one) if codec.immutable else Side(codec, raw=one) for one in (new, old)
    ]
    value, before = sides
    held = Side(_known(node), raw=key, nullable=False)
    return Flow(held, value, timestamp, headers, before)


def due(waiting: Waiting) -> list[tuple[bytes, Any, Any, int, Headers, str, int]]:
    """What waits, flat, in order; nothing waits any more. A row that was nothing and is nothing is left out."""
    found = [
        (key, *change)
        for key, change in waiting.items()
        if change[0] is not None or change[1] is not None
    ]
    waiting.clear()
    return found


def change_time(lines: Lines, node: Node, value: Side, timestamp: str, came: str) -> str:
    """The time of a change of an aggregate: that of its row, at the commit of a delete that of the record
    behind it (as in Kafka, where a deleted row has no time).
    """
    if not lines.table(node).at_commit or not value.nullable:
        return timestamp
    made = lines.fresh("timestamp")
    lines.add(f"{made} = {came} if {value.is_null()} else {timestamp}")
    return made


def _held(lines: Lines, side: Side, codec: AnyCodec) -> str:
    return side.obj(lines) if codec.immutable else side.raw(lines, codec)


def _store(lines: Lines, node: Node) -> StoreSpec:
    store = lines.table(node).store
    assert store is not None, f"{node.name} stores its rows"
    return store


def _known(node: Node) -> AnyCodec:
    assert node.key is not None, f"{node.name} has a key codec"
    return node.key

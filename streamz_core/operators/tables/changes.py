"""Lines of tables that may keep their rows in a store of their own: the row before a change, the change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores import by_key
from streamz_core.stores.kind import Found, codecs
from streamz_core.stores.row_lines import row_value
from streamz_core.topology.nodes import StoreSpec, TableNode

LookUp = Callable[[Lines, TableNode, Flow], Found]
"""Lines that find the current row of a table under the key of the flow."""

Through = Callable[[Lines, Any, Flow, LookUp], Found]
"""How a table of one kind that has no store is looked up: through the tables above it."""


def stored_before(lines: Lines, store: StoreSpec, flow: Flow) -> Side:
    """The value of the row as it is stored; to be asked before the change is passed on."""
    return row_value(lines, codecs(store)[1], by_key.read(lines, store, flow.key))


def pass_change(lines: Lines, node: TableNode, flow: Flow, new: Side, old: Side | None) -> None:
    """Store the new value, if the table has a store, and hand the change on at the time of `flow`."""
    store, change = lines.table(node).store, evolve(flow, value=new, old=old)
    if store is None:
        lines.forward(change)
        return
    new.obj(lines)
    with by_key.put(lines, store, change) as taken:
        lines.forward(taken)


@contextmanager
def real_change(lines: Lines, flow: Flow) -> Iterator[Flow]:
    """The flow of changes that change the bytes of a row; a delete of what is not there changes none (KIP-557)."""
    assert flow.old is not None, f"{lines.node.name} knows the old values of its rows"
    new, old = flow.value.raw(lines), flow.old.raw(lines)
    with lines.block(f"if {new} != {old}:", flow) as changed:
        yield changed


@contextmanager
def latest_change(lines: Lines, flow: Flow) -> Iterator[Flow]:
    """The flow of changes that are of the latest version of their key. One before it is dropped: it changes
    nothing of what the table is now (KIP-914).
    """
    if not flow.latest:
        yield flow
        return
    with lines.block(f"if not {flow.latest}:"):
        drop(lines, "'out-of-order'")
    with lines.block("else:", evolve(flow, latest="")) as latest:
        yield latest

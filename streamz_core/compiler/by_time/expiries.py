"""The entries that take out the rows which are over, before a record is run: one for each store whose rows expire.

A row of a table that goes is a delete, which goes on like any other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen

from streamz_core.compiler.bringing import CHANGES, RECORDS
from streamz_core.compiler.text import Text
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import overlay
from streamz_core.topology.edges import Edge, Hop, put_out
from streamz_core.topology.nodes import Node, StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology

ARGUMENTS = ("now_ms", "rows_max")


@frozen
class Expire:
    """Key of the entry for the rows of a store that are over, by its name: called with a stream time, ms, and how many
    rows it may take out; 0: all.
    """

    store: str


class ExpireEntry:
    """A loop over the rows of a store that are over. Implements Entry.

    Of those of a table its children hear.
    """

    arguments: tuple[str, ...] = ARGUMENTS
    timestamps = topic = topic_of = stream_time = ""
    offset = "-1"
    depth = 0

    def __init__(self, plan: Plan, node: Node, spec: StoreSpec) -> None:
        self.key: Hashable = Expire(spec.name)
        self.name = f"expire_{spec.name}"
        table = plan.tables.get(node)
        told = table is not None and table.store is spec
        self.brings = CHANGES if told else RECORDS
        self.edges: Sequence[Edge | Hop] = put_out(plan.children[node]) if told else ()
        self.node = node
        self.expires: StoreSpec | None = spec
        self._wants_old = table is not None and table.sends_old
        self._head = ""

    def begin(self, lines: Lines) -> Flow:
        spec = self.expires
        assert spec is not None, "of a store whose rows expire"
        key, old, time = (lines.fresh(hint) for hint in ("key_raw", "old", "timestamp"))
        self._head = f"for {key}, {old}, {time} in follow({overlay(lines, spec)}.let_go({', '.join(ARGUMENTS)})):"
        codec = codecs(spec)[1]
        held = {"obj": old} if codec.immutable else {"raw": old}
        gone = Side(codec, nullable=False, **held)
        keyed = Side(self.node.key if self.brings == CHANGES else spec.key, raw=key, nullable=False)
        before = gone if self._wants_old else None
        return Flow(keyed, Side(codec, obj="None"), time, "()", before)

    @contextmanager
    def around(self, text: Text, used: set[str]) -> Iterator[None]:  # noqa: ARG002 - all is at hand
        with text.block(self._head, self.node):
            yield


def expiries(plan: Plan, sub: SubTopology) -> list[ExpireEntry]:
    """Those of functions first: who hears of a row that goes is not to find others that are over. Then those of tables,
    in the order of the steps: what goes may change a table further down.
    """
    found: dict[str, ExpireEntry] = {}
    for node in sub.nodes:
        for spec in plan.stores_of(node):
            if spec.ttl_ms is not None:
                found.setdefault(spec.name, ExpireEntry(plan, node, spec))
    return sorted(found.values(), key=lambda entry: entry.brings == CHANGES)

"""The entries that a task calls before a commit: one for each table whose changes wait for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen

from streamz_core.compiler.bringing import RECORDS
from streamz_core.compiler.text import Text
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.operators.tables.waiting import NAMES, due, passed_on, waiting_of
from streamz_core.topology.edges import Edge, Hop, put_out
from streamz_core.topology.nodes import Node, StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology


@frozen
class AtCommit:
    """Key of the entry for what waits of a table, by the name of its step. It takes no arguments."""

    step: str


class CommitEntry:
    """A loop over the changes of a table that wait. Implements Entry."""

    arguments: tuple[str, ...] = ()
    timestamps = stream_time = ""
    topic = ""
    brings = RECORDS
    expires: StoreSpec | None = None

    def __init__(self, plan: Plan, node: Node) -> None:
        self.key: Hashable = AtCommit(node.name)
        self.name = f"commit_{node.name}"
        self.edges: Sequence[Edge | Hop] = put_out(plan.children[node])
        self.node = node
        self.topic_of = self.offset = ""
        self.depth = plan.depths.get(node, 0)
        self._table = plan.tables[node]
        self._head = ""

    def begin(self, lines: Lines) -> Flow:
        store = self._table.store
        assert store is not None, f"{self.node.name} stores its rows"
        key = lines.fresh("key_raw")
        names = [lines.fresh(name) for name in NAMES]
        self.topic_of, self.offset = names[-2:]
        taken = f"{lines.constant('due', due)}({waiting_of(lines, self.node)})"
        self._head = f"for {', '.join((key, *names))} in follow({taken}):"
        return passed_on(self.node, store, key, names)

    @contextmanager
    def around(self, text: Text, used: set[str]) -> Iterator[None]:  # noqa: ARG002 - all is at hand
        with text.block(self._head, self.node):
            yield


def commits(plan: Plan, sub: SubTopology) -> list[CommitEntry]:
    """In the order of the steps: what goes on may be a change of a table further down."""
    tables = plan.tables
    return [
        CommitEntry(plan, node) for node in sub.nodes if node in tables and tables[node].at_commit
    ]

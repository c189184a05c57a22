"""The entries of functions that are called when time has come: one for each timer of a sub-topology."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from attrs import frozen

from streamz_core.codecs.plain import BYTES
from streamz_core.compiler.bringing import RECORDS
from streamz_core.compiler.text import Text
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.processors.by_hand import CALLED
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import Node, StoreSpec, Timing
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology
from streamz_core.topology.traits import is_by_hand, timing_of


@frozen
class Tick:
    """Key of the entry of a timer, by its name: called with the time that has come, ms."""

    timer: str


class TickEntry:
    """No loop and no columns: one call, and nothing moves the task's stream time. Implements Entry."""

    arguments: tuple[str, ...] = ("now_ms",)
    topic = topic_of = stream_time = ""
    depth = 0
    offset = "-1"
    timestamps = ""
    brings = RECORDS
    expires: StoreSpec | None = None

    def __init__(self, node: Node) -> None:
        self.key: Hashable = Tick(node.name)
        self.name = f"at_{node.name}"
        self.edges: Sequence[Edge | Hop] = (Edge(node),)
        self.node = node

    def begin(self, lines: Lines) -> Flow:  # noqa: ARG002 - there are no names to take
        nothing = Side(None, obj="None")
        return Flow(nothing, nothing, "now_ms", "()")

    def around(self, text: Text, used: set[str]) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()


@frozen
class Called:
    """Key of the entry by which time comes to a processor, by its name: called with the time that has come, ms,
    and with what it wants to be called then.
    """

    step: str


class CallEntry(TickEntry):
    """A call of the processor's own. Implements Entry."""

    arguments = ("now_ms", "callback")

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.key = Called(node.name)
        self.name = f"call_{node.name}"
        self.edges = (Edge(node, CALLED),)

    def begin(self, lines: Lines) -> Flow:  # noqa: ARG002 - there are no names to take
        # Of a type that nobody copies: the call may have to wait.
        return Flow(Side(None, obj="None"), Side(BYTES, obj="callback"), "now_ms", "()")


def calls(_: Plan, sub: SubTopology) -> Iterable[TickEntry]:
    """An entry for each processor of the sub-topology that is an object."""
    return [CallEntry(node) for node in sub.nodes if is_by_hand(node)]


def ticks(_: Plan, sub: SubTopology) -> Iterable[TickEntry]:
    """An entry for each timer of the sub-topology."""
    return [TickEntry(node) for node in sub.nodes if timing_of(node) is not None]


def timers_of(sub: SubTopology, partition: int) -> Mapping[str, Timing]:
    """The timers of a task, by name, in order of declaration."""
    found = ((node.name, timing_of(node)) for node in sub.nodes)
    return {
        name: timing
        for name, timing in found
        if timing is not None and not (timing.once and partition)
    }

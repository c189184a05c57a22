"""The functions that records go on with which had to wait: one for each place and shape in which they do."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext

from attrs import frozen

from streamz_core.compiler.bringing import RECORDS
from streamz_core.compiler.text import Text
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import Node, StoreSpec


@frozen
class Arrival:
    """Key of such an entry: where the record goes on, how many answers it has waited for by then, and the shape of its flow."""

    edge: Edge
    depth: int
    shape: tuple[object, ...]


class ArrivalEntry:
    """One record that waited, with all that is to be known of it as arguments. Implements Entry.

    They come as `Flow.names` has them, then topic and offset, then the task's stream time as it was: others may have
    been taken since.
    """

    timestamps = topic = ""
    brings = RECORDS
    expires: StoreSpec | None = None

    def __init__(self, arrival: Arrival, flow: Flow) -> None:
        self.key: Hashable = arrival
        self.name = f"arrive_{arrival.edge.child.name}"
        self.edges: Sequence[Edge | Hop] = (arrival.edge,)
        self.node: Node = arrival.edge.child
        self.depth = arrival.depth
        self.arguments: tuple[str, ...] = ()
        self.topic_of = self.offset = self.stream_time = ""
        self._flow = flow

    def begin(self, lines: Lines) -> Flow:
        inside = self._flow.renamed(lines.fresh)
        self.topic_of, self.offset = lines.fresh("topic"), lines.fresh("offset")
        self.stream_time = lines.fresh("stream_time")
        self.arguments = (*inside.names(), self.topic_of, self.offset, self.stream_time)
        return inside

    def around(self, text: Text, used: set[str]) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

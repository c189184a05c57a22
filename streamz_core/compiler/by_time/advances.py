"""The entries for time that comes without a record: one for each input whose time goes on when it is idle."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

from attrs import frozen

from streamz_core.compiler.bringing import TIME
from streamz_core.compiler.text import Text
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.idleness import pauses_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import Input, SubTopology


@frozen
class Advance:
    """Key of the entry for the time of a topic: called with that time, ms."""

    topic: str


class AdvanceEntry:
    """No loop and no columns: the steps behind hear of a time, as of that of a record. Implements Entry."""

    arguments: tuple[str, ...] = ("now_ms",)
    topic = topic_of = stream_time = ""
    depth = 0
    offset = "-1"
    timestamps = "now_ms"
    brings = TIME
    expires: StoreSpec | None = None

    def __init__(self, source: Input) -> None:
        self.key: Hashable = Advance(source.topic)
        self.name = f"advance_{source.topic}"
        self.edges: Sequence[Edge | Hop] = source.readers
        self.node = source.node

    def begin(self, lines: Lines) -> Flow:  # noqa: ARG002 - there are no names to take
        nothing = Side(None, obj="None")
        return Flow(nothing, nothing, "now_ms", "()")

    def around(self, text: Text, used: set[str]) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()


def advances(plan: Plan, sub: SubTopology) -> Iterable[AdvanceEntry]:
    """An entry for each input of a pause."""
    topics = {topic for pause in pauses_of(plan)[sub.name] for topic in pause.topics}
    return [AdvanceEntry(source) for source in sub.inputs if source.topic in topics]

"""With what a bound sub-topology can be called: one class and one row for each kind of entry.

An entry becomes one function. Its lines are those of the emitters of the nodes it leads to; the kind
says which arguments the function takes, where the first record comes from, and what stands around
the lines for it. Batches stand here, what goes on at a commit in commits.py, timers in ticks.py, rows that are over in
expiries.py, time without records in advances.py, what had to wait in arrivals.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from attrs import frozen

from streamz_core.codecs.plain import BytesCodec
from streamz_core.compiler.bringing import RECORDS
from streamz_core.compiler.by_time.advances import advances
from streamz_core.compiler.by_time.expiries import expiries
from streamz_core.compiler.columns import decode_column
from streamz_core.compiler.commits import commits
from streamz_core.compiler.text import Text
from streamz_core.compiler.ticks import calls, ticks
from streamz_core.errors import TopologyError
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import AnyCodec, Node, StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import Input, SubTopology
from streamz_core.topology.traits import pattern_of


class Entry(Protocol):
    """One function of a sub-topology, while it is written.

    `key`: how callers ask for it. `arguments`: of the function. `edges`: where records go first.
    `node`: the node that lines of the entry itself are told as. `topic`, `offset`: place of the record
    at hand, "" and -1 where it came from none; `topic_of`: an expression, where it is not always the same topic.
    `timestamps`: an expression of the times that the call
    brings, which move the task's stream time; "" if it brings none. `brings`: as
    bringing.py has it. `expires`: the store whose rows it takes out when they are over, before a record is run.
    `stream_time`: the variable with the task's stream time as it was for the record at hand; "" where it is as it is.
    `depth`: how many answers the record has waited for (Plan.depths).
    """

    key: Hashable
    name: str
    arguments: tuple[str, ...]
    edges: Sequence[Edge | Hop]
    node: Node
    topic: str
    topic_of: str
    offset: str
    timestamps: str
    brings: str
    expires: StoreSpec | None
    stream_time: str
    depth: int

    def begin(self, lines: Lines) -> Flow:
        """Where the record at hand is; names are taken here."""
        ...

    def around(self, text: Text, used: set[str]) -> AbstractContextManager[None]:
        """The place in `text` for the lines of one record, which use the names in `used`."""
        ...


@frozen
class Batch:
    """Key of the entry for batches of a topic: columns of keys, values, timestamps, headers
    (None: no record has any), offsets.
    """

    topic: str


class BatchEntry:
    """A loop over the rows of a batch. Implements Entry."""

    arguments: tuple[str, ...] = ("keys", "values", "timestamps", "headers", "offsets")
    timestamps = "*timestamps"
    topic_of = stream_time = ""
    brings = RECORDS
    expires: StoreSpec | None = None
    depth = 0

    def __init__(self, source: Input) -> None:
        self.key: Hashable = Batch(source.topic)
        self.name = f"on_{source.topic}"
        self.topic = source.topic
        self.edges: Sequence[Edge | Hop] = source.readers
        self.node = source.node
        self.offset = ""
        self._codecs = (source.key, source.value)
        # A hop holds what this app wrote; an extractor has read all of a record before.
        self._trusted = source.hop is not None or source.extractor is not None
        self._columns: dict[str, str] = {}
        self._unread: dict[str, str] = {}

    def begin(self, lines: Lines) -> Flow:
        key, value = self._codecs
        self._columns = {
            lines.fresh("key_raw"): "keys",
            lines.fresh("key"): _decoded(lines, key, "key"),
            lines.fresh("value_raw"): "values",
            lines.fresh("value"): _decoded(lines, value, "value"),
            lines.fresh("timestamp"): "timestamps",
            lines.fresh("header"): "repeat(()) if headers is None else headers",
            lines.fresh("offset"): "offsets",
        }
        key_raw, key_obj, value_raw, value_obj, timestamp, header, self.offset = self._columns
        if not self._trusted:
            self._unread = {
                key_obj: _valid(lines, key, "key"),
                value_obj: _valid(lines, value, "value"),
            }
        return Flow(
            _side(key, key_raw, key_obj), _side(value, value_raw, value_obj), timestamp, header
        )

    @contextmanager
    def around(self, text: Text, used: set[str]) -> Iterator[None]:
        columns = {
            variable: column for variable, column in self._columns.items() if variable in used
        }
        for variable, check in self._unread.items():
            if variable not in used and check:
                text.add(check, self.node)
        first, *others = columns.values() or ["keys"]
        names = ", ".join(columns) or "_"
        if others:
            # A line for each column: where bytes cannot be decoded, a traceback shows which.
            with text.block("rows = zip(", self.node):
                for column in (f"follow({first})", *others):
                    text.add(f"{column},", self.node)
            text.add(")", self.node)
            head = f"for {names} in rows:"
        else:
            head = f"for {names} in follow({first}):"
        with text.block(head, self.node):
            yield


@frozen
class Matching:
    """Key of the entry for batches of all topics that match the pattern of a source: as Batch, and which topic."""

    source: str


class MatchingEntry(BatchEntry):
    """One loop for all topics of a source, however many there are or will be. Implements Entry."""

    arguments = (*BatchEntry.arguments, "topic")
    topic_of = "topic"

    def __init__(self, source: Node) -> None:
        if source.key is None or source.value is None:
            raise TopologyError(f"{source.name}: no codec is known; say key=, value=")
        super().__init__(Input("", None, (Edge(source),), source.key, source.value))
        self.key = Matching(source.name)
        self.name = f"on_{source.name}"


def _decoded(lines: Lines, codec: AnyCodec, side: str) -> str:
    decode = lines.constant("decode_column", decode_column)
    decode_all = lines.constant(f"decode_all_{codec.name}", codec.decode_all)
    return f"{decode}({decode_all}, {side}s, {side!r})"


def _valid(lines: Lines, codec: AnyCodec, side: str) -> str:
    """The line that looks whether a column could be decoded; "" if all could. What cannot be is no
    business of the steps: it must neither be counted nor stored, nor go out again.
    """
    if isinstance(codec, BytesCodec):
        return ""
    decode = lines.constant("decode_column", decode_column)
    validate_all = lines.constant(f"validate_all_{codec.name}", codec.validate_all)
    return f"{decode}({validate_all}, {side}s, {side!r})"


def _side(codec: AnyCodec, raw: str, obj: str) -> Side:
    # Bytes that are their own object need no column of objects.
    return Side(codec, raw=raw, obj=None if isinstance(codec, BytesCodec) else obj)


def batches(_: Plan, sub: SubTopology) -> Iterable[Entry]:
    """An entry for each topic that the sub-topology reads, and for each pattern."""
    named = [BatchEntry(source) for source in sub.inputs if pattern_of(source.node) is None]
    return named + [MatchingEntry(node) for node in sub.nodes if pattern_of(node) is not None]


KINDS: Sequence[Callable[[Plan, SubTopology], Iterable[Entry]]] = (
    expiries,
    batches,
    commits,
    ticks,
    calls,
    advances,
)
"""Which entries a sub-topology has, by kind; batches call those that expire rows."""


def entries_of(plan: Plan, sub: SubTopology) -> list[Entry]:
    """All entries of a sub-topology."""
    return [entry for kind in KINDS for entry in kind(plan, sub)]

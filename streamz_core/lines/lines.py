"""What emitters work with: the text they add to.

An emitter is a function (lines, node, port, flow): it adds the lines that do the node's work for
the record that `flow` describes and that came in by `port`, and calls `lines.forward(flow)` where the
children's lines belong. It adds nothing else; what a batch needs before or after its loop it asks for
by name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, overload

from attrs import frozen

from streamz_core.lines.adding import Adding
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from streamz_core.topology.nodes import AnyCodec, Branch, Node, Split, StoreSpec
from streamz_core.topology.tables import Table


class Lines(Adding, Protocol):
    """The text of one batch function, and what it can ask for."""

    @overload
    def block(self, head: str, *, apart: bool = False) -> AbstractContextManager[None]: ...
    @overload
    def block(self, head: str, flow: Flow) -> AbstractContextManager[Flow]: ...
    def block(self, head: str, flow: Flow | None = None, *, apart: bool = False) -> Any:
        """A line that ends with a colon; lines added inside stand deeper. `apart`: they are those of a local
        function, which stands in front of all others.

        `with lines.block(head, flow) as flow`: the flow for lines inside. What they make of it (an
        object decoded, bytes encoded) is bound in this branch only.
        """
        ...

    def variable(self, hint: str, first: str) -> str:
        """A variable that lives for a batch, and what it is at the beginning; the same one for the same beginning."""
        ...

    def bound(self, hint: str, expression: str) -> str:
        """A variable that is made once for a task; the same one for the same expression.

        Expressions may ask for `store(name)`, for `hand(step, supplier, stores)`, for `place` (the task, as a Context asks it), and for `chosen(step, key codec, value codec, tail_bytes)`, from a
        topic to its buffer.
        """
        ...

    def fetched(self, hint: str, expression: str) -> str:
        """A variable that a batch begins with; the same one for the same expression."""
        ...

    def time(self, key: str) -> str:
        """A variable with a time (ms, -1 unknown) that outlives the batch: part of the position."""
        ...

    def facade(self, spec: StoreSpec, *, reads: bool = False) -> str:
        """The store as functions of the user get it. `reads`: one that only reads it."""
        ...

    def context(self, lasting: str = "") -> str:
        """The Context of the node, or the one that lives as long as the task, brought up to the place and the task's
        time of the record at hand.
        """
        ...

    def output(self, topic: str, *, tail_bytes: int) -> OutputNames: ...

    def column(self, topic: str, side: str, held: Side, codec: AnyCodec) -> str:
        """What to append to a column of an output: bytes, or an object that is encoded later."""
        ...

    def wants_bytes(self, store: str) -> bool:
        """Whether `bytes_wanted` will be told for the store: bytes are made before it gets the value."""
        ...

    def table(self, node: Node) -> Table:
        """What was decided for a table."""
        ...

    def wait(self, key: str, flow: Flow, ask: Callable[[Waits], str]) -> None:
        """The lines of the node's port ANSWER run later: when the answer is there for which the expression of `ask`
        asks, in the place of the flow's value, and it is the turn of the record. `key`: an expression of the key in
        whose order it waits (operators/waiting/line.py).
        """
        ...

    def forward(
        self, flow: Flow, chosen: str = "", *, aside: bool = False, to: Node | None = None
    ) -> None:
        """The lines of all children of the node, in order of declaration. `chosen`: a variable with the name
        of the only one for which they run, None for all of them. `aside`: of those who want the records
        that it leaves out, for such a one; what they do to its value nobody else sees. `to`: of this child only.
        """
        ...

    def asides(self) -> bool:
        """Whether somebody wants the records that the node leaves out."""
        ...

    def branches(self, node: Split) -> list[Branch]:
        """The children of a split, in order of declaration."""
        ...


@frozen
class Waits:
    """Expressions, for whoever asks for an answer: the line in which the record waits, for what is made once for a task;
    topic and offset of the record.
    """

    line: str
    topic: str
    offset: str


@frozen
class OutputNames:
    """Variables of an output, functions that append to its columns; and expressions of the timestamps, its headers, the
    partitions that were chosen: only records that have any look at them.
    """

    key: str
    value: str
    timestamp: str
    timestamps: str
    headers: str
    placed: str


Advance = Callable[[Lines, Any, int, Flow], str]
"""Lines for a time, the timestamp of the flow, that comes to a node without a record; the expression for the one that goes on:
nothing that comes out later is before it.
"""

Emitter = Callable[[Lines, Any, int, Flow], None]
"""The port is the number of the parent's edge in `node.parents`, as the traits of the node say."""

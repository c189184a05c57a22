"""What emitters work with: the text they add to, and where its variables hold a record.

An emitter is a function (lines, node, port, flow): it adds the lines that do the node's work for
the record that `flow` describes and that came in by `port`, and calls `lines.forward(flow)` where the
children's lines belong. It adds nothing else; what a batch needs before or after its loop it asks for
by name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, overload

from attrs import evolve, frozen

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BytesCodec
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import TopologyError
from streamz_core.record import Windowed
from streamz_core.topology.nodes import AnyCodec, Branch, Func, Node, Split, StoreSpec
from streamz_core.topology.tables import Table


class Lines(Protocol):
    """The text of one batch function, at the place where the next line goes."""

    node: Node

    def add(self, text: str) -> None:
        """One line at the present depth."""
        ...

    @overload
    def block(self, head: str) -> AbstractContextManager[None]: ...
    @overload
    def block(self, head: str, flow: Flow) -> AbstractContextManager[Flow]: ...
    def block(self, head: str, flow: Flow | None = None) -> Any:
        """A line that ends with a colon; lines added inside stand deeper.

        `with lines.block(head, flow) as flow`: the flow for lines inside. What they make of it (an
        object decoded, bytes encoded) is bound in this branch only.
        """
        ...

    def fresh(self, hint: str) -> str:
        """A variable that no other line uses."""
        ...

    def constant(self, hint: str, value: object) -> str:
        """The name of an object that the text refers to; the same name for the same object."""
        ...

    def variable(self, hint: str, first: str) -> str:
        """A variable that lives for a batch, and what it is at the beginning."""
        ...

    def time(self, key: str) -> str:
        """A variable with a time (ms, -1 unknown) that outlives the batch: part of the position."""
        ...

    def store(self, spec: StoreSpec) -> StoreNames: ...

    def facade(self, spec: StoreSpec) -> str:
        """The store as functions of the user get it."""
        ...

    def context(self) -> str:
        """The Context, kept up to date for each record."""
        ...

    def output(self, topic: str, *, windowed: bool) -> OutputNames: ...

    def chosen_output(self, *, windowed: bool) -> str:
        """A function from a topic's name to its Output."""
        ...

    def column(self, topic: str, side: str, held: Side, codec: AnyCodec) -> str:
        """What to append to a column of an output: bytes, or an object that is encoded later."""
        ...

    def bytes_wanted(self, store: str) -> None:
        """Told when bytes of a value that was put into the store as an object are needed after all."""
        ...

    def wants_bytes(self, store: str) -> bool:
        """Whether that will be told for the store: then they are made before it gets the value."""
        ...

    def table(self, node: Node) -> Table:
        """What was decided for a table."""
        ...

    def forward(self, flow: Flow) -> None:
        """The lines of all children of the node, in order of declaration."""
        ...

    def forward_to(self, child: Node, flow: Flow) -> None:
        """The lines of one child."""
        ...

    def branches(self, node: Split) -> list[Branch]:
        """The children of a split, in order of declaration."""
        ...


@frozen
class StoreNames:
    """Variables of a store: itself; in a batch its live rows, and those a commit must carry.

    A window store's rows are in panes, and each pane has its own `dirty`.
    """

    spec: StoreSpec
    store: str
    live: str
    dirty: str


@frozen
class OutputNames:
    """Variables of an output: itself; in a batch functions that append to its columns, its headers."""

    output: str
    key: str
    value: str
    timestamp: str
    timestamps: str
    headers: str


Emitter = Callable[[Lines, Any, int, "Flow"], None]


class Side:
    """Key, value or old value of a record: variables that hold its bytes, its object, or both.

    What is missing is made by a line when somebody asks, and then kept for lines in the same block;
    whoever opens a block works on a copy of the flow. `stored_in`: the store that has the object.
    """

    __slots__ = ("codec", "nullable", "obj_name", "raw_name", "stored_in")

    def __init__(
        self,
        codec: AnyCodec | None,
        *,
        raw: str | None = None,
        obj: str | None = None,
        nullable: bool = True,
        stored_in: str = "",
    ) -> None:
        assert raw or obj, "a side is held by some variable"
        self.stored_in = stored_in
        self.codec = codec
        self.raw_name = raw
        self.obj_name = obj
        self.nullable = nullable

    def obj(self, lines: Lines) -> str:
        """The variable with the object; decodes if need be."""
        if self.obj_name is None:
            raw = self.raw_name
            assert raw is not None
            if isinstance(self.codec, BytesCodec):
                return raw
            decode = lines.constant(f"decode_{_word(self.codec)}", _known(self.codec, lines).decode)
            self.obj_name = lines.fresh("value")
            made = f"{decode}({raw})"
            text = f"None if {raw} is None else {made}" if self.nullable else made
            lines.add(f"{self.obj_name} = {text}")
        return self.obj_name

    def raw(self, lines: Lines, codec: AnyCodec | None = None) -> str:
        """The variable with the bytes in `codec` (its own if not given); encodes if need be."""
        wanted = codec or _known(self.codec, lines)
        if self.has_raw(wanted):
            assert self.raw_name is not None
            return self.raw_name
        obj = self.obj(lines)
        encode = lines.constant(f"encode_{_word(wanted)}", wanted.encode)
        raw = lines.fresh("raw")
        text = (
            f"None if {obj} is None else {encode}({obj})" if self.nullable else f"{encode}({obj})"
        )
        lines.add(f"{raw} = {text}")
        if same(wanted, self.codec):
            self.raw_name = raw
            if self.stored_in:
                lines.bytes_wanted(self.stored_in)
        return raw

    def has_raw(self, codec: AnyCodec) -> bool:
        """Whether the bytes in `codec` are at hand without encoding."""
        return self.raw_name is not None and same(codec, self.codec)

    def has_object(self) -> bool:
        """Whether the object is at hand without decoding."""
        return self.obj_name is not None

    def is_null(self, *, looked_at: bool = False) -> str:
        """An expression that is true for null. `looked_at`: the object is needed here anyway."""
        name = self.obj_name if looked_at and self.obj_name else self.raw_name or self.obj_name
        return f"{name} is None" if self.nullable else "False"

    def not_null(self) -> Side:
        """The same where a line has made sure that it is not null."""
        made = self.copy()
        made.nullable = False
        return made

    def copy(self) -> Side:
        return Side(
            self.codec,
            raw=self.raw_name,
            obj=self.obj_name,
            nullable=self.nullable,
            stored_in=self.stored_in,
        )

    def names(self) -> list[str]:
        """The variables, as `renamed` takes them."""
        return [name for name in (self.raw_name, self.obj_name) if name is not None]

    def renamed(self, fresh: Callable[[str], str]) -> Side:
        """The same shape in new variables."""
        raw = fresh("raw") if self.raw_name is not None else None
        obj = fresh("value") if self.obj_name is not None else None
        return Side(self.codec, raw=raw, obj=obj, nullable=self.nullable, stored_in=self.stored_in)

    def shape(self) -> tuple[object, ...]:
        """Equal for sides that lines can treat alike."""
        held = (self.raw_name is None, self.obj_name is None)
        return (id(self.codec), *held, self.nullable, self.stored_in)


class WindowSide(Side):
    """A windowed key that has not been put together: the plain key, the start, the pane."""

    __slots__ = ("inner", "pane", "start")

    def __init__(
        self, codec: WindowedCodec, inner: Side, start: str, pane: str, made: Side | None = None
    ) -> None:
        self.codec = codec
        self.inner = inner
        self.start = start
        self.pane = pane
        self.nullable = False
        self.stored_in = ""
        self.raw_name = made.raw_name if made else None
        self.obj_name = made.obj_name if made else None

    def obj(self, lines: Lines) -> str:
        if self.obj_name is None:
            codec = self._codec()
            windowed = lines.constant("Windowed", Windowed)
            inner = self.inner.obj(lines)
            self.obj_name = lines.fresh("key")
            end = codec.extent.end_of(self.start)
            lines.add(f"{self.obj_name} = {windowed}({inner}, {self.start}, {end})")
        return self.obj_name

    def raw(self, lines: Lines, codec: AnyCodec | None = None) -> str:
        wanted = codec or self.codec
        if self.raw_name is None and self.has_raw(wanted or self._codec()):
            inner = self.inner.raw(lines, self._codec().key)
            self.raw_name = lines.fresh("raw")
            lines.add(f"{self.raw_name} = {inner} + {self.pane}.tail")
        return super().raw(lines, wanted)

    def has_raw(self, codec: AnyCodec) -> bool:
        return same(codec, self.codec) and self.inner.has_raw(self._codec().key)

    def not_null(self) -> Side:
        return self

    def copy(self) -> Side:
        return WindowSide(self._codec(), self.inner.copy(), self.start, self.pane, self)

    def names(self) -> list[str]:
        return [*self.inner.names(), self.start, self.pane]

    def renamed(self, fresh: Callable[[str], str]) -> Side:
        inner = self.inner.renamed(fresh)
        return WindowSide(self._codec(), inner, fresh("start"), fresh("pane"))

    def shape(self) -> tuple[object, ...]:
        return (id(self.codec), *self.inner.shape())

    def _codec(self) -> WindowedCodec:
        assert isinstance(self.codec, WindowedCodec)
        return self.codec


@frozen
class Flow:
    """Where the variables hold the record at hand. `old`: the old value of a table's change, where
    somebody wants it. `timestamp` and `headers` are variables or constants.
    """

    key: Side
    value: Side
    timestamp: str
    headers: str
    old: Side | None = None

    def copy(self) -> Flow:
        """For lines in a block of their own."""
        old = self.old.copy() if self.old is not None else None
        return evolve(self, key=self.key.copy(), value=self.value.copy(), old=old)

    def with_key(self) -> Flow:
        """For lines in a block that is only entered with a key that is not null."""
        return evolve(self.copy(), key=self.key.not_null())

    def names(self) -> list[str]:
        """All variables, in the order of `renamed`."""
        old = self.old.names() if self.old is not None else []
        return [*self.key.names(), *self.value.names(), *old, self.timestamp, self.headers]

    def renamed(self, fresh: Callable[[str], str]) -> Flow:
        """The same shape in new variables."""
        return Flow(
            self.key.renamed(fresh),
            self.value.renamed(fresh),
            old=self.old.renamed(fresh) if self.old is not None else None,
            timestamp=fresh("timestamp"),
            headers=fresh("headers"),
        )

    def shape(self) -> tuple[object, ...]:
        """Equal for flows that the same lines can treat."""
        old = self.old.shape() if self.old is not None else ()
        return (self.key.shape(), self.value.shape(), old)


def call(lines: Lines, fn: Func, flow: Flow, *arguments: str) -> str:
    """The expression that calls a function of the user directly."""
    given = [flow.key.obj(lines)] if fn.with_key else []
    given += arguments
    for spec in fn.stores:
        facade = lines.facade(spec)
        lines.add(f"{facade}.timestamp = {flow.timestamp}")
        given.append(facade)
    return f"{lines.constant(fn.name, fn.call)}({', '.join(given)})"


def drop(lines: Lines, reason: str) -> None:
    """Count a record that ends at this node; `reason` is an expression."""
    lines.add(f"drop({reason}, {lines.node.name!r})")


def columnar(codec: AnyCodec) -> bool:
    """Whether a whole column is encoded faster than its values one by one."""
    return type(codec).encode_all is not Codec.encode_all


def same(one: AnyCodec | None, other: AnyCodec | None) -> bool:
    """Whether two codecs write the same bytes, as far as is known."""
    if one is other:
        return one is not None
    if isinstance(one, WindowedCodec) and isinstance(other, WindowedCodec):
        return one.extent == other.extent and same(one.key, other.key)
    return False


def _known(codec: AnyCodec | None, lines: Lines) -> AnyCodec:
    if codec is None:
        name = lines.node.name
        raise TopologyError(f"{name}: no codec is known here; annotate, or say key=, value=")
    return codec


def _word(codec: AnyCodec | None) -> str:
    return codec.name if codec is not None else "unknown"

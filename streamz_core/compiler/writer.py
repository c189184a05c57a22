"""Writes the batch functions of a sub-topology: the Lines that emitters add to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MethodType
from typing import Any, overload

from attrs import define, field, frozen

from streamz_core.codecs.plain import BytesCodec
from streamz_core.compiler.columns import decode_column
from streamz_core.compiler.emitters import EMITTERS
from streamz_core.compiler.names import Names, words
from streamz_core.compiler.text import Text
from streamz_core.lines.lines import Flow, OutputNames, Side, StoreNames, columnar
from streamz_core.operators.exits.sinks import leave
from streamz_core.operators.processors.context import Context
from streamz_core.stores.kinds import PlainStore
from streamz_core.topology.hops import Hop
from streamz_core.topology.nodes import (
    AnyCodec,
    Branch,
    Node,
    Process,
    ProcessValues,
    Split,
    StoreSpec,
)
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import Input, SubTopology
from streamz_core.topology.tables import Table

DEPTH_MAX = 14
"""Deeper lines go into a function of their own: Python allows 100 levels and 20 loops."""

TASK_TIME = "task"
"""The key of the task's stream time among the times of a position."""

Column = tuple[str, str]
"""(topic, "key" or "value") of an output."""


@define
class Forms:
    """In which forms a column of an output is written: bytes, or objects of which codecs."""

    codecs: set[AnyCodec] = field(factory=set)
    bytes: bool = False

    def late(self) -> AnyCodec | None:
        """The codec that may encode the whole column later, if all writers have objects for it."""
        if self.bytes or len(self.codecs) != 1:
            return None
        codec = next(iter(self.codecs))
        return codec if codec.immutable and columnar(codec) else None


@frozen
class Known:
    """What only the whole text shows: columns that are encoded late and by which codec, and stores
    whose values are needed as bytes too.
    """

    late: Mapping[Column, AnyCodec] = field(factory=dict)
    wanted: frozenset[str] = frozenset()


@frozen
class _Function:
    """A local function: its name, and which variables of a flow it takes."""

    name: str
    places: list[int]


@define
class _Entry:
    """What belongs to the one batch function that is being written."""

    source: Input
    names: Names
    body: Text
    shared: set[Node]
    functions: list[Text] = field(factory=list)
    made: dict[tuple[object, ...], _Function] = field(factory=dict)
    times: dict[str, str] = field(factory=dict)
    variables: list[tuple[str, str]] = field(factory=list)
    settled: set[str] = field(factory=set)
    context: str = ""


class Writer:
    """Implements Lines. `known`: what an earlier run of this writer found out.

    `fused` False gives every node a function of its own, from the same emitters.
    """

    def __init__(self, plan: Plan, sub: SubTopology, known: Known, *, fused: bool) -> None:
        self.namespace: dict[str, object] = {}
        self.wanted: set[str] = set()
        self._forms: dict[Column, Forms] = {}
        self.windowed: set[str] = set()
        self.times: list[str] = []
        self.text = Text()
        self._plan = plan
        self._sub = sub
        self._late = known.late
        self._wanted = known.wanted
        self._fused = fused
        self._names = Names()
        self._constants: dict[object, str] = {}
        self._bound: dict[str, str] = {}  # what is made once for a task: name -> expression
        self._fetched: dict[str, str] = {}  # what is fetched for each batch
        self._memo: dict[tuple[str, object], object] = {}
        self._watched = any(isinstance(node, Process | ProcessValues) for node in sub.nodes)
        self.node: Node = sub.nodes[0]

    # ---- the whole text

    def write(self) -> None:
        """Fill `text` with `bind`, which makes the functions of one task."""
        entries = [(entry, *self._entry(entry)) for entry in self._sub.inputs]
        arguments = "store, output, chosen, times, drop, partition, wall_ms"
        with self.text.block(f"def bind({arguments}):"):
            used = set().union(*(words(text.shown()) for _, _, text in entries))
            for name, expression in self._bound.items():
                if name in used:
                    self.text.add(f"{name} = {expression}")
            for _, _, text in entries:
                self.text.add("")
                self.text.put(text)
            self.text.add("")
            pairs = ", ".join(f"{entry.topic!r}: {name}" for entry, name, _ in entries)
            self.text.add(f"return {{{pairs}}}")

    def known(self) -> Known:
        """What was found out, for the next run."""
        late = {column: forms.late() for column, forms in self._forms.items()}
        found = {column: codec for column, codec in late.items() if codec is not None}
        # Where a topic is computed, a sink that knows nothing of the others may write to theirs.
        return Known({} if self._sub.dynamic else found, frozenset(self.wanted))

    def _entry(self, source: Input) -> tuple[str, Text]:
        """The batch function of one input, and its name."""
        name = self._names.fresh(f"on_{source.topic}")
        names = self._names.inner()
        self._now = _Entry(source, names, Text(), self._reached_twice(source))
        columns = {
            names.fresh("key_raw"): "keys",
            names.fresh("key"): self._decoded(source.key, "key"),
            names.fresh("value_raw"): "values",
            names.fresh("value"): self._decoded(source.value, "value"),
            names.fresh("timestamp"): "timestamps",
            names.fresh("header"): "repeat(()) if headers is None else headers",
            names.fresh("offset"): "offsets",
        }
        key_raw, key, value_raw, value, timestamp, header, offset = columns
        key_side = _source_side(source.key, key_raw, key)
        value_side = _source_side(source.value, value_raw, value)
        flow = Flow(key_side, value_side, timestamp, header)
        for node in source.nodes:
            self.node = node
            self.forward_to(node, flow.copy())
        return name, self._assembled(name, columns, timestamp, offset)

    def _decoded(self, codec: AnyCodec, side: str) -> str:
        decode = self.constant("decode_column", decode_column)
        decode_all = self.constant(f"decode_all_{codec.name}", codec.decode_all)
        return f"{decode}({decode_all}, {side}s, {side!r})"

    def _assembled(
        self, name: str, columns: Mapping[str, str], timestamp: str, offset: str
    ) -> Text:
        now, text = self._now, Text()
        start = self._loop_start(timestamp, offset)
        shown = [part.shown() for part in (*now.functions, start, now.body)]
        used = words("".join(shown))
        changing = [*now.times.values(), *(variable for variable, _ in now.variables)]
        with text.block(f"def {name}(keys, values, timestamps, headers, offsets):"):
            for fetched, expression in self._fetched.items():
                if fetched in used:
                    text.add(f"{fetched} = {expression}")
            for key, variable in now.times.items():
                text.add(f"{variable} = times[{key!r}]")
            for variable, first in now.variables:
                text.add(f"{variable} = {first}")
            for function in now.functions:
                text.put(_with_nonlocals(function, changing))
            self._loop(text, {k: v for k, v in columns.items() if k in used}, start)
            self._end(text)
        return text

    def _loop_start(self, timestamp: str, offset: str) -> Text:
        """What keeps the context up to date."""
        start, now = Text(), self._now
        if now.context:
            node, time = now.source.node, self.time(TASK_TIME)
            with start.block(f"if {timestamp} > {time}:", node):
                start.add(f"{time} = {timestamp}", node)
            start.add(f"{now.context}.stream_time = {time}", node)
            start.add(f"{now.context}.offset = {offset}", node)
        return start

    def _loop(self, text: Text, columns: Mapping[str, str], start: Text) -> None:
        source = self._now.source.node
        if len(columns) > 1:
            # A line for each column: where bytes cannot be decoded, a traceback shows which.
            with text.block("rows = zip(", source):
                for column in columns.values():
                    text.add(f"{column},", source)
            text.add(")", source)
            head = f"for {', '.join(columns)} in rows:"
        elif columns:
            ((variable, column),) = columns.items()
            head = f"for {variable} in {column}:"
        else:
            head = "for _ in keys:"
        with text.block(head, source):
            text.put(start)
            text.put(self._now.body)

    def _end(self, text: Text) -> None:
        """Encode first: if that fails, times and outputs are as if nothing had been read."""
        now = self._now
        for out in sorted(now.settled):
            text.add(f"{out}.settle()")
        for key, variable in now.times.items():
            text.add(f"times[{key!r}] = {variable}")
        if self._watched and not now.context:
            self._known_time(TASK_TIME)
            text.add(f"times[{TASK_TIME!r}] = max((times[{TASK_TIME!r}], *timestamps))")

    def _reached_twice(self, source: Input) -> set[Node]:
        """Nodes that this input reaches on more than one way: they become functions."""
        ways: dict[Node, int] = {}
        todo = list(source.nodes)
        while todo:
            node = todo.pop()
            ways[node] = ways.get(node, 0) + 1
            if ways[node] == 1:
                todo += [child for child in self._plan.children[node] if isinstance(child, Node)]
        return {node for node, count in ways.items() if count > 1}

    # ---- Lines: text

    def add(self, text: str) -> None:
        self._now.body.add(text, self.node)

    @overload
    def block(self, head: str) -> AbstractContextManager[None]: ...
    @overload
    def block(self, head: str, flow: Flow) -> AbstractContextManager[Flow]: ...
    def block(self, head: str, flow: Flow | None = None) -> Any:
        return self._block(head, flow)

    @contextmanager
    def _block(self, head: str, flow: Flow | None) -> Iterator[Flow | None]:
        with self._now.body.block(head, self.node):
            yield None if flow is None else flow.copy()

    def fresh(self, hint: str) -> str:
        return self._now.names.fresh(hint)

    def constant(self, hint: str, value: object) -> str:
        # A method is a new object each time it is looked up.
        key = (id(value.__self__), value.__name__) if isinstance(value, MethodType) else id(value)
        if key not in self._constants:
            self._constants[key] = name = self._names.fresh(hint)
            self.namespace[name] = value
        return self._constants[key]

    def variable(self, hint: str, first: str) -> str:
        name = self.fresh(hint)
        self._now.variables.append((name, first))
        return name

    def time(self, key: str) -> str:
        self._known_time(key)
        if key not in self._now.times:
            self._now.times[key] = self.fresh(key.partition(":")[0])
        return self._now.times[key]

    def _known_time(self, key: str) -> None:
        if key not in self.times:
            self.times.append(key)

    # ---- Lines: stores and outputs

    def store(self, spec: StoreSpec) -> StoreNames:
        found = self._memo.get(("store", spec.name))
        if not isinstance(found, StoreNames):
            store = self._bind(f"{spec.name}_store", f"store({spec.name!r})")
            found = StoreNames(
                spec,
                store,
                live=self._fetch(f"{spec.name}_live", f"{store}.live"),
                dirty=self._fetch(f"{spec.name}_dirty", f"{store}.live.dirty"),
            )
            self._memo["store", spec.name] = found
        return found

    def facade(self, spec: StoreSpec) -> str:
        plain = self.constant("PlainStore", PlainStore)
        return self._once("facade", spec.name, spec.name, f"{plain}(store({spec.name!r}))")

    def context(self) -> str:
        now = self._now
        if not now.context:
            made = self.constant("Context", Context)
            topic = now.source.topic
            now.context = self._bind(f"context_{topic}", f"{made}({topic!r}, partition, wall_ms)")
        return now.context

    def output(self, topic: str, *, windowed: bool) -> OutputNames:
        if windowed:
            self.windowed.add(topic)
        found = self._memo.get(("output", topic))
        if not isinstance(found, OutputNames):
            out = self._bind(f"out_{topic}", f"output({topic!r})")
            found = OutputNames(
                out,
                key=self._fetch(f"{out}_key", f"{out}.keys.append"),
                value=self._fetch(f"{out}_value", f"{out}.values.append"),
                timestamp=self._fetch(f"{out}_timestamp", f"{out}.timestamps.append"),
                timestamps=self._fetch(f"{out}_timestamps", f"{out}.timestamps"),
                headers=self._fetch(f"{out}_headers", f"{out}.headers"),
            )
            self._memo["output", topic] = found
        if (topic, "key") in self._late or (topic, "value") in self._late:
            self._now.settled.add(found.output)
        return found

    def chosen_output(self, *, windowed: bool) -> str:
        return self._once("chosen", windowed, "choose", f"chosen({windowed})")

    def column(self, topic: str, side: str, held: Side, codec: AnyCodec) -> str:
        forms = self._forms.setdefault((topic, side), Forms())
        if held.has_raw(codec):
            forms.bytes = True
        else:
            forms.codecs.add(codec)
        if (topic, side) in self._late:
            return held.obj(self)
        return held.raw(self, codec)

    def _once(self, kind: str, key: object, hint: str, expression: str) -> str:
        name = self._memo.get((kind, key))
        if not isinstance(name, str):
            name = self._bind(hint, expression)
            self._memo[kind, key] = name
        return name

    def _bind(self, hint: str, expression: str) -> str:
        name = self._names.fresh(hint)
        self._bound[name] = expression
        return name

    def _fetch(self, hint: str, expression: str) -> str:
        name = self._names.fresh(hint)
        self._fetched[name] = expression
        return name

    def bytes_wanted(self, store: str) -> None:
        self.wanted.add(store)

    def wants_bytes(self, store: str) -> bool:
        return store in self._wanted

    # ---- Lines: the graph

    def table(self, node: Node) -> Table:
        return self._plan.tables[node]

    def branches(self, node: Split) -> list[Branch]:
        return [child for child in self._plan.children[node] if isinstance(child, Branch)]

    def forward(self, flow: Flow) -> None:
        for child in self._plan.children[self.node]:
            if isinstance(child, Hop):
                leave(self, child, flow.copy())
            else:
                self.forward_to(child, flow.copy())

    def forward_to(self, child: Node, flow: Flow) -> None:
        now = self._now
        if self._fused and child not in now.shared and now.body.depth <= DEPTH_MAX:
            self._emit(child, flow)
            return
        # One function for each shape of flow: lines differ where bytes or objects are at hand.
        made = now.made.get((child, *flow.shape())) or self._function(child, flow)
        names = flow.names()
        given = [names[place] for place in made.places]
        self.add(f"{made.name}({', '.join(given)})")

    def _function(self, child: Node, flow: Flow) -> _Function:
        now = self._now
        name = self.fresh(child.name)
        inside = flow.renamed(self.fresh)
        outer, now.body = now.body, Text()
        self._emit(child, inside.copy())
        body, now.body = now.body, outer
        used = words(body.shown())
        names = inside.names()
        made = _Function(name, [place for place, each in enumerate(names) if each in used])
        text = Text()
        with text.block(f"def {name}({', '.join(names[place] for place in made.places)}):", child):
            text.put(body)
            if not body.lines:
                text.add("pass", child)
        now.functions.append(text)
        now.made[(child, *flow.shape())] = made
        return made

    def _emit(self, node: Node, flow: Flow) -> None:
        outer, self.node = self.node, node
        EMITTERS[type(node)](self, node, 0, flow)
        self.node = outer


def _source_side(codec: AnyCodec, raw: str, obj: str) -> Side:
    # Bytes that are their own object need no column of objects.
    return Side(codec, raw=raw, obj=None if isinstance(codec, BytesCodec) else obj)


def _with_nonlocals(function: Text, changing: Iterable[str]) -> Text:
    """The function with a declaration of the batch's variables that it may change."""
    used = words(function.shown())
    names = [name for name in changing if name in used]
    if not names:
        return function
    head, *rest = function.lines
    text = Text([head], 1)
    text.add(f"nonlocal {', '.join(names)}", head.node)
    text.lines += rest
    return text

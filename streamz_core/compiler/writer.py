"""Writes the functions of a sub-topology: the Lines that emitters add to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, overload

from attrs import evolve

from streamz_core.compiler.arrivals import Arrival, ArrivalEntry
from streamz_core.compiler.bindings import Bindings
from streamz_core.compiler.bringing import CHANGES, TIME
from streamz_core.compiler.emitters import ADVANCES, EMITTERS
from streamz_core.compiler.entries import Entry, entries_of
from streamz_core.compiler.findings import Findings, Known
from streamz_core.compiler.function import Due, Function, looks_at_time, reached_twice
from streamz_core.compiler.names import Names, words
from streamz_core.compiler.text import Text
from streamz_core.errors import Misuse
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import OutputNames, Waits
from streamz_core.lines.sides import Side
from streamz_core.operators.exits.hops import leave
from streamz_core.operators.processors.context import Context
from streamz_core.operators.tables.changes import real_change
from streamz_core.operators.tables.waiting import wait
from streamz_core.stores.expiring.lines import ripening
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.edges import ANSWER, Edge, Hop, left_out, put_out
from streamz_core.topology.nodes import AnyCodec, Branch, Node, Split, StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology
from streamz_core.topology.tables import Table
from streamz_core.topology.times import TASK_TIME, passed_on

DEPTH_MAX = 14
"""Deeper lines go into a function of their own: Python allows 100 levels and 20 loops."""


ARGUMENTS = ("store", "output", "chosen", "times", "drop", "follow")
ON_WISH = (*("alone", "asking", "hand", "line", "printer", "place", "timers", "width", "waiting"),)
"""What `bind` takes: always, and where something that is made once for a task asks for it."""


class Writer:
    """Implements Lines. `known`: what an earlier run of this writer found out.

    `entries`: in the order of the functions that `bind` returns. `times`: the names of all times.
    `fused` False gives every node a function of its own, from the same emitters.
    """

    def __init__(self, plan: Plan, sub: SubTopology, known: Known, *, fused: bool) -> None:
        self.entries = entries_of(plan, sub)
        self.text = Text()
        self.found = Findings()
        self.times: dict[str, None] = {}
        self.node: Node = sub.nodes[0]
        self._plan = plan
        self._known = known
        self._fused = fused
        self._names = Names()
        for entry in self.entries:
            self._names.reserve(entry.arguments)
        self.bindings = Bindings(self._names)
        self._time = looks_at_time(sub.nodes)
        self._now: Function

    # ---- the whole text

    def write(self) -> None:
        """Fill `text` with `bind`, which makes the functions of one task."""
        functions = [self._function(entry, self._names.fresh(entry.name)) for entry in self.entries]
        returned = [name for name, _ in functions]
        functions += self._arriving()
        used = set().union(*(words(text.shown()) for _, text in functions))
        bound = [(name, made) for made, name in self.bindings.bound.items() if name in used]
        asked = set().union(*(words(made) for _, made in bound))
        arguments = [*ARGUMENTS, *(name for name in ON_WISH if name in asked)]
        self.bindings.arguments = arguments
        with self.text.block(f"def bind({', '.join(arguments)}):"):
            for name, expression in bound:
                self.text.add(f"{name} = {expression}")
            for _, text in functions:
                self.text.add("")
                self.text.put(text)
            self.text.add("")
            self.text.add(f"return [{', '.join(returned)}]")

    def _arriving(self) -> Iterator[tuple[str, Text]]:
        """The functions of what waits, those included that are found meanwhile."""
        written = 0
        while later := list(self.found.arrivals.values())[written:]:
            yield from (self._function(entry, entry.name) for entry in later)
            written += len(later)

    def _function(self, entry: Entry, name: str) -> tuple[str, Text]:
        """The function of one entry, and its name."""
        shared = reached_twice(entry, self._plan.children)
        self._now = Function(entry, self._names.inner(), shared)
        flow = entry.begin(self)
        self.node = entry.node
        if entry.brings == CHANGES:
            self.forward(flow)
        elif entry.brings == TIME:
            self._advance(entry.edges, flow, set())
        else:
            self._hand(entry.edges, flow)
        if entry.expires is not None:
            self._time.expiries.append((ripening(self, entry.expires), name))
        timers = self.bound("due_timers", "timers") if self._time.timers else ""
        due, watched = Due(timers, self._time.expiries), self._time.watched
        text = self._now.text(name, flow, self.bindings.fetched, due, watched=watched)
        self.times.update(dict.fromkeys(self._now.times))
        if watched:
            self.times[TASK_TIME] = None
        return name, text

    # ---- Lines: text

    def add(self, text: str) -> None:
        self._now.body.add(text, self.node)

    @overload
    def block(self, head: str, *, apart: bool = False) -> AbstractContextManager[None]: ...
    @overload
    def block(self, head: str, flow: Flow) -> AbstractContextManager[Flow]: ...
    def block(self, head: str, flow: Flow | None = None, *, apart: bool = False) -> Any:
        return self._apart(head) if apart else self._block(head, flow)

    @contextmanager
    def _apart(self, head: str) -> Iterator[None]:
        outer, self._now.body = self._now.body, Text()
        yield
        body, self._now.body = self._now.body, outer
        text = Text()
        with text.block(head, self.node):
            text.put(body)
        self._now.locals.append(text)

    @contextmanager
    def _block(self, head: str, flow: Flow | None) -> Iterator[Flow | None]:
        with self._now.body.block(head, self.node):
            yield None if flow is None else flow.copy()

    def fresh(self, hint: str) -> str:
        return self._now.names.fresh(hint)

    def constant(self, hint: str, value: object) -> str:
        return self.bindings.constant(hint, value)

    def variable(self, hint: str, first: str) -> str:
        # A step may be written several times, for records that come to it in several ways.
        for name, begins in self._now.variables:
            if begins == first:
                return name
        name = self.fresh(hint)
        self._now.variables.append((name, first))
        return name

    def time(self, key: str) -> str:
        return self._now.time(key)

    # ---- Lines: stores and outputs

    def bound(self, hint: str, expression: str) -> str:
        return self.bindings.bind(hint, expression)

    def fetched(self, hint: str, expression: str) -> str:
        return self.bindings.fetch(hint, expression)

    def facade(self, spec: StoreSpec, *, reads: bool = False) -> str:
        kind = kind_of(spec)
        facade = kind.view if reads or spec.everywhere else kind.facade
        assert facade is not None, f"functions get no store of kind {spec.kind}"
        made = self.constant(facade.__name__, facade)
        return self.bound(spec.name, f"{made}(store({spec.name!r}), alone({spec.name!r}))")

    def context(self, lasting: str = "") -> str:
        now, made = self._now, self.constant("Context", Context)
        entry, step = now.entry, self.node.name
        partition = "place.partition" if entry.topic or entry.topic_of else "-1"
        expression = f"{made}({entry.topic!r}, {partition}, {step!r}, place)"
        context = lasting or self.bound(f"context_{step}", expression)
        now.asked = True
        if lasting:
            self.add(f"{context}.partition = {self.bound('partition', partition)}")
        if lasting or entry.topic_of:
            self.add(f"{context}.topic = {entry.topic_of or repr(entry.topic)}")
        self.add(f"{context}.stream_time = {now.time(TASK_TIME)}")
        self.add(f"{context}.offset = {entry.offset}")
        return context

    def output(self, topic: str, *, tail_bytes: int) -> OutputNames:
        self.found.tails[topic] = tail_bytes
        out, late = self.bound(f"out_{topic}", f"output({topic!r})"), self._known.late
        if (topic, "key") in late or (topic, "value") in late:
            self._now.settled.add(out)
        return OutputNames(
            key=self.fetched(f"{out}_key", f"{out}.keys.append"),
            value=self.fetched(f"{out}_value", f"{out}.values.append"),
            timestamp=self.fetched(f"{out}_timestamp", f"{out}.timestamps.append"),
            timestamps=f"{out}.timestamps",
            headers=f"{out}.headers",
            placed=f"{out}.placed",
        )

    def column(self, topic: str, side: str, held: Side, codec: AnyCodec) -> str:
        self.found.written((topic, side), held, codec)
        if (topic, side) in self._known.late:
            return held.obj(self)
        return held.raw(self, codec)

    def bytes_wanted(self, store: str) -> None:
        self.found.as_bytes.add(store)

    def wants_bytes(self, store: str) -> bool:
        return store in self._known.as_bytes

    # ---- Lines: the graph

    def table(self, node: Node) -> Table:
        return self._plan.tables[node]

    def branches(self, node: Split) -> list[Branch]:
        arms: list[Any] = [edge.child for edge in self._edges(node)]
        return arms

    def _edges(self, node: Node) -> list[Edge]:
        return [child for child in self._plan.children[node] if isinstance(child, Edge)]

    def forward(
        self, flow: Flow, chosen: str = "", *, aside: bool = False, to: Node | None = None
    ) -> None:
        if to is not None:
            self._enter(Edge(to), flow)
            return
        children, table = self._plan.children[self.node], self._plan.tables.get(self.node)
        if aside:
            self._hand(left_out(children), flow.apart(self))
            return
        if table is not None and table.at_commit:
            wait(self, self.node, flow, *(self._origin() if self._time.watched else ("''", "-1")))
            return
        if table is not None and table.on_change:
            with real_change(self, flow) as changed:
                self._hand(put_out(children), changed)
            return
        children = put_out(children)
        if chosen:
            known = tuple(sorted({each for child in children for each in _names(child)}))
            unknown = self.constant("unknown_child", _unknown_child)
            with self.block(f"if {chosen} is not None and {chosen} not in {known}:"):
                self.add(f"raise {unknown}({self.node.name!r}, {chosen}, {known})")
        self._hand(children, flow, chosen)

    def asides(self) -> bool:
        return bool(left_out(self._plan.children[self.node]))

    # ---- Lines: what has to wait

    def wait(self, key: str, flow: Flow, ask: Callable[[Waits], str]) -> None:
        answer = self.fresh("answer")
        self.add(f"{answer} = {ask(Waits(f'line({self._now.entry.depth + 1})', *self._origin()))}")
        held = evolve(flow, key=flow.key.apart(self), value=Side(None, obj=answer))
        self._put_in_line(Edge(self.node, ANSWER), held, f"wait({key}, {answer}, ")

    def _origin(self) -> tuple[str, str]:
        """Expressions of topic and offset of the record at hand."""
        entry = self._now.entry
        return entry.topic_of or repr(entry.topic), entry.offset

    def _put_in_line(self, edge: Edge, flow: Flow, head: str) -> None:
        """A function of its own goes on with the record, when it is its turn."""
        now, depth = self._now, self._now.entry.depth + 1
        arrival, known = Arrival(edge, depth, flow.shape()), self.found.arrivals
        if arrival not in known:
            known[arrival] = entry = ArrivalEntry(arrival, flow)
            entry.name = self._names.fresh(entry.name)
        time = "-1"
        if self._time.watched:
            now.asked, time = True, now.time(TASK_TIME)
        arguments = ", ".join((*flow.names(), *self._origin(), time))
        line = self.bound(f"line_{depth}", f"line({depth})")
        self.add(f"{line}.{head}{known[arrival].name}, {arguments})")

    def _hand(self, children: Sequence[Edge | Hop], flow: Flow, chosen: str = "") -> None:
        """The lines of all of them, each with a value of its own if one before it could change it."""
        flows = [flow] * len(children)
        for at, child in enumerate(children[:-1]):
            if flows[at + 1] is flow and self._looks(child):
                flows[at + 1 :] = [flow.apart(self)] * (len(children) - at - 1)
        for child, own in zip(children, flows, strict=True):
            if not chosen:
                self._hand_to(child, own.copy())
                continue
            one_of = f"{chosen} is None or {chosen} in {_names(child)}"
            with self._now.body.block(f"if {one_of}:", self.node):
                self._hand_to(child, own.copy())

    def _advance(self, children: Sequence[Edge | Hop], flow: Flow, done: set[Edge]) -> None:
        """The lines of all steps behind for time that comes without a record, each after what it causes above. Who reads a
        hop knows its time from the commit.
        """
        for edge in children:
            if isinstance(edge, Hop):
                passed = self.time(passed_on(edge.topic))
                with self.block(f"if {flow.timestamp} > {passed}:"):
                    self.add(f"{passed} = {flow.timestamp}")
            elif edge not in done:
                done.add(edge)
                outer, self.node = self.node, edge.child
                emitter, behind = ADVANCES.get(type(edge.child)), flow
                if emitter is not None:
                    later = self.fresh("time")
                    self.add(f"{later} = {emitter(self, edge.child, edge.port, flow.copy())}")
                    behind = evolve(flow, timestamp=later)
                self._advance(put_out(self._plan.children[edge.child]), behind, done)
                self.node = outer

    def _looks(self, child: Edge | Hop) -> bool:
        """Whether functions of the user may look at what a child gets."""
        if isinstance(child, Hop):
            return child.partitioner is not None
        return child.child in self._plan.calling

    def _hand_to(self, child: Edge | Hop, flow: Flow) -> None:
        if isinstance(child, Hop):
            leave(self, child, flow)
        else:
            self._enter(child, flow)

    def _enter(self, edge: Edge, flow: Flow) -> None:
        now = self._now
        if self._plan.depths.get(edge.child, 0) > now.entry.depth:
            self._put_in_line(edge, flow.apart(self), "behind(")
            return
        if self._fused and edge not in now.shared and now.body.depth <= DEPTH_MAX:
            self._emit(edge, flow)
            return
        # One function for each shape of flow: lines differ where bytes or objects are at hand.
        key = (edge, *flow.shape())
        if key not in now.made:
            name = self.fresh(edge.child.name)
            inside = flow.renamed(self.fresh)
            outer, now.body = now.body, Text()
            self._emit(edge, inside.copy())
            body, now.body = now.body, outer
            now.made[key] = now.local(name, edge, inside, body)
        self.add(now.made[key].call(flow))

    def _emit(self, edge: Edge, flow: Flow) -> None:
        outer, self.node = self.node, edge.child
        EMITTERS[type(edge.child)](self, edge.child, edge.port, flow)
        self.node = outer


def _names(child: Edge | Hop) -> tuple[str, ...]:
    """What a child may be called by whoever chooses it: its name; behind a hop those of all that read it."""
    readers = child.readers if isinstance(child, Hop) else [child]
    return tuple(reader.child.name for reader in readers)


def _unknown_child(step: str, name: object, known: tuple[str, ...]) -> Misuse:
    shown = ", ".join(known) or "none"
    return Misuse(
        f"{step} gives a record to the step {name!r}, which is not behind it ({shown} is)"
    )

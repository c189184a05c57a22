"""One function of the text: what is found out while its lines are written, and how it is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field, frozen

from streamz_core.compiler.entries import Entry
from streamz_core.compiler.names import Names, words
from streamz_core.compiler.text import Text
from streamz_core.lines.flows import Flow
from streamz_core.topology.edges import Edge, Hop
from streamz_core.topology.nodes import Node
from streamz_core.topology.times import TASK_TIME
from streamz_core.topology.traits import may_tick, traits_of


@frozen
class Local:
    """A local function for an edge: its name, and which variables of a flow it takes."""

    name: str
    places: list[int]

    def call(self, flow: Flow) -> str:
        """The line that calls it for the record that `flow` describes."""
        names = flow.names()
        return f"{self.name}({', '.join(names[place] for place in self.places)})"


@frozen
class Due:
    """What a batch calls by the task's time. `timers`: the variable of those behind a record, "" if there are none.
    `expiries`: those of rows that are over, before it: a variable that says when, and the function.
    """

    timers: str = ""
    expiries: Sequence[tuple[str, str]] = ()


@define
class Function:
    """The function of `entry`. `shared`: edges that it reaches on more than one way.

    `times`: variables of times by their names in a position. `variables`: what lives for a call, and
    what it is at the beginning. `settled`: outputs whose columns are encoded at the end. `asked`: whether
    a step of it looks at the task's time.
    """

    entry: Entry
    names: Names
    shared: set[Edge]
    body: Text = field(factory=Text)
    locals: list[Text] = field(factory=list)
    made: dict[tuple[object, ...], Local] = field(factory=dict)
    times: dict[str, str] = field(factory=dict)
    variables: list[tuple[str, str]] = field(factory=list)
    settled: set[str] = field(factory=set)
    asked: bool = False

    def time(self, key: str) -> str:
        """The variable of a time."""
        if key == TASK_TIME and self.entry.stream_time:
            return self.entry.stream_time
        if key not in self.times:
            self.times[key] = self.names.fresh(key.partition(":")[0])
        return self.times[key]

    def local(self, name: str, edge: Edge, inside: Flow, body: Text) -> Local:
        """A local function of these lines, for the record that `inside` describes."""
        used, names = words(body.shown()), inside.names()
        made = Local(name, [place for place, each in enumerate(names) if each in used])
        text = Text()
        with text.block(f"def {made.call(inside)}:", edge.child):
            text.put(body)
        self.locals.append(text)
        return made

    def text(
        self, name: str, flow: Flow, fetched: Mapping[str, str], due: Due, *, watched: bool
    ) -> Text:
        """The whole function. `watched`: something of the sub-topology looks at the task's time."""
        due = due if self.entry.timestamps else Due()
        self.asked = self.asked or bool(due.timers or due.expiries)
        start = self._start(flow.timestamp, due)
        shown = [part.shown() for part in (*self.locals, start, self.body)]
        used = words("".join(shown))
        changing = [*self.times.values(), *(variable for variable, _ in self.variables)]
        text = Text()
        with text.block(f"def {name}({', '.join(self.entry.arguments)}):"):
            for expression, fetch in fetched.items():
                if fetch in used:
                    text.add(f"{fetch} = {expression}")
            self._read(text)
            for local in self.locals:
                text.put(_with_nonlocals(local, changing))
            with self.entry.around(text, used):
                text.put(start)
                text.put(self.body)
                self._tick(text, due.timers)
            self._end(text, watched=watched)
        return text

    def _read(self, text: Text) -> None:
        """Times as they stand outside, and what is made of them."""
        for key, variable in self.times.items():
            text.add(f"{variable} = times[{key!r}]")
        for variable, first in self.variables:
            text.add(f"{variable} = {first}")

    def _start(self, timestamp: str, due: Due) -> Text:
        """What keeps the task's time, where somebody looks at it before the end; and takes out what is over by it."""
        start, node = Text(), self.entry.node
        if self.asked and self.entry.timestamps:
            time = self.time(TASK_TIME)
            with start.block(f"if {timestamp} > {time}:", node):
                start.add(f"{time} = {timestamp}", node)
            for ripening, expire in due.expiries:
                self._call(start, f"{time} >= {ripening}.due", f"{expire}({time}, 0)")
        return start

    def _tick(self, text: Text, timers: str) -> None:
        """Between two records: what is due by now runs in functions of its own, with the times as they are."""
        if not timers:
            return
        time = self.time(TASK_TIME)
        self._call(text, f"{time} >= {timers}.due", f"{timers}.run({time})")

    def _call(self, text: Text, when: str, call: str) -> None:
        """Call functions of their own, with the times as they are."""
        with text.block(f"if {when}:"):
            for key, variable in self.times.items():
                text.add(f"times[{key!r}] = {variable}")
            text.add(call)
            self._read(text)

    def _end(self, text: Text, *, watched: bool) -> None:
        """Encode first: if that fails, times and outputs are as if nothing had been read."""
        for out in sorted(self.settled):
            text.add(f"{out}.settle()")
        for key, variable in self.times.items():
            text.add(f"times[{key!r}] = {variable}")
        if watched and not self.asked and self.entry.timestamps:
            time = f"times[{TASK_TIME!r}]"
            text.add(f"{time} = max(({time}, {self.entry.timestamps}))")


@frozen
class TimeLooks:
    """Who looks at a task's time: whether timers go by it, and the functions that let rows go (as of Due), as far
    as they are written.
    """

    steps: bool
    timers: bool
    expiries: list[tuple[str, str]] = field(factory=list)

    @property
    def watched(self) -> bool:
        """Whether anybody does."""
        return self.steps or bool(self.expiries)


def looks_at_time(nodes: Sequence[Node]) -> TimeLooks:
    """What these nodes do."""
    return TimeLooks(
        any(traits_of(node).watches_time(node) for node in nodes),
        any(may_tick(node) for node in nodes),
    )


def reached_twice(entry: Entry, children: Mapping[Node, Sequence[Edge | Hop]]) -> set[Edge]:
    """Edges that an entry reaches on more than one way: what is behind becomes a local function. Steps that nothing is
    behind are written again, which is shorter than a call.
    """
    ways: dict[Edge, int] = {}
    todo = [edge for edge in entry.edges if isinstance(edge, Edge)]
    while todo:
        edge = todo.pop()
        ways[edge] = ways.get(edge, 0) + 1
        if ways[edge] == 1:
            below = [child for child in children[edge.child] if isinstance(child, Edge)]
            twice = traits_of(edge.child).forwards_twice(edge.child)
            todo += below * 2 if twice else below
    return {edge for edge, count in ways.items() if count > 1 and children[edge.child]}


def _with_nonlocals(function: Text, changing: Iterable[str]) -> Text:
    """The function with a declaration of the variables of its caller that it may change."""
    used = words(function.shown())
    names = [name for name in changing if name in used]
    if not names:
        return function
    head, *rest = function.lines
    text = Text([head], 1)
    text.add(f"nonlocal {', '.join(names)}", head.node)
    text.lines += rest
    return text

"""A sub-topology as a program: its text, and the functions that a task gets from it."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import Any, Protocol

from streamz_core.broker.checks import named
from streamz_core.broker.names import check_topic_name
from streamz_core.compiler.columns import Extract, make_extract
from streamz_core.compiler.commits import AtCommit
from streamz_core.compiler.entries import Batch, Matching
from streamz_core.compiler.findings import Known, OutputColumn
from streamz_core.compiler.writer import Writer
from streamz_core.errors import Misuse
from streamz_core.operators.exits.buffers import Buffer
from streamz_core.operators.processors.context import Place
from streamz_core.operators.processors.hands import Hand, Supplier
from streamz_core.operators.tables.waiting import Waiting
from streamz_core.operators.waiting.line import Answer, Line
from streamz_core.stores.kind import Store
from streamz_core.topology.nodes import AnyCodec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import Input, SubTopology
from streamz_core.topology.times import TASK_TIME
from streamz_core.topology.traits import pattern_of

Call = Callable[..., None]
"""A function of an entry; its arguments are those of the entry's kind (entries.py)."""

GENERATED = "<streamz sub-topology "
"""How the names begin under which tracebacks show generated functions."""

NOTHING_WAITS: Mapping[str, Waiting] = {}


class Due(Protocol):
    """The timers that go by the task's stream time. `due`: when the next of them is, ms."""

    @property
    def due(self) -> int: ...

    def run(self, now_ms: int, /) -> None:
        """Call all that are due at that time, and see when they are due again."""
        ...


class Binding(Protocol):
    """What a task gives to its functions."""

    partition: int

    def store(self, name: str) -> Store: ...

    def alone(self, store: str) -> Callable[[], None]:
        """What raises Misuse in another thread than this one, naming the store."""
        ...

    def output(self, topic: str) -> Buffer: ...

    def chosen(self, topic: str, key: AnyCodec, value: AnyCodec) -> Buffer:
        """As `output`, of a topic that a record names, for what is written by these codecs."""
        ...

    def follow(self, column: Iterable[Any], /) -> Iterator[Any]:
        """What a loop over a column is to run over, so that others see where it is."""
        ...

    def hand(self, step: str, supplier: Supplier, stores: Mapping[str, Any]) -> Hand:
        """The processor of a step, which begins before the first call; `stores`: as it gets them."""
        ...

    def width(self, topic: str) -> int:
        """How many partitions a topic has."""
        ...

    @property
    def place(self) -> Place:
        """The task, as the contexts of functions ask it."""
        ...

    @property
    def timers(self) -> Due:
        """What a batch has run between two records."""
        ...

    def asking(self, step: str, concurrency: int, timeout_ms: int | None) -> Callable[..., Answer]:
        """What begins calls of a step: called with topic and offset of the record, the function, its arguments."""
        ...

    def printer(self, path: str | None) -> Callable[[str], None]:
        """What writes lines to the end of a file, or to stdout."""
        ...

    def drop(self, reason: str, node: str) -> None:
        """Count a record that ended at a node: null-key, null-value, late, null-key-repartition."""
        ...


class Bound:
    """The functions of one task.

    `entries` by the keys of entries.py: `Batch(topic)` of each topic there is, `Tick(timer)`, `AtCommit(step)`. `extract`: per topic where the user has an
    extractor, finds event times first. An exception inside leaves stores and outputs half written, and times where a
    timer found them: the caller undoes them. What has to wait for answers waits in `lines`.
    """

    def __init__(
        self,
        entries: Mapping[Hashable, Call],
        extract: Mapping[str, Extract],
        times: dict[str, int],
        waiting: Mapping[str, Waiting] = NOTHING_WAITS,
        lines: Sequence[Line] = (),
    ) -> None:
        self.lines = lines
        self.entries = entries
        self.extract = extract
        self._times = times
        self._waiting = [(changes, entries[AtCommit(step)]) for step, changes in waiting.items()]

    @property
    def waits(self) -> bool:
        """Whether there are tables whose changes go on at a commit only."""
        return bool(self._waiting)

    def pass_on(self) -> None:
        """What waits for a commit goes on, table by table; to be called before it."""
        for changes, pass_on in self._waiting:
            if changes:
                pass_on()

    def forget(self) -> None:
        """Nothing waits: what did is undone."""
        for changes, _ in self._waiting:
            changes.clear()
        for line in self.lines:
            line.forget()

    @property
    def behind(self) -> bool:
        """Whether records wait in a line."""
        return any(self.lines)

    def move(self) -> bool:
        """Let go on what has its answers; whether anything did."""
        moved = [line.move() for line in self.lines]
        return any(moved)

    def press(self) -> bool:
        """As `move`, and have steps answer that gather records first; whether nobody waits any more."""
        through = [line.press() for line in self.lines]
        return all(through)

    def position(self) -> dict[str, int]:
        """Operator times and, where a node looks at it, the task's stream time: ms by name."""
        return {name: time for name, time in self._times.items() if time >= 0}

    def restore(self, position: Mapping[str, int]) -> None:
        """Times as `position()` gave them; what is missing is unknown again."""
        for name in self._times:
            self._times[name] = position.get(name, -1)

    @property
    def task_time(self) -> int:
        """The task's stream time, where a node looks at it; -1 before the first record."""
        return self._times.get(TASK_TIME, -1)

    def set_task_time(self, time_ms: int) -> None:
        """The largest timestamp taken by this task so far, from any input."""
        if TASK_TIME in self._times:
            self._times[TASK_TIME] = time_ms


class Program:
    """A compiled sub-topology. `text` is what tracebacks show, under `filename`."""

    def __init__(
        self, sub: SubTopology, writer: Writer, late: Mapping[OutputColumn, AnyCodec]
    ) -> None:
        self.name = sub.name
        self.filename = f"{GENERATED}{sub.name}>"
        self.text = writer.text.shown()
        self._nodes = [line.node for line in writer.text.lines]
        self._inputs: Iterable[Input] = sub.inputs
        self._arguments = writer.bindings.arguments
        self._times = writer.times
        self._tails = writer.found.tails
        self._keys = [entry.key for entry in writer.entries]
        self._late = late
        lines = self.text.splitlines(keepends=True)
        linecache.cache[self.filename] = (len(self.text), None, lines, self.filename)
        namespace: dict[str, Any] = {"repeat": repeat, **writer.bindings.namespace}
        exec(compile(self.text, self.filename, "exec"), namespace)
        self._bind: Callable[..., list[Call]] = namespace["bind"]

    def node_at(self, line: int) -> str:
        """The name of the node that a line of `text` works for; "" if it works for none."""
        node = self._nodes[line - 1] if 0 < line <= len(self._nodes) else None
        return node.name if node is not None else ""

    def key_of(self, topic: str) -> AnyCodec | None:
        """The codec of the keys of a topic that it reads; None for any other."""
        return next((one.key for one in self._inputs if one.topic == topic), None)

    def bind(self, binding: Binding) -> Bound:
        """The functions of a task."""
        times = dict.fromkeys(self._times, -1)
        waiting: dict[str, Waiting] = {
            key.step: {} for key in self._keys if isinstance(key, AtCommit)
        }
        lines: dict[int, Line] = {}
        given = {
            "asking": binding.asking,
            "line": lambda depth: lines.setdefault(depth, Line()),
            "store": binding.store,
            "output": lambda topic: self._output(binding, topic),
            "chosen": partial(_chosen, binding),
            "times": times,
            "drop": binding.drop,
            "follow": binding.follow,
            "alone": binding.alone,
            "printer": binding.printer,
            "hand": binding.hand,
            "place": binding.place,
            "timers": binding.timers,
            "width": binding.width,
            "waiting": waiting.__getitem__,
        }
        functions = self._bind(*(given[name] for name in self._arguments))
        extract = {
            entry.topic: make_extract(entry, binding.partition, binding.follow)
            for entry in self._inputs
            if entry.extractor is not None
        }
        entries: dict[Hashable, Call] = dict(zip(self._keys, functions, strict=True))
        for one in self._inputs:
            if pattern_of(one.node) is not None:
                entry = entries[Matching(one.node.name)]
                entries[Batch(one.topic)] = partial(entry, topic=one.topic)
        return Bound(entries, extract, times, waiting, [lines[depth] for depth in sorted(lines)])

    def _output(self, binding: Binding, topic: str) -> Buffer:
        output = binding.output(topic)
        output.key_codec = self._late.get((topic, "key"))
        output.value_codec = self._late.get((topic, "value"))
        output.tail_bytes = self._tails[topic]
        return output


def compile_sub(plan: Plan, sub: SubTopology, *, fused: bool = True) -> Program:
    """The program of a sub-topology. `fused` False: a function for each node, with equal results.

    TopologyError where a codec is missing.
    """
    scout = Writer(plan, sub, Known(), fused=fused)
    scout.write()
    known = scout.found.known(dynamic=sub.dynamic)
    writer = Writer(plan, sub, known, fused=fused)
    writer.write()
    return Program(sub, writer, known.late)


def _chosen(
    binding: Binding, step: str, key: AnyCodec, value: AnyCodec, tail_bytes: int
) -> Callable[[str], Buffer]:
    known: dict[str, Buffer] = {}

    def choose(topic: str) -> Buffer:
        try:
            output = known.get(topic)
        except TypeError:  # it cannot be hashed, so it is no name
            output = None
        if output is None:
            _check_name(step, topic)
            output = known[topic] = binding.chosen(topic, key, value)
            output.tail_bytes = tail_bytes
        return output

    return choose


def _check_name(step: str, topic: object) -> None:
    """TypeError or Misuse, naming the step, unless its function chose something that can be a topic."""
    try:
        check_topic_name(named(topic))
    except (TypeError, Misuse) as error:
        raise type(error)(f"{step}: its function chose no topic for a record: {error}") from None

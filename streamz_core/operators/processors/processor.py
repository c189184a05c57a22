"""Processors as classes, and what they can ask: for those who write a topology by hand (Kafka: Processor API)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from streamz_core.errors import Misuse
from streamz_core.operators.processors.context import Place, Surroundings, spans
from streamz_core.record import Record
from streamz_core.topology.nodes import Timing
from streamz_core.topology.spans import Duration, Moment

K = TypeVar("K")
V = TypeVar("V")
J = TypeVar("J")
R = TypeVar("R")

Forward = Callable[[Record[Any, Any]], None]
CLOCKS = ("stream", "wall")


class Scheduled(NamedTuple):
    """What a processor asked for in `init`."""

    timing: Timing
    call: Callable[[int], object]


class Punctuation:
    """A timer of a processor (Kafka: Cancellable)."""

    def __init__(self, timer: str, step: str, place: Place) -> None:
        self.timer = timer
        self._step = step
        self._place = place

    def schedule(self, every: Duration | None = None, *, start: Moment | None = None) -> None:
        """Let it run from now on, `every` so often (None: as it was scheduled first), as Context.schedule.

        Misuse for what is no interval or no moment, and in `init`, where `running=` says it.
        """
        every_ms, start_ms = spans(self._step, self.timer, every, start)
        self._ask(lambda: self._place.schedule(self.timer, every_ms, start_ms))

    def cancel(self) -> None:
        """Let it rest until it is scheduled again; one that rests stays so. Misuse in `init`."""
        self._ask(lambda: self._place.cancel(self.timer))

    def _ask(self, call: Callable[[], None]) -> None:
        try:
            call()
        except KeyError:
            raise Misuse(
                f"{self._step}: {self.timer} is not there before init() is over; say running=False in schedule()"
            ) from None


class ProcessorContext(Surroundings, Generic[J, R]):
    """What a processor may ask of its task, which hands it to `init` (Kafka: ProcessorContext).

    `topic`, `partition`, `offset`: where this task read the record at hand; "", -1 and -1 where none is,
    because time has come. `timestamp` (ms), `headers`: of the record at hand, or the time that has come.
    `stream_time`: the largest timestamp that the task has taken so far, this record's included (ms). `task`:
    the name of the task.
    """

    __slots__ = ("_scheduled", "_stores", "forwarding")

    def __init__(self, step: str, stores: Mapping[str, Any], place: Place) -> None:
        super().__init__("", -1, step, place)
        self._stores = stores
        self._scheduled: dict[str, Scheduled] | None = None
        self.forwarding: Forward | None = (
            None  # set by the lines of the step, while it has its turn
        )

    def forward(self, record: Record[J, R], child: str | None = None) -> None:
        """Hand a record to the steps behind, or to the one named `child` alone; when this returns they are
        done with it, and with all that they forwarded.

        Misuse outside of process() and of a timer's call, and for a step that is not behind this one; what the
        steps behind raise comes out.
        """
        forward = self.forwarding
        if forward is None:
            raise Misuse(
                f"{self._step}: forward() belongs into process(), or into what schedule() calls; nobody is there to take "
                "a record at another time"
            )
        forward(record if child is None else record.to(child))
        for store in self._stores.values():  # those behind may write to the same ones
            store.timestamp = self.timestamp

    def get_state_store(self, name: str) -> Any:
        """The store of that name, which the processor was connected with: as functions get it.

        Misuse if it was not connected.
        """
        found = self._stores.get(name)
        if found is None:
            known = ", ".join(sorted(self._stores)) or "none"
            raise Misuse(
                f"{self._step} has no access to the store {name!r}, as it is not connected with it ({known} is): say "
                "stores=[...] where the processor is added, or connect_processor_and_state_stores()"
            )
        return found

    def schedule(
        self,
        every: Duration,
        call: Callable[[int], object],
        *,
        clock: Literal["stream", "wall"] = "stream",
        start: Moment | None = None,
        running: bool = True,
    ) -> Punctuation:
        """Have `call(time)` called every so often, in `init`; it may forward (Kafka: schedule).

        `clock`, `start`: as of Stream.punctuate. `running=False`: only once the processor schedules it, with
        what this gives. Timers are known by the order of these calls: by stream time none is lost or made
        twice by a crash. Misuse outside of `init`, and for what is no clock, no interval or no moment.
        """
        scheduled, step = self._scheduled, self._step
        if scheduled is None:
            raise Misuse(
                f"{step}: schedule() belongs into init(): who takes the task over has to find it again. Say it there with "
                "running=False, and here schedule() and cancel() on what that gives"
            )
        timer = f"{step}#{len(scheduled) + 1}"
        if clock not in CLOCKS:
            raise Misuse(f"{step}: clock={clock!r}; it takes {' or '.join(map(repr, CLOCKS))}")
        if not callable(call):
            raise Misuse(
                f"{step}: {call!r:.80} cannot be called every {every}; hand over a function of the time"
            )
        every_ms, start_ms = spans(step, timer, every, start)
        timing = Timing(every_ms or 0, clock == "wall", start_ms, not running)
        scheduled[timer] = Scheduled(timing, call)
        return Punctuation(timer, step, self._place)


class Processor(ABC, Generic[K, V, J, R]):
    """One step of a topology by hand: takes records of key K and value V, and forwards those of J and R.

    Each task makes one for itself, and makes another whenever what it did is undone: what has to outlive
    that belongs into a store. `context`: what `init` was handed.
    """

    context: ProcessorContext[J, R]

    def init(self, context: ProcessorContext[J, R]) -> None:
        """Called once before the first record, when the stores are as the last commit left them. What overrides it
        calls super().init(context), or keeps the context itself. Errors end the worker.
        """
        self.context = context

    @abstractmethod
    def process(self, record: Record[K, V]) -> None:
        """Called with each record. What it raises undoes the record, and its handler decides."""

    def close(self) -> None:
        """Called once when the task leaves the worker, or the processor is made anew. Errors are logged."""


def begin(
    context: ProcessorContext[Any, Any], processor: Processor[Any, Any, Any, Any]
) -> Mapping[str, Scheduled]:
    """Hand the context to a new processor; what that scheduled, by the names of its timers."""
    scheduled: dict[str, Scheduled] = {}
    context.topic, context.partition, context.offset, context.headers = "", -1, -1, ()
    context.forwarding, context._scheduled = None, scheduled
    try:
        processor.init(context)
    finally:
        context._scheduled = None
    return scheduled

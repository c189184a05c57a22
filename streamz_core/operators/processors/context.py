"""What functions that see whole records can ask: about the record at hand, their task, and its timers."""

from __future__ import annotations

from typing import Protocol

from streamz_core.errors import Misuse, TopologyError
from streamz_core.record import Headers
from streamz_core.topology.spans import Duration, Moment, instant_ms, milliseconds


class Place(Protocol):
    """The task, as the functions in it may use it."""

    @property
    def task(self) -> str: ...

    @property
    def partition(self) -> int: ...

    def wall_ms(self) -> int: ...

    def schedule(self, timer: str, every_ms: int | None, start_ms: int | None) -> None:
        """KeyError if the task has no timer of that name."""
        ...

    def cancel(self, timer: str) -> None:
        """KeyError if the task has no timer of that name."""
        ...

    def request_commit(self) -> None: ...


class Timer(Protocol):
    """A function that `punctuate` or `every` made a timer."""

    @property
    def timer(self) -> str: ...


class Surroundings:
    """Where and when a function runs: what both kinds of context tell.

    `topic`, `partition`, `offset`: where this task read the record at hand; "", -1 and -1 where none is,
    because time has come. `timestamp` (ms), `headers`: of the record or the change at hand, or the time that
    has come. `stream_time`: the largest timestamp that the task has taken so far, this record's included
    (ms). `task`: the name of the task.
    """

    __slots__ = (
        *("_place", "_step", "headers", "offset", "partition", "stream_time"),
        *("task", "timestamp", "topic"),
    )

    def __init__(self, topic: str, partition: int, step: str, place: Place) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = -1
        self.stream_time = -1
        self.timestamp = -1
        self.headers: Headers = ()
        self.task = place.task
        self._place = place
        self._step = step

    @property
    def wall_time(self) -> int:
        """The wall clock now, ms UTC."""
        return self._place.wall_ms()

    def commit(self) -> None:
        """Ask for a commit as soon as this record is done with, before the commit interval is over."""
        self._place.request_commit()


class Context(Surroundings):
    """The place and time of the record being processed, and what a step may ask of its task.

    `topic`, `partition`, `offset`: where this task read it; "", -1 and -1 where no record is at hand,
    because time has come. `timestamp` (ms), `headers`: of the record or the change at hand, or the time that
    has come. `stream_time`: the largest timestamp that the task has taken so far, this record's included
    (ms). `task`: the name of the task.
    """

    __slots__ = ()

    def schedule(
        self, timer: Timer | str, every: Duration | None = None, *, start: Moment | None = None
    ) -> None:
        """Let a timer of this task run from now on, `every` so often (None: as it was declared).

        It is due from `start` on; without it by stream time behind this record and then on the grid of
        the interval, by the wall clock an interval from now. One that runs is scheduled anew. What is
        done here is undone if the record fails, and by stream time is of the same commit. Misuse for a
        timer that is none of this task's, and for what is no interval or no moment.
        """
        name = _named(timer)
        every_ms, start_ms = spans(self._step, name, every, start)
        try:
            self._place.schedule(name, every_ms, start_ms)
        except KeyError:
            raise self._unknown(name) from None

    def cancel(self, timer: Timer | str) -> None:
        """Let a timer of this task rest until it is scheduled again; one that rests stays so.

        Undone, and kept, as `schedule` is. Misuse for a timer that is none of this task's.
        """
        name = _named(timer)
        try:
            self._place.cancel(name)
        except KeyError:
            raise self._unknown(name) from None

    def _unknown(self, name: str) -> Misuse:
        return Misuse(
            f"{self._step}: the task {self.task} has no timer {name!r}; hand over a function that was declared with "
            "punctuate() or app.every() on a step of the same sub-topology"
        )


def spans(
    step: str, timer: str, every: Duration | None, start: Moment | None
) -> tuple[int | None, int | None]:
    """Interval and start of a timer in ms, as far as they are said. Misuse for what is none."""
    try:
        every_ms = None if every is None else milliseconds(every, f"the interval of {timer}")
        start_ms = None if start is None else instant_ms(start, f"the start of {timer}")
    except TopologyError as error:
        raise Misuse(f"{step}: {error}") from None
    if every_ms == 0:
        raise Misuse(f"{step}: the interval of {timer} is 0; it has at least 1 ms")
    return every_ms, start_ms


def _named(timer: Timer | str) -> str:
    if isinstance(timer, str):
        return timer
    name = getattr(timer, "timer", None)
    if not isinstance(name, str):
        raise Misuse(
            f"{timer!r:.80} is no timer: declare it with punctuate() or app.every(), and hand over what that gives, "
            "or its name"
        )
    return name

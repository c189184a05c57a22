"""When the timers of a task are due, by its stream time and by the wall clock (Kafka: PunctuationQueue).

What goes by stream time is part of the task's position, so that no call is lost or made twice by a crash or
a takeover. What goes by the wall clock begins anew with the task, as in Kafka.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import define, field

from streamz_core.runtime.task.heap import Heap, poll, push
from streamz_core.topology.nodes import Timing

NEVER: Final = 1 << 63  # later than the last timestamp there is
DUE, TURN, EVERY = "due:", "turn:", "every:"


@define
class Clock:
    """Timers by when they are due, in Kafka's heap. `every`: the interval of each that is scheduled.
    `asked`: those that a step scheduled, whatever was declared of them.
    """

    heap: Heap[str] = field(factory=list)
    every: dict[str, int] = field(factory=dict)
    asked: set[str] = field(factory=set)

    @property
    def due(self) -> int:
        """When the first is due."""
        return self.heap[0][0] if self.heap else NEVER

    def schedule(self, timer: str, due: int, every_ms: int) -> None:
        """From now on; what was scheduled before is not any more."""
        self.cancel(timer)
        self.every[timer] = every_ms
        push(self.heap, (due, timer))

    def cancel(self, timer: str) -> None:
        """Not any more, if it was."""
        self.asked.discard(timer)
        if self.every.pop(timer, None) is None:
            return
        rest = [each for each in self.heap if each[1] != timer]
        self.heap.clear()
        for each in rest:
            push(self.heap, each)

    def take(self) -> tuple[int, str]:
        """The first one, which is not scheduled again before `again`."""
        first = self.heap[0]
        poll(self.heap)
        return first

    def again(self, due: int, timer: str, now: int) -> None:
        """It was due, and was called at `now`: the next time, however many were missed, on its grid.

        Not where it was cancelled, or scheduled anew, while it ran.
        """
        every_ms = self.every.get(timer)
        if every_ms is None or any(each[1] == timer for each in self.heap):
            return
        push(self.heap, (following(due, every_ms, now), timer))

    def copy(self) -> Clock:
        """The same, apart."""
        return Clock(list(self.heap), dict(self.every), set(self.asked))


def following(due: int, every_ms: int, now: int) -> int:
    """The first time after `now`, and after `due`, on the grid through `due`."""
    return due + (max(now - due, 0) // every_ms + 1) * every_ms


class Timers:
    """Those of one task. `by_time` goes by its stream time, `by_wall` by the wall clock.

    `due`: when the next of `by_time` is, as a batch asks between two records; never while they are held.
    `declared`: in order of declaration.
    """

    def __init__(self, declared: Mapping[str, Timing], now_ms: Callable[[], int]) -> None:
        self.declared = dict(declared)
        self.calls: dict[str, Callable[[int], object]] = {}
        self.by_time = Clock()
        self.by_wall = Clock()
        self.due = NEVER
        self._now_ms = now_ms
        self._held = False
        self._adopted: set[str] = set()
        for name, timing in declared.items():
            if timing.by_wall and not timing.waits:
                self._start(name, timing.every_ms, timing.start_ms)
        self._settled = self.by_wall.copy()

    def adopt(self, found: Mapping[str, tuple[Timing, Callable[[int], object]]]) -> None:
        """These, and only these, were declared by processors of the task: what was known of them holds."""
        for name in self._adopted.difference(found):
            del self.declared[name], self.calls[name]
            for clock in (self.by_time, self.by_wall, self._settled):
                clock.cancel(name)
        for name, (timing, call) in found.items():
            fresh = name not in self._adopted
            self.declared[name], self.calls[name] = timing, call
            if fresh and not timing.waits:
                self._start(name, timing.every_ms, timing.start_ms)
                if timing.by_wall:
                    due = self._due_by_wall(timing.every_ms, timing.start_ms)
                    self._settled.schedule(name, due, timing.every_ms)
        self._adopted = set(found)
        self.show()

    # ---- between two records

    def run(self, now: int) -> None:
        """Call all that are due at that stream time. An exception leaves it to the caller to `rewind`."""
        clock = self.by_time
        while clock.due <= now:
            due, timer = clock.take()
            self.calls[timer](now)
            clock.again(due, timer, now)
        self.show()

    def hold(self, *, held: bool) -> None:
        """Whether nothing is due between two records: what is will be run alone."""
        self._held = held
        self.show()

    def show(self) -> None:
        """Something was scheduled, or is due at another time."""
        self.due = NEVER if self._held else self.by_time.due

    # ---- what functions ask

    def schedule(self, timer: str, every_ms: int | None, start_ms: int | None) -> None:
        """See Context.schedule. KeyError if there is none of that name."""
        timing = self.declared[timer]
        self._start(timer, every_ms or timing.every_ms, start_ms)
        self.clock_of(timer).asked.add(timer)
        self.show()

    def cancel(self, timer: str) -> None:
        """See Context.cancel. KeyError if there is none of that name."""
        self.clock_of(timer).cancel(timer)
        self.show()

    def clock(self, *, by_wall: bool) -> Clock:
        """Those that go by the one or the other."""
        return self.by_wall if by_wall else self.by_time

    def clock_of(self, timer: str) -> Clock:
        """What it goes by."""
        return self.clock(by_wall=self.declared[timer].by_wall)

    def _start(self, timer: str, every_ms: int, start_ms: int | None) -> None:
        """By the wall clock a start that is over counts as one of the grid: the next one behind now."""
        if not self.declared[timer].by_wall:
            self.by_time.schedule(timer, start_ms or 0, every_ms)
            return
        self.by_wall.schedule(timer, self._due_by_wall(every_ms, start_ms), every_ms)

    def _due_by_wall(self, every_ms: int, start_ms: int | None) -> int:
        now = self._now_ms()
        start = now if start_ms is None else start_ms
        return start if start > now else following(start, every_ms, now)

    # ---- what a commit knows

    def told(self) -> dict[str, int]:
        """What the position says of those that go by stream time."""
        clock, found = self.by_time, {}
        for turn, (due, timer) in enumerate(clock.heap):
            found[DUE + timer], found[TURN + timer] = due, turn
            found[EVERY + timer] = clock.every[timer] if timer in clock.asked else 0
        for timer, timing in self.declared.items():
            if not timing.by_wall and timer not in clock.every:
                found[DUE + timer] = NEVER
        return found

    def settle(self) -> None:
        """What was done is committed."""
        self._settled = self.by_wall.copy()

    def rewind(self, told: Mapping[str, int], now: int) -> None:
        """As it was at the last commit, at that stream time. What is new in the app since then is due as at
        the very beginning; what has another interval now, on the grid of that.
        """
        self.by_wall = self._settled.copy()
        self.by_time = Clock()
        declared = [name for name, timing in self.declared.items() if not timing.by_wall]
        known = sorted(
            (name for name in declared if DUE + name in told),
            key=lambda name: told.get(TURN + name, 0),
        )
        for name in known:
            if told[DUE + name] != NEVER:
                self._go_on(name, told, now)
        for name in declared:
            timing = self.declared[name]
            if DUE + name not in told and not timing.waits:
                self._start(name, timing.every_ms, timing.start_ms)
        self.show()

    def _go_on(self, name: str, told: Mapping[str, int], now: int) -> None:
        timing, clock = self.declared[name], self.by_time
        due, every_ms = told[DUE + name], told.get(EVERY + name, 0)
        if every_ms:
            clock.asked.add(name)
        else:
            every_ms, first = timing.every_ms, timing.start_ms or 0
            if (due - first) % every_ms:
                due = following(first, every_ms, now) if first <= now else first
        clock.every[name] = every_ms
        push(clock.heap, (due, name))

    # ---- one call that may fail

    def mark(self) -> tuple[Clock, Clock]:
        """For `undo`."""
        return self.by_time.copy(), self.by_wall.copy()

    def undo(self, mark: tuple[Clock, Clock]) -> None:
        """As it was then."""
        self.by_time, self.by_wall = mark[0].copy(), mark[1].copy()
        self.show()

"""When the time of a task's inputs goes on though no record comes: after a pause by the wall clock, or as those who write its
hops say.

How far it went is in the position of the commit that has what came of it, so whoever goes on from there, or runs the same
commits again, finds the same. How long nothing came is not: who takes the task over waits anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from attrs import define, evolve, field, frozen

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env
from streamz_core.runtime.task.pausing.above import ACTIVE, IDLE, OVER, Told
from streamz_core.runtime.task.position import Position
from streamz_core.runtime.task.queue import Queue
from streamz_core.topology.idleness import Pause, Writers


@define
class Paused:
    """The inputs of one pause. `since_ms`: when the last record came, or time went on; `at`: where they were read to."""

    pause: Pause
    queues: list[Queue]
    since_ms: int = 0
    at: list[int] = field(factory=list)

    @property
    def last(self) -> int:
        """The largest timestamp of a record; -1 before the first."""
        return max(queue.time for queue in self.queues)


@frozen
class Step:
    """Time goes on to `time` for these inputs, from `before`; `state`: IDLE or OVER."""

    paused: Paused
    before: int
    time: int
    state: int

    @property
    def half(self) -> Step | None:
        """A step half as far, None if there is none."""
        time = (self.before + self.time) // 2
        return evolve(self, time=time, state=IDLE) if time > self.before else None


class Advancing:
    """Of one task. `times`: to which its inputs went on without records, by topic, and `states`, as the position has them.
    `due_s`: when the next pause is over (Env.monotonic), as far as `look` could tell.
    """

    def __init__(
        self,
        paused: list[Paused],
        backend: Backend,
        env: Env,
        told: Callable[[str, Writers], Told | None],
    ) -> None:
        self.due_s = inf
        self.times: dict[str, int] = {}
        self.states: dict[str, int] = {}
        self._paused = paused
        self._backend = backend
        self._env = env
        self._told = told

    def rewind(self, position: Position) -> None:
        """As the last commit has it. Whatever came since then comes again."""
        self.times, self.states = dict(position.advances), dict(position.states)
        for paused in self._paused:
            paused.since_ms = self._env.now_ms()
            paused.at = [queue.next_offset for queue in paused.queues]

    def told(self) -> tuple[dict[str, int], dict[str, int]]:
        """`times` and `states` as a commit of what was done says them."""
        for paused in self._paused:
            self._notice(paused, self._env.now_ms())
        return dict(self.times), dict(self.states)

    def look(self) -> Step | None:
        """How time goes on now, if it does. To be asked whenever the task has nothing to read."""
        self.due_s = inf
        now_ms = self._env.now_ms()
        for paused in self._paused:
            if self._quiet(paused, now_ms):
                step = self._step(paused, now_ms)
                if step is not None:
                    return step
        return None

    def done(self, step: Step) -> None:
        """It went on, or could not: until the next time."""
        step.paused.since_ms = self._env.now_ms()
        for queue in step.paused.queues:
            self.times[queue.topic], self.states[queue.topic] = step.time, step.state

    def put_off(self, step: Step) -> None:
        """It did not go on, and is tried again after another pause."""
        step.paused.since_ms = self._env.now_ms()

    def _notice(self, paused: Paused, now_ms: int) -> None:
        """A record that came ends the pause."""
        at = [queue.next_offset for queue in paused.queues]
        if at != paused.at:
            paused.at, paused.since_ms = at, now_ms
            for queue in paused.queues:
                if self.states.get(queue.topic):
                    self.states[queue.topic] = ACTIVE

    def _quiet(self, paused: Paused, now_ms: int) -> bool:
        """Whether there is nothing to read."""
        self._notice(paused, now_ms)
        paused.since_ms = min(paused.since_ms, now_ms)  # the clock may have been put back
        end = self._backend.end
        return all(
            not len(queue) and queue.fetched >= end(queue.topic, queue.partition)
            for queue in paused.queues
        )

    def _step(self, paused: Paused, now_ms: int) -> Step | None:
        last, pause = paused.last, paused.pause
        before = max(last, *(self.times.get(topic, -1) for topic in pause.topics))
        if last < 0 or self.states.get(pause.topics[0]) == OVER:
            return None
        found: list[Told] = []
        if len(pause.hops) < len(pause.topics):
            waited_ms = now_ms - paused.since_ms
            if waited_ms < pause.idle_ms:
                self.due_s = min(
                    self.due_s, self._env.monotonic() + (pause.idle_ms - waited_ms) / 1000
                )
                return None
            found.append((IDLE, before + waited_ms))
        for topic, writers in pause.hops.items():
            told = self._told(topic, writers)
            if told is None:
                return None
            found.append(told)
        time = min(time for _, time in found)
        over = time >= last + pause.lingers_ms or all(state == OVER for state, _ in found)
        if time <= before and not over:
            return None
        return Step(paused, before, max(time, before), OVER if over else IDLE)


def advancing_of(
    pauses: Sequence[Pause],
    queues: Sequence[Queue],
    backend: Backend,
    env: Env,
    told: Callable[[str, Writers], Told | None],
) -> Advancing | None:
    """None where time does not go on without records."""
    by_topic = {queue.topic: queue for queue in queues}
    paused = [
        Paused(pause, [by_topic[topic] for topic in pause.topics])
        for pause in pauses
        if by_topic.keys() >= set(pause.topics)
    ]
    return Advancing(paused, backend, env, told) if paused else None

"""Choosing the next record of a task among its input partitions, as Kafka's PartitionGroup does.

The record with the lowest timestamp at the head of a queue comes first; ties fall as they do in Java's
binary heap. Inside a partition the order is that of the offsets. A task waits for what is on the log
but not yet read; for what nobody wrote yet it waits as long as `idling` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from streamz_core.broker.backend import Backend
from streamz_core.runtime.task.heap import Heap, poll, push
from streamz_core.runtime.task.pausing.advancing import Advancing
from streamz_core.runtime.task.queue import Queue
from streamz_core.runtime.task.starting import Starting
from streamz_core.runtime.task.waiting.idling import Idling
from streamz_core.runtime.task.waiting.resting import Rest


class Inputs:
    """All queues of a task and the heap over their heads."""

    def __init__(
        self,
        backend: Backend,
        queues: list[Queue],
        idling: Idling | None = None,
        starting: Starting | None = None,
        advancing: Advancing | None = None,
    ) -> None:
        """`idling`: None never waits. `starting`: None begins at the first record there is. `advancing`: None, time
        goes on with records only.
        """
        self.queues = queues
        self.rest = Rest(backend, queues)
        self.advancing = advancing
        self._idling = idling
        self._starting = starting
        self._backend = backend
        self._heap: Heap[Queue] = []
        self._offered: set[str] = set()

    @property
    def dropped(self) -> int:
        """Records dropped because their timestamp was negative."""
        return sum(queue.dropped for queue in self.queues)

    @property
    def due_s(self) -> float:
        """When the wait for an empty one is over, or its time goes on (Env.monotonic); inf: there is none."""
        idle_s = inf if self._idling is None else self._idling.due_s
        return idle_s if self.advancing is None else min(idle_s, self.advancing.due_s)

    @property
    def moved(self) -> bool:
        """Whether any stands elsewhere than at its committed offset."""
        for queue in self.queues:  # noqa: SIM110 - asked several times a round
            if queue.next_offset != queue.committed:
                return True
        return False

    def times(self) -> dict[str, int]:
        """The partition times, by topic."""
        return {queue.topic: queue.time for queue in self.queues}

    def advanced(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How time went on without records, as the position has it."""
        if self.advancing is None:
            return {}, {}
        return self.advancing.told()

    def rewind(self, offsets: Mapping[tuple[str, int], int], times: Mapping[str, int]) -> None:
        """Go back to the committed offsets, by partition, and partition times, by topic.

        A partition without an offset is read from where `starting` says; what it passes over is as if
        it was taken.
        """
        self._heap = []
        self._offered = set()
        for queue in self.queues:
            offset = offsets.get((queue.topic, queue.partition))
            if offset is not None:
                queue.seek(offset, times.get(queue.topic, -1))
                continue
            queue.seek(
                self._backend.start(queue.topic, queue.partition), times.get(queue.topic, -1)
            )
            if self._starting is not None:
                queue.fetched = self._starting.at(queue.topic, queue.partition)

    def ahead(self, records: int) -> int | None:
        """The event time of the record that comes next; None if there is none, or it has to wait. Of what was
        not read ahead, `records` are.
        """
        for queue in self.queues:
            queue.fill(self._backend, records)
            if len(queue) and queue.topic not in self._offered:
                self._offer(queue)
        if not self._heap or (self._idling is not None and not self._idling.over(self.queues)):
            return None
        return self._heap[0][0]

    def take(self, records: int) -> tuple[Queue, int, int] | None:
        """(queue, start, stop): records that come next, all of one partition; None if there are none,
        or if they have to wait. They count as taken.
        """
        if self.ahead(records) is None:
            return None
        queue = self._heap[0][1]
        start = queue.at
        if len(self._heap) == 1:
            return self._take_all(queue, start, records)
        while True:
            if len(self._heap) == 2:
                self._run_ahead(queue, min(queue.stop, start + records) - 1)
            poll(self._heap)
            self._offered.discard(queue.topic)
            queue.at += 1
            if not len(queue):
                break
            self._offer(queue)
            if self._heap[0][1] is not queue or queue.at - start >= records:
                break
        queue.took(max(queue.timestamps[start : queue.at]))
        return queue, start, queue.at

    def _run_ahead(self, queue: Queue, last: int) -> None:
        """With two queues, taking a record that is followed by one before the other's head leaves the
        heap as it is: no need to move it. With more, the others may change places, and ties with them.
        """
        bound = self._heap[1][0]
        at, stamps = queue.at, queue.timestamps
        while at < last and stamps[at + 1] < bound:
            at += 1
        queue.at = at

    def _take_all(self, queue: Queue, start: int, records: int) -> tuple[Queue, int, int]:
        """Nobody else has anything: no need to compare."""
        queue.at = min(queue.stop, start + records)
        self._heap = []
        self._offered.discard(queue.topic)
        if len(queue):
            self._offer(queue)
        stamps = queue.timestamps
        whole = start == 0 and queue.at == queue.stop
        queue.took(max(stamps if whole else stamps[start : queue.at]))
        return queue, start, queue.at

    def _offer(self, queue: Queue) -> None:
        self._offered.add(queue.topic)
        push(self._heap, (queue.timestamps[queue.at], queue))

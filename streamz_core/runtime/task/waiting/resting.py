"""A task that took all there is rests: it has nothing to do before something comes, or a time it named."""

from __future__ import annotations

from collections.abc import Sequence

from streamz_core.broker.backend import Backend
from streamz_core.runtime.task.queue import Queue


class Rest:
    """Of one task. `until_s`: it rests until then (Env.monotonic), and `until_ms` by the wall clock, which is another;
    0: it does not.
    """

    def __init__(self, backend: Backend, queues: Sequence[Queue]) -> None:
        self.until_s = 0.0
        self.until_ms = 0
        self._backend = backend
        self._queues = queues

    @property
    def reads(self) -> Sequence[tuple[str, int]]:
        """The partitions of which a record ends it."""
        return [(queue.topic, queue.partition) for queue in self._queues]

    @property
    def possible(self) -> bool:
        """Whether all there is was taken."""
        for queue in self._queues:
            end = self._backend.end(queue.topic, queue.partition)
            if queue.at < queue.stop or queue.fetched != end:
                return False
        return True

    def begin(self, until_s: float, until_ms: int) -> None:
        """There is nothing more."""
        self.until_s, self.until_ms = until_s, until_ms

    def end(self) -> None:
        """It has its turn."""
        self.until_s, self.until_ms = 0.0, 0

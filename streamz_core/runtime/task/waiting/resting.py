"""A task that found nothing to do is not asked again before something comes, or a time it named."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streamz_core.broker.backend import Backend
from streamz_core.runtime.task.queue import Queue


class Rest:
    """Of one task: what a round pays for each of its tasks, of which few have anything to do."""

    def __init__(self, backend: Backend, queues: Sequence[Queue]) -> None:
        self._end = backend.end
        self._queues = queues
        self._until_s = 0.0

    def goes_on(self, clock: Callable[[], float]) -> bool:
        """Whether there is no record to be taken, and its time has not come. Once it is over, it is over."""
        if not self._until_s:
            return False
        if clock() < self._until_s:
            for queue in self._queues:
                if queue.at < queue.stop or queue.fetched != self._end(
                    queue.topic, queue.partition
                ):
                    break
            else:
                return True
        self._until_s = 0.0
        return False

    def begin(self, until_s: float) -> None:
        """Everything there is was taken; `until_s`: when there is something to do all the same."""
        self._until_s = until_s

"""How long a task waits for an input that has nothing, as Kafka's PartitionGroup.readyToProcess does.

One empty input is waited for after the other: the time of the next begins when that of the one before is
over. An input whose time is over is not waited for again before it had a record. What the task knows of
this is not committed: whoever takes it over waits anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from streamz_core.env.door import Env
from streamz_core.runtime.task.queue import Queue


class Idling:
    """The wall clock decides (Env.now_ms), as it does for all that users time with it."""

    def __init__(self, idle_ms: int, env: Env) -> None:
        self.due_s = inf  # when it is over (Env.monotonic), as far as `over` could tell
        self._idle_ms = idle_ms
        self._env = env
        self._until_ms: dict[str, int] = {}

    def over(self, queues: Iterable[Queue]) -> bool:
        """Whether no empty one has to be waited for (any more). To be asked only while one has records:
        without any, no time begins."""
        for queue in queues:
            if len(queue):
                self._until_ms.pop(queue.topic, None)
            elif self._left_ms(queue.topic) > 0:
                return False
        self.due_s = inf
        return True

    def _left_ms(self, topic: str) -> int:
        now_ms = self._env.now_ms()
        latest_ms = now_ms + self._idle_ms  # a clock that was put back makes no wait longer
        until_ms = min(self._until_ms.get(topic, latest_ms), latest_ms)
        self._until_ms[topic] = until_ms
        left_ms = until_ms - now_ms
        self.due_s = self._env.monotonic() + left_ms / 1000
        return left_ms


def idling_of(queues: list[Queue], idle_ms: int, env: Env) -> Idling | None:
    """None where no wait is asked for, or nothing to wait for: a single input has no order to keep."""
    return Idling(idle_ms, env) if idle_ms > 0 and len(queues) > 1 else None

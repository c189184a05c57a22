"""What a `process` function can ask about the record at hand and its task."""

from __future__ import annotations

from collections.abc import Callable

from streamz_core.record import Headers


class Context:
    """The place and time of the record being processed.

    `topic`, `partition`, `offset`: where this task read it. `timestamp` (ms), `headers`: of the record or
    the change at hand. `stream_time`: the largest timestamp that the task has taken so far, this
    record's included (ms).
    """

    __slots__ = (
        *("_wall_ms", "offset", "partition", "stream_time", "topic"),
        *("headers", "timestamp"),
    )

    def __init__(self, topic: str, partition: int, wall_ms: Callable[[], int]) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = -1
        self.stream_time = -1
        self.timestamp = -1
        self.headers: Headers = ()
        self._wall_ms = wall_ms

    @property
    def wall_time(self) -> int:
        """The wall clock now, ms UTC."""
        return self._wall_ms()

"""A Context for unit tests: what a function asks of its task is written down (Kafka: MockProcessorContext)."""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

from streamz_core.operators.processors.context import Context
from streamz_core.record import Record


@frozen
class Scheduled:
    """That a timer was scheduled; None is what was declared of it, or behind the record."""

    timer: str
    every_ms: int | None
    start_ms: int | None


@define
class Asked:
    """What was asked of the task, in order. It has every timer that it is asked for."""

    task: str
    partition: int
    wall_time: int
    scheduled: list[Scheduled] = field(factory=list)
    cancelled: list[str] = field(factory=list)
    commits: int = 0

    def wall_ms(self) -> int:
        return self.wall_time

    def schedule(self, timer: str, every_ms: int | None, start_ms: int | None) -> None:
        self.scheduled.append(Scheduled(timer, every_ms, start_ms))

    def cancel(self, timer: str) -> None:
        self.cancelled.append(timer)

    def request_commit(self) -> None:
        self.commits += 1


class MockContext(Context):
    """The context of `record`, to call a function of `process` with: `list(fn(record, MockContext(record), {}))`.

    Where and when it is are the record's; `stream_time` is its timestamp unless another is given. `asked` tells what
    the function wanted: `asked.scheduled`, `asked.cancelled`, and how many `asked.commits`. Each number, and the
    headers, may be set between two calls; the wall clock is `asked.wall_time` (ms). Without a record it is the context
    of a timer. Misuse for what no task would take, as there.
    """

    __slots__ = ("asked",)

    def __init__(
        self,
        record: Record[Any, Any] | None = None,
        *,
        stream_time: int | None = None,
        wall_time: int = 0,
        task: str = "test/0",
    ) -> None:
        partition = -1 if record is None else record.partition
        self.asked = Asked(task, partition, wall_time)
        super().__init__("" if record is None else record.topic, partition, "a test", self.asked)
        if record is not None:
            self.offset = record.offset
            self.timestamp = record.timestamp
            self.headers = record.headers
            self.stream_time = record.timestamp
        if stream_time is not None:
            self.stream_time = stream_time

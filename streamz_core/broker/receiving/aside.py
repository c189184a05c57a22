"""A consumer for coroutines: it is read in a thread of its own, which sleeps while nobody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from streamz_core.broker.backend import TaskCommit
from streamz_core.broker.receiving.offsets import Moves
from streamz_core.broker.receiving.topics import Where
from streamz_core.env.awaiting import by
from streamz_core.env.door import Env
from streamz_core.record import Record

if TYPE_CHECKING:
    from streamz_core.broker.consumer import Consumer

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

SLICE_S = 0.1  # so long nothing else is done for the consumer while it waits for records
LOOK_S = 1.0  # how often the group is looked after while what was read is given
RECORDS = 1000


class AsyncConsumer(Generic[K, V]):
    """What `async with` gives of a consumer: the same, with `await`, and `async for record in consumer`.

    It stands behind what it gave: what was read beside and is not given yet is not committed.
    """

    def __init__(self, consumer: Consumer[K, V], env: Env) -> None:
        self._consumer = consumer
        self._env = env
        self._ready = consumer.ahead.left
        self._executor = env.executor("streamz-consumer", self._end)
        self._look_s = 0.0
        self._closed = False

    async def begin(self) -> None:
        """Take it to the thread. Misuse if others use its broker."""
        await by(self._executor, self._consumer.adopt)

    # ---- reading

    async def poll(
        self, timeout_s: float = 0.1, records_max: int = RECORDS
    ) -> list[Record[K | None, V | None]]:
        """As `Consumer.poll`. What is read while nobody waits any more is given the next time."""
        until_s = self._env.monotonic() + timeout_s
        await self._look()
        while not self._ready:
            left_s = max(until_s - self._env.monotonic(), 0)
            await self._read(min(left_s, SLICE_S), records_max)
            if not left_s:
                break
        return [self._ready.popleft() for _ in range(min(records_max, len(self._ready)))]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Record[K | None, V | None]:
        await self._look()
        while not self._ready:
            await self._read(SLICE_S, RECORDS)
        return self._ready.popleft()

    async def _read(self, timeout_s: float, records_max: int) -> None:
        self._look_s = self._env.monotonic() + LOOK_S
        await by(self._executor, partial(self._consumer.read_ahead, timeout_s, records_max))

    async def _look(self) -> None:
        """While it gives what was read it is looked after the group all the same."""
        if self._ready and self._env.monotonic() >= self._look_s:
            self._look_s = self._env.monotonic() + LOOK_S
            await by(self._executor, self._consumer.look)

    # ---- standing

    async def commit(self, offsets: Mapping[Where, int] | None = None) -> None:
        """As `Consumer.commit`: behind what was given."""
        kept = list(self._ready)  # what is given while this waits for its turn was not given before
        consumer = self._consumer
        await by(
            self._executor,
            lambda: consumer.commit(consumer.positions(kept) if offsets is None else offsets),
        )

    async def committed(self, topic: str, partition: int) -> int | None:
        """As `Consumer.committed`."""
        return await by(self._executor, partial(self._consumer.committed, topic, partition))

    async def seek(self, topic: str, partition: int, offset: int) -> None:
        """As `Consumer.seek`."""
        await by(self._executor, partial(self._consumer.seek, topic, partition, offset))

    async def pause(self, parts: Iterable[Where]) -> None:
        """As `Consumer.pause`."""
        await by(self._executor, partial(self._consumer.pause, list(parts)))

    async def resume(self, parts: Iterable[Where]) -> None:
        """As `Consumer.resume`."""
        await by(self._executor, partial(self._consumer.resume, list(parts)))

    async def position(self, topic: str, partition: int) -> int:
        """The offset that is given next."""
        return await by(self._executor, partial(self._consumer.position, topic, partition))

    async def positions(self) -> dict[Where, int]:
        """As `Consumer.positions`."""
        return await by(self._executor, self._consumer.positions)

    async def end_offsets(self) -> dict[Where, int]:
        """As `Consumer.end_offsets`."""
        return await by(self._executor, self._consumer.end_offsets)

    async def lag(self) -> dict[Where, int]:
        """As `Consumer.lag`."""
        return await by(self._executor, self._consumer.lag)

    async def at_end(self) -> bool:
        """As `Consumer.at_end`: whether everything was given."""
        ended = await by(self._executor, self._consumer.at_end)
        return ended and not self._ready  # which somebody may have filled meanwhile

    async def close(self, *, leave: bool | None = None, commit: bool = True) -> None:
        """As `Consumer.close`."""
        if not self._closed:
            self._closed = True
            await by(self._executor, partial(self._consumer.close, leave=leave, commit=commit))
            self._executor.close()

    # ---- for a transaction, whose thread may wait

    @property
    def group(self) -> str:
        """As of the consumer."""
        return self._consumer.group

    def moves(self) -> Moves:
        """As `Consumer.moves`; it waits for the thread that reads."""
        return self._wait(self._consumer.moves)

    def tasks(self, moves: Moves) -> list[TaskCommit]:
        """As `Consumer.tasks`."""
        return self._wait(lambda: self._consumer.tasks(moves))

    def moved(self) -> None:
        """As `Consumer.moved`."""
        self._wait(self._consumer.moved)

    def _wait(self, call: Callable[[], T]) -> T:
        return self._executor.submit(call).wait()

    # ---- in the thread

    def _end(self) -> None:
        """The process ends."""
        if not self._closed:
            self._closed = True
            self._wait(self._consumer.close)

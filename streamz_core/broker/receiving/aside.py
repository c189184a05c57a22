"""A consumer for coroutines: it is read in a thread of its own, which sleeps while nobody asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from streamz_core.broker.receiving.places import Where
from streamz_core.env.awaiting import by
from streamz_core.env.door import Env
from streamz_core.record import Record

if TYPE_CHECKING:
    from streamz_core.broker.consumer import Consumer

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

SLICE_S = 0.1  # so long nothing else is done for the consumer while it waits for records
RECORDS = 1000


class AsyncConsumer(Generic[K, V]):
    """What `async with` gives of a consumer: the same, with `await`, and `async for record in consumer`.

    It stands behind what it gave: what was read beside and is not given yet is not committed.
    """

    def __init__(self, consumer: Consumer[K, V], env: Env) -> None:
        self._consumer = consumer
        self._env = env
        self._ready: deque[Record[K | None, V | None]] = deque()
        self._executor = env.executor("streamz-consumer", self._end)
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
        while not self._ready:
            left_s = max(until_s - self._env.monotonic(), 0)
            await by(self._executor, partial(self._read, min(left_s, SLICE_S), records_max))
            if not left_s:
                break
        return [self._ready.popleft() for _ in range(min(records_max, len(self._ready)))]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Record[K | None, V | None]:
        while not self._ready:
            await by(self._executor, partial(self._read, SLICE_S, RECORDS))
        return self._ready.popleft()

    # ---- standing

    async def commit(self, offsets: Mapping[Where, int] | None = None) -> None:
        """As `Consumer.commit`: behind what was given."""
        kept = list(self._ready)  # what is given while this waits for its turn was not given before
        await by(
            self._executor,
            lambda: self._consumer.commit(self._standing(kept) if offsets is None else offsets),
        )

    async def seek(self, topic: str, partition: int, offset: int) -> None:
        """As `Consumer.seek`."""
        await by(self._executor, partial(self._seek, topic, partition, offset))

    async def position(self, topic: str, partition: int) -> int:
        """The offset that is given next."""
        return await by(self._executor, partial(self._position, topic, partition))

    async def end_offsets(self) -> dict[Where, int]:
        """As `Consumer.end_offsets`."""
        return await by(self._executor, self._consumer.end_offsets)

    async def at_end(self) -> bool:
        """As `Consumer.at_end`: whether everything was given."""
        ended = await by(self._executor, self._consumer.at_end)
        return ended and not self._ready  # which somebody may have filled meanwhile

    async def close(self) -> None:
        """As `Consumer.close`."""
        if not self._closed:
            self._closed = True
            await by(self._executor, self._consumer.close)
            self._executor.close()

    # ---- for a transaction, whose thread may wait

    @property
    def group(self) -> str:
        """As of the consumer."""
        return self._consumer.group

    def moves(self) -> dict[Where, tuple[int, int]]:
        """As `Consumer.moves`; it waits for the thread that reads."""
        return self._wait(lambda: self._consumer.moves(self._standing()))

    def moved(self) -> None:
        """As `Consumer.moved`."""
        self._wait(self._consumer.moved)

    def _wait(self, call: Callable[[], T]) -> T:
        return self._executor.submit(call).wait()

    # ---- in the thread

    def _standing(self, kept: Sequence[Record[K | None, V | None]] = ()) -> dict[Where, int]:
        """Where it stands: before what is not given, and before what was `kept`."""
        found = self._consumer.positions()
        for record in (*kept, *list(self._ready)):
            where = (record.topic, record.partition)
            found[where] = min(found[where], record.offset)
        return found

    def _position(self, topic: str, partition: int) -> int:
        known = self._consumer.position(topic, partition)
        return self._standing().get((topic, partition), known)

    def _read(self, timeout_s: float, records_max: int) -> None:
        self._ready.extend(self._consumer.poll(timeout_s, records_max))

    def _seek(self, topic: str, partition: int, offset: int) -> None:
        self._consumer.seek(topic, partition, offset)
        kept = [one for one in self._ready if (one.topic, one.partition) != (topic, partition)]
        self._ready.clear()
        self._ready.extend(kept)

    def _end(self) -> None:
        """The process ends."""
        if not self._closed:
            self._closed = True
            self._wait(self._consumer.close)

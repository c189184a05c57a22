"""A producer for coroutines: what may wait is done beside the loop."""

from __future__ import annotations

from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from streamz_core.broker.receiving.aside import AsyncConsumer
from streamz_core.broker.sending.sent import Delivered, Sent, Told
from streamz_core.broker.sending.together import ProducerTransaction
from streamz_core.env.awaiting import beside
from streamz_core.env.door import Env
from streamz_core.record import HeadersGiven

if TYPE_CHECKING:
    from streamz_core.broker.producer import Producer

K = TypeVar("K")
V = TypeVar("V")


class AsyncProducer(Generic[K, V]):
    """What `async with` gives of a producer: the same, with `await`. The loop is never blocked, but by the codecs."""

    def __init__(self, producer: Producer[K, V], env: Env) -> None:
        self._producer = producer
        self._env = env

    async def send(  # noqa: PLR0913 - the parts of a record
        self,
        topic: str,
        value: V | None,
        *,
        key: K | None = None,
        timestamp: int | None = None,
        headers: HeadersGiven | None = None,
        partition: int | None = None,
        on_delivery: Told | None = None,
        sequence: int | None = None,
    ) -> Sent:
        """As `Producer.send`: the record is taken, and `await` of what is returned gives where it stands.

        It waits for room where `buffer_bytes` wait, and for the log at the first record for a topic.
        """
        call = partial(
            self._producer.send,
            topic,
            value,
            key=key,
            timestamp=timestamp,
            headers=headers,
            partition=partition,
            on_delivery=on_delivery,
            sequence=sequence,
        )
        return call() if self._producer.has_room(topic) else await beside(self._env, call)

    async def send_and_wait(self, topic: str, value: V | None, **parts: Any) -> Delivered:
        """Where the record stands, once it is as safe as the log promises; `parts` as for `send`. Many that wait
        at once are written together."""
        return await (await self.send(topic, value, **parts))

    @property
    def sequence(self) -> int:
        """As of the producer."""
        return self._producer.sequence

    def transaction(self, *, sequence: int | None = None) -> AsyncTransaction:
        """As `Producer.transaction`, for an `async with` block."""
        return AsyncTransaction(self._producer.transaction(sequence=sequence), self._env)

    async def flush(self, timeout_s: float | None = None) -> int:
        """As `Producer.flush`."""
        return await beside(self._env, partial(self._producer.flush, timeout_s))

    async def close(self, timeout_s: float | None = None) -> None:
        """As `Producer.close`."""
        await beside(self._env, partial(self._producer.close, timeout_s))


class AsyncTransaction:
    """A transaction of a producer, with `await`."""

    def __init__(self, transaction: ProducerTransaction, env: Env) -> None:
        self._transaction = transaction
        self._env = env

    async def send(self, topic: str, value: Any, **parts: Any) -> Sent:
        """As `ProducerTransaction.send`."""
        return await beside(self._env, partial(self._transaction.send, topic, value, **parts))

    def consumed(self, consumer: AsyncConsumer[Any, Any]) -> None:
        """With it the group of this consumer has consumed what that gave. Misuse for one without a group."""
        self._transaction.consumed(consumer)

    async def commit(self) -> None:
        """As `ProducerTransaction.commit`."""
        await beside(self._env, self._transaction.commit)

    def abort(self) -> None:
        """As `ProducerTransaction.abort`."""
        self._transaction.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await beside(self._env, partial(self._transaction.__exit__, kind, error, trace))

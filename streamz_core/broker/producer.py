"""Writing records to topics from any program, from any of its threads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from streamz_core.broker.backend import Backend
from streamz_core.broker.checks import (
    NUMBER_MAX,
    callback,
    called,
    named,
    number,
    partition_in,
    seconds,
    whole,
)
from streamz_core.broker.embedded import Broker
from streamz_core.broker.schemas import check_codecs
from streamz_core.broker.sending.aside import AsyncProducer
from streamz_core.broker.sending.handle import Handle
from streamz_core.broker.sending.line import Known, Line
from streamz_core.broker.sending.outbox import Outbox, Pace, told
from streamz_core.broker.sending.routes import (
    ROW_BYTES,
    STICKY_BYTES,
    Partitioner,
    Route,
    check_partitioner,
    find_route,
    header_bytes,
)
from streamz_core.broker.sending.rows import Given, Row, row_of
from streamz_core.broker.sending.sent import Sent, Told
from streamz_core.broker.sending.together import ProducerTransaction
from streamz_core.codecs.codec import Codec
from streamz_core.env.awaiting import beside
from streamz_core.errors import CodecError, Misuse, StreamzError
from streamz_core.record import NO_HEADERS, HeadersGiven, headers_of, timestamp_of

K = TypeVar("K")
V = TypeVar("V")
CodecsOf = Callable[[Backend, str], "tuple[Codec[Any], Codec[Any]]"]

logger = logging.getLogger("streamz.producer")

MAX_BLOCK_MS = 60_000
BATCH_BYTES = 1 << 20
BUFFER_BYTES = 8 << 20


class Producer(Generic[K, V]):
    """Sends records in batches. One producer may be shared by all threads of a process.

    A thread of its own writes what was sent: `linger_ms` after the first record, as soon as there are
    `batch_bytes`, and by `flush`. Records of a partition stay in the order in which a thread sent them.
    Where `buffer_bytes` wait, `send` waits too, for `max_block_ms` at most. A batch may be written in several commits; what is to be
    seen all at once or not at all is written by `broker.transaction()`.

    The end of a `with` block closes it, and so does sys.exit() in it, or that a generator it stands in is left.
    If the block is left by another exception, what was not yet written is discarded, and a note on the exception says
    how many records that were; a warning of the logger streamz.producer where it cancels a task. A producer that nobody closed
    is written out when it is forgotten or the program ends, with a ResourceWarning.
    """

    def __init__(  # noqa: PLR0913 - options are keywords
        self,
        broker: Broker,
        *,
        key: Codec[K],
        value: Codec[V],
        codecs: CodecsOf | None = None,
        app: str = "",
        linger_ms: float = 5,
        batch_bytes: int = BATCH_BYTES,
        buffer_bytes: int = BUFFER_BYTES,
        max_block_ms: float = MAX_BLOCK_MS,
        partitioner: str | Partitioner = "crc32",
        id: str | None = None,
        owns_broker: bool = False,
    ) -> None:
        """`codecs` gives (key, value) codecs of a topic; without it all topics have `key` and `value`.
        A topic remembers the types that it was first written with, and other ones are refused by `send`.

        `app`: the app whose codecs these are, if it is one's: then it is no other program to it.
        `partitioner`: what chooses the partition of a key: "crc32", as apps do, "murmur2", as Kafka's clients in
        Java do, or a function `(topic, key as bytes, partitions) -> partition`. What apps join has to be
        written by one and the same.
        `id`: this is the producer of that name, and fences the one before it: that one's records which are not
        written yet are Fenced. What is sent under a `sequence` that was written before, by whichever producer of
        the id, is not written again; they go up, and are the next number where none is given. What nobody uses
        for a week is forgotten.
        `owns_broker`: the broker is this producer's from now on, and closed with it. Misuse or TypeError for
        an option that makes no sense.
        """
        check_codecs(key, value)
        name = None if id is None else called("id", id)
        pace = Pace(
            linger_s=number("linger_ms", linger_ms, 0) / 1000,
            batch_bytes=whole("batch_bytes", batch_bytes, 1),
            buffer_bytes=whole("buffer_bytes", buffer_bytes, 1),
            max_block_s=number("max_block_ms", max_block_ms, 0) / 1000,
        )
        self._partitioner = check_partitioner(partitioner)
        self._outbox = Outbox(broker.env, Handle(broker, owned=owns_broker), pace)
        self._routes = self._outbox.routes
        self._env = broker.env
        self._now_ns = broker.env.now_ns
        self._codecs = codecs or (lambda _backend, _topic: (key, value))
        self._app = app
        if name is not None:
            self._outbox.claim(name)
            self._routes = {}  # so that `send` goes another way

    def send(  # noqa: PLR0913 - the parts of a record
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
        """Take a record, to be written soon. `timestamp` in ms UTC, now unless given.

        `sent.result()`, or `await`, gives where it stands; `on_delivery(error, delivered)` is called with one of
        the two by the thread that writes. The key chooses the partition; records without one stay together until they
        are written. `headers`: a dict, or pairs of a name and bytes, text or None. `sequence`: see `id` of the producer.
        UnknownTopic, CodecError, TooLarge, Misuse, TypeError, and StorageFull, TimedOut where `buffer_bytes` wait: it was not taken.
        """
        try:
            try:
                route = self._routes[topic]
            except (KeyError, TypeError):
                if self._outbox.line is not None:  # its routes are not there
                    given = Given(topic, value, key, timestamp, headers, partition)
                    return self._send_next(given, sequence, on_delivery)
                route = self._route(topic, key, value)
            key_bytes, value_bytes, weight = None, None, ROW_BYTES
            encode, encode_value = route.key, route.value
            if key is not None:
                key_bytes = encode(key)
                weight += len(key_bytes)
            if value is not None:
                value_bytes = encode_value(value)
                weight += len(value_bytes)
        except (CodecError, TypeError, UnicodeEncodeError) as error:
            raise self._refusal(error, topic, key, value) from error.__cause__
        now_ns = self._now_ns
        at = now_ns() // 1_000_000 if timestamp is None else timestamp_of(timestamp)
        pairs = NO_HEADERS if headers is None else headers_of(headers)
        if pairs:
            weight += header_bytes(pairs)
        if weight > route.light_weight:
            route.check_size(weight, key_bytes, key)
        if on_delivery is not None or sequence is not None:
            self._check(on_delivery, sequence)
        if partition is not None:
            partition = self._partition(topic, partition, route)
        elif key_bytes is None:
            partition = route.sticky
            if route.piles[partition].total >= STICKY_BYTES:
                partition = route.turn()
        else:
            hash_ = route.hash
            partition = hash_(key_bytes) % route.partitions
        outbox = self._outbox
        if outbox.weight >= outbox.full:
            outbox.wait_for_room()
        sent = Sent()
        sent.pile = pile = route.piles[partition]
        sent.number = pile.total = number = pile.total + weight
        pile.extend((key_bytes, value_bytes, at, pairs, number))
        outbox.weight += weight
        if outbox.weight >= outbox.mark:
            outbox.ask()
        if on_delivery is not None:
            sent.then(on_delivery)
        return sent

    @property
    def sequence(self) -> int:
        """Of a producer with an id, the sequence of the last record: that was sent, or, before the first, that one
        with this id had written; 0 if none had. Misuse without an id."""
        return self._line().newest

    def transaction(self, *, sequence: int | None = None) -> ProducerTransaction:
        """Records for any number of topics, and what a consumer consumed, in one commit, at the end of its `with`
        block. A producer with an id may give it a `sequence`, as `send` a record; it has the next one otherwise."""
        if sequence is not None:
            self._line()
            sequence = whole("a sequence", sequence, 1, NUMBER_MAX)
        return ProducerTransaction(self._outbox, self._row, sequence)

    def flush(self, timeout_s: float | None = None) -> int:
        """Return when everything that was sent before is as safe as the log promises.

        The number of records that were written since the last flush. StorageFull: what is not written is
        kept, and written when there is room again. TimedOut after `timeout_s`: it is written all the same.
        After any other error this producer is of no use.
        """
        return self._outbox.flush(_limit(timeout_s))

    def discard(self) -> int:
        """Forget what was sent and is not written yet; how many records that were."""
        return sum(self._outbox.discard().values())

    def close(self, timeout_s: float | None = None) -> None:
        """Write what waits, and let go of the log; a second time it does nothing.

        What cannot be written is discarded, and the error says how many records that were. TimedOut after
        `timeout_s`: that goes on beside.
        """
        self._outbox.close(_limit(timeout_s))

    def has_room(self, topic: str) -> bool:
        """Whether a record for the topic would be taken without waiting."""
        outbox = self._outbox
        return topic in outbox.routes and outbox.weight < outbox.full

    async def __aenter__(self) -> AsyncProducer[K, V]:
        """The same for coroutines."""
        self._outbox.check()
        return AsyncProducer(self, self._env)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await beside(self._env, partial(self.__exit__, kind, error, trace))

    def __enter__(self) -> Self:
        self._outbox.check()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, (SystemExit, GeneratorExit)):
            self.close()  # the program, or a generator that is left, ends as it wants to
            return
        dropped = self._outbox.discard()
        if dropped:
            note = f"a producer discarded what it had not written yet: {told(dropped)}"
            error.add_note(note)
            if not isinstance(error, (Exception, KeyboardInterrupt)):
                logger.warning("%s", note)  # nobody prints what cancels a task
        with suppress(StreamzError):  # of what was written before; the block has its own error
            self.close()

    def __del__(self) -> None:
        outbox = self.__dict__.get("_outbox")  # there is none after a wrong option
        if outbox is not None:
            with suppress(Misuse):  # in a forked child
                outbox.forget()

    def _check(self, on_delivery: Told | None, sequence: int | None) -> None:
        """Nothing is taken yet. Misuse, TypeError."""
        callback("on_delivery", on_delivery)
        if sequence is not None:
            self._line()  # there may be none

    def _line(self) -> Line:
        line = self._outbox.line
        if line is None:
            raise Misuse("sequences are for producers with an id: producer(..., id=...)")
        return line

    def _row(self, given: Given) -> Row:
        try:
            route = self._outbox.routes[given.topic]
        except (KeyError, TypeError):
            route = self._route(given.topic, given.key, given.value)
        if given.partition is not None:
            self._partition(given.topic, given.partition, route)
        return row_of(given, route, self._env.now_ms)

    def _send_next(self, given: Given, sequence: int | None, on_delivery: Told | None) -> Sent:
        line, outbox = self._line(), self._outbox
        self._check(on_delivery, sequence)
        row = self._row(given)
        if outbox.weight >= outbox.full:
            outbox.wait_for_room()
        sent = line.send(row, sequence, outbox.hurry)
        if sent is None:
            sent = Sent()
            sent.pile, sent.number = Known(row), 0
        else:
            outbox.weight += row.weight
            if outbox.weight >= outbox.mark:
                outbox.ask()
        if on_delivery is not None:
            sent.then(on_delivery)
        return sent

    def _refusal(self, error: Exception, topic: Any, key: Any, value: Any) -> Exception:
        """What is said of a record that cannot be encoded, or whose topic cannot be one."""
        route = self._routes.get(topic) if isinstance(topic, str) else None
        try:
            if route is not None and not isinstance(error, CodecError):
                route.check(key, value)
        except CodecError as told:
            error = told
        note = f"at a record for {topic}, key {key!r:.80}; it was not taken"
        if isinstance(error, CodecError) and note not in getattr(error, "__notes__", ()):
            error.add_note(note)  # that of a producer with an id has it
        return error

    def _partition(self, topic: str, given: object, route: Route) -> int:
        if isinstance(given, int) and given >= route.partitions:
            self._outbox.look()  # it may have more by now
        return partition_in(topic, given, route.partitions)

    def _route(self, topic: str, key: K | None, value: V | None) -> Route:
        find = partial(_find, topic, self._codecs, self._app, (key, value), self._partitioner)
        try:
            return self._outbox.route(named(topic), find)
        except StreamzError as error:
            raise error from error.__cause__  # that it is the first record for the topic helps nobody


def _limit(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else seconds("timeout_s", timeout_s)


def _find(  # noqa: PLR0913 - what a route is found by
    topic: str,
    codecs: CodecsOf,
    app: str,
    first: tuple[Any, Any],
    partitioner: str | Partitioner,
    backend: Backend,
) -> Route:
    """Knows nothing of the producer, which may be forgotten while the thread looks."""
    return find_route(backend, topic, *codecs(backend, topic), app, first, partitioner)

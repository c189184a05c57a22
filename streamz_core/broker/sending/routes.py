"""Ways to topics: how their records are encoded, and the rows that wait for each partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from streamz_core.broker.backend import Backend, TopicInfo
from streamz_core.broker.schemas import Telling, check_writer, register, uses_of
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse, StreamzError, TooLarge
from streamz_core.record import Headers

Rows = list[Any]
"""Key, value, timestamp, headers and weight of one record after the other, in one list: a column is a
slice, and there is no object a record for the garbage collector to look at."""
WIDTH = 5
WEIGHT = 4

FRAME_BYTES = (
    32  # what a record takes at most in a batch of its own, beside its key, value and headers
)
HEADER_BYTES = 12  # and a header beside its name and value


class Route:
    """The way to one topic. `rows`: by partition, what was sent and is not taken yet.

    There is no lock: `route.rows[partition].extend(row)` is one step for all threads as CPython runs it,
    for another thread has its turn only after a call.
    """

    __slots__ = (
        "key",
        "key_bytes",
        "light_bytes",
        "partitions",
        "record_bytes",
        "rows",
        "topic",
        "value",
    )

    def __init__(
        self, found: TopicInfo, key: Codec[Any], value: Codec[Any], limits: tuple[int, int]
    ) -> None:
        """`limits`: the most bytes of a key, and of a record as it is written."""
        self.topic = found.name
        self.partitions = found.partitions
        self.key = key.encode
        self.value = value.encode
        self.key_bytes, self.record_bytes = limits
        self.light_bytes = min(limits)  # what is no larger need not be looked at
        self.rows: Sequence[Rows] = [[] for _ in range(found.partitions)]

    def widen(self, partitions: int) -> None:
        """The topic has so many partitions now; in the thread that writes. Senders see the rows first."""
        if isinstance(self.rows, list):
            self.rows.extend([] for _ in range(len(self.rows), partitions))
            self.partitions = len(self.rows)

    def check_size(self, size: int, data: bytes | None, key: object) -> None:
        """TooLarge for a key, which is written as `data`, or a record beyond the limits."""
        if data is not None and len(data) > self.key_bytes:
            raise TooLarge(
                f"a key of {len(data)} bytes for {self.topic}, {repr(key)[:40]}...: the limit is {self.key_bytes}"
            )
        if size > self.record_bytes:
            raise TooLarge(
                f"a record of {size} bytes for {self.topic}, key {repr(key)[:40]}: the limit is "
                f"{self.record_bytes}, with key and headers"
            )


def header_bytes(headers: Headers) -> int:
    """What headers take at most in a batch."""
    told = [len(name.encode()) + len(value or b"") for name, value in headers]
    return sum(told) + HEADER_BYTES * len(told)


class Shut(Sequence[Rows]):
    """What stands in the place of rows where nothing can be sent any more: it raises `error`."""

    def __init__(self, error: StreamzError) -> None:
        self.error = error

    def __getitem__(self, _: Any) -> NoReturn:
        raise self.error

    def __len__(self) -> int:
        return 0


def refuse_internal(found: TopicInfo) -> None:
    """Misuse for an internal topic."""
    if found.owner:
        raise Misuse(
            f"{found.name} is an internal topic of the app {found.owner}: only its workers write there; "
            "write to a topic that the app reads"
        )


def find_route(  # noqa: PLR0913 - whose records, where to, and as what
    backend: Backend,
    topic: str,
    key: Codec[Any],
    value: Codec[Any],
    app: str = "",
    first: tuple[Any, Any] = (None, None),
) -> Route:
    """The way to a topic that is written with these codecs, which everybody is told.

    `app`: whose codecs these are, if they are an app's. `first`: the key and value that come first; where
    they are of another type, nothing is told. UnknownTopic, CodecError; Misuse for an internal topic, and
    where something was written, or is read by another app, that does not go together with these codecs.
    """
    found = backend.topic(topic)
    refuse_internal(found)
    uses = uses_of(topic, key, value)
    check_writer(backend, uses, app)
    key.encode_all(first[:1])
    value.encode_all(first[1:])
    register(backend, Telling(uses), lambda: check_writer(backend, uses, app))
    return Route(found, key, value, (backend.key_bytes, backend.record_bytes))

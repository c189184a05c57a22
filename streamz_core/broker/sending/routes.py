"""Ways to topics: how their records are encoded, and the rows that wait for each partition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, cast

from streamz_core.broker.backend import Backend, TopicInfo
from streamz_core.broker.checks import partition_in
from streamz_core.broker.names import HASHES, Hash
from streamz_core.broker.schemas import Telling, check_writer, register, uses_of
from streamz_core.broker.sending.pile import Pile
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BytesCodec, StrCodec
from streamz_core.errors import Misuse, StreamzError, TooLarge
from streamz_core.record import Headers

Partitioner = Callable[[str, bytes, int], int]
"""(topic, the bytes of a key, how many partitions there are) -> the partition of the key."""

STICKY_BYTES = 1 << 14
"""So much of what has no key goes to one partition, if it is not written before."""

FRAME_BYTES = (
    32  # what a record takes at most in a batch of its own, beside its key, value and headers
)
ROW_BYTES = 132  # and what one that waits takes beside them
HEADER_BYTES = 12  # and a header beside its name and value


QUICK: dict[type, Callable[[Any], bytes]] = {BytesCodec: bytes.__bytes__, StrCodec: str.encode}
"""What gives the bytes without a call of Python's, by codec; what these raise says nothing to a user."""


def quickly(codec: Codec[Any]) -> Callable[[Any], bytes]:
    """What encodes a value as the codec does, and soonest: CodecError or, if `Route.check` can say it, something else."""
    return QUICK.get(type(codec), codec.encode)


class Route:
    """The way to one topic. `piles`: by partition, what was sent and is not taken yet. `sticky`: where records
    without a key go now.
    """

    __slots__ = (
        "_codecs",
        "_hurry",
        "_limits",
        "hash",
        "key",
        "light_weight",
        "partitions",
        "piles",
        "sticky",
        "topic",
        "unkeyed",
        "value",
    )

    def __init__(
        self,
        found: TopicInfo,
        key: Codec[Any],
        value: Codec[Any],
        limits: tuple[int, int],
        partitioner: str | Partitioner,
    ) -> None:
        """`limits`: the most bytes of a key, and of a record as it is written."""
        self.topic = found.name
        self.partitions = found.partitions
        self.key = quickly(key)
        self.value = quickly(value)
        self._codecs = key, value
        self._limits = limits
        self.light_weight = min(limits) - FRAME_BYTES + ROW_BYTES  # up to here none is too large
        self.hash = self._hash(partitioner)
        self.sticky = 1 % found.partitions
        self.unkeyed = 0  # bytes that went there from where no pile tells how many
        self.piles: Sequence[Pile] = ()

    def widen(self, partitions: int) -> None:
        """The topic has so many partitions now; in the thread that writes. Senders see the piles first."""
        if isinstance(self.piles, list):
            more = range(len(self.piles), partitions)
            self.piles.extend(Pile(self.topic, each, self._hurry) for each in more)
            self.partitions = len(self.piles)

    def open(self, hurry: Callable[[float | None], None]) -> None:
        """Records can be sent. `hurry`: see Pile."""
        self._hurry = hurry
        self.piles = [Pile(self.topic, each, hurry) for each in range(self.partitions)]

    def take(self) -> list[Pile]:
        """What was sent; what comes from now on waits in other piles."""
        if isinstance(self.piles, Shut):
            return []
        taken = [pile for pile in self.piles if pile.total]
        for pile in taken:
            self.piles[pile.partition] = Pile(self.topic, pile.partition, self._hurry)  # type: ignore[index]  # a list
            if pile.partition == self.sticky:
                self.turn()
        return taken

    def turn(self) -> int:
        """The next partition for records without a key."""
        self.sticky = (self.sticky + 1) % self.partitions
        return self.sticky

    def _hash(self, partitioner: str | Partitioner) -> Hash:
        """What chooses the partition of a key: the remainder for the number of partitions."""
        if isinstance(partitioner, str):
            return HASHES[partitioner]

        def choose(key: bytes) -> int:
            found = partitioner(self.topic, key, self.partitions)
            return partition_in(self.topic, found, self.partitions)

        return choose

    def check(self, key: Any, value: Any) -> None:
        """CodecError for what the codecs do not take."""
        for codec, each in zip(self._codecs, (key, value), strict=True):
            if each is not None:
                codec.encode(each)

    def check_size(self, weight: int, data: bytes | None, key: object) -> None:
        """TooLarge for a key, which is written as `data`, or a record beyond the limits."""
        size = weight - ROW_BYTES + FRAME_BYTES
        key_bytes, record_bytes = self._limits
        if data is not None and len(data) > key_bytes:
            raise TooLarge(
                f"a key of {len(data)} bytes for {self.topic}, {repr(key)[:40]}...: the limit is {key_bytes}"
            )
        if size > record_bytes:
            raise TooLarge(
                f"a record of {size} bytes for {self.topic}, key {repr(key)[:40]}: the limit is "
                f"{record_bytes}, with key and headers"
            )


def header_bytes(headers: Headers) -> int:
    """What headers take at most in a batch."""
    told = [len(name.encode()) + len(value or b"") for name, value in headers]
    return sum(told) + HEADER_BYTES * len(told)


class Shut(Sequence[Pile]):
    """What stands in the place of piles where nothing can be sent any more: it raises `error`."""

    def __init__(self, error: StreamzError) -> None:
        self.error = error

    def __getitem__(self, _: Any) -> NoReturn:
        raise self.error

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Pile]:
        return iter(())  # that of Sequence asks for the first one


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
    partitioner: str | Partitioner = "crc32",
) -> Route:
    """The way to a topic that is written with these codecs, which everybody is told.

    `app`: whose codecs these are, if they are an app's. `first`: the key and value that come first; where
    they are of another type, nothing is told. `partitioner`: as `check_partitioner` lets it pass. UnknownTopic, CodecError; Misuse for an internal topic, and
    where something was written, or is read by another app, that does not go together with these codecs.
    """
    found = backend.topic(topic)
    refuse_internal(found)
    uses = uses_of(topic, key, value)
    check_writer(backend, uses, app)
    key.encode_all(first[:1])
    value.encode_all(first[1:])
    register(backend, Telling(uses), lambda: check_writer(backend, uses, app))
    limits = backend.key_bytes, backend.record_bytes
    return Route(found, key, value, limits, partitioner)


def check_partitioner(given: object) -> str | Partitioner:
    """What may choose the partition of a key; Misuse, TypeError."""
    if isinstance(given, str) and given not in HASHES:
        raise Misuse(
            f"partitioner={given!r:.80}; it can be one of {', '.join(HASHES)}, or a function"
        )
    if not isinstance(given, str) and not callable(given):
        raise TypeError(f"partitioner is {given!r:.80}; it has to be a name or a function")
    return cast("str | Partitioner", given)

"""The records that the jobs eat: the same for everybody, by integer arithmetic alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import partition_of
from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.codec import Codec

PARTITIONS = 2
T0 = 1_700_000_000_000
KEYS = 20_000
KEYS_NEW = 10_000_000
KEYS_JOIN = 125_000
ROWS = 100_000
CHUNK = 50_000


@frozen
class Click:
    """The record whose JSON form has 100 bytes."""

    id: int
    v: int
    url: str
    pad: str


@frozen
class Pair:
    """What `stateless` puts out for a Click."""

    id: int
    v: int


@frozen
class Joined:
    """What `table-join` puts out."""

    value: str
    name: str | None


@frozen
class JoinedInt:
    """The same for ints."""

    value: int
    name: str | None


@frozen
class PairStr:
    """What `stream-join` puts out for str."""

    left: str
    right: str | None


@frozen
class PairInt:
    """The same for ints."""

    left: int
    right: int | None


@frozen
class PairClick:
    """The same for Clicks: their ids."""

    left: int
    right: int | None


def click(i: int) -> Click:
    """Record i as an object."""
    url = f"/p{i % 97}"
    size = len(f'{{"id":{i},"v":{i % 1000},"url":"{url}","pad":""}}')
    return Click(i, i % 1000, url, "x" * (100 - size))


VALUES: dict[str, tuple[type, Callable[[int], Any]]] = {
    "int": (int, lambda i: i % 1000),
    "str": (str, lambda i: f"/p{i % 97}"),
    "frozen": (Click, click),
}


def key(i: int, keys: int) -> str:
    """The key of record i."""
    return "k%06d" % (i * 2654435761 % keys)


def stamp(i: int) -> int:
    """Its timestamp: 20 records a ms, up to 499 ms out of order."""
    return T0 + i // 20 - i * 7919 % 500


def codec(kind: type) -> Codec[Any]:
    """The codec of a value type."""
    return codec_for(kind)


def load(broker: Broker, topic: str, value: str, count: int, keys: int) -> None:
    """Write records 0 … count - 1 to a new topic."""
    kind, make = VALUES[value]
    rows = ((key(i, keys), make(i), stamp(i)) for i in range(count))
    _write(broker, topic, codec(kind), rows)


def load_pairs(broker: Broker, topics: list[str], value: str, count: int, keys: int) -> None:
    """Write records 0 … count - 1 to two new topics in turn, of one key two and two."""
    kind, make = VALUES[value]
    for side, topic in enumerate(topics):
        rows = ((key(i // 2, keys), make(i), stamp(i)) for i in range(side, count, 2))
        _write(broker, topic, codec(kind), rows)


def load_table(broker: Broker, topic: str, rows: int = ROWS) -> None:
    """Write the table of names to a new topic."""
    names = (("k%06d" % j, f"n{j}", T0 - 1000) for j in range(rows))
    _write(broker, topic, codec(str), names)


def _write(
    broker: Broker, topic: str, values: Codec[Any], rows: Iterator[tuple[str, Any, int]]
) -> None:
    Admin(broker).create_topic(topic, PARTITIONS)
    columns: list[tuple[list[bytes | None], list[Any], list[int]]] = []
    waiting = 0

    def flush() -> None:
        transaction = broker.transaction()
        for partition, (keys, objects, stamps) in enumerate(columns):
            transaction.send(topic, partition, keys, values.encode_all(objects), stamps)
        transaction.commit()

    for name, value, at in rows:
        if not waiting:
            columns[:] = [([], [], []) for _ in range(PARTITIONS)]
        raw = name.encode()
        keys, objects, stamps = columns[partition_of(raw, PARTITIONS)]
        keys.append(raw)
        objects.append(value)
        stamps.append(at)
        waiting += 1
        if waiting == CHUNK:
            flush()
            waiting = 0
    if waiting:
        flush()

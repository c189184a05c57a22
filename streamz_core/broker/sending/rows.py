"""A record as it waits to be written: encoded, within the limits, with its partition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from streamz_core.broker.checks import partition_in
from streamz_core.broker.sending.routes import ROW_BYTES, STICKY_BYTES, Route, header_bytes
from streamz_core.errors import CodecError
from streamz_core.record import NO_HEADERS, Headers, HeadersGiven, headers_of, timestamp_of


class Given(NamedTuple):
    """The parts of a record, as a sender gives them."""

    topic: str
    value: Any
    key: Any
    timestamp: int | None
    headers: HeadersGiven | None
    partition: int | None


class Row(NamedTuple):
    """A record for one partition; `weight` is what it takes while it waits."""

    route: Route
    partition: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Headers
    weight: int


def row_of(given: Given, route: Route, now_ms: Callable[[], int]) -> Row:
    """The record, as `Producer.send` makes it, which says the same without a call: CodecError, TooLarge, Misuse,
    TypeError."""
    topic, value, key, timestamp, headers, partition = given
    try:
        key_bytes, value_bytes = _encoded(route, key, value)
    except CodecError as error:
        error.add_note(f"at a record for {topic}, key {key!r:.80}; it was not taken")
        raise
    at = now_ms() if timestamp is None else timestamp_of(timestamp)
    pairs = NO_HEADERS if headers is None else headers_of(headers)
    weight = ROW_BYTES + len(key_bytes or b"") + len(value_bytes or b"") + header_bytes(pairs)
    if weight > route.light_weight:
        route.check_size(weight, key_bytes, key)
    place = _partition(route, key_bytes, partition, weight)
    return Row(route, place, key_bytes, value_bytes, at, pairs, weight)


def _encoded(route: Route, key: Any, value: Any) -> tuple[bytes | None, bytes | None]:
    try:
        key_bytes = None if key is None else route.key(key)
        return key_bytes, None if value is None else route.value(value)
    except (TypeError, UnicodeEncodeError):
        route.check(key, value)
        raise


def _partition(route: Route, key: bytes | None, given: int | None, weight: int) -> int:
    if given is not None:
        return partition_in(route.topic, given, route.partitions)
    if key is not None:
        return route.hash(key) % route.partitions
    route.unkeyed += weight
    if route.unkeyed > STICKY_BYTES:
        route.unkeyed = 0
        route.turn()
    return route.sticky

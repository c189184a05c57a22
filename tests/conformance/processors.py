"""The processors of the cases: `fn(record, context, *stores)` that yields records (FORMAT.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, NamedTuple

from streamz_core.record import Record
from tests.conformance.functions import Fn, Key, flat_mapper, num

Records = Iterator[Record[Key, Any]]
Store = MutableMapping[str, Any]


def _dedup() -> Callable[..., Records]:
    def dedup(record: Record[Key, Any], context: Any, store: Store) -> Records:
        if record.key is None or store.get(record.key) == record.value:
            return
        if record.value is None:
            store.pop(record.key, None)
        else:
            store[record.key] = record.value
        yield record

    return dedup


def _store_then_fail(modulus: int, rest: int) -> Callable[..., Records]:
    def store_then_fail(record: Record[Key, Any], context: Any, store: Store) -> Records:
        if record.key is None:
            return
        old, store[record.key] = store.get(record.key), record.value
        if record.value is not None and num(record.value) % modulus == rest:
            raise ValueError("store_then_fail")
        yield record.with_value([record.value, old])

    return store_then_fail


def _put_and_range(low: str | None, high: str | None) -> Callable[..., Records]:
    def put_and_range(record: Record[Key, Any], context: Any, store: Any) -> Records:
        store[record.key] = record.value
        up = [key for key, _ in store.range(low, high)]
        down = [key for key, _ in store.range(low, high, reverse=True)]
        yield record.with_value([up, down])

    return put_and_range


def _swap() -> Callable[..., Records]:
    def swap(record: Record[Key, Any], context: Any, store: Store) -> Records:
        if record.key is None:
            return
        old = store.get(record.key)
        headers = [[name, (text or b"").decode()] for name, text in record.headers]
        store[record.key] = [record.value, record.timestamp, headers]
        if old is not None:
            value, timestamp, tags = old
            kept = tuple((name, text.encode()) for name, text in tags)
            yield record.with_value(value).with_timestamp(timestamp).with_headers(kept)

    return swap


def _shift_ts(by: int) -> Callable[..., Records]:
    def shift(record: Record[Key, Any], context: Any) -> Records:
        yield record.with_timestamp(max(0, record.timestamp + by))

    return shift


def _add_header(name: str, text: str) -> Callable[..., Records]:
    def add(record: Record[Key, Any], context: Any) -> Records:
        yield record.with_headers((*record.headers, (name, text.encode())))

    return add


def _repeat(modulus: int) -> Callable[..., Records]:
    items = flat_mapper(["repeat", modulus])

    def repeat(record: Record[Key, Any], context: Any) -> Records:
        for item in items(record.value):
            yield record.with_value(item)

    return repeat


def _times() -> Callable[..., Records]:
    def times(record: Record[Key, Any], context: Any) -> Records:
        now = [record.timestamp, context.stream_time, context.wall_time]
        yield record.with_value([record.value, *now])

    return times


def _meta() -> Callable[..., Records]:
    def meta(record: Record[Key, Any], context: Any) -> Records:
        place = [record.topic, record.partition, record.offset]
        yield record.with_value([record.value, *place])

    return meta


def _total(_every_ms: int) -> Callable[..., Records]:
    def total(record: Record[Key, Any], context: Any, store: Store) -> Records:
        if record.key is not None:
            store[record.key] = num(store.get(record.key)) + num(record.value)
        yield from ()

    return total


def _keep(*_when: int) -> Callable[..., Records]:
    def keep(record: Record[Key, Any], context: Any, store: Store) -> Records:
        if record.key is not None:
            store[record.key] = record.value
        yield from ()

    return keep


def _route(children: list[str]) -> Callable[..., Records]:
    def route(record: Record[Key, Any], context: Any) -> Records:
        yield record.to(children[num(record.value) % len(children)])

    return route


def _show(time: int, context: Any, store: Any) -> Records:
    for key, value in store.range():
        yield Record(key, value, time)


def _fail_or_flush(modulus: int, rest: int) -> Callable[..., Records]:
    def fail_or_flush(time: int, context: Any, store: Any) -> Records:
        for key, value in store.range():
            if num(value) % modulus == rest:
                raise ValueError("fail_every")
            yield Record(key, value, time)
            del store[key]

    return fail_or_flush


def _flush(time: int, context: Any, store: Any) -> Records:
    for key, value in store.range():
        yield Record(key, value, time)
        del store[key]


PROCESSORS: dict[str, Callable[..., Callable[..., Records]]] = {
    "add_header": _add_header,
    "anchored_every": _keep,
    "dedup": _dedup,
    "fail_every": _keep,
    "flush_every": _keep,
    "meta": _meta,
    "put_and_range": _put_and_range,
    "repeat": _repeat,
    "route": _route,
    "shift_ts": _shift_ts,
    "store_then_fail": _store_then_fail,
    "swap": _swap,
    "times": _times,
    "total_every": _total,
}


class Timer(NamedTuple):
    """What a processor is given besides records: how often, with which options, and what then is done."""

    every_ms: int
    options: dict[str, Any]
    fn: Callable[..., Records]


TIMERS: dict[str, Callable[..., Timer]] = {
    "anchored_every": lambda start, ms: Timer(ms, {"clock": "wall", "start": start}, _show),
    "fail_every": lambda modulus, rest, ms: Timer(
        ms, {"clock": "stream"}, _fail_or_flush(modulus, rest)
    ),
    "flush_every": lambda ms: Timer(ms, {"clock": "wall"}, _flush),
    "total_every": lambda ms: Timer(ms, {"clock": "stream"}, _show),
}


def timer(fn: Fn) -> Timer | None:
    """The timer of a processor that has one."""
    name, *arguments = fn
    return TIMERS[name](*arguments) if name in TIMERS else None


def processor(fn: Fn) -> Callable[..., Records]:
    """The processor; KeyError if it asks for what cannot be had yet."""
    name, *arguments = fn
    return PROCESSORS[name](*arguments)

"""What a record may do to a store, kind by kind, at random; and all that it may ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from attrs import evolve

from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.stores.kinds import KINDS
from streamz_core.stores.rows import ABSENT
from streamz_core.stores.subscribed.rows import subscriber_codec
from streamz_core.stores.suppressed.rows import opened, suppressed_codec
from streamz_core.stores.unmatched.rows import unmatched_codecs
from streamz_core.stores.waiting.rows import waiting_codecs
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import SessionWindows, TimeWindows
from streamz_state.keys import SESSION_TAIL

KEYS = ("", "a", "b", "k" * 30)
RETENTION = 40
Action = Callable[[Any, Random, int], Any]
"""From the store, chance and the time to what the store said."""


def spec_of(kind: str, own: Random) -> StoreSpec:
    """A store of a kind."""
    windows = KINDS[kind].verb == "windows"
    if kind in {"session", "sessions"}:
        made = StoreSpec("s", kind, STR, INT, window=SessionWindows(9), retention_ms=RETENTION)
    elif windows:
        made = StoreSpec("s", kind, STR, INT, window=TimeWindows(10, 5), retention_ms=RETENTION)
    elif KINDS[kind].versions is not None:
        history = own.choice((0, 20, 5000, 70_000))
        made = StoreSpec("s", kind, STR, INT, retention_ms=history, history_ms=history)
    elif kind in {"expiring", "ttl"}:
        made = StoreSpec("s", kind, STR, INT, ttl_ms=own.choice((20, 640)))
    else:
        codecs: dict[str, Any] = {
            "subscribed": (subscriber_codec(STR, STR), BYTES),
            "suppressed": (STR, suppressed_codec(INT)),
            "unmatched": unmatched_codecs(STR, INT, INT),
            "waiting": waiting_codecs(STR, INT),
        }
        made = StoreSpec("s", kind, *codecs.get(kind, (STR, INT)))
    return evolve(made, closing=True) if windows and own.random() < 0.3 else made


def _key(own: Random) -> bytes:
    return own.choice(KEYS).encode()


def _value(own: Random) -> int | None:
    return None if own.random() < 0.3 else own.randrange(99)


def _time(own: Random, time: int) -> int:
    """Mostly now, or late; sometimes long before all others."""
    return max(time - own.choice((0, 0, 0, 3, 11, 50, -20 if own.random() < 0.2 else 0)), 0)


def _row(own: Random, time: int) -> tuple[int | None, int, None]:
    return _value(own), _time(own, time), None


def _keyed(store: Any, own: Random, time: int) -> Any:
    key = _key(own)
    if own.random() < 0.3:
        return store.read(key)
    store.write(key, *_row(own, time)[:2])
    return None


def _expiring(store: Any, own: Random, time: int) -> Any:
    gone = list(store.let_go(time, own.choice((0, 0, 1))))
    return gone, _keyed(store, own, time)


def _subscribed(store: Any, own: Random, time: int) -> Any:
    foreign = _key(own)
    if own.random() < 0.4:
        return store.subscribers(foreign)
    value, timestamp, _ = _row(own, time)
    raw = None if value is None else INT.encode(value)
    return store.note(foreign, _key(own), (raw, timestamp, None))


def _suppressed(store: Any, own: Random, time: int) -> Any:
    if own.random() < 0.4:
        bounds = own.choice(((time - 20,), (0, own.randrange(4)), (0, 2**63, own.randrange(90))))
        return list(store.leaving(*bounds)), store.count, store.size
    key, value = _key(own), _value(own)
    old = store.held(key)
    prior = None if own.random() < 0.3 else INT.encode(own.randrange(9))
    part = opened(_time(own, time), prior) if old is None else old[0]
    headers = (("h", b"x"),) if own.random() < 0.3 else ()
    store.put(key, old, (part, None if value is None else INT.encode(value), headers), time)
    return old, store.count, store.size, store.first


def _unmatched(store: Any, own: Random, time: int) -> Any:
    key, side, at = _key(own), own.randrange(2), _time(own, time)
    chance = own.random()
    if chance < 0.5:
        return store.add(at, side, key, INT.encode(own.randrange(99)))
    if chance < 0.75:
        return store.remove(at, side, key)
    return store.expire(time - own.randrange(30), time - own.randrange(30))


def _waiting(store: Any, own: Random, time: int) -> Any:
    if own.random() < 0.3:
        return store.leaving(time - own.randrange(30))
    headers = (("h", b"x"),) if own.random() < 0.3 else ()
    return store.add(_time(own, time), _key(own), INT.encode(own.randrange(99)), headers)


def _versioned(store: Any, own: Random, time: int) -> Any:
    key, at = _key(own), _time(own, time * own.choice((1, 10, 1000)))
    if own.random() < 0.4:
        found = store.versions(key, at - own.randrange(50), at + own.randrange(50))
        there = [
            one for one in found if one[-1] is not None
        ]  # a delete says nothing when it is over
        return store.row(key), store.row_at(key, at), there
    value = _value(own)
    return store.put(key, at, None if value is None else INT.encode(value)), store.newest


def _pane(store: Any, own: Random, time: int) -> Any:
    start = _time(own, time) // 5 * 5
    newest = max([store.segments.newest_collected, *_written(store)])
    if start <= newest - RETENTION:
        return None
    if own.random() < 0.3:
        key = own.choice(KEYS).encode()
        return _seen(store.visible(key + start.to_bytes(8)))
    before = store.live[start].row(_key(own))
    store.live[start].put(_key(own), _row(own, time))
    return _seen(before)


def _written(store: Any) -> Iterator[int]:
    for panes in (store.live, store._outer or {}):
        yield from (pane.start for pane in panes.values() if pane.dirty)


def _ordered(store: Any, own: Random, time: int) -> Any:
    key, start = _key(own), _time(own, time)
    chance = own.random()
    if chance < 0.2:
        return _plain(store.fetch(key, start - own.randrange(40), start + 9))
    if chance < 0.3:
        return [(one, *_plain([item])) for one, item in store.fetch_all(start - 40, time)]
    if start <= store.floor:
        return None
    if chance < 0.6:
        value = own.randrange(99)
        return store.live.add(key, start, (value, start, INT.encode(value)))
    return store.put(key, start, _row(own, time))


def _joined(store: Any, own: Random, time: int) -> Any:
    key, at = _key(own), _time(own, time)
    if own.random() < 0.3:
        return [each[:3] for each in store.fetch(key, at - own.randrange(40), at + 9)]
    if at <= store.live.newest - store.segments.shown_ms:
        return None
    return store.live.add(key, at, own.randrange(99), None)


def _session(store: Any, own: Random, time: int) -> Any:
    """One is put, or one that is there is removed, or it is put in the place of one."""
    key, end = _key(own), _time(own, time)
    shown = store.fetch(key, 0, time)
    if own.random() < 0.2:
        return _plain(shown)
    if shown and own.random() < 0.6:
        item = own.choice(shown)
        store.live.remove(key, key + SESSION_TAIL.pack(item[0], item[1]), item)
        if own.random() < 0.4:
            return _plain([item])
        end = max(end, item[0])
    if end > store.floor:
        start = max(end - own.randrange(20), 0)
        store.live.put(
            key, key + SESSION_TAIL.pack(end, start), (end, start, (_value(own), end, None))
        )
    return None


def _seen(row: Any) -> Any:
    return None if row[0] is None else row[:2]


def _plain(items: Sequence[Any]) -> list[Any]:
    """Without what depends on where a row was read."""
    return [(time, second, row[0], row[1]) for time, second, row in items]


ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("plain", "timestamped", "stamped"), _keyed),
    **dict.fromkeys(("expiring", "ttl"), _expiring),
    "subscribed": _subscribed,
    "suppressed": _suppressed,
    "unmatched": _unmatched,
    "waiting": _waiting,
    **dict.fromkeys(("versioned", "versions"), _versioned),
    "window": _pane,
    **dict.fromkeys(("ordered", "windows", "stamped-windows", "duplicates"), _ordered),
    **dict.fromkeys(("session", "sessions"), _session),
    "joined": _joined,
}
assert ACTIONS.keys() == KINDS.keys(), "a kind of store that was never lost"
assert ABSENT[0] is None

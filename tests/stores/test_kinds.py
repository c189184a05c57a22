"""The table of kinds of stores: every row answers every question, and functions of the kind agree."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.record import Windowed
from streamz_core.stores.keyed.facade import PlainStore
from streamz_core.stores.kinds import KINDS, kind_of
from streamz_core.stores.subscribed.rows import subscriber_codec
from streamz_core.stores.suppressed.rows import opened as held_since
from streamz_core.stores.suppressed.rows import suppressed_codec
from streamz_core.stores.unmatched.rows import LEFT, unmatched_codecs
from streamz_core.stores.versioned.facade import Versions
from streamz_core.stores.waiting.rows import waiting_codecs
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import SessionWindows, TimeWindows, UnlimitedWindows
from streamz_state.keys import SESSION_TAIL
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import NUMBER, commit, committed, opened

DAY = 86_400_000
SESSIONS = {"session", "sessions"}
DECLARED = {
    "plain",
    "ttl",
    "versions",
    "stamped",
    "windows",
    "stamped-windows",
    "duplicates",
    "sessions",
}


def spec(kind, **more):
    window = TimeWindows(10, 10) if KINDS[kind].verb == "windows" else None
    if kind in SESSIONS:
        window = SessionWindows(5)
    if kind == "subscribed":
        return StoreSpec("s", kind, subscriber_codec(STR, STR), INT, **more)
    if kind == "suppressed":
        return StoreSpec("s", kind, STR, suppressed_codec(INT), **more)
    if KINDS[kind].versions is not None:
        more = {"retention_ms": 20, "history_ms": 20, **more}
    if kind in {"expiring", "ttl"}:
        more = {"ttl_ms": 640, **more}
    if kind == "waiting":
        return StoreSpec("s", kind, *waiting_codecs(STR, INT), **more)
    if kind == "unmatched":
        return StoreSpec("s", kind, *unmatched_codecs(STR, INT, INT), **more)
    return StoreSpec("s", kind, STR, INT, **{"window": window, "retention_ms": 20, **more})


def write(store, key, value):
    """A row at time 15, by whatever way the kind has."""
    row = (value, 15, None)
    if hasattr(store, "expire"):
        write_unmatched(store, key, value)
    elif hasattr(store, "row_at"):
        store.put(key, 15, None if value is None else INT.encode(value))
    elif store.spec.kind == "waiting":
        write_waiting(store, key, value)
    elif store.spec.kind == "joined":
        write_joined(store, key, value)
    elif hasattr(store, "leaving"):
        write_suppressed(store, key, value)
    elif hasattr(store, "note"):
        store.note(key, b"p", row)
    elif store.spec.kind in SESSIONS:
        store.live.put(key, key + SESSION_TAIL.pack(15, 10), (15, 10, row))
    elif hasattr(store, "put"):
        store.put(key, 10, row)
    elif store.spec.window is not None:
        store.live[10].put(key, row)
    else:
        store.live.put(key, row)


def write_unmatched(store, key, value):
    """One that came and went is a deleted row, as those of other kinds with None."""
    store.add(15, LEFT, key, INT.encode(value or 0))
    if value is None:
        store.remove(15, LEFT, key)


def write_joined(store, key, value):
    """None is deleted that was added."""
    if value is not None:
        store.live.add(key, 10, value, None)


def write_waiting(store, key, value):
    """One that left is a deleted row."""
    store.add(5 if value is None else 15, key, INT.encode(value or 0), (("h", b"x"),))
    if value is None:
        store.leaving(5)


def write_suppressed(store, key, value):
    time = 5 if value is None else 6
    held = (held_since(time, INT.encode(7)), INT.encode(value or 0), (("h", b"x"),))
    store.put(key, store.held(key), held, 15)
    if value is None:
        assert [one[0] for one in store.leaving(0, store.count - 1)] == [key]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_committed_is_read_in_the_order_of_the_kind(kind):
    database = MemoryDatabase()
    one = spec(kind)
    store = opened(one, database)
    for key in (b"b", b"a", b"c"):
        write(store, key, 1)
    commit(store, database)
    found = list(committed(one, database).all())
    order = kind_of(one).order(one)
    assert found == sorted(found, key=lambda row: order(row[0]))
    assert len(found) == 3
    assert {len(row) for row in found} == {3 if KINDS[kind].stamped else 2}
    assert list(committed(one, database).scan(reverse=True)) == found[::-1]
    behind = committed(one, database).scan(after=found[1][0], reverse=True)
    assert list(behind) == found[:1]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_of_rows_have_the_codec_of_the_kind(kind):
    database = MemoryDatabase()
    one = spec(kind)
    store = opened(one, database)
    write(store, b"a", 1)
    commit(store, database)
    key = {"unmatched": (15, "left", "a"), "subscribed": ("a", "p"), "waiting": (15, "a")}.get(
        kind, "a"
    )
    (row,) = committed(one, database).of_key(key)
    codec = kind_of(one).row_key(one)
    assert codec.decode(codec.encode(row[0])) == row[0]
    end = 15 if kind in SESSIONS else 20
    assert row[0] == (Windowed("a", 10, end) if one.window else key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_store_is_the_one_that_was(kind):
    database, fresh = MemoryDatabase(), MemoryDatabase()
    one = spec(kind)
    store = opened(one, database)
    write(store, b"a", 1)
    write(store, b"b", None)
    log = commit(store, database)
    again = opened(one, fresh)
    keys, values, times = (list(column) for column in zip(*log, strict=True))
    changes = again.restored(keys, values, times)
    assert [place for place, _ in changes.puts] == [
        place for place, _ in database.scan(b"\x00\x03", b"\x00\x04")
    ]
    assert NUMBER == 3


def test_only_what_functions_write_is_theirs_and_may_lie_anywhere():
    assert {name for name, kind in KINDS.items() if kind.facade is PlainStore} == {"plain", "ttl"}
    assert {name for name, kind in KINDS.items() if kind.facade is Versions} == {"versions"}
    assert {name for name, kind in KINDS.items() if kind.spread} == DECLARED
    assert {name for name, kind in KINDS.items() if kind.facade is not None} == DECLARED


def test_changelogs_of_windows_end_a_day_after_their_retention():
    for name, kind in KINDS.items():
        config = kind.changelog(spec(name, retention_ms=5))
        windowed = {
            "cleanup.policy": "compact,delete",
            "retention.ms": 5 + DAY,
            "retention.time": "session" if name in SESSIONS else "window",
        }
        assert config == (windowed if kind.verb == "windows" else {"cleanup.policy": "compact"})


def test_a_window_for_ever_has_a_changelog_for_ever():
    window = UnlimitedWindows()
    one = spec("window", window=window, retention_ms=window.least_retention_ms)
    assert 2**62 < kind_of(one).changelog(one)["retention.ms"] < 2**63

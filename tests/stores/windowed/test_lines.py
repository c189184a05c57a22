"""Lines that reach for rows of windows, run against the overlays they name attributes of."""

import pytest

from streamz_core.codecs.extent import Spanning
from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.lines.sides import Side
from streamz_core.record import Windowed
from streamz_core.stores.kinds import KINDS
from streamz_core.stores.row_lines import read_row, write_row
from streamz_core.stores.windowed.lines import (
    BY_START,
    IN_PANE,
    SESSION,
    TimelinePlace,
    WindowSide,
    live_timeline,
    look_up,
    pane_place,
    put_item,
    remove_item,
)
from streamz_state.keys import SESSION_TAIL
from streamz_state.memory import MemoryDatabase
from tests.lines.written import Written
from tests.stores.opened import commit, opened, window
from tests.stores.test_kinds import SESSIONS, spec, write

CODEC = window().window.codec(STR)


def test_a_row_of_a_pane_that_lines_write_is_committed():
    store, lines = opened(window(), MemoryDatabase()), Written()
    place, pane = pane_place(lines, store.spec, "key", "start")
    write_row(lines, place, Side(INT, obj="value"), "timestamp")
    found = lines.run(store=lambda _: store, key=b"a", start=10, value=7, timestamp=15)
    assert found[pane].start == 10
    tail = (10).to_bytes(8, "big") + bytes(4)
    assert commit(store, store.database) == [(b"a" + tail, INT.encode(7), 15)]


def test_a_window_that_another_streams_time_has_passed_is_not_kept():
    spec = window(retention=20, shared=True)
    store, lines = opened(spec, MemoryDatabase()), Written()
    place, _ = pane_place(lines, spec, "key", "start")
    row = read_row(lines, place)
    write_row(lines, place, Side(INT, obj="value"), "start")
    lines.add(f"held = {row}[0]")
    newest = lines.time("newest:w")
    held = []
    for start in (30, 30, 10, 10, 11, 11):
        given = {newest: held[-1][newest] if held else -1}
        held.append(lines.run(store=lambda _: store, key=b"a", start=start, value=start, **given))
    assert [one["held"] for one in held] == [None, 30, None, None, None, 11]
    assert {one[newest] for one in held} == {30}
    starts = [int.from_bytes(key[1:9], "big") for key, *_ in commit(store, store.database)]
    assert sorted(starts) == [11, 30]


WINDOWS = [name for name, kind in KINDS.items() if kind.verb == "windows" and name != "joined"]


@pytest.mark.parametrize("kind", WINDOWS)
def test_a_lookup_takes_a_windowed_key(kind):
    store, lines = opened(spec(kind), MemoryDatabase()), Written()
    write(store, b"a", 7)
    codec = KINDS[kind].row_key(store.spec)
    found = look_up(lines, store.spec, Side(codec, raw="key", nullable=False), unread=False)
    lines.add(f"found = {found.value.obj(lines)}, {found.timestamp}")
    for start, expected in ((10, (7, 15)), (20, (None, 0))):
        raw = codec.encode(Windowed("a", start, start + 5 if kind in SESSIONS else start + 10))
        assert lines.run(store=lambda _: store, key=raw)["found"] == expected


# ---- keys that are put together late


class Pane:
    tail = (10).to_bytes(8, "big")


def side(**held):
    return WindowSide(CODEC, Side(STR, nullable=False, **held), IN_PANE, ("start", "pane"))


def test_bytes_are_key_and_tail_and_the_object_has_the_end():
    lines, key = Written(), side(raw="raw_key")
    raw, obj = key.raw(lines), key.obj(lines)
    found = lines.run(raw_key=b"a", start=10, pane=Pane)
    assert found[raw] == CODEC.encode(Windowed("a", 10, 20))
    assert found[obj] == Windowed("a", 10, 20)


def test_however_it_is_cut_the_bytes_are_those_of_the_codec():
    sessions = windowed_codec(STR, Spanning())
    for codec, cut, at in ((CODEC, BY_START, ("start",)), (sessions, SESSION, ("start", "end"))):
        key = WindowSide(codec, Side(STR, raw="raw_key", nullable=False), cut, at)
        lines = Written()
        raw, obj = key.raw(lines), key.obj(lines)
        found = lines.run(raw_key=b"a", start=10, end=17)
        end = 20 if codec is CODEC else 17
        assert found[obj] == Windowed("a", 10, end)
        assert found[raw] == codec.encode(Windowed("a", 10, end))
        assert key.renamed(lines.fresh).shape() == key.shape() != side(raw="raw_key").shape()


def test_nothing_is_made_before_somebody_asks_and_only_once():
    lines, key = Written(), side(raw="raw_key")
    assert lines.text == []
    assert key.raw(lines) == key.raw(lines)
    assert len(lines.text) == 1


def test_another_codec_encodes_the_object():
    lines, key = Written(), side(raw="raw_key")
    other = window(size=10).window.codec(JSON)
    assert not key.has_raw(other)
    raw = key.raw(lines, other)
    found = lines.run(raw_key=b"a", start=10, pane=Pane)
    assert found[raw] == other.encode(Windowed("a", 10, 20))


def test_a_copy_knows_what_was_made_and_takes_what_it_makes_with_it():
    lines, key = Written(), side(raw="raw_key")
    made = key.raw(lines)
    copy = key.copy()
    assert copy.raw(lines) == made
    copy.obj(lines)
    assert key.obj_name is None
    assert key.is_null() == "False"


def test_a_renamed_side_has_the_same_shape():
    key = side(raw="raw_key")
    other = key.renamed(lambda hint: f"my_{hint}")
    assert other.shape() == key.shape()
    assert other.names() == ["my_raw", "my_start", "my_pane"]
    assert len(key.names()) == 3


SESSION_STEPS = [
    ((10, 10), 1),  # a new one
    ((10, 10), 2),  # overwritten
    ((20, 15), 3),  # a newer one
    ((5, 5), 4),  # an older one
    ((20, 15), None),  # deleted by a null
    ((20, 15), 5),  # and put again, at a place that was deleted
]


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize("heard", [False, True])
def test_items_are_put_and_removed_as_timelines_do_it(closing, heard):
    stores = [opened(spec("session"), MemoryDatabase()) for _ in range(2)]
    steps = [*SESSION_STEPS, ((10, 10), ...), ((20, 15), ...)]
    for number, ((end, start), value) in enumerate(steps):
        entry = b"a" + SESSION_TAIL.pack(end, start)
        inlined, called = stores
        written = Written()
        place = TimelinePlace(
            inlined.spec, live_timeline(written, inlined.spec, "key"), "key", "entry"
        )
        row = (value, end, None)
        if value is ...:
            item = next(one for one in called.live[b"a"] if one[:2] == (end, start))
            written.add(f"item = {place.timeline}[place]")
            remove_item(written, place, "item", closing=closing)
            called.live.remove(b"a", entry, item)
        else:
            put_item(
                written, place, ("end", "start", "row"), closing=closing, null="row[0] is None"
            )
            called.live.put(b"a", entry, (end, start, row))
        at = [one[:2] for one in inlined.live[b"a"]]
        given = {"key": b"a", "entry": entry, "end": end, "start": start, "row": row}
        given["place"] = at.index((end, start)) if (end, start) in at else -1
        written.run(store=lambda _, store=inlined: store, **given)
        assert inlined.live[b"a"] == called.live[b"a"]
        assert (inlined.live.newest, inlined.live.newest_entry) == (
            called.live.newest,
            called.live.newest_entry,
        )
        if heard and number == 3:
            assert commit(inlined, inlined.database) == commit(called, called.database)
    last = [commit(store, store.database) for store in stores]
    assert last[0] == last[1]
    assert list(stores[0].database.scan(b"", None)) == list(stores[1].database.scan(b"", None))

"""Pages of rows: whatever the limits cut, all pages together are all rows, once and in order."""

import json

import attrs
import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.query import pages
from streamz_core.query.pages import page
from streamz_core.query.parameters import cursor, read_cursor
from streamz_core.query.verbs import Keys, Range, Versions, Windows
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import SessionWindows, TimeWindows
from streamz_state import WriteBatch, open_memory
from streamz_state.keys import pack_version

WORDS = StoreSpec("words", "timestamped", STR, INT)
NUMBERS = StoreSpec("numbers", "plain", INT, STR)
HITS = StoreSpec(
    "hits", "window", STR, INT, retention_ms=240_000, window=TimeWindows(60_000, 60_000)
)
VISITS = StoreSpec(
    "visits", "session", STR, INT, retention_ms=240_000, window=SessionWindows(60_000)
)


def part(spec, rows):
    """Rows of a store as a reader finds them: restored from (key, value, timestamp) of its changelog."""
    database = open_memory()
    kind = kind_of(spec)
    store = kind.overlay(spec, 1, database)
    keys, values, times = (list(column) for column in zip(*rows, strict=True))
    raw = [spec.value.encode(value) for value in values]
    told = raw if kind.versions is None else [pack_version(value) for value in raw]
    changes = store.restored(keys, told, times)
    database.write(WriteBatch(changes.puts, changes.deletes, changes.ranges), None)
    return kind_of(spec).rows(spec, 1, database)


def words(*keys):
    return part(WORDS, [(key.encode(), at, 5) for at, key in enumerate(keys)])


def numbers(*keys):
    return part(NUMBERS, [(INT.encode(key), str(key), 5) for key in keys])


def hits(*windows):
    tail = lambda start: start.to_bytes(8, "big") + bytes(4)  # noqa: E731
    return part(HITS, [(key.encode() + tail(start), start, start) for key, start in windows])


def visits(*sessions):
    tail = lambda start, end: end.to_bytes(8, "big") + start.to_bytes(8, "big")  # noqa: E731
    return part(VISITS, [(key.encode() + tail(*span), 1, span[1]) for key, *span in sessions])


def every(spec, parts, question, stop_s=1e9):
    """The keys of all pages; each cursor goes through its text form."""
    found, count = [], 0
    while True:
        got = page(spec, parts, question, lambda: stop_s, lambda: None)
        found += [json.loads(row)["key"] for row in got.rows]
        count += 1
        if got.after is None:
            return found, count
        after = read_cursor(spec, cursor(spec, got.after))
        question = attrs.evolve(question, after=after)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_several_parts_are_merged_in_order(limit):
    parts = [words("b", "d", "é"), words("a", "c", "cc")]
    found, count = every(WORDS, parts, Range(store="words", limit=limit))
    assert found == ["a", "b", "c", "cc", "d", "é"]
    assert count >= 6 / limit


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_numbers_come_in_numeric_order_across_zero(limit):
    parts = [numbers(-5, 0, 7), numbers(-300, 3)]
    question = Range(store="numbers", limit=limit, low=-5, high=3)
    assert every(NUMBERS, parts, question)[0] == [-5, 0, 3]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_windows_page_by_page(limit):
    parts = [hits(("a", 0), ("b", 0), ("b", 60_000)), hits(("aa", 0), ("a", 180_000))]
    question = Range(store="hits", limit=limit)
    found, _ = every(HITS, parts, question)
    assert [(key["key"], key["start"]) for key in found] == [
        ("a", 0),
        ("aa", 0),
        ("b", 0),
        ("b", 60_000),
        ("a", 180_000),
    ]
    only = attrs.evolve(question, low="aa", high="b", time_from=60_000, time_to=60_000)
    assert [(k["key"], k["start"]) for k in every(HITS, parts, only)[0]] == [("b", 60_000)]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_versions_of_one_key(limit):
    said = StoreSpec("said", "versioned", STR, INT, retention_ms=1000, history_ms=1000)
    stamps = (5, 7, 9)
    rows = [(b"a" + stamp.to_bytes(8, "big"), stamp, stamp) for stamp in stamps]
    parts = [part(said, rows)]
    found, question = [], Versions(store="said", key="a", limit=limit)
    while True:
        got = page(said, parts, question, lambda: 0.0, lambda: None)
        found += [json.loads(row) for row in got.rows]
        if got.after is None:
            break
        question = attrs.evolve(question, after=got.after)
    ends = (7, 9, None)
    assert found == [
        {"key": "a", "value": at, "timestamp": at, "valid_to": end}
        for at, end in zip(stamps, ends, strict=True)
    ]


@pytest.mark.parametrize("limit", [1, 100])
def test_the_windows_of_one_key(limit):
    parts = [hits(("a", 0), ("a", 60_000), ("a", 120_000), ("ab", 0))]
    question = Windows(store="hits", key="a", limit=limit, time_from=1)
    assert [key["start"] for key in every(HITS, parts, question)[0]] == [60_000, 120_000]


def test_one_row_and_none():
    part = words("a")
    found = page(WORDS, [part], Keys(store="words", key="a"), lambda: 0.0, list)
    assert [json.loads(row) for row in found.rows] == [{"key": "a", "value": 0, "timestamp": 5}]
    none = page(WORDS, [part], Keys(store="words", key="b"), lambda: 0.0, list)
    assert none.rows == []


def test_a_page_ends_when_it_is_large(monkeypatch):
    monkeypatch.setattr(pages, "BYTES_MAX", 100)
    question = Range(store="words")
    found, count = every(WORDS, [words(*"abcdefghij")], question)
    assert found == list("abcdefghij")
    assert count > 1


def test_a_page_ends_when_it_takes_long_and_rests_between_pieces(monkeypatch):
    monkeypatch.setattr(pages, "PIECE_ROWS", 2)
    clock = iter(range(100))
    rests = []
    question = Range(store="words")
    got = page(WORDS, [words(*"abcdef")], question, lambda: next(clock), lambda: rests.append(1))
    assert len(got.rows) == 2
    assert got.after == "b"
    assert len(rests) == 1


def test_a_page_in_which_nothing_was_wanted_goes_on_all_the_same(monkeypatch):
    monkeypatch.setattr(pages, "PIECE_ROWS", 1)
    question = Range(store="hits", low="x")
    got = page(HITS, [hits(("a", 0), ("b", 0))], question, iter([0.0, 9.0]).__next__, list)
    assert got.rows == []
    assert got.after is not None


def test_sessions_are_those_that_touch_the_span_page_by_page():
    parts = [visits(("a", 0, 9), ("a", 100, 180_000), ("b", 5, 5), ("a", 200_000, 230_000))]

    def starts(question):
        found, _ = every(VISITS, parts, question)
        return [(key["key"], key["start"], key["end"]) for key in found]

    mine = [("a", 0, 9), ("a", 100, 180_000), ("a", 200_000, 230_000)]
    assert starts(Windows(store="visits", key="a", limit=1)) == mine
    assert starts(Windows(store="visits", key="a", time_from=9, time_to=100)) == mine[:2]
    assert starts(Windows(store="visits", key="a", time_from=10, time_to=99)) == []
    assert starts(Windows(store="visits", key="a", time_from=180_000)) == mine[1:]
    assert starts(Range(store="visits", limit=1)) == [mine[0], ("b", 5, 5), *mine[1:]]
    assert starts(Range(store="visits", low="b")) == [("b", 5, 5)]
    assert starts(Range(store="visits", time_from=6, time_to=50, limit=1)) == mine[:1]

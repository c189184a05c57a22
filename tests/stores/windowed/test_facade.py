"""Declared stores of windows and sessions against plain dicts: whatever is committed, undone, restored."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse
from streamz_core.record import Windowed
from streamz_core.stores.faces import Stamped
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import SessionWindows, TimeWindows
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, opened

RETENTION_MS = 200_000
KEYS = ["a", "b", "ab"]


class Held:
    """A store and its face; what it should hold is in `rows`, by key and window."""

    def __init__(self, kind: str, value: Any = INT) -> None:
        window = SessionWindows(0) if kind == "sessions" else TimeWindows(10, 10)
        self.spec = StoreSpec("s", kind, STR, value, retention_ms=RETENTION_MS, window=window)
        self.database = MemoryDatabase()
        self.open()
        self.newest = -1
        self.rows: dict[tuple[str, int, int], Any] = {}

    def open(self) -> None:
        self.store = opened(self.spec, self.database)
        facade = kind_of(self.spec).facade
        assert facade is not None
        self.face = facade(self.store, lambda: None)

    def put(self, key: str, start: int, end: int, value: Any) -> None:
        time = end if self.spec.kind == "sessions" else start
        if self.spec.kind == "sessions":
            self.face.put(Windowed(key, start, end), value)
        else:
            self.face.put(key, value, start)
        if time <= self.floor:
            return
        self.newest = max(self.newest, time)
        self.rows.pop((key, start, end), None)
        if value is not None:
            self.rows[key, start, end] = value

    @property
    def floor(self) -> int:
        return self.newest - RETENTION_MS - (1 if self.spec.kind == "sessions" else 0)

    def shown(self) -> dict[tuple[str, int, int], Any]:
        by_end = self.spec.kind == "sessions"
        return {
            where: value
            for where, value in self.rows.items()
            if where[2 if by_end else 1] > self.floor
        }


def steps(chance: Random, held: Held) -> None:
    """Puts, deletes, commits, a nested overlay that is kept or undone, a crash; each look agrees."""
    time = 0
    for _ in range(120):
        what = chance.randrange(10)
        if what < 6:
            time += chance.choice([0, 3, 1000, 70_000])
            start = max(0, time - chance.choice([0, 5, 30_000, 250_000]))
            end = start + (chance.randrange(3) if held.spec.kind == "sessions" else 10)
            held.put(chance.choice(KEYS), start, end, chance.choice([1, 2, 3, None]))
        elif what == 6:
            commit(held.store, held.database)
        elif what == 7:
            before, newest = dict(held.rows), held.newest
            held.store.begin()
            held.put(chance.choice(KEYS), time, time + 10, 7)
            if chance.random() < 0.5:
                held.store.keep()
            else:
                held.store.undo()
                held.rows, held.newest = before, newest
        elif what == 8:
            commit(held.store, held.database)
            held.open()
        look(chance, held)


def look(chance: Random, held: Held) -> None:
    shown, face = held.shown(), held.face
    key, span = chance.choice(KEYS), sorted(chance.randrange(400_000) for _ in range(2))
    if held.spec.kind == "sessions":
        mine = sorted((end, start) for each, start, end in shown if each == key)
        assert [(one.end, one.start) for one, _ in face.find(key)] == mine
        found = [(one.end, one.start) for one, _ in face.find(key, span[0], span[1])]
        assert found == [each for each in mine if each[0] >= span[0] and each[1] <= span[1]]
        everything = {(one.key, one.start, one.end): value for one, value in face.find_all()}
        assert all(face.get(*where) == value for where, value in shown.items())
    else:
        mine = sorted((start, shown[key, start, end]) for each, start, end in shown if each == key)
        assert list(face.fetch(key)) == mine
        assert list(face.fetch(key, backward=True)) == mine[::-1]
        found = [each for each in mine if span[0] <= each[0] <= span[1]]
        assert list(face.fetch(key, *span)) == found
        everything = {(one.key, one.start, one.end): value for one, value in face.fetch_all()}
        assert all(face.get(key, start) == value for start, value in mine)
    assert everything == shown


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("kind", ["windows", "sessions"])
def test_what_was_put_is_there(kind: str, seed: int) -> None:
    steps(Random(f"{kind} {seed}"), Held(kind))


@pytest.mark.parametrize("kind, edge", [("windows", 0), ("sessions", 1)])
def test_what_is_as_old_as_the_retention_is_gone(kind: str, edge: int) -> None:
    """Kafka hides it too; a session is shown 1 ms longer, as that of an aggregate is."""
    held = Held(kind)
    newest = RETENTION_MS + 50
    for time in (49 - edge, 50 - edge, 51 - edge, newest):
        held.put("a", time, time if kind == "sessions" else time + 10, 1)
    held.put("a", 50 - edge, 50 - edge if kind == "sessions" else 60, 2)
    rows = held.face.find("a") if kind == "sessions" else held.face.fetch("a")
    starts = [one.start if kind == "sessions" else one for one, _ in rows]
    assert starts == [51 - edge, newest]


def test_spans_of_keys_and_the_order_turned_round() -> None:
    held = Held("windows")
    for at, key in enumerate("cab"):
        held.put(key, 10 * at, 10 * at + 10, at)
    rows = [(Windowed("a", 10, 20), 1), (Windowed("b", 20, 30), 2), (Windowed("c", 0, 10), 0)]
    assert list(held.face.fetch_all()) == rows
    assert list(held.face.fetch_all(backward=True)) == rows[::-1]
    assert list(held.face.fetch_all(low="b")) == rows[1:]
    assert list(held.face.fetch_all(high="b", start=20)) == rows[1:2]
    assert held.face.get("a", 11) is None


def test_sessions_of_all_keys_and_one_that_is_removed() -> None:
    held = Held("sessions")
    for key, start, end in (("a", 1, 5), ("a", 6, 9), ("b", 3, 3)):
        held.put(key, start, end, end)
    held.face.remove(Windowed("a", 1, 5))
    held.face.remove(Windowed("c", 1, 5))
    assert [(one.key, value) for one, value in held.face.find_all()] == [("a", 9), ("b", 3)]
    assert [one.key for one, _ in held.face.find_all(low="b")] == ["b"]
    assert [one.key for one, _ in held.face.find_all(latest_start=5, backward=True)] == ["b"]
    assert held.face.get("a", 6, 8) is None


def test_with_duplicates_a_put_adds() -> None:
    held = Held("duplicates")
    for value in (3, 1, None, 3):
        held.face.put("a", value, 5)
    held.face.put("a", 2, 4)
    assert list(held.face.fetch("a")) == [(4, 2), (5, 3), (5, 1), (5, 3)]
    assert held.face.get("a", 5) == 3
    commit(held.store, held.database)
    held.open()
    held.face.put("a", 9, 5)
    assert [value for _, value in held.face.fetch("a", 5)] == [3, 1, 3, 9]


def test_values_with_timestamps() -> None:
    held = Held("stamped-windows")
    held.face.put("a", Stamped(1, 77), 5)
    held.face.put("a", (2, 78), 6)
    held.face.put("a", None, 6)
    assert list(held.face.fetch("a")) == [(5, Stamped(1, 77))]
    assert held.face.get("a", 5).timestamp == 77


def test_what_is_read_is_a_value_of_its_own() -> None:
    held = Held("windows", JSON)
    held.face.put("a", [1], 5)
    held.face.get("a", 5).append(2)
    assert held.face.get("a", 5) == [1]


@pytest.mark.parametrize("start", [-1, 1.5, None, True, 1 << 63])
def test_what_is_no_time_is_refused(start: Any) -> None:
    with pytest.raises(Misuse, match="the start of a window is"):
        Held("windows").face.put("a", 1, start)


def test_a_session_ends_after_it_begins() -> None:
    with pytest.raises(Misuse, match="ends before it begins"):
        Held("sessions").face.put(Windowed("a", 5, 4), 1)

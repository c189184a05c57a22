"""What of a compacted topic is left, when, and what those who read it are told."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.records.moved.sealed import Cleaned
from streamz_core.log.records.moved.sealed import Row as Files
from streamz_core.log.records.state import Group, State, Topic
from streamz_core.log.removing import damaged, lose
from streamz_core.log.segments.sealed import Where
from streamz_core.log.upkeep.compacting import Bounds, bounds
from streamz_core.log.upkeep.copying import Copying
from streamz_core.record import Batch
from tests.log.upkeep.conftest import House, kept

__all__ = ["kept"]
DAY_MS = 86_400_000
Row = tuple[bytes | None, bytes | None]


def put(log: Log, *rows: Row, stamp: int = 0) -> None:
    """Records of t[0], each commit sealed alone."""
    columns = [row[0] for row in rows], [row[1] for row in rows], [stamp] * len(rows)
    done = log.commit([], pack(log, log.topic("t"), 0, *columns))
    log.acknowledge(done.lsn)


def left(log: Log, offset: int = 0) -> list[tuple[int, bytes | None, bytes | None]]:
    """Offset, key and value of the records from there on, as a reader gets them batch by batch."""
    log.watch(["t"])
    log.refresh()
    found, end = [], log.state.end(1, 0)
    while offset < end:
        for batch in log.fetch(1, 0, offset, bytes_max=1):
            assert batch.base_offset == offset, "nothing is lost"
            found += zip(batch.offsets, batch.keys, batch.values, strict=True)
            offset = batch.next_offset
    return found


@pytest.fixture
def house(kept: House) -> House:
    kept.ask(**{"cleanup.policy": "compact"})
    return kept


def test_the_last_record_of_each_key_is_left(house: House) -> None:
    for number in range(20):
        put(house.log, (b"k%d" % (number % 3), b"%d" % number))
        house.settle()
    rows = left(house.log)
    assert rows[-3:] == [(17, b"k2", b"17"), (18, b"k0", b"18"), (19, b"k1", b"19")]
    assert len(rows) <= 6, "at most twice what lives"
    assert left(house.another()) == rows
    for offset in range(20):
        assert left(house.log, offset) == [row for row in rows if row[0] >= offset]
    assert house.log.state.start(1, 0) == 0
    assert house.log.state.end(1, 0) == 20
    assert damaged(house.log, 1, 0, 0) is None


def test_a_topic_that_is_not_compacted_keeps_all(kept: House) -> None:
    for number in range(5):
        put(kept.log, (b"k", b"%d" % number))
        kept.settle()
    assert len(left(kept.log)) == 5


def test_a_delete_goes_a_day_after_it_was_the_last(house: House) -> None:
    def clean() -> Cleaned:
        house.log.refresh()
        return house.log.state.sealed.cleaned_of(1, 0)

    put(house.log, (b"a", b"1"), (b"a", None))
    house.settle()
    assert left(house.log) == [(1, b"a", None)]
    since = clean()
    assert (since.stop, since.aging) == (2, 2)
    house.machine.advance(DAY_MS - 1)
    put(house.log, (b"b", b"v" * 500))
    house.settle()
    assert left(house.log)[0] == (1, b"a", None)
    assert clean() == since._replace(stop=3)
    house.machine.advance(1)
    put(house.log, (b"b", b"w" * 900))
    house.settle()
    assert left(house.log) == [(3, b"b", b"w" * 900)]
    assert house.log.state.sealed.horizon(1, 0) == 2
    assert clean().aging == 4


def test_what_is_young_is_not_looked_at(house: House) -> None:
    house.ask(**{"cleanup.policy": "compact", "min.compaction.lag.ms": 1000})
    now_ms = house.machine.process().now_ms()
    put(house.log, (b"a", b"1"), (b"a", b"2"), stamp=now_ms)
    house.settle()
    assert len(left(house.log)) == 2
    house.machine.advance(1001)
    house.settle()
    assert len(left(house.log)) == 1


def test_it_waits_until_enough_is_new(house: House) -> None:
    house.ask(**{"cleanup.policy": "compact", "min.cleanable.dirty.ratio": 0.9})
    put(house.log, *[(b"%d" % number, b"v" * 50) for number in range(100)])
    house.settle()
    for number in range(5):
        put(house.log, (b"k", b"%d" % number))
        house.settle()
    assert len(left(house.log)) == 105


def test_rows_of_windows_go_by_their_own_time(house: House) -> None:
    house.ask(
        **{"cleanup.policy": "compact,delete", "retention.ms": 100, "retention.time": "window"}
    )
    house.machine.advance(DAY_MS)
    for start in (0, 50, 120, 200):
        put(house.log, (b"k" + start.to_bytes(8) + bytes(4), b"v"))
    house.settle()
    assert [row[0] for row in left(house.log)] == [2, 3], "and not by the clock"


def test_what_was_lost_stays_lost(house: House) -> None:
    for number in range(6):
        put(house.log, (b"%d" % number, b"v"))
    house.settle()
    lose(house.log, 1, 0, 2, 4, "skip")
    put(house.log, *[(b"%d" % number, b"w" * 100) for number in (0, 5)])
    house.settle()
    house.log.refresh()
    assert [gap[:2] for gap in house.log.state.lost_in(1, 0).gaps] == [(2, 4)]
    found = house.log.fetch(1, 0, 0)
    assert found[-1].next_offset == 2
    assert [offset for batch in found for offset in batch.offsets] == [1]


def test_nothing_goes_if_a_record_cannot_be_read(house: House) -> None:
    house.ask(**{"cleanup.policy": "compact", "min.cleanable.dirty.ratio": 1})
    put(house.log, (b"a", b"1"))
    house.settle()
    (file,) = house.sealed()
    path = f"/log/{house.files('part')[0]}"
    house.machine.tree.get(path).data[60] ^= 1
    put(house.log, (b"a", b"2" * 999))
    house.settle()
    assert house.sealed()[0] == file


# ---- apps that restore tables from a topic


def state(**groups: Group) -> State:
    made = State()
    topic = Topic(1, "t", 1, {})
    made.topics[1] = made.names["t"] = topic
    made.starts[1], made.ends[1] = [0], [50]
    made.groups = groups
    return made


def app(at: int, *, lives: bool = False, **position: int) -> Group:
    return Group(
        members=(b"m",) if lives else (), offsets={(1, 0): at}, positions={"t/0": position}
    )


def test_who_runs_is_a_limit_and_who_stands_still_a_barrier() -> None:
    reader = Group(members=(b"m",), offsets={(1, 0): 3})
    elsewhere = Group(positions={"u/0": {"x": 1}})
    found = bounds(
        state(a=app(20, lives=True), b=app(30, lives=True), c=app(9), d=reader, e=elsewhere), (1, 0)
    )
    assert found == Bounds(20, (9,), frozenset())
    assert bounds(state(d=reader), (1, 0)) == Bounds(50, (), frozenset())


def test_what_an_app_passed_over_is_in_its_position() -> None:
    found = bounds(state(a=app(20, **{"skipped:t#0": 7})), (1, 0))
    assert found.passed == {7}


def test_a_reading_that_broke_off_decides_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, asked = Copying._sealed, 0

    def once_broken(self: Copying, where: Where, old: Files) -> Iterator[tuple[Batch | None, int]]:
        nonlocal asked
        asked += 1
        return iter(()) if asked == 1 else sealed(self, where, old)

    put(house.log, (b"a", b"1"), (b"b", b"2"))
    monkeypatch.setattr(Copying, "_sealed", once_broken)
    house.upkeep.turn()
    house.upkeep.turn()
    assert asked == 1
    assert len(left(house.log)) == 2
    house.settle()
    assert asked == 1, "it is not tried again before there is something new"
    put(house.log, (b"a", b"3" * 99))
    house.settle()
    assert [row[0] for row in left(house.log)] == [1, 2]


def test_one_that_cannot_be_read_holds_up_no_other(house: House) -> None:
    put(house.log, (b"a", b"1"))
    house.settle()
    house.machine.tree.get(f"/log/{house.files('part')[0]}").data[60] ^= 1
    put(house.log, (b"a", b"2"))
    columns = [b"k", b"k"], [b"1", b"2"], [0, 0]
    house.log.commit([], pack(house.log, house.log.topic("t"), 1, *columns))
    house.settle()
    house.log.refresh()
    (file,) = house.sealed(1)
    assert file.records == 1


def test_what_was_made_for_an_app_that_went_on_meanwhile_is_thrown_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house.log, (b"a", b"1"), (b"a", b"2"))
    answers = [
        Bounds(2, (1,), frozenset()),
        Bounds(2, (1,), frozenset()),
        Bounds(1, (), frozenset()),
    ]
    monkeypatch.setattr(
        "streamz_core.log.upkeep.compacting.bounds",
        lambda *_: answers.pop(0) if answers else Bounds(1, (), frozenset()),
    )
    house.upkeep.turn()
    files = house.sealed()
    house.upkeep.turn()
    assert not answers
    assert house.sealed() == files
    assert len(house.files("part")) == 1


def test_a_topic_of_some_keys_stays_within_twice_what_lives(house: House) -> None:
    sizes, chance = [], Random(7)
    for _ in range(40):
        put(house.log, *[(b"%03d" % chance.randrange(300), b"v" * 90) for _ in range(300)])
        house.settle()
        sizes.append(sum(file.bytes for file in house.sealed()))
    records = sum(file.records for file in house.sealed())
    assert records < 600
    live = sizes[-1] / records * 300
    assert max(sizes) < 2.1 * live

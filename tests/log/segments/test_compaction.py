"""Whoever reads what stays has what he would have had."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

import pytest

from streamz_core.log.segments.compaction import Kept, Rules, choose, thinned
from streamz_core.record import Batch

Found = tuple[int, bytes | None, bytes | None]
"""Offset, key, value."""

LONG = b"k" * 40


def batches(records: Sequence[Found], size: int, stop: int) -> list[Batch]:
    """The records in batches of so many, which together speak of everything before `stop`."""
    made, base = [], 0
    for at in range(0, len(records), size):
        part = records[at : at + size]
        last = at + size >= len(records)
        following = stop if last else part[-1][0] + 1
        columns = [row[1] for row in part], [row[2] for row in part], [row[0] for row in part]
        offsets = [row[0] for row in part]
        made.append(Batch(base, *columns, sparse=offsets, next_offset=following))
        base = following
    return made


def compacted(
    records: Sequence[Found], rules: Rules, *, size: int = 3, keys_max: int = 100
) -> tuple[list[Found], Kept]:
    stop = records[-1][0] + 1 if records else 0
    read = batches(records, size, stop)
    kept = choose(lambda: read, len(records), rules, keys_max)
    made = [thinned(batch, kept) for batch in read]
    bounds = [(one.base_offset, one.next_offset) for one in made]
    assert bounds == [(one.base_offset, one.next_offset) for one in read]
    rows = [row for one in made for row in zip(one.offsets, one.keys, one.values, strict=True)]
    assert [row[0] for row in rows] == list(kept.offsets)
    assert all(
        row[0] == stamp
        for one in made
        for row, stamp in zip(zip(one.offsets), one.timestamps, strict=True)
    )
    return rows, kept


def table(
    records: Iterable[Found], blind: Callable[[int], bool] = lambda _: False
) -> dict[bytes, bytes]:
    """What a reader has at the end who does not see some offsets."""
    found: dict[bytes, bytes] = {}
    for offset, key, value in records:
        if key is None or blind(offset):
            continue
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return found


def below(records: Iterable[Found], offset: int) -> list[Found]:
    return [row for row in records if row[0] < offset]


def random_records(own: random.Random, count: int) -> list[Found]:
    keys = [None, b"", b"a", b"b" * 16, LONG, LONG + b"x"][: own.randint(2, 6)]
    offset, found = own.randrange(3), []
    for _ in range(count):
        value = None if own.random() < 0.3 else own.randbytes(2)
        found.append((offset, own.choice(keys), value))
        offset += 1 if own.random() < 0.7 else own.randint(1, 9)
    return found


@pytest.mark.parametrize("seed", range(300))
def test_every_reader_has_what_he_would_have_had(seed: int) -> None:
    own = random.Random(seed)
    records = random_records(own, own.randint(1, 60))
    end = records[-1][0] + 1
    for _ in range(own.randint(1, 4)):  # again and again, with other rules
        barriers = sorted(own.sample(range(end + 1), own.randint(0, min(3, end))))
        passed = frozenset(
            own.sample(range(end), own.randint(0, min(5, end))) if own.random() < 0.5 else ()
        )
        rules = Rules(barriers=barriers, passed=passed, aged=own.randint(0, end))
        size, keys_max = own.randint(1, 20), own.randint(1, 9)
        rows, kept = compacted(records, rules, size=size, keys_max=keys_max)
        assert set(rows) <= set(records)
        for stop in (*barriers, end):
            for blind in ({}.__contains__, passed.__contains__):
                assert table(below(rows, stop), blind) == table(below(records, stop), blind)
        for stood in range(kept.horizon, end + 1):
            before, behind = below(records, stood), [row for row in rows if row[0] >= stood]
            assert table([*before, *behind]) == table(records)
        if not barriers and not passed:
            assert len(rows) == len({row[1] for row in rows})
        if not rows:
            return
        records = rows


def test_the_last_of_each_key_stays() -> None:
    records = [(0, b"a", b"1"), (1, LONG, b"2"), (2, b"a", b"3"), (5, None, b"4"), (6, b"b", None)]
    rows, kept = compacted(records, Rules())
    assert rows == [(1, LONG, b"2"), (2, b"a", b"3"), (6, b"b", None)]
    assert kept.horizon == 0


def test_a_delete_goes_when_everybody_saw_it() -> None:
    records = [(0, b"a", b"1"), (1, b"a", None), (2, b"b", None), (3, b"c", b"2")]
    rows, kept = compacted(records, Rules(aged=2))
    assert rows == [(2, b"b", None), (3, b"c", b"2")]
    assert kept.horizon == 2


def test_a_delete_stays_as_long_as_something_of_what_it_deletes() -> None:
    records = [(0, b"a", b"1"), (1, b"a", None)]
    rows, kept = compacted(records, Rules(barriers=[1], aged=2))
    assert (rows, kept.horizon) == (records, 0)


def test_who_passed_a_record_over_has_the_one_before() -> None:
    records = [(0, b"a", b"1"), (1, b"a", b"2"), (2, b"a", b"3")]
    assert compacted(records[:2], Rules(passed={1}))[0] == records[:2]
    assert compacted(records, Rules(passed={1}))[0] == records[2:]
    assert compacted(records, Rules(passed={1}, barriers=[1]))[0] == [records[0], records[2]]


def windowed(key: bytes, time: int) -> bytes:
    return key + time.to_bytes(8) + bytes(4)


def test_rows_of_windows_go_by_the_time_in_their_keys() -> None:
    times = [0, 97, 98, 100, 200]
    records = [(row, windowed(b"a", time), b"v") for row, time in enumerate(times)]
    records.append((5, b"short", b"v"))
    rows, kept = compacted(records, Rules(tail=12, expiry_ms=100))
    assert [row[0] for row in rows] == [2, 3, 4, 5]
    assert kept.horizon == 0


def test_the_newest_time_stays_though_it_was_deleted() -> None:
    records = [(0, windowed(b"a", 100), None), (1, windowed(LONG, 200), None), (2, b"short", None)]
    rows, kept = compacted(records, Rules(tail=12, expiry_ms=1000, aged=9))
    assert [row[0] for row in rows] == [1]
    assert kept.horizon == 3


def test_a_batch_of_which_all_stays_is_the_same() -> None:
    batch = Batch(3, [b"a", b"b"], [b"1", b"2"], [1, 2])
    kept = choose(lambda: [batch], 2, Rules())
    assert thinned(batch, kept) is batch


def test_many_keys_are_looked_at_in_several_readings() -> None:
    asked = 0
    batch = Batch(0, [b"%d" % n for n in range(100)] * 2, [b"v"] * 200, [0] * 200)

    def read() -> list[Batch]:
        nonlocal asked
        asked += 1
        return [batch]

    kept = choose(read, 200, Rules(), keys_max=30)
    assert list(kept.offsets) == list(range(100, 200))
    assert asked == 7

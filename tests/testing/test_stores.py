"""Stores in app.test(): asked as a worker is, and for what their rows were."""

from typing import Any

import pytest

from streamz_core import VersionedRecord, Versions, versioned
from streamz_core.app import App
from streamz_core.dsl.declared.windows import session, tumbling
from streamz_core.errors import Misuse
from streamz_core.record import Windowed


def test_a_store_is_asked_as_a_worker_is():
    app = App("asked")
    lines = app.stream("lines", key=str, value=str)
    lines.group_by_key().count(name="counts")
    lines.group_by_key().window(tumbling("10ms", grace="1h")).count(name="tens")
    lines.group_by_key().window(session("5ms", grace="1h")).count(name="visits")
    with app.test(partitions=3, workers=2) as t:
        for key in ("a", "ab", "b"):
            for time in (0, 3, 20):
                t.topic("lines").send(key, "x", timestamp=time)
        counts, tens, visits = (t.store(name) for name in ("counts", "tens", "visits"))
        assert [row[0] for row in counts.range(reverse=True)] == ["b", "ab", "a"]
        assert counts.range("ab", "b", prefix="a") == [("ab", 3, 20)]
        assert [row[0].start for row in tens.windows("a", reverse=True)] == [20, 0]
        assert tens.window("a", 0) == (Windowed("a", 0, 10), 2, 3)
        assert tens.window("a", 5) is None
        assert len(tens.range(time_from=20)) == 3
        assert visits.window("a", 0, 3) == (Windowed("a", 0, 3), 2)
        assert visits.windows("a", 4) == [(Windowed("a", 20, 20), 1)]
        with pytest.raises(Misuse, match="visits is of kind session: say end= too"):
            visits.window("a", 0)
        with pytest.raises(
            Misuse, match=r"counts is of kind timestamped: ask range\(\), or for a key"
        ):
            counts.windows("a")


def priced() -> App:
    """prices: a table that knows what its rows were; in: asks it, and a declared store that does too -> out."""
    made = App("priced")
    prices = made.table("prices", key=str, value=int, materialized=versioned("1h"))
    asked = made.store("asked", key=str, value=int, versioned="1h")

    @made.stream("in", key=str, value=int).join(prices, how="left")
    def known(count: int, price: int | None) -> int:
        return count * (price or 0)

    @known.map_values(store=asked, with_key=True)
    def remembered(key: str, total: int, asked: Versions[str, int]) -> tuple[int, bool | None, int]:
        latest = asked.put(key, total)
        return total, latest, len(asked.versions(key))

    remembered.to("out")
    return made


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
def test_what_rows_were_is_there_after_a_crash_too(stores: Any) -> None:
    with priced().test(stores=stores) as t:
        for price, timestamp in ((5, 100), (7, 300), (6, 200)):
            t.topic("prices").send("a", price, timestamp=timestamp)
        t.topic("in").send("a", 10, timestamp=250)
        t.crash()
        t.restart()
        t.topic("in").send("a", 10, timestamp=150)
        t.topic("in").send("a", 10, timestamp=350)
        results = [record.value for record in t.topic("out").records()]
        assert results == [(60, True, 1), (50, False, 2), (70, True, 3)]
        rows = t.store("prices")
        assert rows["a"] == 7
        assert rows.as_of("a", 250) == VersionedRecord(6, 200, 300)
        assert rows.as_of("a", 99) is rows.as_of("b", 250) is None
        assert [one.value for one in rows.versions("a", 150, 250)] == [5, 6]
        assert t.store("asked").versions("a")[0] == VersionedRecord(50, 150, 250)


def test_a_store_without_versions_does_not_know_what_its_rows_were() -> None:
    app = App("counted")
    app.stream("lines", key=str, value=str).group_by_key().count(name="counts")
    with app.test() as t:
        store = t.store("counts")
        for ask in (lambda: store.as_of("a", 5), lambda: store.versions("a")):
            with pytest.raises(Misuse, match="this store knows only what its rows are"):
                ask()


def test_a_version_that_is_too_old_is_dropped_and_counted() -> None:
    with priced().test() as t:
        t.topic("prices").send("a", 5, timestamp=3_600_100)
        t.topic("prices").send("b", 5, timestamp=99)
        assert t.dropped() == {"expired": 1}

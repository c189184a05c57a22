"""Declared stores of every kind in an app: handed to functions, committed, found again, and asked."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest

from streamz_core import App, Context, Record, SessionStore, Stamped, Windowed, WindowStore


def app(*, memory: bool, changelog: bool = True) -> App:
    app = App("stores")
    more: Any = {"key": str, "value": int, "memory": memory, "changelog": changelog}
    latest = app.timestamped_store("latest", **more)
    minutes = app.window_store("minutes", **more, size="1m", retention="10m")
    stamped = app.timestamped_window_store("stamped", **more, size="1m", retention="10m")
    every = app.window_store("every", **more, size="1m", retention="10m", duplicates=True)
    visits = app.session_store("visits", **more, retention="10m")

    @app.stream("in", key=str, value=int).process(stores=[latest, minutes, stamped, every, visits])
    def note(
        record: Record[str, int],
        context: Context,
        latest: MutableMapping[str, Stamped[int]],
        minutes: WindowStore[str, int],
        stamped: WindowStore[str, Stamped[int]],
        every: WindowStore[str, int],
        visits: SessionStore[str, int],
    ) -> Iterator[Record[str, list[int]]]:
        key, value, time = record.key, record.value, record.timestamp
        before = latest.get(key)
        if before is None or before.timestamp <= time:
            latest[key] = Stamped(value, time)
        start = time - time % 60_000
        minutes.put(key, (minutes.get(key, start) or 0) + value, start)
        stamped.put(key, Stamped(value, time), start)
        every.put(key, value, start)
        first = time
        for session, held in list(visits.find(key, time - 5000, time + 5000)):
            visits.remove(session)
            value, first, time = value + held, min(first, session.start), max(time, session.end)
        visits.put(Windowed(key, first, time), value)
        told = [value for _, value in minutes.fetch(key)]
        yield record.with_value([*told, len(list(every.fetch_all()))])

    note.to("out")
    return app


TIMES = [1000, 4000, 20_000, 61_000, 3000, 800_000]
OUT = [[1, 1], [3, 2], [6, 3], [6, 4, 4], [11, 4, 5], [6, 1]]


def expected() -> dict[str, Any]:
    return {
        "latest": [("k", 6, 800_000)],
        "minutes": [(Windowed("k", 780_000, 840_000), 6, 800_000)],
        "stamped": [(Windowed("k", 780_000, 840_000), 6, 800_000)],
        "every": [(Windowed("k", 780_000, 840_000), 6, 800_000)],
        "visits": [(Windowed("k", 800_000, 800_000), 6)],
    }


@pytest.mark.parametrize("crash", [1, 4, 6])
@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
def test_all_of_them_through_a_crash(stores: str, crash: int, *, memory: bool) -> None:
    with app(memory=memory).test(stores=stores) as test:
        for at, time in enumerate(TIMES, 1):
            test.topic("in").send("k", at, timestamp=time)
            if at == crash:
                test.crash()
                test.restart()
        assert [each.value for each in test.topic("out").records()] == OUT
        assert {name: test.store(name).rows() for name in expected()} == expected()


def test_sessions_are_those_of_records_that_are_near() -> None:
    with app(memory=False).test() as test:
        for at, time in enumerate(TIMES[:5], 1):
            test.topic("in").send("k", at, timestamp=time)
        assert test.store("visits").rows() == [
            (Windowed("k", 1000, 4000), 8),
            (Windowed("k", 20_000, 20_000), 3),
            (Windowed("k", 61_000, 61_000), 4),
        ]


def test_without_a_changelog_rows_are_where_the_database_is() -> None:
    for stores, left in (("memory", []), ("rocksdb", [("k", 1, 1000)])):
        with app(memory=False, changelog=False).test(stores=stores) as test:
            test.topic("in").send("k", 1, timestamp=1000)
            assert test.topic("stores-latest-changelog").records() == []
            test.crash()
            test.restart()
            assert test.store("latest").rows() == left

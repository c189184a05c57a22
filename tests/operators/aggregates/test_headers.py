"""headers="kept": a final result has the headers of the record that changed its window last."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streamz_core import App, TopologyError, hopping, memory, session, sliding, tumbling, unlimited
from streamz_core.topology.windows import Window

WINDOWS: dict[str, Window] = {
    "tumbling": tumbling("10ms", grace="5ms"),
    "hopping": hopping("10ms", "5ms", grace="5ms"),
    "calendar": tumbling("1h", tz="Europe/Berlin"),
    "session": session("5ms", grace="5ms"),
    "sliding": sliding("10ms", grace="5ms"),
}
UNIT = {"calendar": 360_000}
"""How long what takes 1 ms in other windows."""


def counted(window: Window, **more: Any) -> App:
    """Clicks of a user -> how many in each window, when it closes -> hits."""
    app = App("counted")
    clicks = app.stream("clicks", key=str, value=str)
    counts = clicks.group_by_key().window(window).count(name="counts", emit="final", **more)
    counts.to("hits")
    return app


Click = tuple[str, int, str]
"""User, time, what its header says."""


def fed(clicks: list[Click], seed: int) -> list[Click]:
    """In an order in which some are late, and some too late."""
    chance = random.Random(seed)
    return sorted(clicks, key=lambda click: click[1] + chance.randrange(8))


def some_clicks(seed: int) -> list[Click]:
    chance = random.Random(seed)
    made = [(chance.choice("abc"), chance.randrange(120), f"{n}") for n in range(60)]
    return [*fed(made, seed), ("z", 1000, "end")]


def results(app: App, clicks: list[Click], unit: int = 1, crash: int = 0, **how: Any) -> list[Any]:
    """The results in order; with a crash, or a restart in turn, after each `crash` records."""
    with app.test(**how) as t:
        for number, (user, at, trace) in enumerate(clicks, 1):
            headers = (("trace", trace.encode()),) if trace else ()
            t.topic("clicks").send(user, "x", timestamp=at * unit, headers=headers)
            if crash and number % crash == 0:
                (t.crash if number % (2 * crash) else t.restart)()
        return [(each.key, each.value, each.headers) for each in t.topic("hits").records()]


def expected(clicks: list[Click], app: App, unit: int) -> dict[Any, str]:
    """Of each window the header of the last record that it took, from what its updates tell: each has the headers of the
    record that changed it."""
    with app.test() as t:
        for user, at, trace in clicks:
            t.topic("clicks").send(
                user, "x", timestamp=at * unit, headers=(("trace", trace.encode()),)
            )
        return {
            each.key: each.headers for each in t.topic("hits").records() if each.value is not None
        }


def updated(window: Window) -> App:
    app = App("counted")
    clicks = app.stream("clicks", key=str, value=str)
    clicks.group_by_key().window(window).count(name="counts").to("hits")
    return app


@pytest.mark.parametrize("seed", range(8))
def test_those_of_a_sliding_window_are_of_the_last_record_in_it(seed: int) -> None:
    """Also of one that begins behind a late record, with records that were there before."""
    window, clicks = sliding("10ms", grace="1s"), some_clicks(seed)
    clicks[-1] = ("z", 9000, "end")
    found = results(counted(window, headers="kept"), clicks)
    assert len(found) > 60
    for key, count, headers in found:
        inside = [n for user, at, n in clicks if user == key.key and key.start <= at <= key.end]
        assert (count, headers) == (len(inside), (("trace", inside[-1].encode()),))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", [name for name in WINDOWS if name != "sliding"])
def test_they_are_those_of_the_last_record_that_changed_the_window(name: str, seed: int) -> None:
    window, unit, clicks = WINDOWS[name], UNIT.get(name, 1), some_clicks(seed)
    last = expected(clicks, updated(window), unit)
    found = results(counted(window, headers="kept"), clicks, unit)
    assert found
    assert all(last[key] == headers for key, _, headers in found)
    plain = results(counted(window), clicks, unit)
    assert [each[:2] for each in found] == [each[:2] for each in plain], "and nothing else changes"
    assert [each[2] for each in found] != [each[2] for each in plain]


@pytest.mark.parametrize("name", WINDOWS)
def test_there_are_as_many_as_windows(name: str) -> None:
    with counted(WINDOWS[name], headers="kept").test() as t:
        for user, at, trace in some_clicks(5)[:-1]:
            headers = (("trace", trace.encode()),)
            t.topic("clicks").send(user, "x", timestamp=at * UNIT.get(name, 1), headers=headers)
            kept = [row[0] for row in t.store("counts-headers").rows()]
            assert kept == [row[0] for row in t.store("counts").rows()]


@pytest.mark.parametrize("crash", [1, 3, 7])
@pytest.mark.parametrize("name", WINDOWS)
def test_they_survive_crashes_and_restarts(name: str, crash: int) -> None:
    window, unit, clicks = WINDOWS[name], UNIT.get(name, 1), some_clicks(7)
    calm = results(counted(window, headers="kept"), clicks, unit)
    assert results(counted(window, headers="kept"), clicks, unit, crash) == calm
    kept = counted(window, headers="kept", materialized=memory())
    assert results(kept, clicks, unit, crash) == calm, "from the changelog alone"


@pytest.mark.parametrize("name", ["tumbling", "session", "sliding"])
def test_another_worker_takes_them_over(name: str) -> None:
    clicks = some_clicks(3)
    calm = results(counted(WINDOWS[name], headers="kept"), clicks)
    with counted(WINDOWS[name], headers="kept").test(partitions=3, workers=2) as t:
        for number, (user, at, trace) in enumerate(clicks):
            t.topic("clicks").send(user, "x", timestamp=at, headers=(("trace", trace.encode()),))
            if number == len(clicks) // 2:
                t.crash(0)
        for user in "abcdefgh":
            t.topic("clicks").send(user, "x", timestamp=2000)
        found = {each.key: each.headers for each in t.topic("hits").records()}
    assert all(found[key] == headers for key, _, headers in calm)


def test_a_record_without_headers_leaves_none() -> None:
    clicks = [("a", 1, "1"), ("a", 2, ""), ("b", 3, "3"), ("z", 100, "end")]
    found = results(counted(tumbling("10ms"), headers="kept"), clicks)
    assert [(key.key, n, headers) for key, n, headers in found] == [
        ("a", 2, ()),
        ("b", 1, (("trace", b"3"),)),
    ]


def test_a_record_that_fails_leaves_no_headers() -> None:
    app = App("app", processing_exception_handler="continue")
    clicks = app.stream("clicks", key=str, value=str)

    def joined(old: str, new: str) -> str:
        if new == "bad":
            raise ValueError(new)
        return old + new

    reduced = clicks.group_by_key().window(tumbling("10ms"))
    reduced.reduce(joined, name="texts", emit="final", headers="kept").to("hits")
    with app.test() as t:
        for number, text in enumerate(("x", "y", "bad")):
            t.topic("clicks").send("a", text, timestamp=number, headers=(("n", b"%d" % number),))
        t.topic("clicks").send("z", "x", timestamp=100)
        (only,) = t.topic("hits").records()
        assert (only.value, only.headers) == ("xy", (("n", b"1"),))


@pytest.mark.parametrize(
    "window, more, told",
    [
        (tumbling("1m"), {"emit": "updates"}, "is for final results; an update has the headers"),
        (unlimited(), {"emit": "updates"}, "is for final results"),
        (tumbling("1m"), {"emit": "final", "headers": "yes"}, "headers='yes'; it takes \"kept\""),
    ],
)
def test_where_it_has_no_meaning_it_is_refused(window: Window, more: Any, told: str) -> None:
    clicks = App("app").stream("clicks", key=str, value=str).group_by_key()
    with pytest.raises(TopologyError) as caught:
        clicks.window(window).count(name="n", **{"headers": "kept", **more})
    assert told in str(caught.value)

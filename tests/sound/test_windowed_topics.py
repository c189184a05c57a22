"""Windowed keys go to a topic and come from one: in windows of a size, in sessions, in windows without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamz_core import App, Windowed, session, sliding, tumbling, unlimited, windowed
from streamz_core.codecs.plain import INT
from streamz_core.topology.windows import Window

WINDOWS: dict[str, tuple[Window, Windowed[str]]] = {
    "tumbling": (tumbling("10ms"), Windowed("ann", 10, 20)),
    "session": (session("5ms"), Windowed("ann", 12, 14)),
    "sliding": (sliding("3ms"), Windowed("ann", 11, 14)),
    "unlimited": (unlimited(), Windowed("ann", 0, 2**63 - 1)),
    "calendar": (tumbling("1d", tz="Europe/Berlin"), Windowed("ann", 0, 82_800_000)),
}


def counted(window: Window, home: str | None = None) -> App:
    """Clicks of a user -> how many in each window -> hits."""
    app = App("counted", home=home, topic_partitions=1)
    clicks = app.stream("clicks", key=str, value=str)
    clicks.group_by_key().window(window).count(name="counts").to("hits")
    return app


@pytest.mark.parametrize("name", WINDOWS)
def test_what_an_aggregate_wrote_is_read_as_a_stream_and_counted_by_its_windows(name: str) -> None:
    window, expected = WINDOWS[name]
    app = counted(window)
    hits = app.stream("hits", key=windowed(str, window), value=int)
    hits.group_by_key().count(name="updates").to("told")
    with app.test() as t:
        for at in (12, 14):
            t.topic("clicks").send("ann", "x", timestamp=at)
        assert t.topic("hits").records()[-1].key == expected
        found = t.topic("told").records()[-1]
        assert (found.key, t.store("updates").get(expected)) == (expected, found.value)


def test_it_is_read_as_a_table_with_a_row_for_each_window() -> None:
    app = counted(session("5ms"))
    app.table("hits", key=windowed(str, session("5ms")), value=int, materialized=True)
    with app.test() as t:
        for at in (12, 14, 30):
            t.topic("clicks").send("ann", "x", timestamp=at)
        # A session that grew left its first key: its row is deleted.
        rows = dict(t.store("hits").items())
        assert rows == {Windowed("ann", 12, 14): 2, Windowed("ann", 30, 30): 1}


def test_the_changelog_of_a_window_store_is_read_with_a_number_more(tmp_path: Path) -> None:
    app = counted(tumbling("10ms"), str(tmp_path / "home"))
    with app.producer("clicks") as clicks:
        clicks.send("clicks", "x", key="ann", timestamp=12)
    app.run(until="end")
    key = windowed(str, tumbling("10ms"), changelog=True)
    with app.consumer("counted-counts-changelog", key=key, value=INT) as consumer:
        assert [(each.key, each.value) for each in consumer.poll(0)] == [
            (Windowed("ann", 10, 20), 1)
        ]

"""The app of the soak: a table of counts, windows that close, and a hop, from bounded topics into bounded topics."""

from __future__ import annotations

from attrs import frozen

from streamz_core.app import App
from streamz_core.dsl.declared.windows import tumbling

PARTITIONS = 3
KEYS = 1000
KIB = 1 << 10
SMALL = {"retention.bytes": 256 * KIB, "segment.bytes": 64 * KIB}
OUTPUT = "counted"


@frozen
class Seen:
    """An event, sent at `at_ms`."""

    key: str
    at_ms: int


@frozen
class Counted:
    """How often a key was seen, and when the last event was sent."""

    n: int
    at_ms: int


def count(before: Counted, seen: Seen) -> Counted:
    return Counted(before.n + 1, seen.at_ms)


def nothing() -> Counted:
    return Counted(0, 0)


def short(seen: Seen) -> str:
    return seen.key[-2:]


def make_app(home: str) -> App:
    """What is kept is bounded by the keys there are, and by a minute of windows."""
    app = App("soak", home=home, durability="process")
    events = app.stream(
        app.topic("events", partitions=PARTITIONS, config=SMALL), key=str, value=Seen
    )
    events.group_by_key().aggregate(count, initial=nothing, name="counts")
    windows = events.group_by_key().window(tumbling("1s", grace="1s"))
    windows.aggregate(count, initial=nothing, name="seconds", retention="30s")
    hopped = events.group_by(short, name="short")
    out = app.topic(OUTPUT, partitions=PARTITIONS, config=SMALL)
    hopped.aggregate(count, initial=nothing, name="shorts").to(out)
    return app

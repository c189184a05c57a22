"""The app under chaos and its oracle: rolling hashes that show any lost, doubled or swapped record.

Each record carries its key and its number within the key. Eight steps fold them into a hash: by key, by
key and window, joined with a table, joined with a global table by another key, again behind a hop
under another key, as it was some records ago (a versioned table), of what came too late, and by key at
commits only. Whatever a worker does, the n-th output of a key has exactly one right value; at commits
some are left out, but not the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b

from attrs import frozen

from streamz_core.app import App
from streamz_core.dsl.declared.versions import versioned
from streamz_core.dsl.declared.windows import tumbling
from streamz_core.record import Record

PARTITIONS = 3
KEYS = 40
WINDOW_MS = 1000
STEP_MS = 130
STALL_MS = 2000
BACK = 3
"""So many records ago: what a versioned table is asked for."""
LATE = 5
"""Every so many-th record comes too late, whatever the others do."""
HOUR_MS = 3_600_000


@frozen
class Event:
    """Record number `n` (from 0) of a key."""

    key: str
    n: int


@frozen
class Roll:
    """How many records were folded, and their rolling hash."""

    n: int
    hash: bytes


EMPTY = Roll(0, b"")


def roll(before: Roll, event: Event) -> Roll:
    """The next hash."""
    text = f"{event.key}:{event.n}".encode()
    return Roll(before.n + 1, blake2b(before.hash + text, digest_size=8).digest())


def empty() -> Roll:
    return EMPTY


def named(event: Event, name: str | None) -> Event:
    return Event(f"{event.key}/{name}", event.n)


def mirrored(event: Event) -> str:
    return mirror(event.key)


def mirror(key: str) -> str:
    return "r-" + key


def back(record: Record[str, Event], _: object) -> Iterator[Record[str, Event]]:
    yield record.with_timestamp(record.timestamp - BACK * STEP_MS)


def was(_: Event, then: Roll | None) -> Roll:
    return then or EMPTY


def is_late(event: Event) -> bool:
    return event.n % LATE == LATE - 1


def delayed(record: Record[str, Event], _: object) -> Iterator[Record[str, Event]]:
    """An hour later, or at 0."""
    yield record.with_timestamp(0 if is_late(record.value) else record.timestamp + HOUR_MS)


def make_app(home: str) -> App:
    """The eight steps."""
    app = App("chaos", home=home, durability="process", max_poll_interval_ms=STALL_MS)
    events = app.stream(app.topic("in", partitions=PARTITIONS), key=str, value=Event)
    names = app.table(app.topic("names", partitions=PARTITIONS), key=str, value=str)
    out = {name: app.topic(name, partitions=PARTITIONS) for name in OUTPUTS}
    by_key = events.group_by_key()
    by_key.aggregate(roll, initial=empty, name="by-key").to(out["by-key-out"])
    windows = by_key.window(tumbling(f"{WINDOW_MS}ms", grace="1d"))
    windows.aggregate(roll, initial=empty, name="by-window").to(out["by-window-out"])
    joined = events.join(names, named, how="left")
    joined.group_by_key().aggregate(roll, initial=empty, name="joined").to(out["joined-out"])
    people = app.global_table(app.topic("people", partitions=PARTITIONS - 1), key=str, value=str)
    found = events.join(people, named, on=mirrored, how="left", name="met")
    found.group_by_key().aggregate(roll, initial=empty, name="found").to(out["found-out"])
    hopped = events.group_by(mirrored)
    hopped.aggregate(roll, initial=empty, name="hopped").to(out["hopped-out"])
    kept = by_key.aggregate(roll, initial=empty, name="versions", materialized=versioned("2m"))
    events.process_values(back).join(kept, was, how="left", name="was").to(out["was-out"])
    slow = events.process_values(delayed).group_by_key().window(tumbling("1s", grace="10m"))
    slow.count(name="slow")
    slow.late.group_by_key().aggregate(roll, initial=empty, name="late").to(out["late-out"])
    by_key.aggregate(roll, initial=empty, name="settled", emit="commit").to(out["settled-out"])
    return app


OUTPUTS = (
    "by-key-out",
    "by-window-out",
    "joined-out",
    "found-out",
    "hopped-out",
    "was-out",
    "late-out",
    "settled-out",
)
AT_ONCE = ("by-key-out", "by-window-out", "joined-out", "found-out", "was-out")
"""Each record of the input makes one of each of these, in its own commit."""
BEHIND = "hopped-out"
"""And this one in that of the task behind the hop."""
COMPACTED = ("by-key", "joined", "found", "hopped")
"""Stores whose changelogs keep the last of each key."""
AT_COMMITS = ("settled-out",)
"""Of these only the last of each commit comes out."""


def key_name(number: int) -> str:
    return f"k{number:03d}"


def stamp(n: int) -> int:
    """Event time of the n-th record of a key."""
    return 10_000 + n * STEP_MS


def expected(counts: dict[str, int]) -> dict[str, dict[str, list[Roll]]]:
    """Per output topic and key text: every value, in order, for so many records of each key."""
    found: dict[str, dict[str, list[Roll]]] = {name: defaultdict(list) for name in OUTPUTS}
    for key, count in counts.items():
        windows: dict[int, Roll] = {}
        rolled = joined = met = late = EMPTY
        for n in range(count):
            event = Event(key, n)
            rolled = roll(rolled, event)
            joined = roll(joined, named(event, f"name of {key}"))
            met = roll(met, named(event, f"person of {key}"))
            start = stamp(n) // WINDOW_MS * WINDOW_MS
            windows[start] = roll(windows.get(start, EMPTY), event)
            found["by-key-out"][key].append(rolled)
            found["settled-out"][key].append(rolled)
            found["was-out"][key].append(EMPTY if n < BACK else found["by-key-out"][key][n - BACK])
            if is_late(event):
                late = roll(late, event)
                found["late-out"][key].append(late)
            found["by-window-out"][f"{key}@{start}"].append(windows[start])
            found["joined-out"][key].append(joined)
            found["found-out"][key].append(met)
            found["hopped-out"]["r-" + key].append(rolled)
    return found


def settled(wanted: list[Roll], found: list[Roll]) -> list[Roll]:
    """What should have come out at commits: of what was found, in its order, what is right; and the last."""
    seen = {one.n for one in found}
    return [one for one in wanted if one.n in seen or one is wanted[-1]]

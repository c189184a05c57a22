"""The app under chaos and its oracle: rolling hashes that show any lost, doubled or swapped record.

Each record carries its key and its number within the key. Five steps fold them into a hash: by key, by
key and window, joined with a table, joined with a global table by another key, and again behind a hop
under another key. Whatever a worker does,
the n-th output of a key has exactly one right value.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b

from attrs import frozen

from streamz_core.app import App
from streamz_core.dsl.declared.windows import tumbling

PARTITIONS = 3
KEYS = 40
WINDOW_MS = 1000
STEP_MS = 130


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


def make_app(home: str) -> App:
    """The five steps."""
    app = App("chaos", home=home, durability="process")
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
    return app


OUTPUTS = ("by-key-out", "by-window-out", "joined-out", "found-out", "hopped-out")


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
        rolled = joined = met = EMPTY
        for n in range(count):
            event = Event(key, n)
            rolled = roll(rolled, event)
            joined = roll(joined, named(event, f"name of {key}"))
            met = roll(met, named(event, f"person of {key}"))
            start = stamp(n) // WINDOW_MS * WINDOW_MS
            windows[start] = roll(windows.get(start, EMPTY), event)
            found["by-key-out"][key].append(rolled)
            found["by-window-out"][f"{key}@{start}"].append(windows[start])
            found["joined-out"][key].append(joined)
            found["found-out"][key].append(met)
            found["hopped-out"]["r-" + key].append(rolled)
    return found

"""What the app left in its topics and stores, held against the recount."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import attrs

from examples.flights.app import app
from examples.flights.recount import Last, Ordered, Plain, Recount, Rows
from streamz_core import Record, Windowed
from streamz_core.broker.consumer import Consumer
from streamz_core.runtime.topics import topic_codecs

SHOWN = 5  # differences, for each topic and store
WAIT_S = 10.0
LEAVES = {str, int, float, type(None)}
FIELDS: dict[type, Any] = {}  # class -> what gives all its fields


@attrs.frozen
class Finding:
    """One topic or store: how much there was to compare, how it was done, what differs."""

    what: str
    count: int
    how: str
    different: list[str]


def findings(expected: Recount, streamz: list[str]) -> Iterator[Finding]:
    """Every topic and every store, one by one. `streamz`: how to start the command line."""
    for topic, want in expected.ordered.items():
        yield in_order(topic, want)
    for topic, last in expected.last.items():
        yield by_key(topic, last)
    for store in sorted(app.job().plan.stores):
        yield whole(store, expected.stores.get(store, {}), streamz)


def in_order(topic: str, want: Ordered) -> Finding:
    """Before a hop the topic is determined to the last record."""
    seen = dict.fromkeys(want, 0)
    different = []
    for record in records(topic):
        seen[record.partition] = record.offset + 1
        rows = want.get(record.partition, [])
        right = rows[record.offset] if record.offset < len(rows) else None
        found = (plain(record.key), plain(record.value), record.timestamp)
        if found != right:
            place = f"{topic}[{record.partition}]@{record.offset}"
            different.append(f"{place}: {found}, and not {right}")
    different += [
        f"{topic}[{partition}] ends at {seen[partition]}, and not at {len(rows)}"
        for partition, rows in want.items()
        if seen[partition] != len(rows)
    ]
    return Finding(topic, sum(seen.values()), "record by record", different)


def by_key(topic: str, want: Last) -> Finding:
    """Behind a hop the records of several partitions come together in any order, those of a key do not
    tell how often they were counted in between: what is left is how many there are, and the last."""
    found: Last = {}
    for record in records(topic):
        key = plain(record.key)
        count = found.get(key, (0, None, 0))[0]
        found[key] = (count + 1, plain(record.value), record.timestamp)
    count = sum(one[0] for one in found.values())
    return Finding(topic, count, "by key: number, last", differences(topic, found, want))


def whole(store: str, want: Rows, streamz: list[str]) -> Finding:
    """Every row of a store, as the command line shows it."""
    command = [*streamz, "query", app_file(), store, "--all", "--json"]
    answer = subprocess.run(  # noqa: S603 - our own
        command, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        return Finding(store, 0, "every row", [f"store {store}: {answer.stderr.strip()}"])
    found: Rows = {}
    for line in answer.stdout.splitlines():
        row = json.loads(line)
        found[unpacked(row["key"])] = (unpacked(row["value"]), row["timestamp"])
    different = differences(f"store {store}", found, want)
    return Finding(f"store {store}", len(found), "every row", different)


def records(topic: str) -> Iterator[Record[Any, Any]]:
    """Everything in a topic."""
    codecs = topic_codecs(app.build(), topic)
    assert codecs is not None, "the app writes it"
    with app.broker(create=False) as broker:
        consumer = Consumer(broker, [topic], key=codecs[0], value=codecs[1])
        while not consumer.at_end():
            found = consumer.poll(WAIT_S, records_max=1_000_000)
            if not found:
                raise SystemExit(f"demo: the end of {topic} cannot be read")
            yield from found


def differences(what: str, found: Mapping[Plain, Any], want: Mapping[Plain, Any]) -> list[str]:
    """Keys with other contents, in the order of the recount."""
    keys = [*want, *(key for key in found if key not in want)]
    return [
        f"{what}, key {key!r}: {found.get(key)}, and not {want.get(key)}"
        for key in keys
        if found.get(key) != want.get(key)
    ]


def plain(value: Any) -> Plain:
    """Objects as tuples of their fields."""
    kind = type(value)
    if kind in LEAVES:
        return value
    if kind is Windowed:
        return value.key, value.start, value.end
    fields = FIELDS.get(kind)
    if fields is None:
        fields = FIELDS[kind] = attrgetter(*[one.name for one in attrs.fields(kind)])
    return tuple([part if type(part) in LEAVES else plain(part) for part in fields(value)])


def unpacked(value: Any) -> Plain:
    """JSON objects as tuples of their fields."""
    return tuple(map(unpacked, value.values())) if isinstance(value, dict) else value


def app_file() -> str:
    return __file__.replace("compare.py", "app.py")

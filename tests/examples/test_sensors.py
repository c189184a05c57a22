"""Averages of minutes, held against a loop that knows what is late."""

from collections import defaultdict

import pytest

from examples.sensors import Minute, Reading, averages, plausible
from streamz_core import Windowed

SIZE, GRACE = 60_000, 10_000


def readings(count):
    """Of six boilers, one of them broken; some come late, some too late."""
    for number in range(count):
        delay = {5: 8_000, 8: 75_000}.get(number % 11, 0)
        at = max(1_500 * number - delay, 0)
        yield f"boiler-{number * 5 % 6}", Reading(70.0 + number % 9 if number % 6 else 1e6, at), at


def finals(rows, partition_of):
    """(What each closed minute comes to, what came too late): the time of a partition closes its minutes."""
    time, held, told, late = defaultdict(int), {}, {}, defaultdict(list)
    for key, reading, _ in rows:
        if not -50 <= reading.celsius <= 500:
            continue
        where = partition_of(key)
        time[where] = max(time[where], reading.at)
        start = reading.at // SIZE * SIZE
        if start + SIZE + GRACE > time[where]:
            held.setdefault((key, start), []).append(reading.celsius)
        else:
            late[key].append(reading)
    for (key, start), values in held.items():
        if start + SIZE + GRACE <= time[partition_of(key)]:
            told[Windowed(key, start, start + SIZE)] = sum(values) / len(values)
    return told, dict(late)


def test_the_functions_are_functions():
    assert averages(Minute().add(Reading(70.0, 0)).add(Reading(71.0, 1))) == 70.5
    assert plausible(Reading(70.0, 0))
    assert not plausible(Reading(1e6, 0))


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_what_is_late_counts_until_the_minute_is_closed(example):
    with example.app.test() as t:
        for celsius, at in ((70.0, 59_000), (71.0, 69_999), (80.0, 100), (90.0, 70_000), (0.0, 99)):
            t.topic("readings").send("a", Reading(celsius, at), timestamp=at)
        (told,) = t.topic("averages").records()
        assert told.key == Windowed("a", 0, 60_000)
        assert told.value == 75.0
        (late,) = t.topic("late-readings").records()
        assert (late.value, late.timestamp) == (Reading(0.0, 99), 99)


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(readings(900))
    example.run_and_kill("readings", rows)
    where = {record.key: record.partition for record in example.records("readings")}
    found = example.by_key("averages")
    expected, late = finals(rows, where.__getitem__)
    assert len(expected) > 50
    assert {key: values[-1] for key, values in found.items()} == pytest.approx(expected)
    assert all(len(values) == 1 for values in found.values())  # each final result once
    assert example.by_key("late-readings") == late
    assert sum(map(len, late.values())) > 50

"""Workers killed with SIGKILL while rows expire, and while time goes on without records: each change comes once."""

from __future__ import annotations

import os
import random
import signal
from collections import defaultdict

import pytest

from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT, STR
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.topology.windows import TimeWindows
from tests.cli.terminal import Running

ROUND_MS, TTL_MS, WINDOW_MS = 1000, 1500, 500
ROUNDS, EACH = 8, 30
KEYS = "abcd"

APP = f"""
import time

from streamz_core import App, expiring, tumbling

app = App("timed", topic_partitions=1, durability="process")
lines = app.stream("in", key=str, value=int, idle="200ms")


@lines.map_values(value=int)
def slowly(value: int) -> int:
    time.sleep(0.001)
    return value


@slowly.group_by_key().aggregate(initial=int, value=int, materialized=expiring("{TTL_MS}ms"))
def total(count: int, value: int) -> int:
    return count + 1


total.to_stream().to("counts")
hits = slowly.group_by_key().window(tumbling("{WINDOW_MS}ms")).count(name="hits", emit="final")
hits.to_stream().to("finals")
"""
FINALS = windowed_codec(STR, TimeWindows(WINDOW_MS, WINDOW_MS).extent)


def written(chance: random.Random) -> list[tuple[str, int]]:
    """(key, timestamp) in order: in each round some of the keys; who is left out of two rounds is over."""
    rows = []
    for number in range(ROUNDS):
        keys = [key for key in KEYS if chance.random() < 0.5] or [KEYS[0]]
        rows += [(chance.choice(keys), number * ROUND_MS + at) for at in range(EACH)]
    return rows


def counted(rows: list[tuple[str, int]]) -> dict[str, list[int | None]]:
    """Of each key every count, and None where the row was over; in the end all are."""
    told: dict[str, list[int | None]] = defaultdict(list)
    alive: dict[str, tuple[int, int]] = {}
    for key, at in rows:
        for other, (_, last) in list(alive.items()):
            if at - last > TTL_MS:
                told[other].append(None)
                del alive[other]
        alive[key] = (alive.get(key, (0, 0))[0] + 1, at)
        told[key].append(alive[key][0])
    for key in alive:
        told[key].append(None)
    return dict(told)


def final(rows: list[tuple[str, int]]) -> dict[tuple[str, int], list[int]]:
    """Of each key and window the one result."""
    found: dict[tuple[str, int], list[int]] = {}
    for key, at in rows:
        found.setdefault((key, at // WINDOW_MS * WINDOW_MS), [0])[0] += 1
    return found


@pytest.mark.parametrize("seed", [1])
def test_each_change_comes_once_whenever_a_worker_is_killed(tmp_path, watch, seed):
    chance = random.Random(seed)
    (tmp_path / "app.py").write_text(APP)
    rows = written(chance)
    watch.broker.backend.create_topic("in", 1, {})
    with Producer(watch.broker, key=STR, value=INT, linger_ms=10**6) as producer:
        for key, at in rows:
            producer.send("in", 1, key=key, timestamp=at)
    expected, finals = counted(rows), final(rows)
    changes = sum(map(len, expected.values()))
    last = sum(values[-1] is None for values in expected.values())

    def ends(topic: str) -> int:
        found = watch.log.state.names.get(topic)
        return 0 if found is None else watch.log.state.end(found.id, 0)

    with Running("app.py", cwd=tmp_path) as run:
        for share in (0.1, 0.5):
            kill(watch, lambda share=share: ends("counts") >= share * changes)
        kill(watch, lambda: watch.consumed("timed", "in"))  # from here on nothing comes by records
        kill(watch, lambda: ends("finals") == len(finals))
        watch.until(lambda: ends("counts") >= changes, "all rows are over")
        run.send(signal.SIGTERM)
        assert run.wait() == 0
    assert last > 0
    assert values(watch, "counts", STR) == expected
    assert {
        (key.key, key.start): found for key, found in values(watch, "finals", FINALS).items()
    } == finals


def kill(watch, when):
    """The worker, when that is so, as kill -9 does; the next one is there when this returns."""
    watch.until(when, "it got so far")
    (owner,) = watch.until(lambda: watch.owners("timed", 1), "a worker").values()
    os.kill(owner, signal.SIGKILL)
    watch.until(
        lambda: owner not in (watch.owners("timed", 1) or {"": owner}).values(), "another one"
    )


def values(watch, topic, key):
    backend = watch.broker.backend
    backend.watch([topic])
    found = defaultdict(list)
    at, end = 0, backend.end(topic, 0)
    while at < end:
        for batch in backend.fetch(topic, 0, at, bytes_max=1 << 20):
            for name, value in zip(batch.keys, batch.values, strict=True):
                found[key.decode(name)].append(None if value is None else INT.decode(value))
            at = batch.next_offset
    return dict(found)

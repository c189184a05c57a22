"""The hand-written programs and the apps put out the same: only then is their time worth comparing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
from tests.bench import data, tax

COUNT = 3000


def outputs(home: str, topic: str) -> dict[bytes, list[tuple[bytes, int]]]:
    """Per key what was put out, in order."""
    found = defaultdict(list)
    with Broker(machine(), home) as broker:
        broker.backend.watch([topic])
        for partition in range(broker.topic(topic).partitions):
            for batch in broker.backend.fetch(topic, partition, 0, bytes_max=1 << 60):
                for key, *rest in zip(batch.keys, batch.values, batch.timestamps, strict=True):
                    found[key].append(tuple(rest))
    return found


@pytest.mark.parametrize("value", list(data.VALUES))
@pytest.mark.parametrize("job", list(tax.HAND))
def test_both_put_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str, value: str
) -> None:
    monkeypatch.setitem(tax.KEYS, "fk-join", 700)  # rows change, and refer to others then
    home = str(tmp_path)
    with Broker(machine(), home, Config(durability="process")) as broker:
        tax.load(broker, job, value, COUNT, rows=500)
    tax.by_hand(home, job, value, 0)()
    tax.app_run(home, job, value, 0, profile=False)()()
    by_hand, by_app = outputs(home, "hand0"), outputs(home, "app0-out")
    assert sum(map(len, by_hand.values())) >= (700 if job == "fk-join" else COUNT // 3)
    # Behind the hop two partitions meet: the order decides whose time is the latest, and what is summed when.
    if job in MEETING:
        by_hand, by_app = MEETING[job](by_hand), MEETING[job](by_app)
    assert by_hand == by_app


def counts(found: dict[bytes, list[tuple[bytes, int]]]) -> dict[bytes, tuple[list[bytes], int]]:
    """Per key the values in order, and the last time."""
    return {key: ([value for value, _ in rows], rows[-1][1]) for key, rows in found.items()}


def lasts(
    found: dict[bytes, list[tuple[bytes, int]]],
) -> dict[bytes, tuple[int, tuple[bytes, int]]]:
    """Per key how many values, and the last one."""
    return {key: (len(rows), rows[-1]) for key, rows in found.items()}


def last(found: dict[bytes, list[tuple[bytes, int]]]) -> dict[bytes, tuple[bytes, int]]:
    """Per key the last value: whether an answer comes before the row changes again is a matter of commits."""
    return {key: rows[-1] for key, rows in found.items()}


MEETING = {"words": counts, "table-aggregate": lasts, "fk-join": last}

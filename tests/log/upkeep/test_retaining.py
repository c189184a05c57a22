"""What is kept of a partition."""

from __future__ import annotations

import pytest
from attrs import evolve

from streamz_core.errors import OffsetOutOfRange
from streamz_core.log.upkeep.retaining import PURGE_S
from streamz_core.log.values import TaskCommit
from tests.log.conftest import transaction_on
from tests.log.upkeep.conftest import House, read, send, values


def aged(kept: House, *times_ms: int) -> None:
    """One sealed file of two records each."""
    for number, time_ms in enumerate(times_ms):
        transaction = transaction_on(kept.log)
        transaction.send("t", 0, [None] * 2, values(2, 2 * number), [time_ms, 0])
        transaction.commit()
        kept.upkeep.turn()


def start(kept: House) -> int:
    kept.settle()
    kept.log.refresh()
    return kept.log.state.start(1, 0)


def test_old_files_go_by_their_newest_record(kept: House) -> None:
    kept.machine.advance(1_000_000)
    now_ms = kept.machine.now_ms
    kept.ask(retention_ms=1000)
    aged(kept, now_ms - 1001, now_ms - 1000, now_ms - 5000)
    assert start(kept) == 2, "a younger file keeps those behind it, as in Kafka"
    kept.machine.advance(1)
    assert start(kept) == 6
    assert kept.files("part") == []
    with pytest.raises(OffsetOutOfRange):
        read(kept.log, 0)


def test_what_is_too_much_goes(kept: House) -> None:
    aged(kept, 0, 0, 0, 0)
    size = kept.sealed()[0].bytes
    kept.ask(retention_bytes=2 * size)
    assert start(kept) == 4
    kept.ask(retention_bytes=2 * size - 1)
    assert start(kept) == 4, "it would be less than is to be kept"
    kept.ask(retention_bytes=size, cleanup_policy="compact", min_compaction_lag_ms=1 << 60)
    assert start(kept) == 4, "that goes by keys"
    kept.ask(retention_bytes=size)
    assert start(kept) == 6
    assert read(kept.log, 6) == values(2, 6)
    assert len(kept.files("part")) == 1


def test_without_a_rule_all_is_kept(kept: House) -> None:
    aged(kept, 0, 0)
    kept.machine.advance(1 << 40)
    assert start(kept) == 0


def test_what_the_app_consumed_of_its_own_goes_now_and_then(kept: House) -> None:
    own = kept.log.create_topic("own", 1, {"purge": "committed"}, "app").id
    transaction = transaction_on(kept.log)
    transaction.send("own", 0, [None] * 5, values(5), [0] * 5)
    transaction.commit()
    kept.settle()
    kept.log.commit([TaskCommit("app", "", 0, [(own, 0, 0, 3)])], [])
    kept.settle()
    kept.log.refresh()
    assert kept.log.state.start(own, 0) == 0
    kept.machine.advance(int(PURGE_S * 1000) + 1)
    kept.settle()
    kept.log.refresh()
    assert kept.log.state.start(own, 0) == 3
    assert [batch.values for batch in _fetch(kept, own)] == [values(2, 3)]
    send(kept.log, values(1))
    kept.machine.advance(int(PURGE_S * 1000) + 1)
    kept.settle()
    assert start(kept) == 0, "nobody owns it"


def _fetch(kept: House, topic: int):
    kept.log.watch(["own"])
    return kept.log.fetch(topic, 0, 3)


def test_changelogs_of_windows_do_not_go_by_the_clock(kept: House) -> None:
    kept.machine.advance(1_000_000)
    aged(kept, 0, 0)
    kept.ask(**{"cleanup.policy": "delete", "retention.ms": 1000, "retention.time": "window"})
    assert start(kept) == 0
    kept.ask(retention_ms=1000)
    state = kept.janitor.state
    mine = state.topics[1]
    state.topics[1] = state.names["t"] = evolve(mine, owner="app")
    assert start(kept) == 0, "one that was made before"
    state.topics[1] = state.names["t"] = mine
    assert start(kept) > 0

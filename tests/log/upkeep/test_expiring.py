"""Groups of which nobody lives lose their offsets, in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.coordination.seats import SESSION_MS, STATIC
from streamz_core.env.memory import MemoryMachine
from streamz_core.log.log import Log
from streamz_core.log.producing import claim, holds
from streamz_core.log.records.ownership import ShareRecord
from streamz_core.log.records.removal import ExpireRecord
from streamz_core.log.upkeep.expiring import expire, forget
from streamz_core.log.values import Stamp, TaskCommit
from tests.log.records.conftest import Hand

Open = Callable[..., Log]
DAY_MS = 24 * 3_600_000


@pytest.fixture
def log(opened: Open) -> Log:
    log = opened("process")
    log.create_topic("t", 1, {})
    return log


def commit(log: Log) -> None:
    log.commit([TaskCommit("plain", "", 0, [(1, 0, 0, 0)])], [])


def test_a_group_of_which_nobody_lives_for_so_long_is_forgotten(
    machine: MemoryMachine, log: Log
) -> None:
    commit(log)
    lsn = log.state.lsn
    assert expire(log, DAY_MS) == []
    assert expire(log, DAY_MS) == []
    assert log.state.lsn == lsn + 1, "marked once"
    machine.advance(DAY_MS - 2)
    assert expire(log, DAY_MS) == []
    machine.advance(3)
    assert expire(log, DAY_MS) == ["plain"]
    assert log.state.committed("plain", 1, 0) is None
    assert expire(log, DAY_MS) == []


@pytest.mark.parametrize("sign", ["commit", "member"])
def test_a_sign_of_life_begins_the_count_anew(
    machine: MemoryMachine, opened: Open, log: Log, sign: str
) -> None:
    commit(log)
    expire(log, DAY_MS)
    machine.advance(DAY_MS + 1)
    if sign == "commit":
        commit(log)
    else:
        other = opened()
        other.join(["t"], "plain", {})
        assert expire(log, DAY_MS) == []
        other.env.kill()  # type: ignore[attr-defined]
    assert expire(log, DAY_MS) == []
    machine.advance(DAY_MS + 1)
    assert expire(log, DAY_MS) == ["plain"]


def test_an_apps_offsets_stay(owned: Hand) -> None:
    owned.state.group_of("g").offsets[1, 0] = 0
    assert "is an app's" in ExpireRecord("g", 1, forget=False).refuse(owned.state)
    assert "no offsets" in ExpireRecord("else", 1, forget=False).refuse(owned.state)


# ---- ids of producers


def test_an_id_is_forgotten_when_its_producer_is_gone_for_so_long(
    machine: MemoryMachine, opened: Open, log: Log
) -> None:
    other = opened()
    stamp = claim(other, "p")
    assert forget(log, DAY_MS) == []
    machine.advance(2 * DAY_MS)
    assert forget(log, DAY_MS) == [], "it lives"
    assert log.state.producers["p"].idle_ms == 0
    other.env.kill()  # type: ignore[attr-defined]
    assert forget(log, DAY_MS) == []
    lsn = log.state.lsn
    machine.advance(DAY_MS - 1)
    assert forget(log, DAY_MS) == []
    assert log.state.lsn == lsn, "marked once"
    machine.advance(1)
    assert forget(log, DAY_MS) == ["p"]
    assert not holds(log, stamp)
    assert claim(log, "p") == Stamp("p", 1, 0)


def test_what_is_kept_for_the_name_of_a_dead_member_stays_as_long_as_it_said(
    machine: MemoryMachine, opened: Open, log: Log
) -> None:
    other = opened()
    other.join(["t"], "g", {STATIC: "a", SESSION_MS: 10_000})
    other.append(lambda _: ShareRecord("g", other.incarnation, ["t/0"], []))
    log.refresh()
    other.close()
    expire(log, DAY_MS)
    for _ in range(3):
        log.tick()
        machine.advance(3_000)
        assert other.incarnation in log.state.members
    machine.advance(3_000)
    expire(log, DAY_MS)
    assert other.incarnation not in log.state.members
    machine.advance(DAY_MS + 1)
    assert expire(log, DAY_MS) == ["g"], "a group that never committed is forgotten, too"

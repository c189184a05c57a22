"""What is lost, what cannot be read, and groups that begin anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt, Misuse, UnknownTopic
from streamz_core.log.log import Log
from streamz_core.log.removing import damaged, lose, reset
from streamz_core.log.values import TaskCommit
from tests.log.conftest import read, send

Open = Callable[..., Log]


def test_records_are_lost_once(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"%d" % number for number in range(6)])
    lose(log, 1, 0, 2, 4, "skip")
    before = log.state.lsn
    lose(log, 1, 0, 2, 4, "skip")
    assert log.state.lsn == before, "they were lost already"
    assert read(log) == [b"0", b"1"]
    assert read(log, 2) == [b"4", b"5"]
    for start, stop in ((0, 7), (3, 3), (-1, 2)):
        with pytest.raises(Misuse, match="Nothing was written"):
            lose(log, 1, 0, start, stop, "skip")
    with pytest.raises(Misuse, match="LOST: its cause is 'because'; there are skip, retention"):
        lose(log, 1, 0, 0, 1, "because")
    assert log.state.lsn == before


def test_a_group_is_reset_when_nobody_of_it_lives(machine: MemoryMachine, opened: Open) -> None:
    env = machine.process()
    member, log = opened("process", env=env), opened()
    log.create_topic("t", 1, {})
    send(log, [b"a", b"b"])
    member.join(["t"], "g", {})
    member.commit([TaskCommit("g", "", 0, [(1, 0, 0, 2)])], [])
    with pytest.raises(Misuse, match=r"group g has members \(.*\): end them first"):
        reset(log, "g", {(1, 0): 0}, asker="me")
    assert log.state.committed("g", 1, 0) == 2
    env.kill()
    reset(log, "g", {(1, 0): 0}, asker="me")
    assert log.state.committed("g", 1, 0) == 0


def test_a_reset_removes_the_topics_of_its_app(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {}, owner="g")
    send(log, [b"a", b"b"])
    assert read(log) == [b"a", b"b"]
    reset(log, "g", {}, [1], asker="me")
    with pytest.raises(UnknownTopic, match="no topic 't'"):
        read(log)
    log.create_topic("t", 2, {}, owner="another")
    send(log, [b"c"])
    assert read(log) == [b"c"]


def test_bytes_of_a_batch_that_is_lost_are_never_read(machine: MemoryMachine, opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    for value in (b"a", b"b", b"c", b"d"):
        send(log, [value * 6000] * 2)
    data = machine.tree.get(f"/log/data/{log.incarnation.hex()}/1").data
    for number in (1, 2):
        data[data.index(b"abcd"[number : number + 1] * 100)] ^= 1
    assert read(log) == [b"a" * 6000] * 2, "what stands before the damage is good"
    with pytest.raises(Corrupt, match=r"t\[0\]@2, commit 3.*streamz topics skip t 0 2"):
        read(log, 2)
    found = damaged(log, 1, 0, 0)
    assert found is not None
    assert found[:2] == (2, 6), "what follows each other is told at once"
    assert "t[0]@2, commit 3" in found[2]
    lose(log, 1, 0, 2, 4, "skip")
    assert damaged(log, 1, 0, 0, 4) is None
    found = damaged(log, 1, 0, 0)
    assert found is not None
    assert found[:2] == (4, 6)
    assert damaged(log, 1, 0, 5)[:2] == (4, 6), "of the batch that holds it"  # type: ignore[index]
    lose(log, 1, 0, 4, 6, "skip")
    assert damaged(log, 1, 0, 0) is None
    assert read(log) == [b"a" * 6000] * 2
    assert read(log, 2) == [b"d" * 6000] * 2

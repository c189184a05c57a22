"""Topics with other settings, and more partitions: for those who follow, and those who come later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Misuse, UnknownTopic
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.operating.altering import alter_topic
from streamz_core.log.upkeep.upkeep import Upkeep
from tests.log.conftest import read, send

Open = Callable[..., Log]


def test_new_partitions_are_written_and_read_by_all_who_follow(opened: Open) -> None:
    log, follower, later = opened("process"), opened(), opened()
    log.create_topic("t", 1, {})
    send(log, [b"a"])
    assert read(follower) == [b"a"]
    assert alter_topic(log, "t", 3, {}, asker="me").partitions == 3
    send(log, [b"b", b"c"], partition=2)
    assert read(follower, partition=2) == [b"b", b"c"]
    assert read(follower, partition=1) == []
    assert read(follower) == [b"a"]
    assert read(later, partition=2) == [b"b", b"c"], "who watches it from then on, too"
    assert read(opened(), partition=2) == [b"b", b"c"]
    assert later.state.digest() == log.state.digest()


def test_a_checkpoint_knows_of_it(machine: MemoryMachine, opened: Open) -> None:
    eager = Limits(checkpoint_bytes=0)
    log = Log.open(machine.process(), "/log", everything=True, limits=eager)
    log.create_topic("t", 1, {"retention.ms": 5})
    send(log, [b"a"])
    keeper = Keeper(log)
    assert keeper.turn() is not None
    alter_topic(log, "t", 2, {"retention.ms": 6}, asker="me")
    send(log, [b"b"], partition=1)
    for _ in range(2):
        later = opened()
        assert read(later, partition=1) == [b"b"]
        assert (later.topic("t").partitions, later.topic("t").config) == (2, {"retention.ms": 6})
        send(log, [b"c"])
        assert keeper.turn() is not None


def test_the_janitor_sees_to_new_partitions(opened: Open) -> None:
    log, janitor = opened("power"), opened()
    log.create_topic("t", 1, {})
    upkeep = Upkeep(janitor)
    alter_topic(log, "t", 2, {"segment.bytes": 1024}, asker="me")
    for _ in range(30):
        send(log, [b"x" * 100], partition=1)
    while upkeep.turn():
        pass
    assert len(read(opened(), partition=1)) == 30


def test_what_is_so_already_is_not_written(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 2, {"a": 1})
    before = log.state.lsn
    alter_topic(log, "t", 2, {"a": 1}, asker="me")
    assert log.state.lsn == before


def test_partitions_do_not_go_away(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 2, {})
    with pytest.raises(Misuse, match="t has 2 partitions, and none of them goes away: 1 are fewer"):
        alter_topic(log, "t", 1, {}, asker="me")
    with pytest.raises(Misuse, match="its number of partitions is 10001"):
        alter_topic(log, "t", 10_001, {}, asker="me")
    with pytest.raises(UnknownTopic):
        alter_topic(log, "u", 1, {}, asker="me")

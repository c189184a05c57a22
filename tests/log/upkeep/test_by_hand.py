"""Everything at once, because somebody asks for it."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.operating.altering import alter_topic
from streamz_core.log.packing import pack
from streamz_core.log.upkeep.by_hand import sizes, thorough, tidy_up
from tests.log.conftest import read, send
from tests.log.upkeep.conftest import House, house, kept
from tests.log.upkeep.test_compacting import left, put

__all__ = ["kept"]
PLAIN = Limits(inline_bytes=0, chain_segment_bytes=4000)


@pytest.fixture
def slow() -> House:
    """Nothing is due for a long time."""
    return house(MemoryMachine(), PLAIN)


def hand(one: House) -> Log:
    return Log.open(one.machine.process(), "/log", everything=True, limits=thorough(PLAIN))


@pytest.mark.parametrize("level", ["power", "process"])
def test_what_is_not_due_is_sealed_compacted_and_removed(level: str) -> None:
    one = house(MemoryMachine(), PLAIN, level)
    log = one.log
    alter_topic(log, "t", 2, {"cleanup.policy": "compact"}, asker="me")
    for number in range(60):
        put(log, (b"k%d" % (number % 3), b"%d" % number * 50))
    one.upkeep.turn()
    assert not one.sealed(), "it is too early for all of it"
    log.close()
    by_hand = hand(one)
    before = sizes(by_hand)
    tidy_up(by_hand)
    after = sizes(by_hand)
    rows = left(one.another(PLAIN))
    assert [offset for offset, _, _ in rows] == [57, 58, 59]
    assert after.bytes < before.bytes
    assert after.folders["part"][1] < before.folders["data"][1] / 10
    assert after.folders["data"] == (0, 0)
    assert after.folders["part"][0] == 1
    assert after.folders["ckpt"][0] >= 1
    place = by_hand.state.lsn
    tidy_up(by_hand)
    assert by_hand.state.lsn == place, "there is nothing left to be done"
    later = one.another(PLAIN)
    put(later, (b"k0", b"again"))  # so little is new that a janitor would wait
    tidy_up(by_hand)
    assert [offset for offset, _, _ in left(one.another(PLAIN))] == [58, 59, 60]


def test_one_topic_alone(slow: House) -> None:
    log = slow.log
    log.create_topic("u", 1, {})
    send(log, [b"a"] * 3)
    outputs = pack(log, log.topic("u"), 0, [None], [b"b"], [0])
    log.acknowledge(log.commit([], outputs).lsn)
    by_hand = hand(slow)
    tidy_up(by_hand, [by_hand.topic("u").id])
    assert set(by_hand.state.sealed.files) == {(2, 0)}
    tidy_up(by_hand)
    assert set(by_hand.state.sealed.files) == {(1, 0), (2, 0)}


def test_beside_a_janitor_and_writers_it_comes_to_an_end_and_loses_nothing(kept: House) -> None:
    log, by_hand = kept.log, hand(kept)
    for number in range(40):
        send(log, [b"%d" % number] * 2)
        if number % 3 == 0:
            kept.upkeep.turn()
        if number % 5 == 0:
            tidy_up(by_hand)
    kept.settle()
    assert read(kept.another()) == [b"%d" % (number // 2) for number in range(80)]


def test_what_comes_while_it_works_is_left(slow: House) -> None:
    send(slow.log, [b"a"])
    by_hand = hand(slow)
    append, count = by_hand.append, 0

    def busy(make: object) -> object:
        nonlocal count
        count += 1
        assert count < 50, "it never ends"
        send(slow.log, [b"b"])
        return append(make)  # type: ignore[arg-type]

    by_hand.append = busy  # type: ignore[method-assign, assignment]
    tidy_up(by_hand)
    assert by_hand.state.sealed.of(1, 0)[-1].stop == 1

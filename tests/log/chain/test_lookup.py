"""One record of the chain, wherever it stands by now."""

from __future__ import annotations

import pytest
from attrs import evolve

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.chain import poison
from streamz_core.log.chain.lookup import placed, record
from streamz_core.log.chain.succession import Begin
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log


def opened(machine: MemoryMachine, chain_segment_bytes: int = 300) -> Log:
    limits = Limits(chain_segment_bytes=chain_segment_bytes)
    return Log.open(machine.process(), "/log", limits=limits)


@pytest.fixture
def places(machine: MemoryMachine) -> list[Begin]:
    """Of each record, in several segments."""
    log = opened(machine)
    found = []
    for name in "abcdefg":
        log.create_topic(name, 1, {})
        found.append(log.chain.place)
    assert log.chain.segment > 2
    log.close()
    return found


def test_a_record_is_found_where_it_stands(machine: MemoryMachine, places: list[Begin]) -> None:
    log = opened(machine)
    asked = (log.env, log.layout, log.identity)
    for at in places:
        assert placed(*asked, at) == at
        assert record(*asked, at.lsn) == at


def test_there_is_none_of_another_hash_or_number(
    machine: MemoryMachine, places: list[Begin]
) -> None:
    log = opened(machine)
    asked = (log.env, log.layout, log.identity)
    for at in places:
        assert placed(*asked, evolve(at, hash=b"x" * 16)) is None
        assert placed(*asked, evolve(at, frame=at.frame + 1)) is None
    ahead = evolve(places[-1], lsn=places[-1].lsn + 1)
    assert placed(*asked, ahead) is None
    assert record(*asked, ahead.lsn) is None


def test_after_a_cold_start_it_is_found_elsewhere(
    machine: MemoryMachine, places: list[Begin]
) -> None:
    log = opened(machine)
    poison.poison(log.env, log.layout, log.identity)
    log.close()
    log = opened(machine)
    asked = (log.env, log.layout, log.identity)
    for at in places:
        found = placed(*asked, at)
        assert found is not None
        assert (found.lsn, found.hash) == (at.lsn, at.hash)
    assert found.segment > places[-1].segment


def test_what_the_log_reaches_back_to_no_more_is_not_known(
    machine: MemoryMachine, places: list[Begin]
) -> None:
    log = opened(machine)
    log.env.unlink("/log/commit/000001")
    asked = (log.env, log.layout, log.identity)
    assert record(*asked, 1) is None
    assert placed(*asked, places[0]) is None
    assert placed(*asked, places[-1]) == places[-1]


def test_nobody_begins_behind_a_seal(machine: MemoryMachine, places: list[Begin]) -> None:
    """It would not be known as one, and what a zombie appended behind it would be taken."""
    log = opened(machine)
    kinds = {at.lsn for at in places}
    seals = [lsn for lsn in range(1, places[-1].lsn) if lsn not in kinds]
    assert seals
    assert [record(log.env, log.layout, log.identity, lsn) for lsn in seals] == [None] * len(seals)

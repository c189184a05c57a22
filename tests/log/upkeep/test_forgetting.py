"""Commit segments go when nobody needs them, and whoever stood still meanwhile makes no other chain of them."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import NotReady
from streamz_core.log.chain.durability import Durability
from streamz_core.log.chain.succession import Succession
from streamz_core.log.checkpoints import finding
from streamz_core.log.inspection.checking import check
from streamz_core.log.inspection.survey import survey
from streamz_core.log.log import Log
from tests.log.upkeep.conftest import LIMITS, House, evolve, house, read, send, values

SMALL = evolve(LIMITS, chain_segment_bytes=300, checkpoint_bytes=300, inline_bytes=4096)


@pytest.fixture
def small() -> House:
    """Segments of two or three commits, whose records lie in them."""
    return house(MemoryMachine(), SMALL)


def grow(kept: House, count: int = 12) -> None:
    """So many commits, with a janitor's turn behind each."""
    for number in range(count):
        send(kept.log, [b"%d" % number * 60])
        kept.upkeep.turn()


def last(kept: House) -> int:
    kept.log.refresh()
    return kept.log.state.lsn


def segments(kept: House) -> list[int]:
    return [int(name.rpartition("/")[2]) for name in kept.files("commit")]


def test_old_segments_go_and_all_that_was_in_them_can_be_read(small: House) -> None:
    grow(small)
    small.settle()
    numbers = segments(small)
    assert numbers[0] > 1
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    log = small.another(SMALL)
    assert read(log) == [b"%d" % number * 60 for number in range(12)]
    assert log.state.lsn == last(small)


def test_copies_go_with_their_segment(small: House) -> None:
    for number in range(12):
        send(small.log, [b"%d" % number * 60])
        small.log._appending._frames.copy()
        assert number or small.files("copies") == ["copies/000001"]
        small.upkeep.turn()
    small.settle()
    first = segments(small)[0]
    found = [int(name[-6:]) for name in small.files("copies")]
    assert found[0] == first > 1
    assert found == segments(small)[: len(found)]
    env = small.machine.process()
    env.create(small.log.layout.copies_of(1)).close()  # of one who stood still
    small.settle()
    assert not env.exists(small.log.layout.copies_of(1))


def test_two_checkpoints_lie_behind_what_goes(small: House) -> None:
    grow(small)
    small.settle()
    env, log = small.machine.process(), small.log
    newest, second = finding.numbers(env, log.layout)[:2]
    env.unlink(log.layout.checkpoint(newest))
    again = small.another(SMALL)
    assert again.state.past.base[0] == second
    assert again.state.lsn == last(small)


def test_what_holds_records_that_are_not_sealed_stays() -> None:
    kept = house(MemoryMachine(), evolve(SMALL, seal_bytes=1 << 30, seal_s=1e9, seal_late_s=1e9))
    grow(kept)
    assert segments(kept)[0] == 1
    assert read(kept.log) == [b"%d" % number * 60 for number in range(12)]


def behind(kept: House) -> Log:
    """A handle that stands still at an old segment while the log goes on and forgets it."""
    still = kept.another(SMALL)
    at = still.chain.segment
    grow(kept, 20)
    kept.settle()
    assert segments(kept)[0] > at + 1
    return still


def test_who_stood_still_may_not_go_on(small: House) -> None:
    still = behind(small)
    before = segments(small)
    with pytest.raises(NotReady, match="stood still at segment 1, and the log went on"):
        still.refresh()
    with pytest.raises(NotReady):
        send(still, values(1))
    assert segments(small) == before


def test_a_segment_that_such_a_one_made_again_is_seen_through(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He may look before the others remove it, and make it after that."""
    first, second = small.another(SMALL), behind(small)
    # As if he had looked, and synced the segment before, while all was there.
    monkeypatch.setattr(Succession, "check_reached", lambda *_: None)
    monkeypatch.setattr(Durability, "secure", lambda _: None)
    send_blindly(first)
    monkeypatch.undo()
    assert 2 in segments(small), "it is there once more"
    with pytest.raises(NotReady, match="stood still at segment"):
        second.refresh()
    assert small.another(SMALL).state.lsn == last(small)
    assert read(small.another(SMALL)) == read(small.log)
    small.settle()
    assert 2 not in segments(small)


def send_blindly(log: Log) -> None:
    """As far as the next segment; what he appends there nobody reads."""
    log.chain.tail()
    assert log.chain.sealed
    log._appending._rolling.go_on()


def test_what_is_left_can_be_checked_and_looked_at(small: House) -> None:
    grow(small)
    small.settle()
    log = small.another(SMALL)
    found = check(log.env, log.layout, log.identity)
    assert (found.commits, found.faults) == (log.state.lsn, [])
    seen = survey(log.env, log.layout, log.identity)
    assert (seen.commits, seen.records, seen.why) == (log.state.lsn, 12, "")
    assert seen.since > 0

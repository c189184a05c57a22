"""Which segment follows which."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt, ForeignLog
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import encode_segment
from streamz_core.log.chain.succession import Begin, Succession, read_segment_head
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from tests.log.chain.test_layout import HEAD, LAYOUT, WHO
from tests.log.chain.test_layout import begun as written


@pytest.fixture
def log(machine: MemoryMachine) -> Log:
    """Four segments, which continue the commits 0, 1, 3 and 5."""
    log = Log.open(machine.process(), "/log", limits=Limits(chain_segment_bytes=1))
    for name in "abc":
        log.create_topic(name, 1, {})
    return log


def begun(log: Log, begin: Begin) -> Succession:
    return Succession(log.env, log.layout, log.identity, begin)


def test_reading_begins_in_the_newest_segment_that_begins_before(log: Log) -> None:
    heads = [begun(log, Begin(lsn, b"?")).first for lsn in (2, 4, 6, 100)]
    assert [(head.number, head.lsn) for head in heads] == [(2, 1), (3, 3), (4, 5), (4, 5)]
    whole = begun(log, Begin())
    assert whole.first.number == 1
    following = [whole.behind(number) for number in range(1, 5)]
    assert [head and head.lsn for head in following] == [1, 3, 5, None]


def test_a_segment_that_comes_later_is_found_when_it_is_looked_for(log: Log) -> None:
    succession = begun(log, Begin())
    assert succession.look_behind(4) is None
    log.create_topic("d", 1, {})
    assert succession.behind(4) is None
    found = succession.look_behind(4)
    assert found is not None
    assert found.lsn == 7
    assert succession.behind(4) == found


def test_what_is_missing_is_told(log: Log) -> None:
    log.env.unlink("/log/commit/000001")
    with pytest.raises(Corrupt, match="begins behind commit 1, and commit 1 is needed"):
        begun(log, Begin())
    with pytest.raises(Corrupt, match="continues another commit 3"):
        begun(log, Begin(3, b"other"))
    log.env.unlink("/log/commit/000003")
    assert begun(log, Begin(6)).first.number == 4
    with pytest.raises(Corrupt, match="begins behind commit 5, and commit 4 is needed"):
        begun(log, Begin(3))


def test_a_head_that_is_cut_or_of_another_log_is_refused(machine: MemoryMachine) -> None:
    written(machine, encode_segment(WHO, HEAD)[:-1])
    with pytest.raises(Corrupt, match="000002: the first frame is damaged"):
        read_segment_head(machine.process(), LAYOUT, WHO, 2)
    file = machine.process().create(LAYOUT.segment(7))
    file.close()
    with pytest.raises(Corrupt, match=r"000007: .*between 000002 and it are not there: .*move it"):
        read_segment_head(machine.process(), LAYOUT, WHO, 7)
    machine.tree.remove(LAYOUT.segment(7))
    other = Identity(b"o" * 16, b"k" * 32, "power")
    machine.tree.remove(LAYOUT.segment(2))
    written(machine, encode_segment(other, HEAD))
    with pytest.raises(ForeignLog, match=r"000002 belongs to log 6f6f.*, not to 6969"):
        read_segment_head(machine.process(), LAYOUT, WHO, 2)

"""What a check finds: the place of each byte that is not as it was, and nothing that was given up."""

import pytest

from streamz_core.log.chain.copies import Healed
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.inspection.checking import check
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.removing import lose
from tests.log.conftest import send
from tests.log.upkeep.conftest import kept

__all__ = ["kept"]

BIG = b"x" * 5000


@pytest.fixture
def log(opened):
    log = opened()
    log.create_topic("t", 2, {})
    for value in (b"small", BIG, BIG * 2):
        send(log, [value, b"beside"])
    return log


def checked(log):
    return check(log.env, log.layout, log.identity)


def damage(log, machine, path, at):
    file = machine.process().open(path, write=True)
    byte = file.pread(1, at)
    file.pwrite(bytes([byte[0] ^ 1]), at)
    file.close()


def data_file(log):
    return log.layout.data_file(log.incarnation, 1)


def test_a_sound_log_has_no_faults(log):
    found = checked(log)
    assert (found.commits, found.ranges, found.faults) == (log.state.lsn, 2, [])
    assert found.bytes > 3 * len(BIG)


def test_a_damaged_range_is_told_with_its_place(log, machine):
    damage(log, machine, data_file(log), 1000)
    (fault,) = checked(log).faults
    assert (fault.topic, fault.partition, fault.start, fault.stop) == ("t", 0, 2, 4)
    assert fault.lsn == log.state.lsn - 1
    assert f"{data_file(log)} at " in fault.why


def test_what_was_given_up_is_no_fault(log, machine):
    damage(log, machine, data_file(log), 1000)
    lose(log, log.topic("t").id, 0, 2, 4, "skip")
    assert checked(log).faults == []


def test_payload_inside_of_the_chain_is_looked_at(log, machine):
    segment = log.layout.segment(1)
    at = log.env.read(segment).index(b"small")
    damage(log, machine, segment, at)
    (fault,) = checked(log).faults
    assert (fault.topic, fault.start, fault.stop) == ("t", 0, 2)
    assert f"{segment} at " in fault.why


def test_a_chain_that_cannot_be_read_to_its_end_is_told(log, machine):
    segment = log.layout.segment(1)
    first = log.env.read(segment).index(b"small")
    damage(log, machine, segment, first - 40)  # its head
    found = checked(log)
    (fault,) = found.faults
    assert (fault.lsn, fault.topic) == (2, "")
    assert f"{segment} at " in fault.why
    assert found.commits == 1


def test_a_chain_that_ends_before_what_was_durable_is_told(log):
    log.acknowledge(log.state.lsn)
    segment = log.layout.segment(1)
    whole = log.env.read(segment)
    log.env.unlink(segment)
    file = log.env.create(segment)
    file.append(whole[: whole.index(b"small") - 60])
    file.close()
    (fault,) = checked(log).faults
    assert f"commit {log.state.lsn} was durable" in fault.why


@pytest.mark.parametrize("value", [b"small", b"last"])
def test_what_is_read_from_a_copy_is_healed(log, machine, value):
    send(log, [b"last"])
    log.close()
    segment = log.layout.segment(1)
    damage(log, machine, segment, log.env.read(segment).index(value) - 40)
    found = checked(log)
    (lsn,) = {one.lsn for one in found.healed}
    assert found.healed == [Healed(lsn, segment, log.layout.copies_of(1))]
    assert lsn == {b"small": 2, b"last": 5}[value]
    assert (found.faults, found.commits) == ([], 5)


def test_so_is_what_a_checkpoint_knows_of(log, machine):
    watching = Log.open(machine.process(), "/log", everything=True, limits=Limits(checkpoint_s=0))
    assert Keeper(watching).turn()
    segment = log.layout.segment(1)
    log.close()
    damage(log, machine, segment, log.env.read(segment).index(b"small"))
    found = checked(log)
    assert {(one.lsn, one.copy) for one in found.healed} == {(2, log.layout.copies_of(1))}
    assert found.faults == []


class Meddled:
    """The door of a process beside which a janitor turns, at the first look at a sealed file."""

    def __init__(self, env, meddle):
        self._env = env
        self._meddle = meddle

    def __getattr__(self, name):
        return getattr(self._env, name)

    def open(self, path, *, write=False):
        if "/part/" in path and self._meddle:
            meddle, self._meddle = self._meddle, None
            meddle()
        return self._env.open(path, write=write)


def test_a_file_that_goes_while_it_is_looked_at_is_no_fault(kept):
    for number in range(7):
        send(kept.log, [b"%d" % number])
        kept.settle()
    assert len(kept.sealed()) > 1

    def meddle():
        for number in range(7, 30):
            send(kept.log, [b"%d" % number])
            kept.settle()

    before = {file.name for file in kept.sealed()}
    found = check(Meddled(kept.log.env, meddle), kept.log.layout, kept.log.identity)
    assert before.isdisjoint({file.name for file in kept.sealed()}), "all were merged"
    assert found.faults == []


def test_a_file_that_is_gone_for_good_is_a_fault_though_others_work(kept):
    send(kept.log, [b"a"])
    kept.settle()
    (file,) = kept.sealed()
    path = kept.log.layout.sealed(1, 0, file.base, file.name)

    def meddle():
        kept.log.env.unlink(path)
        send(kept.log, [b"b"])

    (fault,) = check(Meddled(kept.log.env, meddle), kept.log.layout, kept.log.identity).faults
    assert f"{path} is missing" in fault.why

"""What a check finds: the place of each byte that is not as it was, and nothing that was given up."""

import pytest

from streamz_core.log.chain.copies import Healed
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.inspection.checking import check
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.removing import lose
from tests.log.conftest import send

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

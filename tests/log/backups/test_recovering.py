"""A log that cannot be opened goes on from what can be read, and nothing of the damaged one is thrown away."""

import pytest

from streamz_core.errors import Corrupt, Misuse
from streamz_core.log.backups.recovering import finish, look, roll_back
from streamz_core.log.chain import identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.poison import poison
from streamz_core.log.inspection.checking import check
from streamz_core.log.log import Log
from tests.log.conftest import read, send

LOG = Layout("/log")
BIG = b"x" * 6000


@pytest.fixture
def closed(opened, machine):
    """The door to a machine with a log of four commits behind its topic, which nobody has open."""
    log = opened()
    log.create_topic("t", 1, {})
    for value in (b"one", BIG, b"three", BIG):
        send(log, [value])
        log.acknowledge(log.state.lsn)
    log.close()
    machine.process().remove_tree(LOG.copies)  # which would heal it
    return machine.process()


def who(env):
    return identity.decode(env.read(LOG.identity), LOG.identity)


def damage(env, path, at, data=b"?"):
    file = env.open(path, write=True)
    file.pwrite(data, at)
    file.close()


def cut(env, path, size):
    data = env.read(path)[:size]
    env.unlink(path)
    file = env.create(path)
    file.append(data)
    file.close()


def test_a_sound_log_needs_nothing(closed):
    found = look(closed, LOG, who(closed))
    assert (found.lsn, found.lost, found.why) == (5, 0, "")


def test_damage_in_the_chain_ends_it_there(closed):
    segment = LOG.segment(1)
    damage(closed, segment, closed.read(segment).index(b"three") - 50)
    with pytest.raises(Corrupt):
        Log.open(closed, "/log")
    before = {path: closed.read(path) for path in ("/log/LOG", segment)}
    found = look(closed, LOG, who(closed))
    assert (found.lsn, found.known, found.lost) == (3, 5, 2)
    assert f"{segment} at " in found.why
    assert {path: closed.read(path) for path in before} == before
    assert roll_back(closed, LOG, who(closed), "/log.damaged") == 3
    log = Log.open(closed, "/log")
    assert read(log) == [b"one", BIG]
    assert send(log, [b"on"]) == 4
    assert closed.read("/log.damaged/commit/000001") == before[segment]
    assert check(closed, LOG, who(closed)).faults == []


def test_what_was_cut_off_is_told_and_given_up(closed):
    segment = LOG.segment(1)
    cut(closed, segment, closed.read(segment).index(b"three") - 100)
    with pytest.raises(Corrupt, match="was durable"):
        Log.open(closed, "/log")
    found = look(closed, LOG, who(closed))
    assert (found.lsn, found.lost) == (3, 2)
    assert "commit 5 was durable" in found.why
    roll_back(closed, LOG, who(closed), "/log.damaged")
    assert read(Log.open(closed, "/log")) == [b"one", BIG]


def test_a_data_file_that_is_gone_leaves_a_log_whose_records_can_be_skipped(closed):
    (name,) = closed.list("/log/data")
    closed.unlink(f"/log/data/{name}/1")
    segment = LOG.segment(1)
    damage(closed, segment, closed.read(segment).index(b"three") - 50)
    roll_back(closed, LOG, who(closed), "/log.damaged")
    faults = check(closed, LOG, who(closed)).faults
    assert [(fault.topic, fault.start, fault.stop) for fault in faults] == [("t", 1, 2)]
    log = Log.open(closed, "/log", watch=["t"])
    assert log.fetch(log.topic("t").id, 0, 0)[0].values == [b"one"]


def test_nobody_may_have_it_open_and_nothing_is_overwritten(closed):
    log = Log.open(closed, "/log")
    for call in (look, lambda *log: roll_back(*log, "/log.damaged")):
        with pytest.raises(Misuse, match="has this log open"):
            call(closed, LOG, who(closed))
    log.close()
    with pytest.raises(Misuse, match="/log exists"):
        roll_back(closed, LOG, who(closed), "/log")


def test_an_interrupted_one_is_finished(closed):
    assert not finish(closed, LOG)
    roll_back(closed, LOG, who(closed), "/log.damaged")
    closed.rename("/log", "/log.recovered")
    assert finish(closed, LOG)
    assert look(closed, LOG, who(closed)).lsn == 5


def test_a_look_writes_nothing_and_is_free_to_look_after_a_failed_sync(machine):
    """At level process a handle that was opened syncs when it is closed, and tells how far."""
    env = machine.process()
    log = Log.open(env, "/log", level="process")
    log.create_topic("t", 1, {})
    send(log, [b"one"])
    env.kill()
    env = machine.process()
    before = env.exists(LOG.durable)
    poison(env, LOG, who(env))
    assert look(env, LOG, who(env)).lsn == 2
    assert env.exists(LOG.durable) == before

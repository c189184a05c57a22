"""A log that cannot be opened goes on from what can be read, and nothing of the damaged one is thrown away."""

import errno

import pytest

from streamz_core.errors import Corrupt, Misuse
from streamz_core.log.backups.recovering import finish, give_up, look, roll_back
from streamz_core.log.chain import identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.poison import poison
from streamz_core.log.inspection.checking import check
from streamz_core.log.log import Log
from tests.log.chain.test_recovery import Rebooted
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


class Worn(Rebooted):
    """After a reboot the disk cannot read some places of a file."""

    bad: tuple[str, int] = ("", 0)

    def open(self, path, *, write=False):
        file = super().open(path, write=write)
        name, at = self.bad
        if name and path == name:
            read = file.pread

            def pread(size, offset):
                if offset <= at < offset + size:
                    raise OSError(errno.EIO, "Input/output error", path)
                return read(size, offset)

            file.pread = pread
        return file


@pytest.fixture(params=[False, True], ids=["power cut", "failed sync"])
def worn(opened, machine, request):
    """A machine whose log has a commit of 6,000 bytes, not known to be durable, which the disk cannot read."""
    log = opened("process")
    log.create_topic("t", 1, {})
    for value in (b"one", BIG, b"three", b"y" * 9000):
        send(log, [value])
    if request.param:
        poison(log.env, LOG, log.identity)
    log.env.kill()
    env = Worn(machine)
    env.bad = (LOG.data_file(log.incarnation, 1), 2000)
    return env


def test_what_the_disk_cannot_read_of_the_last_commits_is_given_up_by_command(worn, machine):
    with pytest.raises(Corrupt, match=r"cannot read it.*to go on without: streamz log recover"):
        Log.open(worn, "/log")
    before = {path: bytes(content.data) for path, content in machine.tree.files()}
    found = look(worn, LOG, who(worn))
    ((gap),) = found.unreadable
    assert (found.lsn, found.why, found.lost) == (5, "", 0)
    assert (gap.topic, gap.partition, gap.start, gap.stop, gap.lsn) == ("t", 0, 1, 2, 3)
    assert "the disk cannot read it" in gap.why
    assert {path: bytes(content.data) for path, content in machine.tree.files()} == before
    assert give_up(worn, LOG, who(worn)) == [gap]
    log = Log.open(worn, "/log")
    log.watch(["t"])
    assert log.state.lost_in(1, 0).kept(0, 4) == [(0, 1), (2, 4)]
    rows = [value for batch in log.fetch(1, 0, 2, bytes_max=1 << 30) for value in batch.values]
    assert rows == [b"three", b"y" * 9000]
    log.close()
    worn.boot = "third boot"
    assert look(worn, LOG, who(worn)).unreadable == []
    Log.open(worn, "/log").close()


def test_nothing_is_given_up_while_somebody_has_the_log_open(closed):
    log = Log.open(closed, "/log")
    with pytest.raises(Misuse, match="has this log open"):
        give_up(closed, LOG, who(closed))
    log.close()
    assert give_up(closed, LOG, who(closed)) == []

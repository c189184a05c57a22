"""Cold start: the first process after a failed sync or a reboot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.env.tree import parent
from streamz_core.errors import Corrupt, NotReady
from streamz_core.log.chain import poison, recovery
from streamz_core.log.chain.layout import segments
from streamz_core.log.chain.recovery import witnesses
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.removing import lose
from tests.log.conftest import transaction_on

Open = Callable[..., Log]


class Rebooted(MemoryEnv):
    """A process after a reboot: the same files, another boot."""

    boot = "second boot"

    def boot_id(self) -> str:
        return self.boot


def filled(machine: MemoryMachine, level: str = "power") -> Log:
    """A log of one topic with three commits, the second in a data file."""
    log = Log.open(machine.process(), "/log", level=level)
    log.create_topic("t", 1, {})
    for value in (b"one", b"two" * 3000, b"three"):
        transaction = transaction_on(log)
        transaction.send("t", 0, [b"k"], [value], [1])
        transaction.commit()
    return log


def commit(log: Log, value: bytes) -> None:
    transaction = transaction_on(log)
    transaction.send("t", 0, [b"k"], [value], [1])
    transaction.commit()


def raw(machine: MemoryMachine) -> bytearray:
    return machine.tree.get("/log/commit/000001").data


def values(log: Log) -> list[bytes | None]:
    log.watch(["t"])
    topic = log.topic("t")
    return [value for batch in log.fetch(topic.id, 0, 0) for value in batch.values]


def reopened(machine: MemoryMachine) -> Log:
    return Log.open(Rebooted(machine), "/log")


def test_after_a_reboot_a_new_segment_is_begun(machine: MemoryMachine) -> None:
    before = filled(machine)
    digest = before.state.digest()
    before.close()
    log = reopened(machine)
    assert log.state.digest() == digest
    assert machine.process().list("/log/commit") == ["000001", "000002"]
    assert values(log) == [b"one", b"two" * 3000, b"three"]
    transaction = transaction_on(log)
    transaction.send("t", 0, [b"k"], [b"four"], [1])
    transaction.commit()
    again = Log.open(Rebooted(machine), "/log")
    assert values(again)[-1] == b"four"


def test_the_same_boot_goes_on_in_the_same_segment(machine: MemoryMachine) -> None:
    filled(machine).close()
    Log.open(machine.process(), "/log").close()
    assert machine.process().list("/log/commit") == ["000001"]


def test_what_lies_behind_a_hole_ends_the_log_if_nobody_knew_it_durable(
    machine: MemoryMachine,
) -> None:
    log = filled(machine, "process")
    end = len(machine.tree.get("/log/commit/000001").data)
    transaction = transaction_on(log)
    transaction.send("t", 0, [b"k"], [b"four"], [1])
    transaction.commit()
    transaction.send("t", 0, [b"k"], [b"five"], [1])
    transaction.commit()
    log.env.kill()  # type: ignore[attr-defined]
    machine.tree.get("/log/commit/000001").data[end + 50] ^= 1
    assert values(reopened(machine)) == [b"one", b"two" * 3000, b"three"]


def test_payload_that_did_not_arrive_ends_the_log(machine: MemoryMachine) -> None:
    log = filled(machine, "process")
    name = f"/log/data/{log.incarnation.hex()}/1"
    log.env.kill()  # type: ignore[attr-defined]
    machine.tree.get(name).data[-100:] = bytes(100)
    assert values(reopened(machine)) == [b"one"]


def test_a_durable_commit_that_is_lost_is_refused_and_nothing_is_touched(
    machine: MemoryMachine,
) -> None:
    log = filled(machine)
    end = len(machine.tree.get("/log/commit/000001").data)
    log.close()
    machine.process().remove_tree("/log/copies")
    machine.tree.get("/log/commit/000001").data[end - 20] ^= 1
    with pytest.raises(Corrupt, match=r"commit 4 \(\w+\) was durable.*only up to commit 3"):
        reopened(machine)
    assert machine.process().list("/log/commit") == ["000001"]


def test_a_failed_sync_ends_everybody_and_the_next_start_heals(machine: MemoryMachine) -> None:
    log = filled(machine)
    env = machine.process()
    poison.poison(env, log.layout, log.identity)
    with pytest.raises(NotReady, match="needs a cold start"):
        Log.open(env, "/log", limits=Limits(lock_wait_s=0.01))
    log.close()
    healed = Log.open(env, "/log")
    assert values(healed) == [b"one", b"two" * 3000, b"three"]
    assert not poison.is_poisoned(env, log.layout, log.identity)


def test_what_was_skipped_because_it_cannot_be_read_does_not_keep_the_log_from_its_start(
    machine: MemoryMachine,
) -> None:
    log = filled(machine)
    rotten = machine.tree.get(f"/log/data/{log.incarnation.hex()}/1").data
    rotten[-1] ^= 1
    poison.poison(log.env, log.layout, log.identity)
    log.close()
    with pytest.raises(Corrupt, match=r"commit 3 .* was durable"):
        Log.open(machine.process(), "/log")
    machine.process().unlink(log.layout.poison)
    log = Log.open(machine.process(), "/log", watch=["t"])
    lose(log, 1, 0, 1, 2, "skip")
    poison.poison(log.env, log.layout, log.identity)
    log.close()
    healed = Log.open(machine.process(), "/log")
    assert values(healed) == [b"one"]
    assert [batch.values for batch in healed.fetch(1, 0, 1)] == [[b"three"]]


def test_what_was_skipped_by_a_record_that_is_gone_ends_the_log_after_all(
    machine: MemoryMachine,
) -> None:
    log = filled(machine, "process")
    commit(log, b"fourth" * 2000)
    lose(log, 1, 0, 0, 2, "skip")
    log.env.kill()  # type: ignore[attr-defined]
    data = machine.tree.get(f"/log/data/{log.incarnation.hex()}/1").data
    for rotten in (b"two" * 10, b"fourth" * 10):
        data[data.index(rotten)] ^= 1
    again = reopened(machine)
    assert values(again) == [b"one"], "the skip stood behind the fourth, which is no more"
    assert again.state.start(1, 0) == 0


def test_a_cold_start_may_be_killed_anywhere(machine: MemoryMachine) -> None:
    """It runs again from the beginning, whatever it left."""
    log = filled(machine)
    digest = log.state.digest()
    log.close()

    class Fragile(Rebooted):
        left = 0

        def check(self) -> None:
            super().check()
            Fragile.left -= 1
            if Fragile.left == 0:
                raise KeyboardInterrupt

    for steps in range(1, 200):
        Fragile.left = steps
        env = Fragile(machine)
        try:
            opened = Log.open(env, "/log")
        except KeyboardInterrupt:
            Fragile.left = -1
            env.kill()
            continue
        assert opened.state.digest() == digest
        break
    else:
        pytest.fail("never came through")
    assert steps > 20
    assert not recovery.needed(Rebooted(machine), opened.layout, opened.identity)


class Careless(Rebooted):
    """A process that is killed at its `left`-th call; `unsynced`: names that a power cut would take."""

    def __init__(self, machine: MemoryMachine, unsynced: set[str], left: int = 0) -> None:
        super().__init__(machine)
        self.left = left
        self.unsynced = unsynced

    def check(self) -> None:
        super().check()
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def link(self, source: str, target: str) -> None:
        super().link(source, target)
        self.unsynced.add(target)

    def make_dirs(self, path: str) -> None:
        fresh = path
        while not self.machine.tree.exists(fresh):
            self.unsynced.add(fresh)
            fresh = parent(fresh)
        super().make_dirs(path)

    def sync_dir(self, path: str) -> None:
        super().sync_dir(path)
        self.unsynced -= {name for name in self.unsynced if parent(name) == path}


@pytest.mark.parametrize("begun", [False, True])
def test_no_name_is_relied_on_before_it_is_durable(*, begun: bool) -> None:
    """Somebody is killed while he makes a log, or a segment after a reboot; the next one goes on."""
    for steps in range(1, 300):
        machine = MemoryMachine()
        if begun:
            filled(machine, "process").close()
        unsynced: set[str] = set()
        first = Careless(machine, unsynced, steps)
        try:
            Log.open(first, "/log" if begun else "/home/made/log")
        except KeyboardInterrupt:
            first.kill()
        else:
            break
        log = Log.open(Careless(machine, unsynced), "/log" if begun else "/home/made/log")
        needed = {"/home", "/home/made", log.layout.root, log.layout.identity, log.layout.commit}
        needed |= {log.layout.segment(number) for number in segments(log.env, log.layout)}
        assert not needed & unsynced, f"killed at call {steps}"
    assert steps > 20


def test_a_second_cold_start_may_know_less_than_the_first(machine: MemoryMachine) -> None:
    """What was durable was known from a frame behind a hole, which the new segment does not repeat."""
    log = filled(machine, "process")
    lsn, hash_ = log.state.lsn, log.state.hash
    commit(log, b"four")
    hole = len(raw(machine))
    commit(log, b"five")
    log.durability.durable = (lsn, hash_)  # a frame says so, and the hint did not reach the disk
    commit(log, b"six")
    log.env.kill()  # type: ignore[attr-defined]
    raw(machine)[hole + 50] ^= 1
    machine.tree.get("/log/durable").data.clear()
    for boot in ("second boot", "third boot", "third boot"):
        env = Rebooted(machine)
        env.boot = boot
        log = Log.open(env, "/log")
        assert values(log)[-1] == b"four"
        log.close()
        machine.tree.get("/log/durable").data.clear()


def test_a_log_without_its_segments_is_not_begun_anew(machine: MemoryMachine) -> None:
    filled(machine).close()
    machine.tree.remove("/log/commit/000001")
    with pytest.raises(Corrupt, match=r"commit 4 .* was durable"):
        reopened(machine)
    assert machine.process().list("/log/commit") == []


def test_a_short_write_of_the_identity_goes_on(machine: MemoryMachine) -> None:
    class Short(MemoryEnv):
        def create(self, path: str) -> MemoryFile:
            file = super().create(path)
            whole = file.append
            file.append = lambda data: whole(data[:7])  # type: ignore[method-assign]
            return file

    Log.open(Short(machine), "/log").close()
    Log.open(machine.process(), "/log").close()


# ---- payload inside of the commit log that was damaged later


def test_what_was_durable_and_is_damaged_does_not_keep_the_log_from_its_start(
    machine: MemoryMachine,
) -> None:
    log = filled(machine)
    commit(log, b"four")
    log.close()
    log.env.remove_tree(log.layout.copies)
    raw(machine)[raw(machine).index(b"one")] ^= 1
    log = reopened(machine)
    assert log.state.end(1, 0) == 4
    log.watch(["t"])
    with pytest.raises(Corrupt, match=r"t\[0\]@0"):
        log.fetch(1, 0, 0)
    lose(log, 1, 0, 0, 1, "skip")
    assert [value for batch in log.fetch(1, 0, 1) for value in batch.values] == [
        b"two" * 3000,
        b"three",
        b"four",
    ]


def unsynced(env: MemoryEnv, *values_: bytes) -> Log:
    """Commits of which nobody knows that they are durable."""
    log = Log.open(env, "/log", level="process", limits=Limits(sync_interval_s=1e9))
    log.create_topic("t", 1, {})
    for value in values_:
        commit(log, value)
    return log


def test_what_is_damaged_and_may_never_have_been_durable_ends_the_log(
    machine: MemoryMachine,
) -> None:
    unsynced(env := machine.process(), b"one", b"two", b"three")
    raw(machine)[raw(machine).index(b"two")] ^= 1
    env.kill()
    log = reopened(machine)
    assert values(log) == [b"one"]
    assert log.state.end(1, 0) == 1


def test_what_was_skipped_of_it_does_not(machine: MemoryMachine) -> None:
    log = unsynced(env := machine.process(), b"one", b"two", b"three")
    raw(machine)[raw(machine).index(b"two")] ^= 1
    lose(log, 1, 0, 1, 2, "skip")
    env.kill()
    log = reopened(machine)
    assert values(log) == [b"one"]
    assert [value for batch in log.fetch(1, 0, 1) for value in batch.values] == [b"three"]


def test_block_heads_before_the_newest_checkpoint_are_not_read(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log", everything=True, limits=Limits(checkpoint_s=0.0))
    log.create_topic("t", 1, {})
    for number in range(40):
        commit(log, b"%d" % number * 5000)
    assert Keeper(log).turn()
    for number in range(3):
        log.acknowledge(log.state.lsn)
        witness = log.durability.durable
        commit(log, b"%d" % number * 5000)
    log.env.kill()  # type: ignore[attr-defined]
    machine.tree.get("/log/durable").data.clear()
    env = Counting(machine)
    seen = witnesses(env, log.layout, log.identity)
    assert seen[-1] == witness
    assert env.looked <= 6
    checkpoint = machine.tree.get(f"/log/ckpt/{env.list('/log/ckpt')[0]}").data
    checkpoint[-1] ^= 1
    assert max(witnesses(env, log.layout, log.identity)) == max(seen)
    assert env.looked > 40


class Counting(MemoryEnv):
    """How often data files are looked into."""

    looked = 0

    def open(self, path: str, *, write: bool = False) -> MemoryFile:
        file = super().open(path, write=write)
        if "/data/" in path:
            read = file.pread

            def pread(size: int, offset: int) -> bytes:
                self.looked += 1
                return read(size, offset)

            file.pread = pread  # type: ignore[method-assign]
        return file

"""What is synced, by whom and when; and what a sync that fails does."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from streamz_core.env.door import Killed
from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.errors import Corrupt, NotReady, Poisoned
from streamz_core.log.chain import poison
from streamz_core.log.chain.hint import read_hint
from streamz_core.log.log import Log
from streamz_core.log.records.state import State
from tests.log.conftest import transaction_on

Open = Callable[..., Log]


def send(log: Log, value: bytes = b"v") -> int:
    transaction = transaction_on(log)
    transaction.send("t", 0, [b"k"], [value], [1])
    return transaction.commit().mark.number


class Watching(MemoryEnv):
    """A process whose syncs are written down; `refuse` names files that cannot be opened or synced."""

    def __init__(self, machine: MemoryMachine) -> None:
        super().__init__(machine)
        self.synced: list[str] = []
        self.refuse = ""
        self.errno = errno.EIO
        self.meanwhile: Callable[[], None] = lambda: None

    def open(self, path: str, *, write: bool = False) -> MemoryFile:
        if self.refuse and self.refuse in path and self.errno != errno.EIO:
            raise OSError(self.errno, "refused", path)
        return self.watched(super().open(path, write=write), path)

    def create(self, path: str) -> MemoryFile:
        return self.watched(super().create(path), path)

    def watched(self, file: MemoryFile, path: str) -> MemoryFile:
        def datasync() -> None:
            self.check()
            if self.refuse and self.refuse in path:
                raise OSError(self.errno, "refused", path)
            self.synced.append(path.removeprefix("/log/"))
            self.meanwhile()

        file.datasync = datasync  # type: ignore[method-assign]
        return file


def test_at_level_power_payload_is_on_the_disk_before_its_record(machine: MemoryMachine) -> None:
    env = Watching(machine)
    log = Log.open(env, "/log", level="power")
    log.create_topic("t", 1, {})
    env.synced.clear()
    lsn = send(log, b"v" * 10_000)
    assert env.synced == [f"data/{log.incarnation.hex()}/1", "commit/000001"]
    assert read_hint(env, log.layout) == (lsn, log.state.hash)


def test_at_level_process_whoever_commits_takes_part_in_the_background_sync(
    machine: MemoryMachine,
) -> None:
    """Also a producer that never waits for anything."""
    env = Watching(machine)
    log = Log.open(env, "/log", level="process")
    log.create_topic("t", 1, {})
    first = send(log, b"v" * 10_000)
    assert read_hint(env, log.layout)[0] == 0
    machine.advance(1500)
    send(log)
    send(log)
    assert env.synced[-2:] == [f"data/{log.incarnation.hex()}/1", "commit/000001"]
    assert read_hint(env, log.layout)[0] > first


def test_the_files_of_dead_writers_are_synced_too(machine: MemoryMachine, opened: Open) -> None:
    dead = opened("process")
    dead.create_topic("t", 1, {})
    send(dead, b"v" * 10_000)
    dead.env.kill()  # type: ignore[attr-defined]
    env = Watching(machine)
    living = opened(env=env)
    machine.advance(1500)
    living.tick()
    assert f"data/{dead.incarnation.hex()}/1" in env.synced
    living.tick()
    machine.advance(1500)
    env.synced.clear()
    send(living)
    assert env.synced == ["commit/000001"]


def test_what_is_left_is_synced_when_the_log_is_closed(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log", level="process")
    log.create_topic("t", 1, {})
    lsn = send(log)
    log.close()
    assert read_hint(machine.process(), log.layout)[0] == lsn


def test_a_sync_that_fails_ends_the_process_and_stops_the_others(
    machine: MemoryMachine, opened: Open
) -> None:
    env = Watching(machine)
    log = Log.open(env, "/log", level="power")
    other = opened()
    log.create_topic("t", 1, {})
    other.refresh()
    env.refuse = "commit"
    with pytest.raises(Killed):
        send(log)
    assert poison.is_poisoned(machine.process(), other.layout, other.identity)
    with pytest.raises(Poisoned):
        send(other)


def test_a_background_sync_that_fails_is_told_where_it_fails(machine: MemoryMachine) -> None:
    """Not when the thread that works looks again."""
    env = Watching(machine)
    log = Log.open(env, "/log", level="process")
    log.create_topic("t", 1, {})
    env.refuse = "commit"
    machine.advance(1500)
    with pytest.raises(Killed):
        log.tick()
    assert poison.is_poisoned(machine.process(), log.layout, log.identity)


@pytest.mark.parametrize("level", ["power", "process"])
def test_a_sync_beside_one_that_failed_says_nothing(
    machine: MemoryMachine, opened: Open, level: str
) -> None:
    """The failure is told once, and not to whoever opened the file after it."""
    env = Watching(machine)
    log = Log.open(env, "/log", level=level)
    log.create_topic("t", 1, {})
    before = read_hint(env, log.layout)
    env.meanwhile = lambda: poison.poison(machine.process(), log.layout, log.identity)
    machine.advance(1500)
    with pytest.raises(Poisoned):  # noqa: PT012 - at level process the second call hears of it
        send(log)
        log.tick()
    assert read_hint(env, log.layout) == before


def test_who_has_no_descriptors_left_tries_the_background_sync_again(
    machine: MemoryMachine,
) -> None:
    """Nothing was synced, so no sync has failed."""
    env = Watching(machine)
    log = Log.open(env, "/log", level="process")
    log.create_topic("t", 1, {})
    env.refuse, env.errno = "commit", errno.EMFILE
    for _ in range(3):
        machine.advance(1500)
        log.tick()
    assert read_hint(env, log.layout)[0] == 0
    env.refuse = ""
    for _ in range(3):
        machine.advance(1500)
        log.tick()
    assert read_hint(env, log.layout)[0] == log.state.lsn


def test_a_data_file_that_is_gone_is_told(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log", level="process")
    log.create_topic("t", 1, {})
    send(log, b"v" * 10_000)
    machine.tree.remove(f"/log/data/{log.incarnation.hex()}/1")
    machine.advance(1500)
    log.tick()
    with pytest.raises(Corrupt, match="is missing"):
        log.tick()


@pytest.mark.parametrize("level", ["power", "process"])
def test_a_handle_that_was_interrupted_says_nothing_of_what_is_durable(
    machine: MemoryMachine, opened: Open, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    """Its fold may hold the number of one record and the hash of another."""
    log = opened(level)
    log.create_topic("t", 1, {})

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(State, "follow", interrupted)
        with pytest.raises(KeyboardInterrupt):
            send(log)
    log.state.past.lsn += 1
    machine.advance(1500)
    before = read_hint(log.env, log.layout)
    for call in (log.tick, lambda: log.wait(0.1), lambda: log.acknowledge(log.state.lsn)):
        with pytest.raises(NotReady, match="interrupted"):
            call()
    log.close()
    assert read_hint(log.env, log.layout) == before


def test_what_a_dead_writer_left_unsynced_is_synced_by_those_who_live(
    machine: MemoryMachine, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = opened("power"), opened()
    writer.create_topic("t", 1, {})
    monkeypatch.setattr(writer.durability, "ensure", lambda _: None)
    send(writer, b"orphan")
    reader.refresh()
    reader.tick()
    assert reader.durability.readable_lsn < reader.state.lsn
    machine.advance(1000)
    reader.tick()
    assert reader.durability.readable_lsn == reader.state.lsn


def test_the_hint_never_goes_backwards(opened: Open) -> None:
    one, two = opened("power"), opened()
    one.create_topic("t", 1, {})
    early = (one.state.lsn, one.state.hash)
    send(one, b"later")
    two.refresh()
    two.durability._publish(early)
    assert opened().durability.readable_lsn == one.state.lsn


def test_who_opens_a_log_reads_all_of_it_though_nobody_says_what_is_durable(
    machine: MemoryMachine, opened: Open
) -> None:
    """The hint was lost, or is an old one; or who appended last died before his sync."""
    log = opened("power")
    log.create_topic("t", 1, {})
    old = log.env.read("/log/durable")
    transaction = transaction_on(log)
    transaction.send("t", 0, [None], [b"x"], [0])
    transaction.commit()
    log.close()
    env = machine.process()
    for left in (b"", old, b"garbage"):
        env.unlink("/log/durable")
        env.create("/log/durable").append(left)
        again = opened("power")
        assert again.durability.readable_lsn == again.state.lsn == 2
        again.close()

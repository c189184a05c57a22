"""Opening, committing, fetching: the handle on the log."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.errors import (
    Corrupt,
    Fenced,
    ForeignLog,
    Misuse,
    NotReady,
    StorageFull,
    UnknownTopic,
)
from streamz_core.log.chain import frame
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log, TaskCommit
from streamz_core.log.transaction import Transaction

Open = Callable[..., Log]


def send(log: Log, values: list[bytes], partition: int = 0) -> None:
    transaction = Transaction(log)
    stamps = list(range(len(values)))
    transaction.send("t", partition, [None] * len(values), values, stamps)
    transaction.commit()


def limit(machine: MemoryMachine, left: int) -> None:
    """Leave so many bytes free on the disk."""
    machine.capacity_bytes += left - machine.free_bytes()


def read(log: Log, offset: int = 0, partition: int = 0) -> list[bytes | None]:
    log.watch(["t"])
    log.refresh()
    topic = log.topic("t")
    found = log.fetch(topic.id, partition, offset, bytes_max=1 << 30)
    return [value for batch in found for value in batch.values]


@pytest.mark.parametrize("level", ["power", "process"])
@pytest.mark.parametrize("size", [1, 100, 5000])
def test_what_was_committed_is_read(opened: Open, level: str, size: int) -> None:
    writer, reader = opened(level), opened()
    writer.create_topic("t", 2, {})
    send(writer, [b"a" * size, b"b" * size])
    send(writer, [b"c" * size])
    assert read(reader) == [b"a" * size, b"b" * size, b"c" * size]
    assert read(reader, 1) == [b"b" * size, b"c" * size]
    assert read(reader, 2) == [b"c" * size]
    assert read(reader, 0, partition=1) == []


def test_large_transactions_are_cut_into_batches(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    values = [b"%d" % i for i in range(10_000)]
    send(writer, values)
    topic = writer.topic("t")
    writer.watch(["t"])
    assert len(writer.fetch(topic.id, 0, 0)) == 3
    assert read(writer) == values
    assert read(writer, 4096) == values[4096:]


def test_batches_are_cut_by_bytes_too(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    values = [b"%03d" % i * 100_000 for i in range(9)]
    send(writer, values)
    assert read(writer) == values


def test_a_record_beyond_the_limit_is_refused(opened: Open) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    with pytest.raises(Misuse, match=r"for t\[0\].*limit is 1048576"):
        send(writer, [bytes(1 << 20)])
    assert read(writer) == []


def test_a_log_keeps_its_level(opened: Open) -> None:
    opened("process")
    with pytest.raises(Misuse, match="durability level 'process'; 'power' was asked for"):
        opened("power")


def test_unknown_topics_are_named(opened: Open) -> None:
    log = opened("process")
    log.create_topic("known", 1, {})
    with pytest.raises(UnknownTopic, match=r"no topic 'nope'.*topics: known"):
        log.topic("nope")


def test_moves_must_begin_where_the_group_stands(opened: Open) -> None:
    one, two = opened("process"), opened()
    one.create_topic("t", 1, {})
    early = Transaction(one)
    early.move("g", "t", 0, 0, 5)
    early.commit()
    two.refresh()
    late = Transaction(two)
    late.move("g", "t", 0, 0, 3)
    with pytest.raises(Fenced, match=r"t\[0\] is at 5, not at 0"):
        late.commit()


def test_lost_races_are_linked_again(opened: Open) -> None:
    """Somebody appends between the check and the append: offsets follow from the chain."""
    one, two = opened("process"), opened()
    one.create_topic("t", 1, {})
    two.refresh()
    raced: list[int] = []

    class Racing(MemoryEnv):
        def point(self, name: str) -> None:
            if name == "append" and not raced:
                raced.append(1)
                send(two, [b"first"])

    slow = opened(env=Racing(one.env.machine))  # type: ignore[attr-defined]
    send(slow, [b"second"])
    assert read(one) == [b"first", b"second"]
    assert slow.chain.torn + slow.chain.stale == 1


def test_a_full_disk_aborts_cleanly(machine: MemoryMachine, opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    for size in (10, 10_000):
        limit(machine, size // 2)
        with pytest.raises(StorageFull):
            send(log, [bytes(size)])
        machine.capacity_bytes = 1 << 30
        assert read(log) == []
    send(log, [b"room again"])
    assert read(log) == [b"room again"]


def test_little_space_left_is_as_good_as_none(machine: MemoryMachine) -> None:
    log = Log.open(
        machine.process(),
        "/log",
        level="process",
        limits=Limits(free_bytes=1 << 20, free_share=1.0),
    )
    log.create_topic("t", 1, {})
    limit(machine, 1 << 15)
    with pytest.raises(StorageFull, match="MiB free"):
        send(log, [bytes(5000)])


def test_rotten_payload_is_refused_with_its_place(machine: MemoryMachine, opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"good" * 2000])
    name = f"/log/data/{log.incarnation.hex()}/1"
    machine.tree.get(name).data[5000] ^= 1
    with pytest.raises(Corrupt, match=r"t\[0\]@0, commit 2: .*at \d+"):
        read(log)


def test_a_directory_that_is_no_log_is_refused(machine: MemoryMachine, opened: Open) -> None:
    env = machine.process()
    env.make_dirs("/log")
    env.create("/log/LOG").append(b"something else entirely")
    with pytest.raises(ForeignLog, match="/log/LOG is not"):
        opened()
    with pytest.raises(ForeignLog, match="holds no log"):
        Log.open(env, "/other", create=False)


def test_a_damaged_identity_is_refused(machine: MemoryMachine, opened: Open) -> None:
    opened("process")
    data = machine.tree.get("/log/LOG").data
    data[30] ^= 1
    with pytest.raises(Corrupt, match="/log/LOG is damaged"):
        opened()


def test_segments_of_another_log_are_refused(machine: MemoryMachine) -> None:
    Log.open(machine.process(), "/one", level="process")
    Log.open(machine.process(), "/two", level="process")
    machine.tree.get("/one/commit/000001").data[:] = machine.tree.get("/two/commit/000001").data
    with pytest.raises(Corrupt, match="another log's key"):
        Log.open(machine.process(), "/one")


def test_watching_later_finds_what_was_there(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"before"])
    assert read(log) == [b"before"]
    send(log, [b"after"])
    assert read(log) == [b"before", b"after"]


def test_a_member_that_died_is_seen(machine: MemoryMachine, opened: Open) -> None:
    env = machine.process()
    member, other = opened("process", env=env), opened()
    member.join(["t"], "g", {"pid": 1})
    other.refresh()
    assert other.fold.members[member.incarnation].info == {"pid": 1}
    assert other.alive(member.incarnation)
    env.kill()
    assert not other.alive(member.incarnation)
    other.leave(member.incarnation)
    assert not other.fold.members


def test_tasks_are_committed_by_their_owner_only(opened: Open) -> None:
    from streamz_core.log.records import kinds

    log = opened("process")
    log.create_topic("t", 1, {})
    log.join([], "g", {})
    log.append(kinds.OWNER, lambda _: ["g", "s/0", log.incarnation, 1])
    done = log.commit([TaskCommit("g", "s/0", 1, [(1, 0, 0, 4)], {"x": 1})], [])
    assert log.fold.group("g").positions == {"s/0": {"x": 1}}
    with pytest.raises(Fenced):
        log.commit([TaskCommit("g", "s/0", 2, [(1, 0, 4, 5)])], [])
    assert log.fold.lsn == done.lsn


def test_what_a_dead_writer_left_unsynced_is_synced_by_those_who_live(
    machine: MemoryMachine, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = opened("power"), opened()
    writer.create_topic("t", 1, {})
    monkeypatch.setattr(writer.durability, "ensure", lambda _: None)
    send(writer, [b"orphan"])
    reader.refresh()
    reader.tick()
    assert reader.durability.readable_lsn < reader.fold.lsn
    machine.advance(1000)
    reader.tick()
    assert reader.durability.readable_lsn == reader.fold.lsn


def test_the_hint_never_goes_backwards(opened: Open) -> None:
    one, two = opened("power"), opened()
    one.create_topic("t", 1, {})
    early = (one.fold.lsn, one.fold.hash)
    send(one, [b"later"])
    two.refresh()
    two.durability._publish(early)
    assert opened().durability.readable_lsn == one.fold.lsn


class Stumbling(MemoryEnv):
    """A process in which one call fails, once."""

    def __init__(self, machine: MemoryMachine, call: str, error: BaseException) -> None:
        super().__init__(machine)
        self.call = call
        self.error: BaseException | None = error

    def stumble(self, call: str) -> None:
        if call == self.call and self.error is not None:
            error, self.error = self.error, None
            raise error

    def create(self, path: str) -> MemoryFile:
        file = super().create(path)
        if "/data/" in path:
            whole = file.append

            def append(data: bytes) -> int:
                if self.error is None:
                    return whole(data)
                size = whole(data[:-1])
                self.stumble("append")
                return size

            file.append = append  # type: ignore[method-assign]
        return file

    def sync_dir(self, path: str) -> None:
        if "/data/" in path:
            self.stumble("sync_dir")
        super().sync_dir(path)


def test_a_payload_that_failed_half_way_does_not_shift_the_next(
    machine: MemoryMachine, opened: Open
) -> None:
    for call in ("append", "sync_dir"):
        env = Stumbling(machine, call, OSError(errno.EIO, "broken"))
        log = opened("process", env=env)
        log.create_topic("t", 1, {})
        for value in (b"lost", b"kept", b"more"):
            with contextlib.suppress(Corrupt):
                send(log, [value * 3000])
    assert read(opened()) == [b"kept" * 3000, b"more" * 3000] * 2


def test_a_commit_that_was_interrupted_ends_the_handle(
    machine: MemoryMachine, opened: Open
) -> None:
    env = Stumbling(machine, "append", KeyboardInterrupt())
    log = opened("process", env=env)
    log.create_topic("t", 1, {})
    with pytest.raises(KeyboardInterrupt):
        send(log, [b"lost" * 3000])
    with pytest.raises(NotReady, match="interrupted"):
        send(log, [b"more" * 3000])
    assert read(opened()) == []


def test_a_record_that_nobody_could_read_is_not_written(
    machine: MemoryMachine, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be tried again for ever, and fill the disk."""
    log = opened("process")
    monkeypatch.setattr(frame, "HEAD_BYTES_MAX", 1000)
    before = len(machine.tree.get("/log/commit/000001").data)
    with pytest.raises(Misuse, match="record of the commit log"):
        log.create_topic("t", 1, {"note": bytes(2000)})
    assert len(machine.tree.get("/log/commit/000001").data) == before


def test_columns_of_unequal_length_are_refused(opened: Open) -> None:
    """Nobody could read the batch."""
    log = opened("process")
    log.create_topic("t", 1, {})
    transaction = Transaction(log)
    for columns in (
        ([None], [b"a", b"b"], [1, 2], None),
        ([None], [b"a"], [1, 2], None),
        ([None], [b"a"], [1], []),
    ):
        with pytest.raises(Misuse, match=r"columns for t\[0\]"):
            transaction.send("t", 0, *columns)
    with pytest.raises(Misuse, match="timestamp 9223372036854775808"):
        transaction.send("t", 0, [None], [b"a"], [1 << 63])


def test_a_handle_is_as_it_was_if_it_cannot_be_folded_anew(
    machine: MemoryMachine, opened: Open
) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"before"])
    path = "/log/commit/000001"
    content = machine.tree.remove(path)
    with pytest.raises(Corrupt):
        log.watch(["t"])
    machine.tree.add(path, content)
    send(log, [b"after"])
    assert read(log) == [b"before", b"after"]


def test_a_log_may_be_closed_twice_and_is_of_no_use_then(opened: Open) -> None:
    log = opened()
    log.create_topic("t", 1, {})
    log.close()
    log.close()
    with pytest.raises(Misuse, match="closed here; open it again"):
        log.refresh()
    with pytest.raises(Misuse, match="closed here"):
        send(log, [b"v"])

"""Compare-and-append, and what becomes of payload when it fails."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.errors import (
    Corrupt,
    Fenced,
    Misuse,
    StorageFull,
    TooLarge,
)
from streamz_core.log.chain import frame
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.values import TaskCommit
from tests.log.conftest import read, send

Open = Callable[..., Log]


def limit(machine: MemoryMachine, left: int) -> None:
    """Leave so many bytes free on the disk."""
    machine.capacity_bytes += left - machine.free_bytes()


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
    assert slow.chain.passed.torn + slow.chain.passed.stale == 1


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


def test_tasks_are_committed_by_their_owner_only(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    log.join([], "g", {})
    log.append(lambda _: OwnerRecord("g", "s/0", log.incarnation, 1))
    done = log.commit([TaskCommit("g", "s/0", 1, [(1, 0, 0, 4)], {"x": 1})], [])
    assert log.state.group("g").positions == {"s/0": {"x": 1}}
    with pytest.raises(Fenced):
        log.commit([TaskCommit("g", "s/0", 2, [(1, 0, 4, 5)])], [])
    assert log.state.lsn == done.lsn


def test_a_commit_beyond_the_limit_is_refused(machine: MemoryMachine) -> None:
    log = Log.open(machine.process(), "/log", level="process", limits=Limits(commit_bytes=5000))
    log.create_topic("t", 1, {})
    with pytest.raises(TooLarge, match=r"a commit of \d+ bytes; the limit is 5000"):
        send(log, [bytes(4000), bytes(4000)])
    assert read(log) == []

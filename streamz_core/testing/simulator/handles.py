"""What a simulated process holds: open files, locks, doorbells, background work, children."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from streamz_core.env.door import Killed
from streamz_core.env.tree import failure
from streamz_core.testing.simulator.disk import Inode, Write

if TYPE_CHECKING:
    from streamz_core.testing.simulator.process import Process
    from streamz_core.testing.simulator.world import SimEnv

T = TypeVar("T")

PIECES_MAX = 4
TWO_LOOKS = 0.1  # of the chance that an append has pieces, that of a read to be one of two moments


class SimFile:
    """An open file; knows which failed syncs happened before it was opened."""

    __slots__ = ("_env", "_error", "_inode", "_path", "_write")

    def __init__(self, env: SimEnv, path: str, inode: Inode, *, write: bool) -> None:
        self._env = env
        self._path = path
        self._inode: Inode | None = inode
        self._write = write
        self._error = inode.error

    def append(self, data: bytes) -> int:
        env = self._env
        env.turn("append", self._path)
        inode = self._opened(write=True)
        while inode.writer is not None:  # the kernel lets in one writer at a time
            env.simulation.block(env.process, env.simulation.now_s + 1.0, inode)
        disk = env.simulation.disk
        room = disk.room()
        if data and room == 0:
            raise failure(errno.ENOSPC, self._path)
        size = min(len(data), room)
        faults = env.process.faults
        fails = env.chance(faults.write_fails)
        if size > 1 and (fails or env.chance(faults.short)):
            env.simulation.count("short append")
            size = env.simulation.random.randint(1, size - 1)
        if size > 1 and env.chance(faults.pieces):
            self._append_in_pieces(inode, data[:size])
        else:
            disk.put(inode, len(inode.cache), data[:size])
        if fails:
            raise env.failed("write", self._path)
        return size

    def pread(self, size: int, offset: int) -> bytes:
        env = self._env
        env.turn("pread", self._path)
        if env.chance(env.process.faults.read_fails):
            raise env.failed("read", self._path)
        inode = self._opened()
        half = min(size, len(inode.cache) - offset) // 2
        if half > 0 and env.chance(env.process.faults.pieces * TWO_LOOKS):
            return self._pread_in_two(inode, size, offset)
        return env.simulation.load(inode, offset, size)

    def pwrite(self, data: bytes, offset: int) -> int:
        env = self._env
        env.turn("pwrite", self._path)
        inode = self._opened(write=True)
        disk = env.simulation.disk
        if offset + len(data) - len(inode.cache) > disk.room():
            raise failure(errno.ENOSPC, self._path)
        half = 0
        if len(data) > 1 and env.chance(env.process.faults.pieces):
            half = env.simulation.random.randint(1, len(data) - 1)
            disk.put(inode, offset, data[:half])
            env.simulation.pause(env.process)
        disk.put(inode, offset + half, data[half:])
        return len(data)

    def size(self) -> int:
        self._env.turn("size", self._path)
        return len(self._opened().cache)

    def datasync(self) -> None:
        env = self._env
        env.turn("datasync", self._path)
        inode = self._opened()
        disk = env.simulation.disk
        begun = disk.unsynced(inode)
        env.sync_takes_time()
        if begun and env.chance(env.process.faults.sync_fails):
            disk.lose(inode, begun)
        if self._error != inode.error:
            self._error = inode.error
            raise env.sync_failed(self._path)
        if not (begun and env.sync_lies()):
            disk.sync(inode, begun)

    def close(self) -> None:
        self._env.turn("close", self._path)
        self._inode = None

    def _opened(self, *, write: bool = False) -> Inode:
        if self._inode is None or (write and not self._write):
            raise failure(errno.EBADF, self._path)
        return self._inode

    def _pread_in_two(self, inode: Inode, size: int, offset: int) -> bytes:
        """The end is read later than the beginning: others may have written to both between."""
        simulation = self._env.simulation
        first = simulation.random.randint(1, min(size, len(inode.cache) - offset) - 1)
        begin = simulation.load(inode, offset, first)
        simulation.pause(self._env.process)
        return begin + simulation.load(inode, offset + first, size - first)

    def _append_in_pieces(self, inode: Inode, data: bytes) -> None:
        """Show the append bit by bit; whoever reads meanwhile sees a beginning, or holes of zeros."""
        env = self._env
        simulation, process = env.simulation, env.process
        random, disk = simulation.random, simulation.disk
        simulation.count("append in pieces")
        write = Write(inode, len(inode.cache), data)
        inode.writer = write
        process.writing.append(write)
        cuts = sorted(
            random.randint(1, len(data) - 1) for _ in range(random.randint(1, PIECES_MAX - 1))
        )
        pieces = list(zip([0, *cuts], [*cuts, len(data)], strict=True))
        if env.chance(process.faults.disorder):
            random.shuffle(pieces)
        for start, stop in pieces:
            disk.put(inode, write.base + start, data[start:stop])
            write.shown = max(write.shown, stop)
            simulation.pause(process)
        inode.writer = None
        process.writing.remove(write)
        simulation.wake(inode)


class SimLock:
    """A held flock."""

    __slots__ = ("_env", "_inode", "exclusive")

    def __init__(self, env: SimEnv, inode: Inode, *, exclusive: bool) -> None:
        self.exclusive = exclusive
        self._env = env
        self._inode = inode
        inode.locks.append(self)
        env.process.locks.append(self)

    def downgrade(self) -> None:
        self._env.turn("downgrade")
        self.exclusive = False
        self._env.simulation.wake(self._inode.locks)

    def release(self) -> None:
        self._env.turn("release")
        self.free()

    def free(self) -> None:
        """What the kernel does, also for a process that died."""
        if self in self._inode.locks:
            self._inode.locks.remove(self)
            self._env.process.locks.remove(self)
            self._env.simulation.wake(self._inode.locks)


class SimBell:
    """A bound socket; whatever lies in it is one ring."""

    __slots__ = ("_env", "address", "closed", "rung")

    def __init__(self, env: SimEnv, address: str) -> None:
        self.address = address
        self.rung = False
        self.closed = False
        self._env = env

    def wait(self, timeout_s: float) -> bool:
        env = self._env
        env.turn("wait", self.address)
        if self.closed:
            raise failure(errno.EBADF, self.address)
        if not self.rung and timeout_s > 0 and not env.process.watching:
            env.simulation.block(env.process, env.simulation.now_s + timeout_s, self)
        rung, self.rung = self.rung, False
        return rung

    def close(self) -> None:
        self._env.turn("close", self.address)
        self.closed = True

    @property
    def heard(self) -> bool:
        """Whether somebody may still come and look."""
        return not self.closed and not self._env.process.dead


class Bells:
    """All doorbells of a machine, by address."""

    def __init__(self) -> None:
        self._bells: dict[str, SimBell] = {}

    def __len__(self) -> int:
        return len(self._bells)

    def hang(self, env: SimEnv) -> SimBell:
        """A new one."""
        bell = SimBell(env, f"bell:{len(self._bells)}")
        self._bells[bell.address] = bell
        return bell

    def behind(self, address: str) -> SimBell | None:
        """The doorbell of that address, if its process lives."""
        bell = self._bells.get(address)
        return bell if bell is not None and bell.heard else None


class SimTicket(Generic[T]):
    """Work in a second strand of the process."""

    __slots__ = ("_call", "_done", "_env", "_error", "_result")

    def __init__(self, env: SimEnv, call: Callable[[], T]) -> None:
        self._env = env
        self._call = call
        self._done = False
        self._error: BaseException | None = None
        self._result: T | None = None
        if env.process.watching:
            self._work()
        else:
            env.simulation.beside(env.process, self._work)

    def ready(self) -> bool:
        self._env.turn("ready")
        return self._done

    def wait(self, timeout_s: float | None = None) -> T:
        env = self._env
        env.turn("join")
        until_s = float("inf") if timeout_s is None else env.monotonic() + timeout_s
        while not self._done:
            if timeout_s is not None and env.monotonic() >= until_s:
                raise TimeoutError
            env.simulation.block(env.process, until_s, self)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # _work() has set it

    def _work(self) -> None:
        try:
            self._result = self._call()
        except Killed:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again in wait(), where somebody can act
            self._error = error
        self._done = True
        self._env.simulation.wake(self)


class SimExecutor:
    """Calls one after the other: each has a strand, in which it waits for its turn."""

    def __init__(self, env: SimEnv) -> None:
        self._env = env
        self._queue: list[object] = []

    def submit(self, call: Callable[[], T], delay_s: float = 0.0) -> SimTicket[T]:
        self._env.turn("submit")
        place = object()
        if delay_s <= 0:
            self._queue.append(place)
        return SimTicket(self._env, lambda: self._in_turn(call, place, delay_s))

    def close(self) -> None:
        self._env.turn("close executor")

    def _in_turn(self, call: Callable[[], T], place: object, delay_s: float) -> T:
        process, simulation = self._env.process, self._env.simulation
        if place not in self._queue:
            due_s = simulation.now_s + delay_s
            while simulation.now_s < due_s:
                simulation.block(process, due_s, place)
            self._queue.append(place)
        while self._queue[0] is not place:
            simulation.block(process, float("inf"), self)
        try:
            return call()
        finally:
            self._queue.remove(place)
            simulation.wake(self)


class SimChild:
    """A simulated process started by another."""

    def __init__(self, env: SimEnv, process: Process) -> None:
        self._env = env
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        self._env.turn("poll")
        return self._process.code

    def signal(self, number: int) -> None:
        self._env.turn("signal", str(number))
        self._env.simulation.signal(self._process, number)

    def wait(self, timeout_s: float | None = None) -> int | None:
        env, simulation = self._env, self._env.simulation
        env.turn("wait", str(self._process))
        until_s = float("inf") if timeout_s is None else simulation.now_s + timeout_s
        while self._process.code is None and simulation.now_s < until_s:
            simulation.block(env.process, until_s, self._process)
        return self._process.code

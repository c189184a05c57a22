"""A machine in memory: files, locks and a virtual clock, for `app.test()`.

Nothing here runs by itself and nothing takes time: whoever waits for something that only another
process could do is told at once that the time is over. What was to be done later is done by `advance`.
"""

# ruff: noqa: ARG002 - the door says what is asked, also where this world does not care

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from streamz_core.env.door import Child, Killed
from streamz_core.env.executors import Later, MemoryExecutor
from streamz_core.env.processes.threads import get_ident, name_of
from streamz_core.env.tree import Tree, failure
from streamz_core.errors import Unsupported

if TYPE_CHECKING:  # asyncio is loaded by what calls a coroutine
    from streamz_core.env.loops import LoopCalls
    from streamz_core.env.virtual import VirtualLoop

T = TypeVar("T")

CAPACITY_BYTES = 1 << 40  # more than fits into memory: nobody counts unless told less


class Content:
    """The bytes of a file and the locks on it; it lives as long as a name or a handle does."""

    __slots__ = ("data", "locks")

    def __init__(self) -> None:
        self.data = bytearray()
        self.locks: list[MemoryLock] = []


class MemoryMachine:
    """What several processes share: files, locks, clocks, chance.

    `now_ms` moves only by `advance`. The monotonic clock moves with it, and also by the time that
    somebody waited in vain, so that a deadline is always reached.
    """

    def __init__(
        self, *, seed: int = 0, now_ms: int = 0, capacity_bytes: int = CAPACITY_BYTES
    ) -> None:
        self.now_ms = now_ms
        self.capacity_bytes = capacity_bytes
        self.tree: Tree[Content] = Tree()
        self.bells: dict[str, MemoryDoorbell] = {}
        self.waited_s = 0.0
        self.random = Random(seed)  # noqa: S311 - the same every time, on purpose
        self.processes = 0
        self.due: list[
            tuple[float, Later[Any]]
        ] = []  # calls for later, of living and dead processes

    def process(self, environ: Mapping[str, str] | None = None) -> MemoryEnv:
        """A new process's view of this machine."""
        self.processes += 1
        return MemoryEnv(self, environ)

    def advance(self, milliseconds: int) -> None:
        """Let time pass, on both clocks, and make the calls that were to be made meanwhile."""
        self.now_ms += milliseconds
        now_s = self.monotonic()
        calls = sorted((each for each in self.due if each[0] <= now_s), key=itemgetter(0))
        self.due = [each for each in self.due if each[0] > now_s]
        for _, call in calls:
            with suppress(Killed):
                call.run()

    def monotonic(self) -> float:
        """Seconds, by `advance` and by waiting."""
        return self.now_ms / 1000 + self.waited_s

    def free_bytes(self) -> int:
        """What the disk still takes: files that lost their last name cost nothing any more."""
        contents = {id(content): len(content.data) for _, content in self.tree.files()}
        return max(self.capacity_bytes - sum(contents.values()), 0)


class MemoryEnv:
    """One process on a machine in memory; alone on one of its own unless told otherwise."""

    def __init__(
        self, machine: MemoryMachine | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.machine = machine or MemoryMachine()
        self._environ = dict(environ or {})
        self._pid = self.machine.processes
        self._dead = False
        self._locks: list[MemoryLock] = []
        self._bells: list[MemoryDoorbell] = []
        self._loop: VirtualLoop | None = None

    def kill(self) -> None:
        """The process dies: its locks are free, and whatever its code still calls raises Killed."""
        for lock in self._locks:
            lock.free()
        for bell in self._bells:
            self.machine.bells.pop(bell.address, None)
        self._dead = True

    def advance(self, milliseconds: int) -> None:
        """Let time pass on the machine."""
        self.machine.advance(milliseconds)

    def check(self) -> None:
        """Raise Killed if this process is dead."""
        if self._dead:
            raise Killed

    # ---- files

    def create(self, path: str) -> MemoryFile:
        self.check()
        content = Content()
        self.machine.tree.add(path, content)
        return MemoryFile(self, path, content, write=True)

    def open(self, path: str, *, write: bool = False) -> MemoryFile:
        self.check()
        return MemoryFile(self, path, self.machine.tree.get(path), write=write)

    def read(self, path: str) -> bytes:
        self.check()
        return bytes(self.machine.tree.get(path).data)

    def exists(self, path: str) -> bool:
        self.check()
        return self.machine.tree.exists(path)

    def list(self, path: str) -> list[str]:
        self.check()
        return self.machine.tree.names(path)

    def make_dirs(self, path: str) -> None:
        self.check()
        self.machine.tree.make_folders(path)

    def link(self, source: str, target: str) -> None:
        self.check()
        self.machine.tree.add(target, self.machine.tree.get(source))

    def rename(self, source: str, target: str) -> None:
        self.check()
        tree = self.machine.tree
        if tree.is_folder(source):
            tree.move_folder(source, target)
        else:
            tree.replace(source, target)

    def unlink(self, path: str) -> None:
        self.check()
        self.machine.tree.remove(path)

    def remove_tree(self, path: str) -> None:
        self.check()
        tree = self.machine.tree
        for found in tree.below(path):
            if tree.is_folder(found):
                tree.remove_folder(found)
            else:
                tree.remove(found)

    def sync_dir(self, path: str) -> None:
        self.check()
        if not self.machine.tree.is_folder(path):
            raise failure(errno.ENOENT, path)

    def space(self, path: str) -> tuple[int, int]:
        self.check()
        return self.machine.free_bytes(), self.machine.capacity_bytes

    def file_system(self, path: str) -> str:
        self.check()
        return "tmpfs"

    # ---- locks, clocks, randomness

    def lock(self, path: str, *, exclusive: bool, wait_s: float = 0.0) -> MemoryLock | None:
        self.check()
        content = self.machine.tree.find(path)
        if content is None:
            content = Content()
            self.machine.tree.add(path, content)
        if any(exclusive or other.exclusive for other in content.locks):
            self.machine.waited_s += wait_s
            return None
        lock = MemoryLock(self, content, exclusive=exclusive)
        self._locks.append(lock)
        return lock

    def monotonic(self) -> float:
        self.check()
        return self.machine.monotonic()

    def now_ms(self) -> int:
        self.check()
        return self.machine.now_ms

    def now_ns(self) -> int:
        return self.now_ms() * 1_000_000

    def random(self, size: int) -> bytes:
        self.check()
        return self.machine.random.randbytes(size)

    def boot_id(self) -> str:
        self.check()
        return "memory"

    # ---- wake-ups

    def doorbell(self) -> MemoryDoorbell:
        self.check()
        bell = MemoryDoorbell(self, f"memory:{self._pid}.{len(self._bells)}")
        self._bells.append(bell)
        self.machine.bells[bell.address] = bell
        return bell

    def ring(self, address: str) -> bool:
        self.check()
        bell = self.machine.bells.get(address)
        if bell is None:
            return False
        bell.rung = True
        return True

    # ---- processes and background work

    def pid(self) -> int:
        self.check()
        return self._pid

    def thread(self) -> int:
        return get_ident()

    def thread_name(self, thread: int) -> str:
        return name_of(thread)

    def environ(self) -> Mapping[str, str]:
        self.check()
        return self._environ

    def spawn(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Child:
        raise Unsupported(f"no process can be started on a machine in memory: {' '.join(argv)}")

    def exit(self, code: int) -> NoReturn:
        self.check()
        self.kill()
        raise Killed(code)

    def background(self, call: Callable[[], T]) -> Done[T]:
        self.check()
        return Done(call)

    def executor(self, name: str, last: Callable[[], object]) -> MemoryExecutor:
        self.check()
        return MemoryExecutor(self.check, self.monotonic, self.machine)

    def calls(self, concurrency: int, ended: Callable[[], object]) -> LoopCalls:
        from streamz_core.env.virtual import calls_on

        self.check()
        self._loop, made = calls_on(self._loop, concurrency)
        return made

    def steadily(self) -> AbstractContextManager[None]:
        return nullcontext()

    def point(self, name: str) -> None:
        self.check()


class MemoryFile:
    """An open file of a machine in memory."""

    def __init__(self, env: MemoryEnv, path: str, content: Content, *, write: bool) -> None:
        self._env = env
        self._path = path
        self._content: Content | None = content
        self._write = write

    def append(self, data: bytes) -> int:
        content = self._opened(write=True)
        taken = self._room(len(data))
        content.data += data[:taken]
        return taken

    def pread(self, size: int, offset: int) -> bytes:
        return bytes(self._opened().data[offset : offset + size])

    def pwrite(self, data: bytes, offset: int) -> int:
        content = self._opened(write=True)
        missing = max(offset + len(data) - len(content.data), 0)
        if self._room(missing) < missing:
            raise failure(errno.ENOSPC, self._path)
        content.data.extend(bytes(missing))
        content.data[offset : offset + len(data)] = data
        return len(data)

    def size(self) -> int:
        return len(self._opened().data)

    def datasync(self) -> None:
        self._opened()

    def close(self) -> None:
        self._env.check()
        self._content = None

    def _opened(self, *, write: bool = False) -> Content:
        self._env.check()
        if self._content is None or (write and not self._write):
            raise failure(errno.EBADF, self._path)
        return self._content

    def _room(self, size: int) -> int:
        """How many of `size` more bytes the disk takes."""
        machine = self._env.machine
        if machine.capacity_bytes == CAPACITY_BYTES:
            return size
        free = machine.free_bytes()
        if size and free == 0:
            raise failure(errno.ENOSPC, self._path)
        return min(size, free)


class MemoryLock:
    """A held lock."""

    def __init__(self, env: MemoryEnv, content: Content, *, exclusive: bool) -> None:
        self.exclusive = exclusive
        self._env = env
        self._content = content
        content.locks.append(self)

    def downgrade(self) -> None:
        self._env.check()
        self.exclusive = False

    def release(self) -> None:
        self._env.check()
        self.free()

    def free(self) -> None:
        """What the kernel does, also for a process that died."""
        if self in self._content.locks:
            self._content.locks.remove(self)


class MemoryDoorbell:
    """A flag that others raise."""

    def __init__(self, env: MemoryEnv, address: str) -> None:
        self.address = address
        self.rung = False
        self._env = env

    def wait(self, timeout_s: float) -> bool:
        self._env.check()
        rung, self.rung = self.rung, False
        if not rung:
            self._env.machine.waited_s += max(timeout_s, 0.0)
        return rung

    def close(self) -> None:
        self._env.check()
        self._env.machine.bells.pop(self.address, None)


class Done(Generic[T]):
    """Work that is over already."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._result: T | None = None
        self._error: BaseException | None = None
        try:
            self._result = call()
        except Killed:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again in wait(), where somebody can act
            self._error = error

    def ready(self) -> bool:
        return True

    def wait(self, timeout_s: float | None = None) -> T:
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # the call gave it

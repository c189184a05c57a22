"""This machine: raw descriptors, flock, Unix sockets, the system's clocks and randomness."""

# The door is the system's own calls; a path object would be a cost on every one.
# ruff: noqa: PTH102, PTH104, PTH108, PTH112, PTH120, PTH208

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NoReturn, TypeVar

from streamz_core.env import descriptors, mounts
from streamz_core.env.descriptors import RealFile, RealLock
from streamz_core.env.door import Child, Doorbell, Ticket
from streamz_core.env.processes.forks import guard
from streamz_core.env.processes.threads import get_ident, name_of
from streamz_core.errors import Unsupported

if TYPE_CHECKING:  # sockets, threads and subprocess are imported when they are first needed
    from streamz_core.env.background import Threads
    from streamz_core.env.doorbells import Ringer
    from streamz_core.env.executors import ThreadExecutor
    from streamz_core.env.loops import LoopCalls, LoopThread

T = TypeVar("T")

# What the log stands on, by the names under which Python shows it; Windows has none of them.
NEEDED = ("pread", "pwrite", "O_NOFOLLOW", "statvfs", "getuid")


class RealEnv:
    """The door to this machine, for one process. Several threads may use it."""

    def __init__(self) -> None:
        missing = [name for name in NEEDED if not hasattr(os, name)]
        if missing:
            raise Unsupported(
                f"the built-in log needs flock and the POSIX calls {', '.join(missing)}, which "
                f"{sys.platform} does not have: run on Linux, macOS or WSL"
            )
        self._boot_id = ""
        self._ringer: Ringer | None = None
        self._threads: Threads | None = None
        self._loop: LoopThread | None = None
        guard(self)

    def abandon(self) -> None:
        """Nothing to give back: the parts look after themselves."""

    # ---- files

    def create(self, path: str) -> RealFile:
        return RealFile(path, descriptors.CREATE)

    def open(self, path: str, *, write: bool = False) -> RealFile:
        return RealFile(path, descriptors.APPEND if write else descriptors.READ)

    def read(self, path: str) -> bytes:
        file = RealFile(path, descriptors.READ)
        try:
            data = file.pread(file.size() + 1, 0)
            while more := file.pread(1 << 20, len(data)):
                data += more
        finally:
            file.close()
        return data

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def list(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    def make_dirs(self, path: str) -> None:
        if os.path.isdir(path):
            return
        parent = os.path.dirname(path)
        if parent != path:
            self.make_dirs(parent)
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            if not os.path.isdir(path):
                raise

    def link(self, source: str, target: str) -> None:
        os.link(source, target, follow_symlinks=False)

    def rename(self, source: str, target: str) -> None:
        os.rename(source, target)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def remove_tree(self, path: str) -> None:
        import shutil

        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            # Somebody else removes it too, or there was nothing.
            if os.path.lexists(path):
                raise

    def sync_dir(self, path: str) -> None:
        descriptor = os.open(path, descriptors.FOLDER)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def space(self, path: str) -> tuple[int, int]:
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

    def file_system(self, path: str) -> str:
        return mounts.file_system(path)

    # ---- locks, clocks, randomness

    def lock(self, path: str, *, exclusive: bool, wait_s: float = 0.0) -> RealLock | None:
        return descriptors.take_lock(path, exclusive=exclusive, wait_s=wait_s)

    def monotonic(self) -> float:
        return time.monotonic()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    now_ns = staticmethod(time.time_ns)

    def random(self, size: int) -> bytes:
        return os.urandom(size)

    def boot_id(self) -> str:
        if not self._boot_id:
            self._boot_id = mounts.boot_id()
        return self._boot_id

    # ---- wake-ups

    def doorbell(self) -> Doorbell:
        from streamz_core.env import doorbells

        return doorbells.RealDoorbell(doorbells.folder(os.environ))

    def ring(self, address: str) -> bool:
        if self._ringer is None:
            from streamz_core.env.doorbells import Ringer

            self._ringer = Ringer()
        return self._ringer.ring(address)

    # ---- processes and background work

    def pid(self) -> int:
        return os.getpid()

    thread = staticmethod(get_ident)

    def thread_name(self, thread: int) -> str:
        return name_of(thread)

    def environ(self) -> Mapping[str, str]:
        return os.environ

    def spawn(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Child:
        from streamz_core.env.processes.children import RealChild

        return RealChild(argv, env)

    def exit(self, code: int) -> NoReturn:
        os._exit(code)

    def background(self, call: Callable[[], T]) -> Ticket[T]:
        if self._threads is None:
            from streamz_core.env.background import Threads

            self._threads = Threads()
        return self._threads.start(call)

    def executor(self, name: str, last: Callable[[], object]) -> ThreadExecutor:
        from streamz_core.env.executors import ThreadExecutor

        return ThreadExecutor(name, last)

    def calls(self, concurrency: int, ended: Callable[[], object]) -> LoopCalls:
        from streamz_core.env.loops import LoopCalls, LoopThread

        if self._loop is None:
            self._loop = LoopThread()
        return LoopCalls(self._loop, concurrency, ended)

    def steadily(self) -> AbstractContextManager[None]:
        from streamz_core.env.processes.collector import rarely

        return rarely()

    def point(self, name: str) -> None:
        """Tests put something here."""

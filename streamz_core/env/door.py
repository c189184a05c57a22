"""The door to the outside: what the rest of the house may ask of a machine.

Three worlds stand behind it: `real` (this machine), `memory` (files and clock in memory, for
`app.test()`), and the simulator of `testing`. Nobody else opens a file, reads a clock, draws a random
number, takes a lock, starts a process or a thread.

Errors are OSError with the machine's errno (ENOSPC, EIO, EEXIST, ENOENT ...), in all three worlds.
tests/env/check_env.py holds the three to the same promises.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, NoReturn, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Killed(BaseException):
    """The simulated process that called is dead.

    Every call through the door of a killed process raises it before any effect, also the calls in
    its `finally:` blocks: a real process would not have run them. Nobody catches it but the worlds.
    """


class File(Protocol):
    """An open file. Appends are one `write` on an O_APPEND descriptor, never buffered."""

    def append(self, data: bytes) -> int:
        """Bytes taken from the front of `data`: may be fewer than all of them."""
        ...

    def pread(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes from `offset`; shorter at the end of the file."""
        ...

    def pwrite(self, data: bytes, offset: int) -> int:
        """Overwrite in place; only for hint files opened with `write=True`."""
        ...

    def size(self) -> int: ...

    def datasync(self) -> None:
        """Everything written before is on the disk, or OSError: then nobody knows."""
        ...

    def close(self) -> None:
        """Closing twice is no error; any other use of a closed file is EBADF."""
        ...


class Lock(Protocol):
    """A held flock; freed by the kernel when the process dies, kept while it is stopped."""

    def downgrade(self) -> None:
        """From exclusive to shared, keeping it."""
        ...

    def release(self) -> None:
        """Releasing twice is no error."""
        ...


class Doorbell(Protocol):
    """Where other processes wake this one. Rings are hints and may be lost."""

    @property
    def address(self) -> str: ...

    def wait(self, timeout_s: float) -> bool:
        """True if somebody rang since the last wait, False after the time is over."""
        ...

    def close(self) -> None: ...


class Ticket(Protocol, Generic[T_co]):
    """Work that runs beside this thread."""

    def ready(self) -> bool: ...

    def wait(self, timeout_s: float | None = None) -> T_co:
        """The result; raises what the work raised, and TimeoutError if it takes longer than that."""
        ...


class Executor(Protocol):
    """Makes calls one after the other, in the order in which they are due, beside the thread that asks."""

    def submit(self, call: Callable[[], T], delay_s: float = 0.0) -> Ticket[T]:
        """Have it made, in `delay_s` from now. From any thread, and from a finalizer too."""
        ...

    def close(self) -> None:
        """What was submitted before is made, what is delayed is dropped; what is submitted later is made at
        once, by whoever submits it where the thread is over."""
        ...


class Answer(Protocol, Generic[T_co]):
    """What a coroutine will give that runs beside this thread."""

    def ready(self) -> bool: ...

    def result(self) -> T_co:
        """What it gave, when it is ready; raises what it raised, TimeoutError if it had no more time."""
        ...

    def cancel(self) -> None:
        """Nobody wants it any more."""
        ...


class Calls(Protocol):
    """Makes calls of coroutines, so many at once, on an event loop beside this thread. To be used by one thread.

    `running`: how many have not ended, those included that wait for a free place. `ended`: how many have.
    """

    @property
    def running(self) -> int: ...

    @property
    def ended(self) -> int: ...

    def start(
        self, call: Callable[[], Coroutine[Any, Any, T]], timeout_s: float | None = None
    ) -> Answer[T]:
        """Have it made as soon as there is a free place; it may take `timeout_s` from then."""
        ...

    def idle(self) -> bool:
        """There is nothing to do before one has ended. True in a world of its own time, where one has now; elsewhere it
        will be told.
        """
        ...

    def close(self) -> None:
        """Cancel all that have not ended, without waiting for them."""
        ...


class Child(Protocol):
    """A process started by this one."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it), or None while it lives."""
        ...

    def signal(self, number: int) -> None: ...

    def wait(self, timeout_s: float | None = None) -> int | None: ...


class Env(Protocol):
    """One process's view of its machine. Paths are absolute strings."""

    # files
    def create(self, path: str) -> File:
        """A new file, open for appends and reads; EEXIST if there is one."""
        ...

    def open(self, path: str, *, write: bool = False) -> File:
        """An existing file: for reads, or with `write` for appends and pwrite too; ENOENT."""
        ...

    def read(self, path: str) -> bytes: ...

    def exists(self, path: str) -> bool: ...

    def list(self, path: str) -> list[str]:
        """Names in a directory, sorted; empty if it does not exist. ENOTDIR for a file."""
        ...

    def make_dirs(self, path: str) -> None:
        """The directory with its parents, mode 0700; durable after `sync_dir` of each parent."""
        ...

    def link(self, source: str, target: str) -> None:
        """A second name, atomically; EEXIST if `target` is there."""
        ...

    def rename(self, source: str, target: str) -> None:
        """A file's new name; a file that had it is replaced, atomically. Or a directory's, where nothing is:
        that no simulated world knows."""
        ...

    def unlink(self, path: str) -> None: ...

    def remove_tree(self, path: str) -> None:
        """The directory and everything in it; no error if it does not exist."""
        ...

    def sync_dir(self, path: str) -> None:
        """The names in this directory are on the disk, or OSError."""
        ...

    def space(self, path: str) -> tuple[int, int]:
        """(free, total) bytes of the file system that holds `path`."""
        ...

    def file_system(self, path: str) -> str:
        """Its type, such as "ext4", "overlay", "nfs"; "" if unknown."""
        ...

    # locks, clocks, randomness
    def lock(self, path: str, *, exclusive: bool, wait_s: float = 0.0) -> Lock | None:
        """A flock on an existing or new file; None if somebody else holds it all that time."""
        ...

    def monotonic(self) -> float:
        """Seconds, never backwards; comparable within one machine and boot."""
        ...

    def now_ms(self) -> int:
        """The wall clock, ms UTC. It may jump, both ways."""
        ...

    def now_ns(self) -> int:
        """The same clock in ns: for those who ask it a million times a second."""
        ...

    def random(self, size: int) -> bytes: ...

    def boot_id(self) -> str:
        """Changes with every boot of the machine: what was only in the page cache is gone."""
        ...

    # wake-ups
    def doorbell(self) -> Doorbell: ...

    def ring(self, address: str) -> bool:
        """Wake the process behind `address`, without ever waiting; False if nobody is behind it."""
        ...

    # processes and background work
    def pid(self) -> int: ...

    def thread(self) -> int:
        """The calling thread; no other that lives at the same time has the same number. Costs nothing."""
        ...

    def thread_name(self, thread: int) -> str:
        """As messages name a thread of this process; its number if it is over."""
        ...

    def environ(self) -> Mapping[str, str]: ...

    def spawn(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Child: ...

    def exit(self, code: int) -> NoReturn:
        """End the process at once: no cleanup, no buffers, no finally (os._exit)."""
        ...

    def background(self, call: Callable[[], T]) -> Ticket[T]:
        """Run beside this thread; the work may use the door, and nothing this thread changes."""
        ...

    def executor(self, name: str, last: Callable[[], object]) -> Executor:
        """A new one, with a thread called `name` from its first call on. `last` is called, by the main
        thread, when the process ends in an orderly way before the executor was closed."""
        ...

    def calls(self, concurrency: int, ended: Callable[[], object]) -> Calls:
        """For calls of which `concurrency` run at once. `ended` is called beside this thread after each that ended.
        In a world of its own time nobody is told: there calls run while whoever asked is `idle`."""
        ...

    def steadily(self) -> AbstractContextManager[None]:
        """Inside, the process is a worker: Python's collector looks for cycles more rarely (env/processes)."""
        ...

    def point(self, name: str) -> None:
        """A named place where a test may stop or kill the process. Does nothing otherwise."""
        ...

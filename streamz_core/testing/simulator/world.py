"""The door of a simulated process: every call may be its last, or let somebody else run first."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import TYPE_CHECKING, NoReturn, TypeVar

from streamz_core.env.door import Killed
from streamz_core.env.processes.threads import get_ident, name_of
from streamz_core.env.tree import failure
from streamz_core.testing.simulator.disk import VOLATILE
from streamz_core.testing.simulator.handles import (
    SimBell,
    SimChild,
    SimExecutor,
    SimFile,
    SimLock,
    SimTicket,
)

if TYPE_CHECKING:
    from streamz_core.env.loops import LoopCalls
    from streamz_core.env.virtual import VirtualLoop
    from streamz_core.testing.simulator.process import Process
    from streamz_core.testing.simulator.simulation import Simulation

T = TypeVar("T")

SYNC_S = 0.0003


class SimEnv:
    """One simulated process's view of its machine."""

    def __init__(self, simulation: Simulation, process: Process, random: Random) -> None:
        self.simulation = simulation
        self.process = process
        self._random = random
        self._history = simulation.history
        self._loop: VirtualLoop | None = None

    def turn(self, what: str, name: str = "") -> None:
        """Before every effect: somebody else may run now, and this process may never go on."""
        process = self.process
        self.simulation.steps += 1
        if process.fuel > 0:
            process.fuel -= 1
        else:
            self.simulation.pause(process)
        if self._history is not None:
            self.simulation.note(process, f"{what} {name}")

    def chance(self, probability: float) -> bool:
        """Whether this call is one of those that go wrong that often."""
        return self.simulation.chance(probability)

    # ---- files

    def create(self, path: str) -> SimFile:
        self.turn("create", path)
        self._need_descriptor(path)
        self._need_room(path)
        return SimFile(self, path, self.simulation.disk.create(path), write=True)

    def open(self, path: str, *, write: bool = False) -> SimFile:
        self.turn("open", path)
        self._need_descriptor(path)
        return SimFile(self, path, self.simulation.disk.tree.get(path), write=write)

    def read(self, path: str) -> bytes:
        self.turn("read", path)
        self._need_descriptor(path)
        if self.chance(self.process.faults.read_fails):
            raise self.failed("read", path)
        return self.simulation.load(self.simulation.disk.tree.get(path))

    def exists(self, path: str) -> bool:
        self.turn("exists", path)
        return self.simulation.disk.tree.exists(path)

    def list(self, path: str) -> list[str]:
        self.turn("list", path)
        return self.simulation.disk.tree.names(path)

    def make_dirs(self, path: str) -> None:
        self.turn("make_dirs", path)
        self._need_room(path)
        self.simulation.disk.make_folders(path)

    def link(self, source: str, target: str) -> None:
        self.turn("link", target)
        self._need_room(target)
        self.simulation.disk.link(source, target)

    def rename(self, source: str, target: str) -> None:
        self.turn("rename", target)
        self.simulation.disk.rename(source, target)

    def unlink(self, path: str) -> None:
        self.turn("unlink", path)
        self.simulation.disk.unlink(path)

    def remove_tree(self, path: str) -> None:
        disk = self.simulation.disk
        self.turn("remove_tree", path)
        for found in disk.tree.below(path):
            disk.remove_tree(found) if disk.tree.is_folder(found) else disk.unlink(found)
            self.turn("removed", found)

    def sync_dir(self, path: str) -> None:
        self.turn("sync_dir", path)
        disk = self.simulation.disk
        if not disk.tree.is_folder(path):
            raise failure(errno.ENOENT, path)
        begun = disk.unsynced_names(path)
        self.sync_takes_time()
        if self.chance(self.process.faults.sync_fails):
            raise self.sync_failed(path)
        if not (begun and self.sync_lies()):
            disk.sync_names(begun)

    def space(self, path: str) -> tuple[int, int]:
        self.turn("space", path)
        return self.simulation.disk.room(), self.simulation.disk.capacity_bytes

    def file_system(self, path: str) -> str:
        self.turn("file_system", path)
        return "ext4"

    # ---- locks, clocks, randomness

    def lock(self, path: str, *, exclusive: bool, wait_s: float = 0.0) -> SimLock | None:
        self.turn("lock", path)
        simulation = self.simulation
        give_up_s = simulation.now_s + wait_s
        inode = simulation.disk.tree.find(path)
        if inode is None:
            inode = simulation.disk.create(path)
        while any(exclusive or other.exclusive for other in inode.locks):
            if simulation.now_s >= give_up_s or self.process.watching:
                return None
            simulation.block(self.process, give_up_s, inode.locks)
        return SimLock(self, inode, exclusive=exclusive)

    def monotonic(self) -> float:
        self.turn("monotonic")
        return self.simulation.now_s - self.simulation.boot_s

    def now_ms(self) -> int:
        self.turn("now_ms")
        return self.simulation.wall_ms()

    def now_ns(self) -> int:
        return self.now_ms() * 1_000_000

    def random(self, size: int) -> bytes:
        self.turn("random")
        return self._random.randbytes(size)

    def boot_id(self) -> str:
        self.turn("boot_id")
        return f"boot-{self.simulation.boot}"

    # ---- wake-ups

    def doorbell(self) -> SimBell:
        self.turn("doorbell")
        return self.simulation.bells.hang(self)

    def ring(self, address: str) -> bool:
        self.turn("ring", address)
        bell = self.simulation.bells.behind(address)
        if bell is None:
            return False
        if not self.chance(self.process.faults.ring_lost):
            bell.rung = True
            self.simulation.wake(bell)
        return True

    # ---- processes and background work

    def pid(self) -> int:
        self.turn("pid")
        return self.process.pid

    def thread(self) -> int:
        return get_ident()

    def thread_name(self, thread: int) -> str:
        return name_of(thread)

    def environ(self) -> Mapping[str, str]:
        self.turn("environ")
        return self.process.environ

    def spawn(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> SimChild:
        self.turn("spawn", argv[0])
        environ = self.process.environ if env is None else env
        return SimChild(self, self.simulation.program(argv, environ))

    def exit(self, code: int) -> NoReturn:
        self.turn("exit", str(code))
        self.simulation.end(self.process, code)
        raise Killed(code)

    def background(self, call: Callable[[], T]) -> SimTicket[T]:
        self.turn("background")
        return SimTicket(self, call)

    def executor(self, name: str, last: Callable[[], object]) -> SimExecutor:  # noqa: ARG002 - as the door says
        self.turn("executor", name)
        return SimExecutor(self)

    def calls(self, concurrency: int, ended: Callable[[], object]) -> LoopCalls:  # noqa: ARG002
        from streamz_core.env.virtual import calls_on

        self.turn("calls")
        self._loop, made = calls_on(self._loop, concurrency)
        return made

    def steadily(self) -> AbstractContextManager[None]:
        return nullcontext()

    def point(self, name: str) -> None:
        self.turn("point", name)
        simulation = self.simulation
        if simulation.on_point is not None and not self.process.watching:
            simulation.on_point(self.process, name)
        if self.chance(self.process.faults.point):
            simulation.kill(self.process)
        if self.process.dead:
            raise Killed

    # ---- shared with the handles

    def sync_takes_time(self) -> None:
        """Others run while the disk works; it may work for seconds."""
        process = self.process
        if process.watching:
            return
        takes_s = SYNC_S
        if self.chance(process.faults.sync_slow):
            takes_s *= 10 ** (4 * self.simulation.random.random())
        self.simulation.block(process, self.simulation.now_s + takes_s, self.simulation.disk)

    def sync_failed(self, path: str) -> OSError:
        """The error; what the process does at once on hearing of it nobody interrupts, and it has a
        descriptor left to tell it with."""
        self.simulation.count("sync failed")
        if self.process.faults.grace:
            self.process.fuel = max(self.process.fuel, self.process.faults.grace)
            self.process.faults = self.process.faults.without("open_fails")
        return failure(errno.EIO, path)

    def sync_lies(self) -> bool:
        """Whether a sync that succeeds is one that did nothing."""
        lies = self.chance(self.process.faults.sync_lies)
        if lies:
            self.simulation.count("sync lied")
        return lies

    def failed(self, what: str, path: str) -> OSError:
        """What a process hears of a disk that cannot do it."""
        self.simulation.count(f"{what} failed")
        return failure(errno.EIO, path)

    def _need_descriptor(self, path: str) -> None:
        if self.chance(self.process.faults.open_fails):
            self.simulation.count("open failed")
            raise failure(errno.EMFILE, path)

    def _need_room(self, path: str) -> None:
        """A full disk has now and then no room for a name either."""
        if self.process.watching or path.startswith(f"{VOLATILE}/"):
            return
        if self.simulation.disk.room() == 0 and self.chance(0.5):
            raise failure(errno.ENOSPC, path)

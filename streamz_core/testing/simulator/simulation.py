"""The scheduler: one seeded source of chance decides who runs next, for how long, and what fails.

A simulated process runs in a greenlet. Its calls of the door switch back here, so that between any two
of them everybody else may run, or the process be killed or stopped, or the power fail. Virtual time
passes a little with every turn and jumps to the next timer when all wait.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from random import Random
from zlib import crc32

from streamz_core.env.door import Env, Killed
from streamz_core.testing.simulator.disk import Disk, Inode
from streamz_core.testing.simulator.faults import Faults
from streamz_core.testing.simulator.handles import Bells
from streamz_core.testing.simulator.process import (
    Main,
    Process,
    Strand,
    scheduler,
    strand_of,
)
from streamz_core.testing.simulator.profile import Profile, draw
from streamz_core.testing.simulator.world import SimEnv

SIGKILL, SIGSTOP, SIGCONT = 9, 19, 18
NEVER = math.inf
WALL_MS = 1_700_000_000_000
PAGE_BYTES = 4096


class Endless(Exception):
    """The run took all the steps it was given. What it does, it does without end."""


Program = Callable[[Sequence[str], Mapping[str, str]], Main]


class Simulation:
    """One machine and its processes. The same seed and the same code give the same run.

    `steps_max` bounds the work, which turns do not: a step is a call of the door, an oracle's too, or a
    page that a call reads. A run that needs more raises Endless, after the same step each time.
    """

    def __init__(
        self,
        seed: int,
        profile: Profile | None = None,
        *,
        programs: Program | None = None,
        history: bool = False,
        steps_max: float = NEVER,
    ) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.profile = profile or draw(seed)
        self.disk = Disk(self.random, self.profile.sector)
        self.bells = Bells()
        self.processes: list[Process] = []  # the living
        self.turns = 0
        self.steps = 0
        self.steps_max = steps_max
        self.now_s = 0.0
        self.boot = 0
        self.boot_s = 0.0
        self.skew_ms = 0  # of the wall clock
        self.full_until_s = NEVER
        self.counts: dict[str, int] = {}  # what happened, by name
        self.history: list[str] | None = [] if history else None
        self.failure: BaseException | None = None
        self.on_point: Callable[[Process, str], None] | None = None
        self._programs = programs
        self._strands: list[Strand] = []
        self._ended: list[Process] = []  # dead, their greenlets not yet
        self._pids = 0
        self._numbers = 0
        self._trace = 0
        self._running: Strand | None = None
        self._scheduler = scheduler()
        self._faults = Faults(self)

    # ---- building and running

    def spawn(
        self,
        name: str,
        main: Main,
        *,
        respawn: bool = False,
        expected: tuple[type[BaseException], ...] = (),
        environ: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a process that runs `main(env)`.

        `respawn`: start it anew whenever it dies. It may end with one of the `expected` errors; any
        other error fails the simulation.
        """
        return self._start(Process(name, main, respawn, expected, dict(environ or {})), 0.0)

    def observer(self) -> Env:
        """A door through which an oracle looks: nothing fails, nobody else runs meanwhile."""
        process = Process("observer", _no_main, respawn=False, expected=(), environ={})
        process.watching = True
        process.fuel = 1 << 62
        process.faults = Profile()
        return SimEnv(self, process, Random(0))

    def run(self, turns: int) -> None:
        """That many turns of the scheduler, or until nothing can happen any more."""
        for _ in range(turns):
            if not self.step():
                return

    def run_until(self, done: Callable[[], bool], turns: int, *, every: int = 16) -> bool:
        """Run until `done()`, asked every few turns; false if `turns` were not enough."""
        for turn in range(turns):
            if turn % every == 0 and done():
                return True
            if not self.step():
                break
        return done()

    def calm(self) -> None:
        """From now on nothing goes wrong; stopped processes go on, the disk has room and is quick."""
        self.profile = self.profile.calm()
        self._faults = Faults(self)
        self.room_again()
        self.wake(self.disk)
        for process in self.processes:
            process.faults = self.profile
            process.stopped_s = 0.0

    def step(self) -> bool:
        """One turn; false if no process can ever run again. Endless if the steps are spent."""
        if self.steps >= self.steps_max:
            raise Endless(
                f"seed {self.seed}: no end after {self.steps} steps, in turn {self.turns}, "
                f"{self.now_s:.3f} s of its time; {self.profile}"
            )
        self.turns += 1
        if self.turns >= self._faults.turn:
            self._faults.inject()
        strand = self._pick()
        if strand is None:
            return False
        process = strand.process
        process.fuel = fuel = int(self.random.random() * 2 * self.profile.calls)
        self._trace = (self._trace * 1000003 + strand.number * 127 + fuel) & 0xFFFFFFFFFFFFFFFF
        strand.ready_s = 0.0
        strand.waits_for = None
        self._running = strand
        strand.greenlet.switch()
        self._running = None
        if self._ended:
            self._reap()
        if self.failure is not None:
            raise self.failure
        return True

    def digest(self) -> str:
        """Of everything that happened: equal for equal runs, different for nearly all others."""
        told = blake2b(digest_size=16)
        told.update(repr((self._trace, self.disk.trace, self.turns, self.now_s)).encode())
        told.update(repr(sorted(self.counts.items())).encode())
        for path, inode in self.disk.tree.files():
            told.update(path.encode() + b"\0" + bytes(inode.cache) + b"\0" + bytes(inode.disk))
        return told.hexdigest()

    # ---- what happens to processes

    def kill(self, process: Process, signal: int = SIGKILL) -> None:
        """At once, wherever it is. Its locks are free, an append under way stays as a prefix."""
        if not process.dead:
            self.count("killed")
            self.end(process, -signal)
            self._reap_if_outside()

    def stop(self, process: Process, seconds: float = NEVER) -> None:
        """SIGSTOP: it is not scheduled for that long. Its locks stay. Never within an append."""
        if not process.writing:
            self.count("stopped")
            process.stopped_s = self.now_s + seconds
            self.note(process, f"stopped for {seconds:.6f} s")

    def resume(self, process: Process) -> None:
        """SIGCONT."""
        process.stopped_s = 0.0

    def power_cut(self) -> None:
        """Every process is gone, and of the disk what was synced and whatever else chance leaves."""
        self.count("power cut")
        for process in list(self.processes):
            self.end(process, -SIGKILL, restart_s=self.random.random())
        self._reap()
        self.disk.power_cut()
        self.full_until_s = NEVER
        self.boot += 1
        self.boot_s = self.now_s
        self.mark("power cut")

    def signal(self, process: Process, number: int) -> None:
        """What a process does that has no handlers."""
        if number == SIGSTOP:
            self.stop(process)
        elif number == SIGCONT:
            self.resume(process)
        else:
            self.kill(process, number)

    def end(self, process: Process, code: int, *, restart_s: float | None = None) -> None:
        """The process is dead from here on; the scheduler ends its greenlets."""
        if process.dead:
            return
        process.dead = True
        process.fuel = 0
        process.code = code
        for write in process.writing:
            self.disk.tear(write)
            self.wake(write.inode)
        for lock in list(process.locks):
            lock.free()
        self.processes.remove(process)
        self._ended.append(process)
        self.wake(process)
        self.note(process, f"ended: {code}")
        if process.respawn and code:
            delay_s = self.random.random() * 0.05 if restart_s is None else restart_s
            self._start(process.successor(), delay_s)

    # ---- for the door

    @property
    def running(self) -> Strand:
        """The strand that calls."""
        assert self._running is not None, "only a simulated process calls this"
        return self._running

    def pause(self, process: Process) -> None:
        """Let the scheduler decide who goes on. Raises Killed in a process that is dead."""
        if process.dead:
            raise Killed
        if not process.watching:
            self._scheduler.switch()

    def block(self, process: Process, until_s: float, waits_for: object) -> None:
        """Go on when `until_s` is reached or somebody wakes what this waits for."""
        if process.watching:
            raise RuntimeError("an observer may not wait: nobody else runs while it looks")
        strand = self.running
        strand.ready_s = until_s
        strand.waits_for = waits_for
        self.pause(process)

    def wake(self, waited_for: object) -> None:
        """Everybody who waits for this may go on."""
        for strand in self._strands:
            if strand.waits_for is waited_for:
                strand.ready_s = 0.0

    def beside(self, process: Process, call: Callable[[], object]) -> Strand:
        """A second strand of a process."""
        return self._add_strand(process, call, 0.0)

    def program(self, argv: Sequence[str], environ: Mapping[str, str]) -> Process:
        """Start what `programs` has for this command line."""
        if self._programs is None:
            raise RuntimeError(f"this simulation knows no programs: {' '.join(argv)}")
        return self.spawn(argv[0], self._programs(argv, environ), environ=environ)

    def load(self, inode: Inode, offset: int = 0, size: int | None = None) -> bytes:
        """What stands in a file. Much of it takes as long as many calls."""
        data = bytes(inode.cache[offset : None if size is None else offset + size])
        self.steps += len(data) // PAGE_BYTES
        return data

    def chance(self, probability: float) -> bool:
        """True that often."""
        return probability > 0 and self.random.random() < probability

    def count(self, name: str) -> None:
        """One more of this."""
        self.counts[name] = self.counts.get(name, 0) + 1

    def mark(self, name: str) -> None:
        """Something happened to the machine."""
        self._trace ^= crc32(name.encode(), self.turns & 0xFFFFFFFF)
        if self.history is not None:
            self.history.append(f"{self.turns} {self.now_s:.6f} --- {name}")

    def room_again(self) -> None:
        """The disk is not full any more."""
        self.disk.limit_bytes = self.disk.capacity_bytes
        self.full_until_s = NEVER

    def wall_ms(self) -> int:
        """The wall clock."""
        return WALL_MS + self.skew_ms + int(self.now_s * 1000)

    def note(self, process: Process, what: str) -> None:
        """A line of the history, if there is one."""
        if self.history is not None:
            self.history.append(f"{self.turns} {self.now_s:.6f} {process} {what}")

    # ---- turns

    def _pick(self) -> Strand | None:
        """The strand whose turn it is; time jumps if all wait."""
        now_s = self.now_s = self.now_s + self.profile.tick_s
        if now_s >= self.full_until_s:
            self.room_again()
        strands = self._strands
        ready = [one for one in strands if one.ready_s <= now_s >= one.process.stopped_s]
        if not ready:
            times = [max(one.ready_s, one.process.stopped_s) for one in strands]
            soonest_s = min(times, default=NEVER)
            if soonest_s == NEVER:
                return None
            self.now_s = soonest_s
            ready = [one for one, time_s in zip(strands, times, strict=True) if time_s == soonest_s]
        return self.choose(ready)

    def choose(self, ready: Sequence[Strand]) -> Strand:
        """Whose turn it is, of those who can go on: by chance, unless somebody else decides."""
        return ready[int(self.random.random() * len(ready))]

    def _start(self, process: Process, delay_s: float) -> Process:
        self._pids += 1
        process.pid = self._pids
        process.faults = self.profile
        self.processes.append(process)
        env = SimEnv(self, process, self.random)
        process.env = env
        process.first = self._add_strand(process, lambda: process.main(env), self.now_s + delay_s)
        return process

    def _add_strand(self, process: Process, call: Callable[[], object], ready_s: float) -> Strand:
        self._numbers += 1
        strand = Strand(process, self._numbers, ready_s)
        strand.greenlet = strand_of(self._scheduler, lambda: self._live(strand, call))
        process.strands.append(strand)
        self._strands.append(strand)
        return strand

    def _live(self, strand: Strand, call: Callable[[], object]) -> None:
        """The whole life of a strand."""
        process = strand.process
        try:
            call()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - an oracle: any unforeseen error is a finding
            self._failed(process, error)
        self._strands.remove(strand)
        process.strands.remove(strand)
        if strand is process.first:
            self.end(process, 0)

    def _failed(self, process: Process, error: BaseException) -> None:
        if process.dead:
            return  # a real process would not have come this far
        self.count(type(error).__name__)
        if not isinstance(error, process.expected):
            error.add_note(f"seed {self.seed}, turn {self.turns}, {process}; {self.profile}")
            self.failure = error
        self.end(process, 1)

    def _reap_if_outside(self) -> None:
        if self._running is None:
            self._reap()

    def _reap(self) -> None:
        """End the greenlets of the dead, and see that they do nothing any more."""
        before = self.disk.changes
        for process in self._ended:
            for strand in list(process.strands):
                if strand.greenlet:  # begun and not over
                    strand.greenlet.throw(Killed)
                else:
                    self._strands.remove(strand)
                    process.strands.remove(strand)
        self._ended.clear()
        assert self.disk.changes == before, "a dead process changed the disk"


def _no_main(_: Env) -> None:
    """An observer has no life of its own."""

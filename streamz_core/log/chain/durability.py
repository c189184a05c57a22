"""What is on the disk: the shared sync at level `power`, the background sync at level `process`.

`durable` is a hint file with the newest record known to be synced; it counts only if that record is on
our chain. A sync that fails poisons the log: nobody syncs again, every process ends, the next start
rewrites what may be lost.
"""

from __future__ import annotations

import contextlib
import errno
import struct
from zlib import crc32

from streamz_core.env.door import Env, File, Lock, Ticket
from streamz_core.errors import Corrupt, Poisoned
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.frame import ZERO
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.limits import Limits

_HINT = struct.Struct("<Q16sI")
EXIT_POISONED = 70
SYNC_S = 0.001  # what a sync is thought to take before one was timed
ORPHAN_S = 0.2  # level power: a record that was not synced for so long has a dead or stopped writer


def poison_paths(layout: Layout, identity: Identity) -> tuple[str, str]:
    """The two places that say it: the disk that failed may not take the first."""
    return layout.poison, f"/dev/shm/streamz-{identity.log_id.hex()}"  # noqa: S108 - a flag, no content


def poison(env: Env, layout: Layout, identity: Identity) -> None:
    """Tell every process of the log that a sync failed."""
    for path in poison_paths(layout, identity):
        try:
            env.create(path).close()
        except OSError:
            continue  # the other one must do; where neither can be made, the exit code tells


def is_poisoned(env: Env, layout: Layout, identity: Identity) -> bool:
    """Whether a sync of this log failed since its last cold start."""
    return any(env.exists(path) for path in poison_paths(layout, identity))


def read_hint(env: Env, layout: Layout) -> tuple[int, bytes]:
    """The record the `durable` file names; (0, zeros) if the file says nothing."""
    try:
        data = env.read(layout.durable)
    except FileNotFoundError:
        return 0, ZERO
    return _decode(data)


def _decode(data: bytes) -> tuple[int, bytes]:
    if len(data) < _HINT.size:
        return 0, ZERO
    lsn, hash_, crc = _HINT.unpack_from(data)
    return (lsn, hash_) if crc32(data[:24]) == crc else (0, ZERO)


class Durability:
    """One process's view of what is durable, and its share of making it so."""

    def __init__(
        self, env: Env, layout: Layout, identity: Identity, chain: Chain, limits: Limits
    ) -> None:
        self.level = identity.level
        self.durable = (0, ZERO)
        self._env = env
        self._layout = layout
        self._identity = identity
        self._chain = chain
        self._limits = limits
        self._hint = self._open_hint()
        self._lock: Lock | None = None
        self._ticket: Ticket[bool] | None = None
        self._target = (0, ZERO)
        self._sync_s = SYNC_S
        self._waiting_for = -1
        self._waiting_since_s = 0.0
        self._next_s = env.monotonic() + limits.sync_interval_s

    @property
    def readable_lsn(self) -> int:
        """Up to here a reader that acts on the outside world may read, at this level."""
        if self.level == "process":
            return self._chain.fold.lsn
        self._look()
        return self.durable[0]

    def check(self) -> None:
        """Poisoned if a sync failed anywhere. At level power asked before anything is acknowledged."""
        if is_poisoned(self._env, self._layout, self._identity):
            raise Poisoned(
                f"a sync of the log {self._layout.root} failed: stop every process that uses it and "
                "start again; the start verifies the log and rewrites its tail"
            )

    def follow(self, chain: Chain) -> None:
        """The handle folded the chain anew."""
        self._chain = chain

    # ---- level power

    def ensure(self, lsn: int) -> None:
        """Return when record `lsn` is as safe as the level promises; Poisoned if it may not be.

        Level `process` promises nothing of the disk: there it is the background sync that matters, and
        `tick` looks for the poison.
        """
        if self.level == "process":
            self.tick()
        else:
            while self.durable[0] < lsn:
                self._look()
                if self.durable[0] < lsn:
                    self._sync_shared(lsn)
            self.check()

    def _sync_shared(self, lsn: int) -> None:
        """One sync for everybody who waits. The lock only saves syncs: waiting for it longer than two of
        them take would cost more than it saves."""
        wait_s = min(self._limits.lock_wait_s, 2 * self._sync_s)
        lock = self._env.lock(self._layout.sync_lock, exclusive=True, wait_s=wait_s)
        try:
            self._look()
            if self.durable[0] >= lsn:
                return
            fold = self._chain.fold
            target = (fold.lsn, fold.hash)
            started_s = self._env.monotonic()
            self.sync_file(self._chain.file)
            self._sync_s += (self._env.monotonic() - started_s - self._sync_s) / 4
            self._publish(target)
        finally:
            if lock is not None:
                lock.release()

    def sync_file(self, file: File) -> None:
        """Sync one file, or poison the log and end the process: a second try would lie."""
        try:
            file.datasync()
        except OSError:
            self.fail()

    def fail(self) -> None:
        """A sync failed: tell the others and end."""
        poison(self._env, self._layout, self._identity)
        self._env.exit(EXIT_POISONED)

    def _sync_orphans(self, now_s: float) -> None:
        """Sync what a writer appended and, being dead, never synced: readers wait for it."""
        fold = self._chain.fold
        if self.durable[0] == fold.lsn:
            return
        self._look()
        if self._waiting_for != self.durable[0]:
            self._waiting_for, self._waiting_since_s = self.durable[0], now_s
        elif self.durable[0] < fold.lsn and now_s - self._waiting_since_s > ORPHAN_S:
            self._sync_shared(fold.lsn)

    def tick(self) -> None:
        """To be called often: once an interval it looks whether a sync failed anywhere (Poisoned), and
        does this process's share of what the level asks for in the background.

        A process that went on after a failed sync would keep the log from its cold start for ever.
        """
        now_s = self._env.monotonic()
        due = now_s >= self._next_s
        if due:
            self._next_s = now_s + self._limits.sync_interval_s
            self.check()
        if self.level == "power":
            self._sync_orphans(now_s)
        else:
            self._sync_behind(due=due)

    # ---- level process

    def _sync_behind(self, *, due: bool) -> None:
        """Once an interval the holder of the sync lock syncs in the background."""
        if self._ticket is not None:
            if self._ticket.ready():
                self._finish()
            return
        if not due:
            return
        self._look()
        fold = self._chain.fold
        if self.durable[0] == fold.lsn or not self._lead():
            return
        self._start()

    def unsynced(self) -> list[str]:
        """Every data file the chain named since the last durable commit, of living and dead writers,
        then the commit segment: a record must never be durable before its payload."""
        named = self._chain.fold.named
        for file in [file for file, lsn in named.items() if lsn <= self.durable[0]]:
            del named[file]
        paths = [self._layout.data_file(*file) for file in named]
        return [*paths, self._layout.segment(self._chain.segment)]

    def settle(self, *, sync: bool) -> None:
        """Wait for a sync under way, and with `sync` do what is left; let go of the lock. Before closing."""
        try:
            if self._ticket is not None:
                self._finish()
            left = self.durable[0] < self._chain.fold.lsn
            if sync and self.level == "process" and left and self._lead():
                self._start()
                self._finish()
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None
            self._hint.close()

    def _start(self) -> None:
        fold = self._chain.fold
        self._target = (fold.lsn, fold.hash)
        paths = self.unsynced()
        self._ticket = self._env.background(lambda: self._sync_paths(paths))

    def _finish(self) -> None:
        ticket, self._ticket = self._ticket, None
        assert ticket is not None
        if ticket.wait():
            self._publish(self._target)

    def _lead(self) -> bool:
        """Whether this process does the background sync: it keeps the lock as long as it lives."""
        if self._lock is None:
            self._lock = self._env.lock(self._layout.sync_lock, exclusive=True)
        return self._lock is not None

    def _sync_paths(self, paths: list[str]) -> bool:
        """Whether all are durable; not if one could not be opened now. A sync that fails is told at once,
        from here: until the thread that works looks at its ticket, others would read lost pages."""
        for path in paths:
            try:
                file = self._env.open(path)
            except FileNotFoundError as error:
                raise Corrupt(f"{path} is missing, and commits refer to it") from error
            except OSError:
                return False
            try:
                self.sync_file(file)
            finally:
                file.close()
        return True

    # ---- the hint

    def _look(self) -> None:
        lsn, hash_ = _decode(self._hint.pread(_HINT.size, 0))
        if lsn > self.durable[0] and self._chain.fold.on_chain(lsn, hash_):
            self.durable = (lsn, hash_)

    def _publish(self, target: tuple[int, bytes]) -> None:
        """Never backwards: somebody else may have synced more meanwhile, and a hint that is ahead of the
        chain is the only witness of what a damaged log has lost. Nor after a sync that failed: Linux tells
        of it once, and a file that was opened since then is synced without an error."""
        self.check()
        body = struct.pack("<Q16s", *target)
        if target[0] > self.durable[0]:
            self.durable = target
        if _decode(self._hint.pread(_HINT.size, 0))[0] >= target[0]:
            return
        try:
            self._hint.pwrite(body + struct.pack("<I", crc32(body)), 0)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def _open_hint(self) -> File:
        with contextlib.suppress(FileExistsError):
            self._env.create(self._layout.durable).close()
        return self._env.open(self._layout.durable, write=True)

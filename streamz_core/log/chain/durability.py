"""What is on the disk: the shared sync at level `power`, the background sync at level `process`."""

from __future__ import annotations

from attrs import define

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt
from streamz_core.log.chain.background import BackgroundSync
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.hint import Hint
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.poison import Syncing
from streamz_core.log.limits import Limits
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import State

SYNC_S = 0.001  # what a sync is thought to take before one was timed
ORPHAN_S = 0.2  # level power: a record that was not synced for so long has a dead or stopped writer


@define
class _Times:
    """When what is due: the next look for a failed sync, and since when a record waits to be synced."""

    next_s: float
    sync_s: float = SYNC_S
    waiting_for: int = -1
    waiting_since_s: float = 0.0


class Durability:
    """One process's view of what is durable, and its share of making it so."""

    def __init__(  # noqa: PLR0913 - the log, as it reads and knows it
        self,
        env: Env,
        layout: Layout,
        identity: Identity,
        chain: Chain,
        known: tuple[State, Index],
        limits: Limits,
    ) -> None:
        self.durable = (chain.begin.lsn, chain.begin.hash)  # nobody begins with what may be lost
        self.syncing = Syncing(env, layout, identity)
        self._made = identity.level
        self._env = env
        self._layout = layout
        self._chain = chain
        self._state, self._index = known
        self._limits = limits
        self._hint = Hint(env, layout)
        self._background = BackgroundSync(env, self.syncing)
        self._times = _Times(env.monotonic() + limits.sync_interval_s)

    @property
    def level(self) -> str:
        """What an acknowledgement means, as far as the chain was read."""
        return self._state.level.name or self._made

    @property
    def readable_lsn(self) -> int:
        """Up to here a reader that acts on the outside world may read, at this level."""
        if self.level == "process":
            return self._state.lsn
        self._look()
        return self.durable[0]

    def known_lsn(self) -> int:
        """The newest record that is known to be on the disk, whatever the level promises."""
        self._look()
        return self.durable[0]

    # ---- level power

    def recall(self) -> None:
        """Level power: nobody waits for what is on the chain already, whoever said how much of it is durable. He may
        have died before he said so, and what he said may be lost.
        """
        if self.level == "power":
            self.ensure(self._state.lsn)

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
            self.syncing.check()

    def _sync_shared(self, lsn: int) -> None:
        """One sync for everybody who waits. The lock only saves syncs: waiting for it longer than two of
        them take would cost more than it saves."""
        times = self._times
        wait_s = min(self._limits.lock_wait_s, 2 * times.sync_s)
        lock = self.syncing.lock(wait_s)
        try:
            self._look()
            if self.durable[0] >= lsn:
                return
            target = (self._state.lsn, self._state.hash)
            started_s = self._env.monotonic()
            paths, asked = self.unsynced(), self._asked
            if len(paths) > 1:  # named before the level was this one
                try:
                    self.syncing.sync_paths(paths, moved=self._state.loses)
                except Corrupt:
                    if not self._read_on(asked):
                        raise
                    return  # whoever waits asks again
            self.syncing.sync(self._chain.file)
            self.syncing.settle(self._chain.segment)
            times.sync_s += (self._env.monotonic() - started_s - times.sync_s) / 4
            self._publish(target)
        finally:
            if lock is not None:
                lock.release()

    def _sync_orphans(self, now_s: float) -> None:
        """Sync what a writer appended and, being dead, never synced: readers wait for it."""
        newest, times = self._state.lsn, self._times
        if self.durable[0] == newest:
            return
        self._look()
        if times.waiting_for != self.durable[0]:
            times.waiting_for, times.waiting_since_s = self.durable[0], now_s
        elif self.durable[0] < newest and now_s - times.waiting_since_s > ORPHAN_S:
            self._sync_shared(newest)

    def tick(self) -> None:
        """To be called often: once an interval it looks whether a sync failed anywhere (Poisoned), and
        does this process's share of what the level asks for in the background.

        A process that went on after a failed sync would keep the log from its cold start for ever.
        """
        now_s = self._env.monotonic()
        due = now_s >= self._times.next_s
        if due:
            self._times.next_s = now_s + self._limits.sync_interval_s
            self.syncing.check()
        if self.level == "power":
            self._sync_orphans(now_s)
        else:
            self._sync_behind(due=due)

    # ---- level process

    def _sync_behind(self, *, due: bool) -> None:
        """Once an interval the holder of the sync lock syncs in the background."""
        if self._background.under_way:
            if self._background.ready:
                self._finish()
            return
        if not due:
            return
        self._look()
        if self.durable[0] == self._state.lsn or not self._background.lead():
            return
        self._start()

    def unsynced(self) -> list[str]:
        """Every data file the chain named since the last durable commit, of living and dead writers,
        then the commit segment: a record must never be durable before its payload. Older segments are on
        the disk: before that none has another behind it. So are data files that were named at level power."""
        before = self.level == "process" or self.durable[0] < self._state.level.lsn
        named = self._index.unsynced(self.durable[0]) if before else ()
        paths = [self._layout.data_file(*file) for file in named]
        return [*paths, self._layout.segment(self._chain.segment)]

    def settle(self, *, sync: bool) -> None:
        """Wait for a sync under way, and with `sync` do what is left; let go of the lock. Before closing."""
        try:
            if self._background.under_way:
                self._finish()
            left = self.durable[0] < self._state.lsn
            if sync and self.level == "process" and left and self._background.lead():
                self._start()
                self._finish()
        finally:
            self._background.release()
            self._hint.close()

    def secure(self) -> None:
        """All of the chain that was taken in is on the disk, at either level; else Poisoned, Corrupt, or
        OSError if a file could not be opened now."""
        if self._background.under_way:
            self._finish()
        self._look()
        if self.durable[0] < self._state.lsn:
            target, asked = (self._state.lsn, self._state.hash), self._asked
            try:
                self.syncing.sync_paths(self.unsynced(), moved=self._state.loses)
            except Corrupt:
                if not self._read_on(asked):
                    raise
                self.secure()
                return
            self.syncing.settle(self._chain.segment)
            self._publish(target)
        self.syncing.check()

    @property
    def _asked(self) -> tuple[int, bool]:
        """What tells which files there have to be: the segment, and whether any records were sealed or lost."""
        return self._chain.segment, self._state.loses

    def _read_on(self, asked: tuple[int, bool]) -> bool:
        """Whether a file that is not there may have gone because of a record that was not read yet."""
        self._chain.tail()
        return self._asked != asked

    def _start(self) -> None:
        segment, target = self._chain.segment, (self._state.lsn, self._state.hash)
        self._background.start(self.unsynced(), target, segment, moved=self._state.loses)

    def _finish(self) -> None:
        try:
            target = self._background.finish()
        except Corrupt:
            if not self._read_on(self._background.asked):
                raise
            return  # the next one knows
        if target is not None:
            self._publish(target)

    # ---- the hint

    def _look(self) -> None:
        lsn, hash_ = self._hint.read()
        if lsn > self.durable[0] and self._state.on_chain(lsn, hash_):
            self.durable = (lsn, hash_)

    def _publish(self, target: tuple[int, bytes]) -> None:
        """Never backwards: somebody else may have synced more meanwhile. Nor after a sync that failed:
        Linux tells of it once, and a file that was opened since then is synced without an error."""
        self.syncing.check()
        if target[0] > self.durable[0]:
            self.durable = target
        self._hint.write(target)

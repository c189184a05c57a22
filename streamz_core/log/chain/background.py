"""The background sync of level `process`: one process does it for all, for one record at a time."""

from __future__ import annotations

from streamz_core.env.door import Env, Lock, Ticket
from streamz_core.log.chain.poison import Syncing


class BackgroundSync:
    """A sync under way, and the right to do it."""

    def __init__(self, env: Env, syncing: Syncing) -> None:
        self._env = env
        self._syncing = syncing
        self._lock: Lock | None = None
        self._ticket: Ticket[bool] | None = None
        self._target = (0, b"")
        self.asked = 0, False
        """The segment by which the last one was started, and whether files may have moved by then."""

    @property
    def under_way(self) -> bool:
        """Whether a sync was begun and its end not heard yet."""
        return self._ticket is not None

    @property
    def ready(self) -> bool:
        """Whether the sync under way has ended."""
        return self._ticket is not None and self._ticket.ready()

    def lead(self) -> bool:
        """Whether this process does the background sync: it keeps the lock as long as it lives."""
        if self._lock is None:
            self._lock = self._syncing.lock()
        return self._lock is not None

    def start(
        self, paths: list[str], target: tuple[int, bytes], segment: int, *, moved: bool = False
    ) -> None:
        """Sync these files, in this order, and the name of the segment; then `target` and all before it is
        durable. `moved`: see Syncing.sync_paths."""
        self._target = target
        self.asked = segment, moved
        self._ticket = self._env.background(lambda: self._sync(paths, segment, moved=moved))

    def finish(self) -> tuple[int, bytes] | None:
        """Wait for the sync under way: the record that is durable now, None if it could not be done."""
        ticket, self._ticket = self._ticket, None
        assert ticket is not None, "a sync was started"
        return self._target if ticket.wait() else None

    def release(self) -> None:
        """Let somebody else lead."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _sync(self, paths: list[str], segment: int, *, moved: bool) -> bool:
        """Whether all are durable; not if one could not be opened now. A sync that fails is told at once,
        from here: until the thread that works looks at its ticket, others would read lost pages."""
        try:
            self._syncing.sync_paths(paths, moved=moved)
            self._syncing.settle(segment)
        except OSError:
            return False
        return True

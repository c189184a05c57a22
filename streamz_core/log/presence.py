"""How a process shows the others that it lives: a file it holds the lock of, and a doorbell."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from streamz_core.env.door import Doorbell, Env, Lock
from streamz_core.log.chain.layout import Layout

LOOK_S = 5.0  # how often somebody looks for members that died


class Presence:
    """This process among the others. Lock and doorbell are had when they are first needed."""

    def __init__(self, env: Env, layout: Layout) -> None:
        self.incarnation = env.random(8)
        self._env = env
        self._layout = layout
        self._look_s = env.monotonic() + LOOK_S
        self._kept_since: dict[bytes, float] = {}
        self._lock: Lock | None = None
        self._doorbell: Doorbell | None = None

    def show(self) -> str:
        """From now on the others see that this process lives; the address where it can be woken.

        Also again, if somebody removed the file.
        """
        path = self._layout.member(self.incarnation)
        if self._lock is None or not self._env.exists(path):
            self._release()
            self._env.make_dirs(self._layout.members)
            self._lock = self._env.lock(path, exclusive=True)
        return self._bell().address

    def wait(self, timeout_s: float) -> None:
        """Sleep until somebody rings, or the time is over."""
        self._bell().wait(timeout_s)

    def waker(self) -> Callable[[], object]:
        """What ends a `wait`, called by any thread."""
        address, ring = self._bell().address, self._env.ring
        return lambda: ring(address)

    def look(self) -> bool:
        """Whether it is time to look for the dead; then the next time is set."""
        now_s = self._env.monotonic()
        due = now_s >= self._look_s
        if due:
            self._look_s = now_s + LOOK_S
        return due

    def lives(self, incarnation: bytes) -> bool:
        """Whether a member still holds its lock. A stopped process does; a dead one never."""
        path = self._layout.member(incarnation)
        if incarnation == self.incarnation:
            return True
        if not self._env.exists(path):
            return False
        lock = self._env.lock(path, exclusive=False)
        if lock is None:
            return True
        lock.release()
        return False

    def gone(self, incarnation: bytes, kept_ms: object) -> bool:
        """Whether a member is dead, and was seen to be for so long as what it had is `kept` for it."""
        if self.lives(incarnation):
            return False
        if isinstance(kept_ms, int) and kept_ms > 0:
            now_s = self._env.monotonic()
            if now_s - self._kept_since.setdefault(incarnation, now_s) < kept_ms / 1000:
                return False
            del self._kept_since[incarnation]
        return True

    def forget(self, incarnation: bytes) -> None:
        """Remove what a dead member left. It may be gone already: any number of members look after it."""
        with contextlib.suppress(FileNotFoundError):
            self._env.unlink(self._layout.member(incarnation))

    def close(self) -> None:
        """No longer there."""
        if self._doorbell is not None:
            self._doorbell.close()
        if self._lock is not None:
            self.forget(self.incarnation)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _bell(self) -> Doorbell:
        if self._doorbell is None:
            self._doorbell = self._env.doorbell()
        return self._doorbell

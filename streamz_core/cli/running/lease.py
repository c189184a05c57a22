"""A supervisor's sign of life: a lock on a file, which the system frees when it dies."""

from __future__ import annotations

from contextlib import suppress

from streamz_core.env.door import Env
from streamz_core.errors import NotReady

LOOK_S = 1.0


class Lease:
    """Held by a supervisor. Its workers finish when it is gone: nobody would look after them."""

    def __init__(self, env: Env, home: str) -> None:
        self.path = f"{home}/run/{env.random(8).hex()}"
        self._env = env
        env.make_dirs(f"{home}/run")
        self._lock = env.lock(self.path, exclusive=True)
        if self._lock is None:
            raise NotReady(f"{self.path} is locked by somebody else; start again")

    def end(self) -> None:
        """Give it back and leave nothing behind."""
        with suppress(FileNotFoundError):  # the home is gone, which the workers have told
            self._env.unlink(self.path)
        if self._lock is not None:
            self._lock.release()


class Leash:
    """A worker's look at the lease of its supervisor."""

    def __init__(self, env: Env, path: str) -> None:
        self._env = env
        self._path = path
        self._look_at_s = env.monotonic() + LOOK_S
        self._over = False

    def over(self) -> bool:
        """Whether the supervisor is dead; looked at once a second."""
        now_s = self._env.monotonic()
        if not self._over and now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_S
            self._over = self._free()
        return self._over

    def _free(self) -> bool:
        if not self._env.exists(self._path):
            return True
        lock = self._env.lock(self._path, exclusive=False)
        if lock is None:
            return False
        lock.release()
        return True

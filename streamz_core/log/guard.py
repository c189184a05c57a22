"""What becomes of a handle: in use by its one thread, closed, or interrupted half-way and of no use any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from streamz_core.env.door import Env, Lock
from streamz_core.errors import Misuse, NotReady, StreamzError

T = TypeVar("T")


class Guard:
    """The life of one handle, of the thread that made it; `held` is the lock that says so to others."""

    def __init__(self, env: Env, root: str) -> None:
        self.held: Lock | None = None
        self.broken = ""  # by what, if it was
        self._env = env
        self._root = root
        self._thread = env.thread()
        self._closed = False

    def own(self) -> None:
        """Misuse in another thread: a handle has no locks inside, and half of what two do would be lost."""
        if self._env.thread() != self._thread:
            raise Misuse(
                f"the log {self._root} was opened here by thread {self._env.thread_name(self._thread)}, and "
                f"thread {self._env.thread_name(self._env.thread())} uses it: a producer may be shared by "
                "threads, a handle on a log may not; let each thread open its own"
            )

    def adopt(self) -> None:
        """The handle is the calling thread's from now on: the other one has let go of it."""
        self._thread = self._env.thread()

    @property
    def fit(self) -> bool:
        """Whether the handle can still be used. Misuse in another thread."""
        self.own()
        return not self._closed and not self.broken

    def use(self) -> None:
        """Misuse after `close` and in another thread; NotReady after an interruption."""
        self.own()
        if self._closed:
            raise Misuse(f"the log {self._root} was closed here; open it again")
        if self.broken:
            raise NotReady(
                f"work on the log {self._root} was interrupted half-way here ({self.broken}): close it, and open it again"
            )

    def unbroken(self, call: Callable[[], T]) -> T:
        """Run a step that may not be interrupted half-way: the state would tell two things at once.

        Refused as by `use`.
        """
        self.use()
        try:
            return call()
        except StreamzError:
            raise
        except BaseException as error:
            self.broken = repr(error)
            raise

    def close(self) -> bool:
        """Nothing is to be done from now on; false if that was so already. Misuse in another thread, unless it was."""
        if self._closed:
            return False
        self.own()
        self._closed = True
        return True

    def release(self) -> None:
        """This process does not live for the others any more."""
        if self.held is not None:
            self.held.release()

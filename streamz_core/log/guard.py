"""What becomes of a handle: in use, closed, or interrupted half-way and of no use any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from streamz_core.env.door import Lock
from streamz_core.errors import Misuse, NotReady, StreamzError

T = TypeVar("T")


class Guard:
    """The life of one handle; `held` is the lock that says so to others."""

    def __init__(self, root: str) -> None:
        self.held: Lock | None = None
        self.broken = ""  # by what, if it was
        self._root = root
        self._closed = False

    def unbroken(self, call: Callable[[], T]) -> T:
        """Run a step that may not be interrupted half-way: the state would tell two things at once.

        Misuse after `close`; NotReady after an interruption.
        """
        if self._closed:
            raise Misuse(f"the log {self._root} was closed here; open it again")
        if self.broken:
            raise NotReady(f"this handle was interrupted ({self.broken}) and must be opened again")
        try:
            return call()
        except StreamzError:
            raise
        except BaseException as error:
            self.broken = repr(error)
            raise

    def close(self) -> bool:
        """Nothing is to be done from now on; false if that was so already."""
        was, self._closed = self._closed, True
        return not was

    def release(self) -> None:
        """This process does not live for the others any more."""
        if self.held is not None:
            self.held.release()

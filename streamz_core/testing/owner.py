"""Whose a driver is: the thread that made it, and no other one, and nobody's while it runs the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamz_core.env.door import Env
from streamz_core.errors import Misuse


class Owner:
    """The thread that makes it. Log, workers and stores of a test are all its own."""

    def __init__(self, env: Env, app: str) -> None:
        self._env = env
        self._app = app
        self._thread = env.thread()
        self._runs = False
        self.over = False

    def check(self) -> None:
        """Misuse in another thread, before anything is touched: the owner goes on as if nobody had asked; and when it
        is over."""
        thread = self._env.thread()
        if thread != self._thread:
            raise Misuse(
                f"the test of app {self._app!r} was made by thread {self._env.thread_name(self._thread)}, and thread "
                f"{self._env.thread_name(thread)} uses it: everything in it runs in the thread that made it; send "
                "and read there, or let each thread make a test of its own"
            )
        if self.over:
            raise Misuse(
                f"the test of app {self._app!r} is over: its with block was left; ask within that, or begin another one"
            )

    def idle(self) -> None:
        """Misuse in another thread, and for a function of the app that is run just now: the record it was called with
        would be lost.
        """
        self.check()
        if self._runs:
            raise Misuse(
                f"a function of app {self._app!r} turns the test that runs it: yield what is to go on, or send with "
                "run=False, which is run when this record is done"
            )

    def end(self) -> None:
        """Nothing can be asked of it any more. Misuse as of `idle`."""
        self.idle()
        self.over = True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The app runs meanwhile. Misuse as of `idle`."""
        self.idle()
        self._runs = True
        try:
            yield
        finally:
            self._runs = False

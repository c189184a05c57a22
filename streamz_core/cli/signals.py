"""SIGTERM and SIGINT: finish what was begun. A second SIGINT does not wait."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from streamz_core.cli.talk import say

INTERRUPTED = 130  # as shells say of a program that SIGINT ended


class Interrupts:
    """Remembers a SIGINT whose KeyboardInterrupt was lost.

    One that comes in a finalizer, or in a callback of a weak reference (an import has one for each module), is
    printed as "Exception ignored" by Python, and the program goes on as if nobody had pressed Ctrl-C.
    """

    def __init__(self) -> None:
        self.seen = False

    def listen(self) -> None:
        """Take SIGINT from now on, unless somebody else does, or it is to be ignored."""
        self.seen = False
        with suppress(ValueError):  # not the main thread: signals are somebody else's
            if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, self._take):
                signal.signal(signal.SIGINT, self._take)

    def check(self) -> None:
        """KeyboardInterrupt, again, if there was one: to be called before something is waited for."""
        if self.seen:
            raise KeyboardInterrupt

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.seen = True
        raise KeyboardInterrupt


INTERRUPTS: Final = Interrupts()


class Stop:
    """True from the first SIGTERM or SIGINT on; then `text` is said once, if there is one.

    `at_once` is called at the second SIGINT.
    """

    def __init__(self, at_once: Callable[[], None], text: str = "") -> None:
        self.interrupted = self._asked = INTERRUPTS.seen
        self._at_once = at_once
        self._text = text
        signal.signal(signal.SIGTERM, self._take)
        signal.signal(signal.SIGINT, self._take)

    def __call__(self) -> bool:
        if self._asked and self._text:
            say(self._text)
            self._text = ""
        return self._asked

    def _take(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self.interrupted:
                self._at_once()
            self.interrupted = True
        self._asked = True

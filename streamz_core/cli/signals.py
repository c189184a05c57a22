"""SIGTERM and SIGINT: finish what was begun. A second SIGINT does not wait."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from streamz_core.cli.talk import say

INTERRUPTED = 130  # as shells say of a program that SIGINT ended


class Stop:
    """True from the first SIGTERM or SIGINT on; then `text` is said once, if there is one.

    `at_once` is called at the second SIGINT.
    """

    def __init__(self, at_once: Callable[[], None], text: str = "") -> None:
        self.interrupted = False
        self._asked = False
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

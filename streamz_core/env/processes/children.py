"""Processes that this one started."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence


class RealChild:
    """A child process: always another program, never a fork."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str] | None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the caller's command, never a shell
            list(argv), env=None if env is None else dict(env), stdin=subprocess.DEVNULL
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.poll()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, timeout_s: float | None = None) -> int | None:
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

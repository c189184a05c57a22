"""What a process was given by whoever started it: its descriptors 0, 1 and 2, and how many it may have."""

from __future__ import annotations

import os
from contextlib import suppress

STANDARD = (0, 1, 2)


def occupy() -> None:
    """Let those of 0, 1 and 2 that are closed lead nowhere.

    Otherwise the next file that is opened gets their number, and whoever prints writes into it.
    """
    for number in STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one


def widen(number: int, size: int) -> None:
    """Let the pipe behind a descriptor hold so many bytes, if it is one and the system lets it."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
        with suppress(OSError):
            fcntl.fcntl(number, fcntl.F_SETPIPE_SZ, size)


def allow_files() -> int:
    """How many files this process may have open, after it asked for as many as it may ask for."""
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        except (OSError, ValueError):  # macOS has no number for "as many as you like"
            return int(allowed)
    return int(most)

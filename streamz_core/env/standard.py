"""What a process was given by whoever started it: its descriptors 0, 1 and 2, and how many it may have."""

from __future__ import annotations

import os

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

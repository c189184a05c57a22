"""One limit of memory for several processes, page cache included; where the system lets us."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KINDS = (  # the folder of the version of cgroups, and the file that takes the limit
    (Path("/sys/fs/cgroup"), "memory.max", "cgroup.controllers"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes"),
)


@contextmanager
def limited(limit_bytes: int) -> Iterator[Path | None]:
    """A group with that limit, of which a process becomes a member by `join`; None if there can be none."""
    found = _made(limit_bytes)
    try:
        yield found
    finally:
        if found is not None:
            with suppress(OSError):
                found.rmdir()


def join(group: Path | None, pid: int) -> None:
    """From now on the process shares the limit."""
    if group is not None:
        (group / "cgroup.procs").write_text(str(pid))


def _made(limit_bytes: int) -> Path | None:
    for root, name, needed in KINDS:
        group = root / f"chaos-{os.getpid()}"
        if not (root / needed).exists():
            continue
        with suppress(OSError):
            group.mkdir()
            (group / name).write_text(str(limit_bytes))
            return group
    return None

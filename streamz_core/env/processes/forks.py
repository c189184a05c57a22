"""What a forked child may do with its parent's handles: nothing.

The child of a fork shares its parent's descriptors, and with them its flocks, which would outlive the
parent. So in the child every handle is closed and answers everything with an error. (subprocess is
no such fork: it executes another program, and every descriptor of ours is close-on-exec.)
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from streamz_core.errors import Misuse


class Handle(Protocol):
    """Something that is worthless in a forked child."""

    def abandon(self) -> None:
        """Give the kernel's part back without undoing anything the parent still has."""
        ...


class Forked:
    """What a handle becomes in a forked child."""

    def __getattribute__(self, name: str) -> object:
        raise Misuse(
            "this process was forked from one that had the log, a producer or a store of it open, and may use none of "
            f"them ({name!r} was asked for): they hold locks and files of the parent. Start processes by spawn "
            '(multiprocessing.get_context("spawn")), or open everything anew in the child'
        )


# Of the whole process, because the kernel asks the whole process; entries vanish with their handles.
_handles: WeakSet[Handle] = WeakSet()


def guard(handle: Handle) -> None:
    """From now on `handle` is useless in forked children."""
    _handles.add(handle)


def _disown(handles: Iterable[Handle]) -> None:
    for handle in handles:
        handle.abandon()
        # A change of class and not a flag: a flag would be asked on every read and write.
        object.__setattr__(handle, "__class__", Forked)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _disown(list(_handles)))

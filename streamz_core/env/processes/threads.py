"""Threads: which one calls, and new ones. A handle that is for one compares numbers; names are for messages."""

from __future__ import annotations

# Of `threading` only what it is made of: the log asks at every call, and most programs need no more.
from _thread import get_ident
from collections.abc import Callable

__all__ = ["get_ident", "name_of", "start"]


def name_of(thread: int) -> str:
    """The name of a thread of this process; its number if it is over, or was not made by `threading`."""
    import threading

    named = [one.name for one in threading.enumerate() if one.ident == thread]
    return named[0] if named else str(thread)


def start(target: Callable[..., object], name: str, *arguments: object) -> None:
    """Start a thread that does not keep the process alive.

    An interrupt meanwhile is a KeyboardInterrupt: Thread.start waits for the thread to run, and where the
    interrupt comes while it takes its lock again, CPython (seen: 3.11.7) tells of a lock that is not held.
    The thread may run then, or not.
    """
    import threading

    try:
        threading.Thread(target=target, name=name, args=arguments, daemon=True).start()
    except RuntimeError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise

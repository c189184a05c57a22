"""Which thread calls. A handle that is for one thread compares numbers; names are for messages."""

from __future__ import annotations

# Of `threading` only what it is made of: the log asks at every call, and most programs need no more.
from _thread import get_ident

__all__ = ["get_ident", "name_of"]


def name_of(thread: int) -> str:
    """The name of a thread of this process; its number if it is over, or was not made by `threading`."""
    import threading

    named = [one.name for one in threading.enumerate() if one.ident == thread]
    return named[0] if named else str(thread)

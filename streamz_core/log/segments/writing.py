"""Who may still name a file in a record to come: the process that holds the lock beside it.

A lock file that counts is not empty: one that is was made by somebody who asked for the lock just when
another one had removed the file, and tells nothing of the writer.
"""

from __future__ import annotations

import contextlib

from streamz_core.env.door import Env, Lock
from streamz_core.log.chain.layout import Layout, append_all

MARK = b"1"


def hold(env: Env, path: str) -> Lock | None:
    """The lock that says that this process writes: to be had before there is any file of it."""
    lock = env.lock(path, exclusive=True)
    with contextlib.suppress(FileNotFoundError):  # removed already: then it tells nothing
        _mark(env, path)
    return lock


def writes(env: Env, path: str) -> bool:
    """Whether the writer may live. One whose lock file somebody removed is not known to be dead."""
    if not env.exists(path):
        return True
    try:
        lock = env.lock(path, exclusive=True)
        if lock is None:
            return True
        try:
            return env.read(path) != MARK
        finally:
            lock.release()
    except FileNotFoundError:  # it was removed just now
        return True


def all_dead(env: Env, layout: Layout) -> None:
    """Nobody lives but the caller: whoever wrote data files and left no lock file beside them is dead.

    Versions that knew no such locks left none; of others somebody may have removed it.
    """
    for folder in env.list(layout.data):
        path = layout.writer_lock(bytes.fromhex(folder))
        with contextlib.suppress(OSError):  # another time
            if not env.exists(path):
                env.create(path).close()
            if not env.read(path):
                _mark(env, path)


def _mark(env: Env, path: str) -> None:
    file = env.open(path, write=True)
    try:
        append_all(file, MARK)
    finally:
        file.close()

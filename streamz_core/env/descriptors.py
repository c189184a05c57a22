"""Files and locks of the real machine: raw descriptors, never a buffer.

A buffered file that failed to write keeps the bytes and may write them later, over somebody else's.
"""

from __future__ import annotations

import errno
import os
import sys
import time

from streamz_core.env.processes.forks import guard

# Some of these are not known on Windows, where only the import has to work.
_SAFE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
READ = os.O_RDONLY | _SAFE
APPEND = os.O_RDWR | os.O_APPEND | _SAFE
CREATE = APPEND | os.O_CREAT | os.O_EXCL
OVERWRITE = os.O_WRONLY | _SAFE
LOCK = os.O_RDWR | os.O_CREAT | _SAFE
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFE
MODE = 0o600
CLOSED = 0x7FFFFFFF  # no descriptor, and every call says so with EBADF

POLL_FIRST_S = 0.0005
POLL_S = 0.01


def sync(descriptor: int) -> None:
    """Data and size are on the disk, or OSError."""
    if sys.platform == "darwin":
        import fcntl

        # There even fsync leaves the bytes in the drive's cache.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(descriptor)


class RealFile:
    """An open descriptor."""

    _descriptor = _overwrite = CLOSED  # until it is open

    def __init__(self, path: str, flags: int) -> None:
        self._descriptor = os.open(path, flags, MODE)
        self._path = path
        guard(self)

    def append(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    def pread(self, size: int, offset: int) -> bytes:
        return os.pread(self._descriptor, size, offset)

    def pwrite(self, data: bytes, offset: int) -> int:
        if self._overwrite == CLOSED:
            self._overwrite = self._open_again()
        return os.pwrite(self._overwrite, data, offset)

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def datasync(self) -> None:
        sync(self._descriptor)

    def close(self) -> None:
        open_ones = self._descriptor, self._overwrite
        # Forgotten first: whoever is interrupted here leaves one open, and never closes somebody else's of that number.
        self._descriptor = self._overwrite = CLOSED
        for descriptor in open_ones:
            if descriptor != CLOSED:
                os.close(descriptor)

    abandon = close
    # For whoever forgets to close what he opened, again and again, there would be no descriptors left.
    __del__ = close

    def _open_again(self) -> int:
        """A second descriptor of the same file: Linux appends whatever pwrite says if O_APPEND is set."""
        mine = os.fstat(self._descriptor)
        descriptor = os.open(self._path, OVERWRITE)
        if not os.path.samestat(mine, os.fstat(descriptor)):
            os.close(descriptor)
            raise OSError(errno.ESTALE, "another file has this name by now", self._path)
        return descriptor


class RealLock:
    """A flock on a descriptor of its own."""

    _descriptor = CLOSED

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        guard(self)

    def downgrade(self) -> None:
        import fcntl

        # Linux changes a flock in one step; elsewhere another process might get in between, and
        # then this waits until it is done.
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        if self._descriptor == CLOSED:
            return
        import fcntl

        # Unlocked by name: closing would not do it while a child that is being forked has a copy.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self.abandon()

    def abandon(self) -> None:
        descriptor, self._descriptor = self._descriptor, CLOSED
        if descriptor != CLOSED:
            os.close(descriptor)

    __del__ = abandon  # as a file's


def take_lock(path: str, *, exclusive: bool, wait_s: float) -> RealLock | None:
    """The flock, or None if somebody else holds it for all of `wait_s`."""
    import fcntl

    how = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB
    descriptor = os.open(path, LOCK, MODE)
    try:
        held = _poll(descriptor, how, wait_s)
    except BaseException:
        os.close(descriptor)
        raise
    if held:
        return RealLock(descriptor)
    os.close(descriptor)
    return None


def _poll(descriptor: int, how: int, wait_s: float) -> bool:
    """Ask again and again: flock itself knows no time limit, and the holder may be stopped for ever."""
    import fcntl

    give_up_s = time.monotonic() + wait_s
    pause_s = POLL_FIRST_S
    while True:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            left_s = give_up_s - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, POLL_S)
        else:
            return True

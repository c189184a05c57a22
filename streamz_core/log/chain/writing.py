"""Appending frames to the commit log, and keeping copies of those that are on the chain."""

from __future__ import annotations

import contextlib
from itertools import takewhile

from streamz_core.env.door import Env, File, Lock
from streamz_core.errors import Corrupt, StorageFull, StreamzError
from streamz_core.log.chain import frame
from streamz_core.log.chain.layout import FULL, Layout, append_all
from streamz_core.log.limits import Limits

TORN_MAX = 10  # a disk that takes a part again and again will not take the whole
COPIED = 256  # frames are copied at once, or what waits for too long
COPIED_BYTES = 512  # of payload: of a longer one only the head is copied
CROWDED = 256  # so many records behind a lost race are appended in turn with the others
PACED_S = 0.0003  # who appends again sooner than that does not ask whose turn it is


class Writing:
    """Of one writer."""

    def __init__(self, env: Env, layout: Layout, limits: Limits) -> None:
        self._env = env
        self._layout = layout
        self._limits = limits
        self._torn = 0
        self._crowded = 0
        self._turn_s = 0.0  # when it appended last, as far as it looked
        self._waiting: list[bytes] = []
        self._due_s = 0.0  # when they are to be copied, 0 if nobody looked yet

    def turn(self) -> Lock | None:
        """To be held while a record is appended, and what others wrote is read before that. None where nobody was in
        the way of late: the chain alone decides who was first, and a lock only saves lost races. Each costs its writer
        the work done, and every reader of the log the search for what stands behind a frame that does not count.
        None either for one that appends without a pause, and where another one's turn it is: who stands in line does nothing
        meanwhile, and a race that is lost is work that another core did.
        """
        if not self._crowded:
            return None
        self._crowded -= 1
        before_s, self._turn_s = self._turn_s, self._env.monotonic()
        return self._lock(0.0) if self._turn_s - before_s >= PACED_S else None

    def lost(self, lock: Lock | None) -> Lock | None:
        """Another one was faster: what is to be held from now on, if what is held is `lock`."""
        self._crowded = CROWDED
        return lock or self._lock(self._limits.lock_wait_s)

    def _lock(self, wait_s: float) -> Lock | None:
        return self._env.lock(self._layout.append_lock, exclusive=True, wait_s=wait_s)

    def write(self, file: File, raw: bytes) -> StreamzError | None:
        """One append to the commit log. Half a frame is as good as none: the next attempt follows it,
        and after an error, too, only the chain says whether the record is on it."""
        try:
            taken = file.append(raw)
        except OSError as error:
            return storage_error(error, self._layout.commit)
        self._torn = self._torn + 1 if taken < len(raw) else 0
        if self._torn < TORN_MAX:
            return None
        return StorageFull(
            f"{self._layout.commit}: {self._torn} times in a row only the beginning of a record was "
            f"taken, the last time {taken} of {len(raw)} bytes. Nothing of this commit counts; free space, "
            "or raise the limit on the size of files, and go on"
        )

    def keep(self, raw: bytes, payload: int) -> None:
        """A frame of this writer is on the chain, with so many bytes of payload. It is copied with others."""
        waiting = self._waiting
        waiting.append(raw if payload <= COPIED_BYTES else raw[:-payload])
        if len(waiting) >= COPIED:
            self.copy()

    def tick(self) -> None:
        """Copy what waits for too long. A clock is only looked at if something waits."""
        if self._waiting:
            now_s = self._env.monotonic()
            self._due_s = self._due_s or now_s + self._limits.copy_s
            if now_s >= self._due_s:
                self.copy()

    def copy(self) -> None:
        """Copy what waits. If that fails there are none of these frames: they are on the chain without them."""
        waiting, self._waiting, self._due_s = self._waiting, [], 0.0
        while waiting:
            segment = _segment(waiting[0])
            some = waiting if _segment(waiting[-1]) == segment else _begun(waiting, segment)
            with contextlib.suppress(OSError):
                append_copies(self._env, self._layout, segment, b"".join(some))
            waiting = waiting[len(some) :]


def _segment(raw: bytes) -> int:
    return frame.place_of(frame.place_in(raw, 0))[0]


def _begun(frames: list[bytes], segment: int) -> list[bytes]:
    """Those at the beginning that stand in that segment."""
    return list(takewhile(lambda raw: _segment(raw) == segment, frames))


def append_copies(env: Env, layout: Layout, segment: int, frames: bytes) -> None:
    """Add frames to the copies of that segment; OSError if not all of them were taken."""
    path = layout.copies_of(segment)
    try:
        file = env.open(path, write=True)
    except FileNotFoundError:
        env.make_dirs(layout.copies)
        with contextlib.suppress(FileExistsError):
            env.create(path).close()
        file = env.open(path, write=True)
    try:
        append_all(file, frames)
    finally:
        file.close()


def storage_error(error: OSError, path: str) -> StreamzError:
    """What a caller is told of it; the error itself is its cause."""
    told: StreamzError
    if error.errno in FULL:
        told = StorageFull(
            f"{path}: {error.strerror}. Nothing of this commit was written; free space and go on"
        )
    else:
        told = Corrupt(f"{path}: {error}. Nothing was committed by this call; check the disk")
    told.__cause__ = error
    return told

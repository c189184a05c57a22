"""A store as a worker has it: written after the commit, never synced, so a power cut takes it back.

Whole states with (lsn, hash, changelog offset) are appended to a file; the newest that is whole counts,
as with a database that recovers its own log. A directory is locked by the process that has it open.
"""

import struct
from zlib import crc32

import msgpack
from attrs import frozen

from streamz_core.env.door import Env, File, Lock
from tests.chaos.log_world import STORES, State

FRAME = struct.Struct("<II")


@frozen
class Kept:
    """A state and the place on the chain that it claims to belong to."""

    lsn: int
    hash: bytes
    offset: int  # of the changelog
    state: State


class Store:
    """One open directory of a task's store."""

    def __init__(self, env: Env, task: int, number: int, lock: Lock) -> None:
        self.number = number
        self._env = env
        self._folder = f"{STORES}/{task}.{number}"
        self._lock = lock
        self._file: File | None = None

    def load(self) -> Kept | None:
        """The newest whole state, if there is one."""
        found = None
        for name in sorted(self._env.list(self._folder), key=int, reverse=True):
            data = self._env.read(f"{self._folder}/{name}")
            at = 0
            while at + FRAME.size <= len(data):
                size, crc = FRAME.unpack_from(data, at)
                body = data[at + FRAME.size : at + FRAME.size + size]
                # The crc of nothing is 0: a length alone, with zeros behind it, is no state.
                if not size or len(body) < size or crc32(body) != crc:
                    break
                found = _unpack(body)
                at += FRAME.size + size
            if found is not None:
                return found
        return None

    def save(self, kept: Kept) -> None:
        """Add a state; OSError leaves a torn one behind."""
        body = msgpack.packb([kept.lsn, kept.hash, kept.offset, list(kept.state.items())])
        data = FRAME.pack(len(body), crc32(body)) + body
        if self._file is None:
            numbers = [int(name) for name in self._env.list(self._folder)]
            self._file = self._env.create(f"{self._folder}/{max(numbers, default=0) + 1}")
        if self._file.append(data) < len(data):
            self._file.close()
            self._file = None  # nothing counts behind a torn state

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._lock.release()


def open_store(env: Env, task: int, number: int) -> Store | None:
    """The store, unless another process has it."""
    env.make_dirs(f"{STORES}/{task}.{number}")
    lock = env.lock(f"{STORES}/lock.{task}.{number}", exclusive=True)
    return None if lock is None else Store(env, task, number, lock)


def newest(env: Env, task: int) -> int:
    """The highest number of a directory of this task; 0 without any."""
    names = [name.split(".") for name in env.list(STORES)]
    return max((int(name[1]) for name in names if name[0] == str(task)), default=0)


def _unpack(body: bytes) -> Kept:
    lsn, hash_, offset, rows = msgpack.unpackb(body)
    return Kept(lsn, hash_, offset, {key: tuple(value) for key, value in rows})
